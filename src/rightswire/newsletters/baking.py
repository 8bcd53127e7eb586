"""The pictures of newsletters. They are public from the moment at which a newsletter is handed to the sending."""

from collections.abc import Iterable, Iterator, Sequence

from rightswire.bake.pieces import Edition, File, register
from rightswire.newsletters.models import Newsletter, NewsletterState
from rightswire.newsletters.rendering import PICTURE
from rightswire.pages.renditions import rendition_of
from rightswire.pages.sheet import Sheet


def _every() -> Iterable[str]:
    return [str(pk) for pk in Newsletter.objects.filter(state=NewsletterState.SENT).values_list("pk", flat=True)]


@register("newsletter", priority=1, every=_every)
def bake_newsletter(arguments: Sequence[str], edition: Edition) -> Iterator[tuple[str, list[File]]]:
    for argument in arguments:
        newsletter = Newsletter.objects.filter(state=NewsletterState.SENT, pk=argument).first()
        yield argument, _pictures(newsletter, edition) if newsletter else []


def _pictures(newsletter: Newsletter, edition: Edition) -> list[File]:
    sheet = Sheet(edition, newsletter.language)
    for block in newsletter.body:
        if block.block_type == "picture" and block.value:
            sheet.rendition_address(rendition_of(block.value, PICTURE))
    return sheet.files()
