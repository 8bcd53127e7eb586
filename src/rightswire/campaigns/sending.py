"""A request, as far as the desk hears of it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Sending(NamedTuple):
    """A request, as far as the desk hears of it. `network` is a pseudonym, never an address."""

    method: str
    rest: str  # of the path, behind the prefix
    language: str  # of the browser
    network: bytes = b""
    user_agent: str = ""
    fields: Mapping[str, str] = MappingProxyType({})  # the first of each name
    pairs: tuple[tuple[str, str], ...] = ()  # all of them, and those of the address

    def every(self, name: str) -> list[str]:
        """What was sent under a name that may come several times."""
        return [value for key, value in self.pairs if key == name]
