"""The way of supporters' forms to the desk: body, origin and language of a request; the page that answers it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from rightswire.web.app import Exchange, Scope
from rightswire.web.body import BodyIncompleteError, BodyTooLargeError, has_body, receive_body
from rightswire.web.headers import HeaderList, security_headers

logger = logging.getLogger("rightswire.web")

LARGEST_FORM = 32 * 1024
MOST_FIELDS = 600  # all countries and topics, ticked
SECONDS_TO_START = 20
MOST_AT_ONCE = 2048
AFTER_A_LINK = ".,;:!?>)]}»”’\"'"  # what mail programs take for a part of the link before it
FORM = "application/x-www-form-urlencoded"
UNAVAILABLE = (
    "We cannot keep this safely at the moment. Nothing was taken, nothing is lost: please try again in a minute."
)


class SupporterForms:
    """An RSGI handler for one kind of address; `desk` may still be loading, together with Django."""

    def __init__(
        self,
        desk: "Future[Any]",
        prefix: str,
        name: str,
        methods: tuple[str, ...],
        base_url: str,
        *,
        takes_foreign: bool = False,
    ) -> None:
        self._desk = desk
        self._ready: Any = None  # the desk, once somebody has waited for it
        self._prefix = prefix
        self._name = name
        self._methods = methods
        self._takes_foreign = takes_foreign  # mail programs unsubscribe from wherever they are (RFC 8058)
        self._host = urlsplit(base_url).netloc
        self._security = security_headers("", base_url.startswith("https:"))
        self._under_way = 0

    async def __call__(self, scope: Scope, exchange: Exchange) -> None:
        if self._under_way >= MOST_AT_ONCE:
            self._send(exchange, scope.method, 503, UNAVAILABLE.encode(), "text/plain")
            return
        self._under_way += 1
        try:
            desk = self._ready = await _loaded(self._desk)
        except Exception:
            self._send(exchange, scope.method, 503, UNAVAILABLE.encode(), "text/plain")
            return
        else:
            language = _language(scope)
            reply = self._reply(scope, exchange, desk, language)
            await self._answer(exchange, scope.method, language, desk, reply)
        finally:
            self._under_way -= 1

    def answer_now(self, scope: Scope, exchange: Exchange) -> bool:
        """Have a form taken that says all in its address, without the loop; it is answered when it is kept.

        False: nothing was done, and the loop is to do it. The scope is not held on to: to free it later, in another
        thread, takes a tenth of the whole.
        """
        if self._ready is None or scope.method != "POST" or has_body(scope):
            return False
        if is_foreign(scope.headers.get, self._host):
            return False
        answer = partial(self._send, exchange, "POST")
        language = _language(scope)
        later = partial(self._answer, exchange, "POST", language, self._ready)
        return bool(self._ready.confirm_now(self._rest(scope).strip("/"), language, answer, later))

    def _rest(self, scope: Scope) -> str:
        """The path behind the prefix, as far as it is a link."""
        return scope.path[len(self._prefix) :].rstrip(AFTER_A_LINK)

    async def _answer(
        self, exchange: Exchange, method: str, language: str, desk: Any, reply: Awaitable[tuple[int, bytes]]
    ) -> None:
        try:
            status, body = await reply
        except desk.unavailable as error:
            # The kind only: the message could hold what somebody typed.
            logger.error("A form could not be taken (%s); its sender was told so.", type(error).__name__)
            status, body = await _sorry(desk, language)
        except Exception as error:
            logger.error("A form ended with %s.", type(error).__qualname__)
            status, body = await _sorry(desk, language)
        self._send(exchange, method, status, body)

    async def _reply(self, scope: Scope, exchange: Exchange, desk: Any, language: str) -> tuple[int, bytes]:
        method = "GET" if scope.method == "HEAD" else scope.method
        if method not in self._methods:
            return await desk.refused("method", 405, language)
        pairs = _asked(scope)
        if method == "POST":
            if not self._takes_foreign and is_foreign(scope.headers.get, self._host):
                return await desk.refused("foreign", 403, language)
            try:
                pairs = await _pairs(scope, exchange, is_read=not self._takes_foreign)
            except BodyTooLargeError:
                return await desk.refused("too-large", 413, language)
            except (BodyIncompleteError, ValueError):
                return await desk.refused("unreadable", 400, language)
        take: Callable[[Any], Awaitable[tuple[int, bytes]]] = getattr(desk, self._name)
        return await take(
            desk.sending(
                method=method,
                rest=self._rest(scope),
                language=language,
                peer=scope.client,
                forwarded=_forwarded(scope),
                user_agent=scope.headers.get("user-agent") or "",
                fields=dict(reversed(pairs)),
                pairs=tuple(pairs),
            )
        )

    def _send(self, exchange: Exchange, method: str, status: int, body: bytes, kind: str = "text/html") -> None:
        is_data = status == 200 and body[:1] == b"{"
        if is_data:
            kind = "application/json"
        headers: HeaderList = [
            ("Content-Type", f"{kind}; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            *self._security,
        ]
        if is_data and self._name == "preferences":  # what somebody takes along
            headers.append(("Content-Disposition", 'attachment; filename="subscription.json"'))
        if status == 503:
            headers.append(("Retry-After", "30"))
        if status == 429:
            headers.append(("Retry-After", "60"))
        if status == 405:
            headers.append(("Allow", ", ".join(self._methods)))
        if method == "HEAD" or status == 204:
            exchange.response_empty(status, headers)
        else:
            exchange.response_bytes(status, headers, body)


async def _loaded(desk: "Future[Any]") -> Any:
    if desk.done():
        return desk.result()
    # Shielded: whoever waits too long, or leaves, must not cancel it for all who come after.
    return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(desk)), SECONDS_TO_START)


async def _sorry(desk: Any, language: str) -> tuple[int, bytes]:
    try:
        return await desk.refused("unavailable", 503, language)
    except Exception:
        return 503, UNAVAILABLE.encode()


def is_foreign(header: Callable[[str], str | None], host: str) -> bool:
    """Whether another site sent the form. Older browsers tell their origin only; a bare program tells nothing."""
    if site := header("sec-fetch-site"):
        return site in ("cross-site", "same-site")
    origin = header("origin")
    try:
        return origin is not None and urlsplit(origin).netloc not in (host, header("host"))
    except ValueError:  # no address at all
        return True


async def _pairs(scope: Scope, exchange: Exchange, *, is_read: bool) -> list[tuple[str, str]]:
    """The form's fields. Raises ValueError where it is no form in UTF-8.

    Not `is_read`: mail programs send either kind of form (RFC 8058), and all that it says is in the address.
    """
    with await receive_body(scope, exchange, LARGEST_FORM) as body:
        raw = body.read() if is_read else b""
    if not raw:
        return []
    if not (scope.headers.get("content-type") or FORM).startswith(FORM):
        raise ValueError
    return parse_qsl(raw.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")


def _asked(scope: Scope) -> list[tuple[str, str]]:
    """What stands in the address; nothing where it cannot be read."""
    if not scope.query_string:
        return []
    try:
        return parse_qsl(scope.query_string, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        return []


def _forwarded(scope: Scope) -> str:
    """All of X-Forwarded-For: some proxies add a line of their own behind the one that the reader sent."""
    return ", ".join(scope.headers.get_all("x-forwarded-for"))


def _language(scope: Scope) -> str:
    """The first language of the browser's, such as `fr`."""
    return (scope.headers.get("accept-language") or "")[:12].partition(",")[0].partition("-")[0].strip().lower()
