"""The web application: files from the public folder, and other handlers behind their prefixes (RSGI)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Protocol

from rightswire.web.answers import Answer, SiteAnswers
from rightswire.web.headers import HeaderList
from rightswire.web.shortcut import answer_before_the_loop


class RequestHeaders(Protocol):
    """A request's headers; names are lower-case."""

    def get(self, key: str, default: Any = None) -> Any: ...
    def get_all(self, key: str) -> list[str]: ...
    def items(self) -> list[tuple[str, str]]: ...


class Scope(Protocol):
    """What RSGI tells of a request."""

    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str
    authority: str | None
    headers: RequestHeaders


class Transport(Protocol):
    """The body of an answer that is sent in pieces."""

    async def send_bytes(self, data: bytes) -> None: ...


class Exchange(Protocol):
    """What RSGI calls the HTTP protocol: the request's body, and the answer."""

    def __aiter__(self) -> Any: ...
    def client_disconnect(self) -> Awaitable[None]: ...
    def response_empty(self, status: int, headers: HeaderList) -> None: ...
    def response_bytes(self, status: int, headers: HeaderList, body: bytes) -> None: ...
    def response_file_range(self, status: int, headers: HeaderList, file: str, start: int, end: int) -> None: ...
    def response_stream(self, status: int, headers: HeaderList) -> Transport: ...


Handler = Callable[[Scope, Exchange], Awaitable[None]]
HandlerNow = Callable[[Scope, Exchange], bool]  # see SupporterForms.answer_now


class WebApplication:
    """Sends each request to the handler whose prefix its path has; all others are answered with files.

    `routes` are tried in order: a longer prefix stands before a shorter one. What `at_once` has for a prefix is asked
    before the loop hears of the request. `stop` is called when the last request has been answered.
    """

    def __init__(
        self,
        site: SiteAnswers,
        routes: tuple[tuple[str, Handler], ...],
        stop: Callable[[], None],
        at_once: Mapping[str, HandlerNow] = MappingProxyType({}),
    ) -> None:
        self._site = site
        self._routes = routes
        self._at_once = tuple(at_once.items())
        self._prefixes = tuple(prefix for prefix, _ in routes)
        self._stop = stop

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        answer_before_the_loop(self.answer_now)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._stop()

    async def __call__(self, scope: Scope, exchange: Exchange) -> None:
        if self.answer_file(scope, exchange):
            return
        path = _as_folder(scope.path)
        for prefix, handler in self._routes:
            if path.startswith(prefix):
                await handler(scope, exchange)
                return

    def answer_now(self, scope: Scope, exchange: Exchange) -> bool:
        """Answer without the loop, or see to it that it is answered; False: nothing was done."""
        for prefix, handler in self._at_once:
            if scope.path.startswith(prefix):
                return handler(scope, exchange)
        return self.answer_file(scope, exchange)

    def answer_file(self, scope: Scope, exchange: Exchange) -> bool:
        """Answer at once if the path has no handler of its own; says whether it did."""
        path = scope.path
        if _as_folder(path).startswith(self._prefixes):
            return False
        method = scope.method
        answer = self._site.answer(method, path, scope.query_string, scope.headers.get)
        send(exchange, method, answer)
        return True


def _as_folder(path: str) -> str:
    """The path with a slash at its end, so that `/admin` finds whoever answers `/admin/`."""
    return path if path.endswith("/") else path + "/"


def send(exchange: Exchange, method: str, answer: Answer) -> None:
    """Send a whole answer; to HEAD without its body."""
    if method == "HEAD" or answer.status == 304:
        exchange.response_empty(answer.status, answer.headers)
    elif answer.file:
        exchange.response_file_range(answer.status, answer.headers, answer.file, answer.start, answer.end)
    else:
        exchange.response_bytes(answer.status, answer.headers, answer.body)
