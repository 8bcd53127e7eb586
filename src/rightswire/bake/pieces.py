"""Pieces: the units in which the public site is rendered.

A piece has a name, `kind:argument` (`page:12`, `listing:en/news`), and yields the files that it consists of.
Apps above register their kinds; this engine knows none of them.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

T = TypeVar("T")

GONE = "gone"
OLD = "old"  # of an account, not of a file: it stays until no page links to it any more


@dataclass(frozen=True, slots=True)
class File:
    """A file of the public folder. `answer` is what our own server says in place of 200.

    `content` None: nothing is written at this address. `answer` is empty, `gone` (status 410),
    `moved ADDRESS` (301) or `temporary ADDRESS` (302).
    """

    path: str
    content: bytes | None
    answer: str = ""


class Edition:
    """What the pieces of one pass share: menus, settings, the archive, each built at most once."""

    def __init__(self) -> None:
        # What its own comparing asked for: that shows nothing newer than what is built here.
        self.asked: set[UUID] = set()
        self._built: dict[Hashable, Any] = {}

    def once(self, key: Hashable, build: Callable[[], T]) -> T:
        if key not in self._built:
            self._built[key] = build()
        return self._built[key]


Render = Callable[[Sequence[str], Edition], Iterator[tuple[str, list[File]]]]


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    priority: int
    every: Callable[[], Iterable[str]]
    render: Render
    is_linked_everywhere: bool


_kinds: dict[str, Kind] = {}


def register(
    name: str, *, priority: int, every: Callable[[], Iterable[str]], is_linked_everywhere: bool = False
) -> Callable[[Render], Render]:
    """Registers a kind of piece.

    `priority`: lower is rendered first; what is linked to comes before what links.
    `every` lists the arguments of all pieces that there should be. The decorated function takes arguments and
    yields each with its files; for an argument of which nothing is left, an empty list. What `is_linked_everywhere`
    is taken away only when nothing else is due.
    """

    def add(render: Render) -> Render:
        _kinds[name] = Kind(name, priority, every, render, is_linked_everywhere)
        return render

    return add


def kind_of(piece: str) -> Kind | None:
    return _kinds.get(piece.partition(":")[0])


def priority_of(piece: str) -> int:
    kind = kind_of(piece)
    return kind.priority if kind else 99


def every_piece(*names: str) -> Iterator[str]:
    """The names of all pieces of the site as it should be now, or of those of some kinds."""
    for kind in _kinds.values():
        if not names or kind.name in names:
            for argument in kind.every():
                yield f"{kind.name}:{argument}"
