"""A request, as far as the desk hears of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sending:
    """A request, as far as the desk hears of it. `network` is a pseudonym, never an address."""

    method: str
    rest: str  # of the path, behind the prefix
    language: str  # of the browser
    network: bytes = b""
    user_agent: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
