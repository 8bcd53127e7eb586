"""The plates: renderings ready to print from, as long as everything on them may still be read."""

from collections import OrderedDict
from urllib.parse import urlsplit

from django.conf import settings

from rightswire.newsletters.models import Chosen, Rendering, Sending, SendingKind
from rightswire.newsletters.post.press import PLATES, Plate
from rightswire.newsletters.rendering import NothingToShow, render_news, render_newsletter
from rightswire.newsroom.models import NewsItem
from rightswire.outbox.compiled import MassMail
from rightswire.pages.models import Organisation


class Plates:
    """Asks the database each time whether an item was withdrawn; the texts are read once."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, tuple[Plate, list[int]]] = OrderedDict()

    def plate(self, sending: Sending, number: int) -> Plate | None:
        """Of a rendering; None where nothing is left of it to send."""
        if number not in self._known:
            rendering = Rendering.objects.get(pk=number)
            self._keep(rendering, 0)
        plate, items = self._known[number]
        if items and NewsItem.objects.listed().filter(pk__in=items).count() < len(items):
            rendering = Rendering.objects.get(pk=number)
            if not _render_again(sending, rendering):
                return None
            self._keep(rendering, plate.version + 1)
        self._known.move_to_end(number)
        return self._known[number][0]

    def _keep(self, rendering: Rendering, version: int) -> None:
        self._known[rendering.pk] = (_plate(rendering, version), rendering.items)
        if len(self._known) > PLATES:
            self._known.popitem(last=False)


def _plate(rendering: Rendering, version: int) -> Plate:
    organisation = Organisation.current()
    names = {row.language: row.name for row in organisation.wordings.all()}
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    mail = MassMail(
        subject=rendering.subject,
        text=rendering.text,
        html=rendering.html,
        language=rendering.language,
        from_name=names.get(rendering.language) or next(iter(names.values()), host),
        from_address=organisation.email,
        list_id=f"<news.{host}>",
    )
    return Plate(rendering.pk, version, rendering.sending_id, mail)


def _render_again(sending: Sending, rendering: Rendering) -> bool:
    """Without what was withdrawn since; False: nothing is left."""
    try:
        if sending.newsletter:
            fresh = render_newsletter(sending.newsletter)
        else:
            found = NewsItem.objects.in_bulk(rendering.items)
            pages = [found[pk] for pk in rendering.items if pk in found]
            chosen = rendering.choice.chosen if rendering.choice else Chosen()
            fresh = render_news(SendingKind(sending.kind), rendering.language, pages, chosen)
    except NothingToShow:
        return False
    rendering.subject, rendering.text = fresh.subject, fresh.text
    rendering.html, rendering.items = fresh.html, fresh.items
    rendering.save()
    return True
