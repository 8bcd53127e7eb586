"""Which of a page's date lines head items: those that stand in the listing's order."""

import datetime
from collections.abc import Sequence
from itertools import pairwise

_FEWEST_TO_CALL_OLDEST_FIRST = 3
_FAR = 90  # days


def _longest_descent(dates: Sequence[datetime.date], is_likely: Sequence[bool]) -> set[int]:
    """The indices of the longest run of dates that never rise; among equals, of more likely and earlier ones.

    A Fenwick tree over the dates' ranks holds the best run that goes on from a date, read from the end.
    """
    rank_of = {date: rank for rank, date in enumerate(sorted(set(dates)), start=1)}
    best_from = [(0, 0)] * (len(rank_of) + 1)
    lengths: list[tuple[int, int]] = [(0, 0)] * len(dates)
    for index in range(len(dates) - 1, -1, -1):
        rank = rank_of[dates[index]]
        longest, below = (0, 0), rank
        while below:
            longest = max(longest, best_from[below])
            below &= below - 1
        length = (longest[0] + 1, longest[1] + is_likely[index])
        lengths[index] = length
        while rank < len(best_from):
            best_from[rank] = max(best_from[rank], length)
            rank += rank & -rank

    chosen: set[int] = set()
    wanted, newest = max(lengths), datetime.date.max
    for index, length in enumerate(lengths):
        if wanted[0] and length == wanted and dates[index] <= newest:
            chosen.add(index)
            newest = dates[index]
            wanted = (wanted[0] - 1, wanted[1] - is_likely[index])
    return chosen


def _is_of_the_past(dates: Sequence[datetime.date], index: int) -> bool:
    """Whether the date is far older than the next, which would follow the one above it: a date in a text."""
    if not 0 < index < len(dates) - 1:
        return False
    above, here, below = dates[index - 1 : index + 2]
    return here < below <= above and (below - here).days > _FAR


def items_in_order(dates: Sequence[datetime.date], is_usual: Sequence[bool]) -> tuple[set[int], bool]:
    """The indices of the dates that head items, and whether the listing goes from oldest to newest.

    The first date always heads an item: there is none above it that it could be part of.
    `is_usual` says which date lines look like most of the others; it decides between equals.
    """
    likely = [usual and not _is_of_the_past(dates, index) for index, usual in enumerate(is_usual)]
    chosen = _longest_descent(dates, likely) | {0}
    rises = all(earlier <= later for earlier, later in pairwise(dates))
    if rises and len(chosen) < len(dates) and len(dates) >= _FEWEST_TO_CALL_OLDEST_FIRST:
        return set(range(len(dates))), True
    return chosen, False
