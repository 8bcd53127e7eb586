"""The plates: renderings ready to print from, as long as everything on them may still be read."""

import itertools
from collections import OrderedDict
from collections.abc import Collection
from urllib.parse import urlsplit

from django.conf import settings

from rightswire.campaigns.opening import NotAllowed
from rightswire.newsletters.models import Chosen, Rendering, Sending, SendingKind
from rightswire.newsletters.post.press import PLATES, Plate
from rightswire.newsletters.rendering import NothingToShow, render_news, render_newsletter
from rightswire.newsroom.models import NewsItem
from rightswire.outbox.compiled import CompiledMail, MassMail
from rightswire.outbox.mime import BadAddress
from rightswire.pages.models import Organisation


class NoSender(NotAllowed):
    """There is nobody whom the mail could come from."""

    def __init__(self) -> None:
        super().__init__("The organisation’s e-mail address is missing, or is not one. It is set under Settings.")


class Plates:
    """Asks the database each time whether an item was withdrawn; the texts are read once."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, tuple[Plate, list[int]]] = OrderedDict()
        self._versions = itertools.count(1)

    def plates(self, sending: Sending, numbers: Collection[int]) -> dict[int, Plate]:
        """Of renderings of a sending, those that something is left of. Raises TooLong, NoSender."""
        unknown = [number for number in numbers if number not in self._known]
        for rendering in Rendering.objects.filter(pk__in=unknown):
            self._keep(rendering)
        shown = {item for number in numbers for item in self._known[number][1]}
        listed = set(NewsItem.objects.listed().filter(pk__in=shown).values_list("pk", flat=True)) if shown else set()
        found = {}
        for number in numbers:
            if listed.issuperset(self._known[number][1]) or self._make_again(sending, number):
                self._known.move_to_end(number)
                found[number] = self._known[number][0]
        while len(self._known) > PLATES:
            self._known.popitem(last=False)
        return found

    def _make_again(self, sending: Sending, number: int) -> bool:
        """Without what was withdrawn since; False: nothing is left."""
        rendering = Rendering.objects.get(pk=number)
        try:
            _render_again(sending, rendering)
        except NothingToShow:
            return False
        self._keep(rendering)
        return True

    def _keep(self, rendering: Rendering) -> None:
        plate = Plate(rendering.pk, next(self._versions), rendering.sending_id, _mass_mail(rendering))
        self._known[rendering.pk] = (plate, rendering.items)


def _mass_mail(rendering: Rendering) -> MassMail:
    """Raises NoSender."""
    organisation = Organisation.current()
    worded = organisation.worded(rendering.language)
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    mail = MassMail(
        subject=rendering.subject,
        text=rendering.text,
        html=rendering.html,
        language=rendering.language,
        from_name=worded.name if worded else host,
        from_address=organisation.email,
        list_id=f"<news.{host}>",
    )
    try:
        CompiledMail(mail, None)  # so that what no press could print stops here
    except BadAddress:
        raise NoSender from None
    return mail


def _render_again(sending: Sending, rendering: Rendering) -> None:
    """Raises NothingToShow, TooLong."""
    if sending.newsletter:
        fresh = render_newsletter(sending.newsletter)
    else:
        found = NewsItem.objects.in_bulk(rendering.items)
        pages = [found[pk] for pk in rendering.items if pk in found]
        chosen = rendering.choice.chosen if rendering.choice else Chosen()
        fresh = render_news(SendingKind(sending.kind), rendering.language, pages, chosen)
    rendering.subject, rendering.text = fresh.subject, fresh.text
    rendering.html, rendering.items = fresh.html, fresh.items
    rendering.save()
