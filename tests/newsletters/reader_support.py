"""Somebody with a browser and a mailbox, before the desk of subscribers."""

import asyncio
import re

import pytest


class Reader:
    def __init__(self, desk, loop) -> None:
        self.desk = desk
        self.loop = loop

    def send(self, name: str, rest: str = "", pairs=(), method: str = "POST", language: str = "en"):
        pairs = tuple(pairs.items()) if isinstance(pairs, dict) else tuple(pairs)
        sending = self.desk.sending(
            peer="127.0.0.1:4000",
            forwarded="",
            method=method,
            rest=rest,
            language=language,
            user_agent="Mozilla/5.0",
            fields=dict(reversed(pairs)),
            pairs=pairs,
        )
        status, body = self.loop.run_until_complete(self._answer(name, sending))
        return status, body.decode()

    async def _answer(self, name: str, sending):
        answer = await getattr(self.desk, name)(sending)
        await asyncio.gather(*self.desk._tasks)
        return answer

    def send_at_once(self, number: int, name: str, rest: str) -> list[int]:
        """The answers' statuses."""

        async def all_of_them():
            fields = {"method": "POST", "rest": rest, "language": "en"}
            sendings = [self.desk.sending(peer="127.0.0.1:4000", forwarded="", **fields) for _ in range(number)]
            return await asyncio.gather(*(getattr(self.desk, name)(sending) for sending in sendings))

        return [status for status, _body in self.loop.run_until_complete(all_of_them())]

    def mails(self) -> list:
        from rightswire.outbox.models import Message
        from rightswire.outbox.queue import unpack

        return [unpack(row) for row in Message.objects.all()]

    def link(self, name: str = "confirm") -> str:
        """The token of the newest such link."""
        found = [re.search(rf"/do/{name}/([\w-]+)/", mail.text) for mail in self.mails()]
        return [match[1] for match in found if match][-1]

    def subscribe(self, email: str = "ada@example.org", *more, **fields):
        form = {"lang": "en", "email": email, "rhythm": "weekly", "website": "", **fields}
        return self.send("subscribe", pairs=[*form.items(), *more])


@pytest.fixture
def reader(proven, home):
    from rightswire.newsletters.desk import NewsDesk

    loop = asyncio.new_event_loop()
    desk = NewsDesk()
    yield Reader(desk, loop)
    if desk._nights:
        desk._nights.cancel()
        loop.run_until_complete(asyncio.gather(desk._nights, return_exceptions=True))
    desk.stop()
    loop.close()


@pytest.fixture
def preferences(reader):
    """Subscribed, and the token of her preferences."""
    reader.subscribe()
    status, page = reader.send("confirm", f"{reader.link()}/")
    assert status == 200
    return re.search(r"/do/preferences/([\w-]+)/", page)[1]


@pytest.fixture
def signed(reader, petition):
    """signed(follow="1") -> (status, page) of the form, with a key to subscribe to."""

    def make(**fields):
        form = {"lang": "en", "name": "Ada Example", "email": "ada@example.org", "country": "EG", "website": ""}
        return reader.send("sign", "free-them/", {**form, **fields})

    return make
