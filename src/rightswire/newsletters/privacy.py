"""What the privacy page says of subscribing, as long as it is possible."""

from typing import Any

from rightswire.newsletters.subscribe_form import is_offered
from rightswire.pages.privacy import add_part
from rightswire.pages.sheet import Sheet


@add_part
def subscribing(sheet: Sheet) -> tuple[str, dict[str, Any]] | None:
    return ("newsletters/privacy.html", {}) if is_offered() else None
