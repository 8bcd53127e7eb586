"""Whether a delivery is whole and true, as far as that can be seen without the server."""

from bisect import bisect_right
from collections.abc import Callable, Iterator

from rightswire.seal.log import ERASED, Checkpoint, LogError, Tree, entry_hash, origin, parse_checkpoint
from rightswire.seal.offline.alarms import Alarms
from rightswire.seal.offline.book import Book
from rightswire.seal.offline.delivery import Delivery
from rightswire.seal.offline.manifest import DeliveryError
from rightswire.seal.offline.unsealing import CONFIRMED, UNCONFIRMED


def read_log(delivery: Delivery, book: Book, alarms: Alarms) -> Checkpoint | None:
    """Puts the log into the book and holds it against its signed head, which is returned if it is genuine."""
    tree = Tree()
    book.add_entries(_entries(delivery, tree, alarms))
    manifest = delivery.manifest
    if not manifest.checkpoint:
        if tree.size:
            alarms.add("log_head", reason="there is none")
        return None
    try:
        head = parse_checkpoint(manifest.checkpoint, manifest.site_key)
        if head.origin != origin(manifest.site, manifest.slug):
            raise LogError("it is the head of another petition's log")
    except (LogError, ValueError) as error:
        alarms.add("log_head", reason=str(error) if isinstance(error, LogError) else "it cannot be read")
        return None
    if (head.size, head.root) != (tree.size, tree.root()):
        alarms.add("log_root")
    return head


def _entries(delivery: Delivery, tree: Tree, alarms: Alarms) -> Iterator[tuple[int, int, bool, bytes]]:
    """What the book holds of each entry, which joins the tree on its way."""
    try:
        for kind, value in delivery.entries():
            yield tree.size, bisect_right(delivery.manifest.log_sizes, tree.size), kind == ERASED, value
            tree.append(entry_hash(kind, value))
    except DeliveryError:
        alarms.add("log_unreadable")


def check(delivery: Delivery, book: Book, head: Checkpoint | None, alarms: Alarms) -> None:
    """Holds log, records and the site's own totals against each other; leaves out what may not be counted."""
    if delivery.has_rest:
        alarms.add("cut_short")
    alarms.add_records("log_twice", book.entries_twice())
    alarms.add_records("log_removal", book.removals_of_nothing())
    alarms.add_records("missing", book.signed_without_record())
    book.find_unlogged()
    if head:
        if (head.signatures, head.erasures) != book.entries():
            alarms.add("log_count")
        alarms.add_records("unlogged", book.unlogged(before=head.date.toordinal()))
    _leave_out("erased_present", book.removed_with_record, book, alarms)
    _leave_out("duplicate", book.of_a_person_again, book, alarms)
    totals, found = delivery.manifest.totals, (book.counted_by_site(CONFIRMED), book.counted_by_site(UNCONFIRMED))
    if (totals["confirmed"], totals["unconfirmed"]) != found:
        claimed = f"{totals['confirmed']:,} confirmed and {totals['unconfirmed']:,} unconfirmed"
        alarms.add("totals", reason=f"{claimed}; here are {found[0]:,} and {found[1]:,}")


def _leave_out(kind: str, find: Callable[[], list[int]], book: Book, alarms: Alarms) -> None:
    numbers = find()
    alarms.add_records(kind, numbers)
    book.leave_out(numbers)
