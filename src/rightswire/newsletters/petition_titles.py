"""What readers know petitions by."""

from collections.abc import Iterable

from rightswire.campaigns.models import PetitionPage


def petition_titles(numbers: Iterable[int], language: str) -> dict[int, str]:
    """The title of each petition, in the language where there is one; none of a petition that was taken down."""
    titles: dict[int, str] = {}
    pages = PetitionPage.objects.readable().filter(petition_id__in=numbers).select_related("locale").order_by("pk")
    for page in pages:
        if page.language == language or page.petition_id not in titles:
            titles[page.petition_id] = page.title
    return titles
