"""Telling a WebSub hub that feeds have changed (W3C Recommendation of 2018), where the setting names one.

The hub asks for the feed itself; it is told an address and nothing else. What could not be told is let go after a few
tries: readers' programs ask from time to time in any case.
"""

import logging
import queue
import threading
from collections.abc import Collection
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from django.conf import settings

from rightswire.bake.baking import files_changed

logger = logging.getLogger(__name__)

FEEDS = ("rss.xml", "atom.xml", "feed.json")
TRIES, FIRST_PAUSE, PATIENCE = 4, 2.0, 20.0  # seconds


class Pinger:
    """Tells the hub from a thread of its own, so that publishing never waits for it."""

    def __init__(self) -> None:
        self._changed: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="websub", daemon=True)

    def start(self) -> None:
        if settings.WEBSUB_HUB:
            files_changed.connect(self._take, dispatch_uid="rightswire.newsroom.websub")
            self._thread.start()

    def stop(self) -> None:
        files_changed.disconnect(dispatch_uid="rightswire.newsroom.websub")
        self._stopping.set()
        if self._thread.is_alive():
            self._changed.put(None)
            self._thread.join(2 * FIRST_PAUSE)

    def _take(self, sender: Any, written: Collection[str], **kwargs: Any) -> None:
        for path in written:
            if path.endswith(FEEDS):
                self._changed.put(f"{settings.BASE_URL}/{path}")

    def _run(self) -> None:
        while (address := self._changed.get()) is not None:
            tell(settings.WEBSUB_HUB, address, self._stopping)


def tell(hub: str, address: str, stopping: threading.Event) -> bool:
    """Whether the hub has taken it."""
    body = urlencode({"hub.mode": "publish", "hub.topic": address, "hub.url": address}).encode()
    pause, problem = FIRST_PAUSE, ""
    for _ in range(TRIES):
        try:
            with urlopen(Request(hub, body, {"User-Agent": "Rightswire"}), timeout=PATIENCE) as answer:
                if 200 <= answer.status < 300:
                    return True
                problem = str(answer.status)
        except (URLError, OSError, ValueError) as error:
            problem = type(error).__name__
        if stopping.wait(pause):
            return False
        pause *= 2
    logger.warning("The WebSub hub was not told of a feed (%s)", problem)
    return False
