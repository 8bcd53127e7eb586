"""The desk for those who subscribe, together with the one for those who sign."""

import json
import logging
import time
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from rightswire.campaigns.desk import INSERT_MAIL, Desk, Reply
from rightswire.campaigns.sending import Sending
from rightswire.newsletters import links, messages, subscribing
from rightswire.newsletters.addresses import NoMailingKey, address_key
from rightswire.newsletters.models import Chosen, Reason, Subscriber
from rightswire.newsletters.reader_pages import ReaderPages, all_kept, as_chosen
from rightswire.newsletters.subscribe_form import (
    SubscribeForm,
    is_offered,
    no_address,
    read_again,
    read_choices,
    read_form,
)
from rightswire.newsletters.zones import known_zones
from rightswire.newsroom.models import Topic
from rightswire.outbox.composing import Sender
from rightswire.outbox.queue import OutgoingMessage, pack
from rightswire.seal.address import AddressError, read_address
from rightswire.seal.links import LONGEST, LinkError, LinkIsBroken, LinkIsOld

logger = logging.getLogger(__name__)

NO_PETITION = 0
SUBSCRIBE, AGAIN = b"subscribe", b"preferences"  # mails of each kind are counted apart
PAUSES = {"14", "30", "91"}  # days


class NewsDesk(Desk):
    """Takes also what subscribers send."""

    unavailable = (*Desk.unavailable, NoMailingKey)

    def __init__(self) -> None:
        super().__init__()
        self.reader_pages = ReaderPages(self.pages)
        self._secret = links.link_secret(self.keys)

    # Subscribing

    async def subscribe(self, sending: Sending) -> Reply:
        """GET and POST /do/subscribe/; the address of GET may choose a topic or country in advance."""
        await self._know()
        language = self._language(sending.fields.get("lang", ""), sending.language)
        topics = await self._slowly(_topics)
        if sending.method != "POST":
            chosen = read_choices(sending, topics)
            chosen.errors.clear()  # nobody has filled in anything yet
            return 200, await self._slowly(self.reader_pages.form, chosen, language)
        if not self.limits.allow(sending.network):
            return await self.refused("too-many", 429, language)
        if not await self._slowly(is_offered):
            return 503, await self._slowly(self.reader_pages.form, None, language)
        form = read_form(sending, topics)
        if form.errors:
            return 422, await self._slowly(self.reader_pages.form, form, language)
        wish = links.Wish(form.email, language, form.rhythm, form.topics, form.countries, form.kinds)
        if len(token := links.wish_link(wish, self.keys)) > LONGEST:
            with translation.override(language):
                form.errors["form"] = _("That is more than fits into a link. Choose fewer, or nothing for everything.")
            return 422, await self._slowly(self.reader_pages.form, form, language)
        if self._may_mail(form.email, SUBSCRIBE, sending):
            organisation = await self._slowly(subscribing.organisation_name, language)
            await self._mail_out(
                messages.confirm_subscription(
                    form.email,
                    language,
                    await self._sender(language),
                    confirmation=token,
                    organisation=organisation,
                )
            )
        return 200, await self._slowly(self.reader_pages.plain, "sent", language)

    async def confirm(self, sending: Sending) -> Reply:
        """GET and POST /do/confirm/TOKEN/, of a subscription or a signature."""
        token = sending.rest.strip("/")
        if not links.is_wish(token):
            return await super().confirm(sending)
        try:
            wish = links.read_wish(token, time.time(), self.keys)
        except LinkError as error:
            return await self._refused_link("expired" if isinstance(error, LinkIsOld) else "damaged", sending)
        if sending.method != "POST":
            return 200, await self._slowly(self.reader_pages.confirm, wish)
        subscriber = await self._slowly(subscribing.confirm, wish)
        if subscriber is None:
            return await self._refused_link("gone", sending, wish.language)
        address = self._link("preferences", links.PREFERENCES, subscriber.pk)
        return 200, await self._slowly(_subscribed, self.reader_pages, subscriber.pk, address, bool(wish.moves))

    # Leaving

    async def unsubscribe(self, sending: Sending) -> Reply:
        """GET and POST /do/unsubscribe/TOKEN/; POST, also a mail program's at one click, takes somebody out."""
        page = self.reader_pages.plain
        try:
            number, mailing = links.read_person_link(links.UNSUBSCRIBE, sending.rest.strip("/"), self._secret)
        except LinkIsBroken:
            return await self._refused_link("damaged", sending)
        known = await self._slowly(_language_of, number)
        language = known or self._language("", sending.language)
        if known and sending.method != "POST":
            address = self._link("preferences", links.PREFERENCES, number)
            return 200, await self._slowly(lambda: page("unsubscribe", language, preferences_url=address))
        has_left = sending.method == "POST" and await self._slowly(subscribing.leave, number, mailing)
        return 200, await self._slowly(page, "left" if has_left else "ended", language)

    # Preferences

    async def preferences(self, sending: Sending) -> Reply:
        """GET and POST /do/preferences/TOKEN/; POST /do/preferences/ has the link sent again."""
        await self._know()
        token = sending.rest.strip("/")
        if not token and sending.method == "POST":
            return await self._send_link_again(sending)
        try:
            number, _mailing = links.read_person_link(links.PREFERENCES, token, self._secret)
        except LinkIsBroken:
            return await self._refused_link("damaged", sending)
        subscriber = await self._slowly(_subscriber, number)
        if subscriber is None:
            return await self._refused_link("gone", sending)
        if sending.method == "POST" and not self.limits.allow(sending.network):
            return await self.refused("too-many", 429, subscriber.language)
        match sending.fields.get("do", "") if sending.method == "POST" else "":
            case "change":
                return await self._change(sending, subscriber)
            case "take":
                kept = await self._slowly(all_kept, subscriber)
                return 200, json.dumps(kept, ensure_ascii=False, indent=2).encode()
            case "erase":
                await self._slowly(subscribing.leave, number, 0, Reason.ERASED)
                return 200, await self._slowly(self.reader_pages.plain, "left", subscriber.language)
            case "move":
                return await self._move(sending, subscriber)
        return 200, await self._slowly(self.reader_pages.preferences, subscriber)

    async def _change(self, sending: Sending, subscriber: Subscriber) -> Reply:
        form = read_choices(sending, await self._slowly(_topics))
        wanted = _wanted(sending, subscriber, form)
        if form.errors:  # shown as she wants it, and not saved
            subscriber.language, subscriber.zone = wanted.language, wanted.zone
            subscriber.wants_letters = wanted.wants_letters
            form.pause, form.unfollow = sending.fields.get("pause", ""), wanted.unfollow
            return 422, await self._slowly(self.reader_pages.preferences, subscriber, form)
        await self._slowly(subscribing.change, subscriber, wanted)
        fresh = await self._slowly(_subscriber, subscriber.pk) or subscriber
        with translation.override(fresh.language):
            notice = _("It is saved.")
        return 200, await self._slowly(self.reader_pages.preferences, fresh, None, notice)

    async def _move(self, sending: Sending, subscriber: Subscriber) -> Reply:
        typed = sending.fields.get("email", "")
        try:
            address = read_address(typed.strip())
        except AddressError:
            form = as_chosen(subscriber)
            form.typed = typed
            form.errors["email"] = no_address(typed)
            return 422, await self._slowly(self.reader_pages.preferences, subscriber, form)
        if self._may_mail(address, SUBSCRIBE, sending):
            wish = links.Wish(address, subscriber.language, subscriber.rhythm, moves=str(subscriber.pk))
            sender = await self._sender(subscriber.language)
            token = links.wish_link(wish, self.keys)
            await self._mail_out(messages.confirm_move(address, subscriber.language, sender, confirmation=token))
        back = self._link("preferences", links.PREFERENCES, subscriber.pk)
        page, language = self.reader_pages.plain, subscriber.language
        return 200, await self._slowly(lambda: page("moving", language, preferences_url=back))

    async def _send_link_again(self, sending: Sending) -> Reply:
        """To whoever subscribes. The answer is the same for everybody else."""
        language = self._language(sending.fields.get("lang", ""), sending.language)
        if not self.limits.allow(sending.network):
            return await self.refused("too-many", 429, language)
        form = read_again(sending)
        if form.errors:
            return 422, await self._slowly(self.reader_pages.form, form, language)
        if self._may_mail(form.email, AGAIN, sending):
            sender = await self._sender(language)
            self.keep_task(self._mail_to_subscriber(form.email, language, sender))  # behind the answer
        return 200, await self._slowly(self.reader_pages.plain, "again", language)

    async def _mail_to_subscriber(self, address: str, language: str, sender: Sender) -> None:
        try:
            number = await self._slowly(_number_of, address)
            if number:
                message = messages.preferences_link(
                    address,
                    language,
                    sender,
                    preferences=self._token(links.PREFERENCES, number),
                    unsubscribe=self._token(links.UNSUBSCRIBE, number),
                )
                await self._mail_out(message)
        except self.unavailable as error:
            logger.error("A subscriber's link could not be sent (%s)", type(error).__name__)

    # What they have in common

    def _may_mail(self, address: str, kind: bytes, sending: Sending) -> bool:
        key = address_key(address, self.keys)
        return self.limits.allow_mail(NO_PETITION, kind + key, sending.network)

    async def _mail_out(self, message: OutgoingMessage) -> None:
        await self.commits.keep(INSERT_MAIL, pack(message))

    def _token(self, kind: int, number: UUID) -> str:
        return links.person_link(kind, number, 0, self._secret)

    def _link(self, name: str, kind: int, number: UUID) -> str:
        return f"{settings.BASE_URL}/do/{name}/{self._token(kind, number)}/"

    async def _refused_link(self, why: str, sending: Sending, language: str = "") -> Reply:
        language = self._language(language, sending.language)
        page = self.reader_pages.plain
        status = {"expired": 410, "gone": 410}.get(why, 404)
        return status, await self._slowly(lambda: page("refused", language, reason=why))


def _wanted(sending: Sending, subscriber: Subscriber, form: SubscribeForm) -> subscribing.Preferences:
    fields = sending.fields
    paused = subscriber.paused_until
    if fields.get("pause") in PAUSES:
        paused = timezone.localdate() + timedelta(days=int(fields["pause"]))
    elif fields.get("pause") == "0":
        paused = None
    zone, language = fields.get("zone", ""), fields.get("language", "")
    return subscribing.Preferences(
        rhythm=form.rhythm,
        chosen=Chosen.of(form.topics, form.countries, form.kinds),
        language=language if language in dict(settings.LANGUAGES) else subscriber.language,
        zone=zone if zone in known_zones() else subscriber.zone,
        wants_letters=bool(fields.get("letters", "").strip()),
        paused_until=paused,
        unfollow=_numbers(sending, "followed") - _numbers(sending, "follow"),
    )


def _numbers(sending: Sending, name: str) -> frozenset[int]:
    return frozenset(int(text) for text in sending.every(name) if text.isdecimal() and len(text) < 19)


def _topics() -> list[str]:
    return list(Topic.objects.values_list("slug", flat=True))


def _subscriber(number: UUID) -> Subscriber | None:
    found = Subscriber.objects.select_related("choice").prefetch_related("follows")
    return found.filter(pk=number).first()


def _language_of(number: UUID) -> str:
    return Subscriber.objects.filter(pk=number).values_list("language", flat=True).first() or ""


def _number_of(address: str) -> UUID | None:
    return Subscriber.objects.filter(address_key=address_key(address)).values_list("pk", flat=True).first()


def _subscribed(pages: ReaderPages, number: UUID, preferences: str, moved: bool) -> bytes:
    return pages.subscribed(Subscriber.objects.select_related("choice").get(pk=number), preferences, moved=moved)
