"""A pass: renders what is due, writes what changed, takes away what is gone.

Only one process at a time writes. Whatever instant it is killed at, the rows of the queue are still there and the
next pass does the same work again; what it left behind in the public folder is found by `sweep`.
"""

import fcntl
import hashlib
import json
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.dispatch import Signal

from rightswire.bake.folder import PublicFolder, sha256
from rightswire.bake.models import Baked, Due, Imprint
from rightswire.bake.pieces import GONE, OLD, Edition, File, every_piece, kind_of

logger = logging.getLogger(__name__)

BATCH = 200

# Sent before a pass strikes its rows off. Arguments: written {path: bytes}, removed [path].
files_changed = Signal()


class BakeIsBusy(Exception):
    """Another process is baking; it will do what is due."""


def public_folder() -> PublicFolder:
    return PublicFolder(Path(settings.SITE_FOLDER), Path(settings.HOME) / "staging")


@contextmanager
def only_baker() -> Iterator[None]:
    """Makes this process the one that writes `site/` and `search/`; raises BakeIsBusy if there is one."""
    with (Path(settings.HOME) / "bake.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BakeIsBusy from None
        yield


class Pass:
    """A batch of pieces: what they now consist of, and how that differs from what stands in the folder.

    A changed file is compressed and staged beside the site while the next piece is rendered.
    """

    def __init__(self, rows: list[Due], pool: Executor) -> None:
        self.rows = rows
        self.folder = public_folder()
        self.folder.clear_staging()
        self.files: dict[str, list[File]] = {}
        self.failed: dict[str, Exception] = {}
        self.fresh: dict[str, bytes] = {}
        self.changed: dict[str, bytes] = {}
        self.before: dict[str, dict[str, str]] = {row.piece: {} for row in rows}
        for baked in Baked.objects.filter(piece__in=list(self.before)):
            self.before[baked.piece][baked.path] = baked.sha256
        self._pool = pool
        self._staging: dict[str, Future[None]] = {}

    def take(self, piece: str, files: list[File]) -> None:
        """A piece was rendered."""
        self.files[piece] = files
        known = self.before[piece]
        for file in files:
            if file.content is not None and known.get(file.path) != sha256(file.content):
                (self.changed if file.path in known else self.fresh)[file.path] = file.content
                if file.path not in self._staging:
                    self._staging[file.path] = self._pool.submit(self.folder.stage, file.path, file.content)

    def staged(self) -> dict[str, bytes]:
        """The new files and then the changed ones, once all are staged; raises OSError where one could not be."""
        for job in self._staging.values():
            job.result()
        return self.fresh | self.changed


def bake_due(skip: set[str] | None = None, between: Callable[[], bool] = lambda: True) -> dict[str, Exception]:
    """Renders until nothing is due. Returns the pieces that failed, which stay due.

    `between` is called after each batch; when it returns False the rest stays in the queue.
    Raises OSError when the disk does not take the files: then nothing was changed by the running batch.
    """
    failed: dict[str, Exception] = {}
    edition, known = Edition(), Due.objects.tokens()
    while rows := _next_batch(set(failed) | (skip or set())):
        with ThreadPoolExecutor(1) as pool:  # compressing lets the rendering go on
            done = Pass(rows, pool)
            _render(done, edition)
            _publish(done)
        failed |= done.failed
        if not between():
            break
        if not (waiting := Due.objects.tokens()) <= known | edition.asked:
            edition, known = Edition(), waiting  # what was asked for meanwhile may show what the pieces share
    else:
        _remove_old()
    return failed


def _next_batch(skip: set[str]) -> list[Due]:
    rows = Due.objects.exclude(piece__in=skip) if skip else Due.objects.all()
    found = list(rows[:BATCH])
    # What has priority 0 finds more to do: the archive is compared before what shows it is rendered.
    return [row for row in found if row.priority == 0] or found


def _render(done: Pass, edition: Edition) -> None:
    arguments: dict[str, list[str]] = defaultdict(list)
    for row in done.rows:
        name, _, argument = row.piece.partition(":")
        arguments[name].append(argument)
    for name, wanted in arguments.items():
        kind = kind_of(name)
        if kind is None:  # a kind that this version no longer has: its files go
            for argument in wanted:
                done.take(f"{name}:{argument}", [])
            continue
        try:
            for argument, files in kind.render(wanted, edition):
                done.take(f"{name}:{argument}", files)
        except OSError:
            raise
        except Exception:
            for argument in wanted:  # one bad piece must not hold up the others
                piece = f"{name}:{argument}"
                try:
                    done.take(piece, [file for _, files in kind.render([argument], edition) for file in files])
                except Exception as error:
                    logger.error("%s could not be rendered: %s", piece, type(error).__name__)
                    done.files.pop(piece, None)
                    done.failed[piece] = error


def _publish(done: Pass) -> None:
    """Writes the new and the changed files, then removes what is gone, then strikes off the rows."""
    folder, written = done.folder, done.staged()
    for path in written:  # nothing may link to what is not there yet
        folder.put(path)
    rows, stale = _account(done, done.before)
    for piece in [piece for piece in stale if is_linked_everywhere(piece)]:
        Baked.objects.filter(piece=piece, path__in=stale.pop(piece)).update(answer=OLD)
    gone = _nobody_makes(stale, done)
    for path in gone:
        folder.remove(path)
    files_changed.send(sender=None, written=written, removed=gone)
    with transaction.atomic():
        for piece, paths in stale.items():
            Baked.objects.filter(piece=piece, path__in=paths).delete()
        Baked.objects.bulk_create(
            rows,
            batch_size=200,
            update_conflicts=True,
            unique_fields=["piece", "path"],
            update_fields=["sha256", "answer"],
        )
        Due.objects.done(row for row in done.rows if row.piece not in done.failed)
    write_addresses()


def is_linked_everywhere(piece: str) -> bool:
    kind = kind_of(piece)
    return kind is not None and kind.is_linked_everywhere


def _remove_old() -> None:
    """Takes away the style sheets and scripts that pages linked to until the last of them was rendered again."""
    old = Baked.objects.filter(answer=OLD)
    for path in old.values_list("path", flat=True):
        public_folder().remove(path)
    old.delete()


def _account(done: Pass, before: dict[str, dict[str, str]]) -> tuple[list[Baked], dict[str, set[str]]]:
    """Which piece now makes which file, where that is news; and the paths that a piece makes no more."""
    rows: list[Baked] = []
    stale: dict[str, set[str]] = {}
    for piece, files in done.files.items():
        written = {file.path for file in files if file.content is not None}
        if left := set(before[piece]) - written:
            stale[piece] = left
        for file in files:
            digest = "" if file.content is None else sha256(file.content)
            if before[piece].get(file.path) != digest or file.answer or is_linked_everywhere(piece):
                rows.append(Baked(piece=piece, path=file.path, sha256=digest, answer=file.answer))
    return rows, stale


def _nobody_makes(stale: dict[str, set[str]], done: Pass) -> list[str]:
    """The stale paths that no other piece, of this pass or an earlier one, holds."""
    paths = set().union(*stale.values()) if stale else set()
    paths -= {file.path for files in done.files.values() for file in files if file.content is not None}
    others = Baked.objects.filter(path__in=paths).exclude(piece__in=done.files).exclude(sha256="")
    return sorted(paths - set(others.values_list("path", flat=True)))


def write_addresses() -> None:
    """Tells our own server which addresses it must answer with another status than 200."""
    addresses: dict[str, object] = {"gone": [], "moved": {}, "temporary": {}}
    gone: set[str] = set()
    for path, answer in Baked.objects.exclude(answer__in=("", OLD)).values_list("path", "answer").order_by("path"):
        address = "/" + path.removesuffix("index.html")
        word, _, target = answer.partition(" ")
        if word == GONE:
            gone.add(hashlib.sha256(address.encode()).hexdigest())
        else:
            addresses[word][address] = target  # type: ignore[index]
    addresses["gone"] = sorted(gone)
    file = Path(settings.HOME) / "addresses.json"
    content = json.dumps(addresses, ensure_ascii=False, sort_keys=True, indent=0)
    if not file.exists() or file.read_text(encoding="utf-8") != content:
        draft = file.with_suffix(".draft")
        draft.write_text(content, encoding="utf-8")
        draft.replace(file)


def queue_everything() -> None:
    """Asks for the whole site, and for the pieces that should no longer be there."""
    stale = Baked.objects.values_list("piece", flat=True).distinct()
    Due.objects.add({*every_piece(), *stale})


def queue_if_outdated(fingerprint: str) -> None:
    """Asks for the whole site if templates, settings or the address differ from those of the last rendering."""
    imprint, _ = Imprint.objects.get_or_create(pk=1)
    if imprint.fingerprint != fingerprint:
        with transaction.atomic():
            queue_everything()
            imprint.fingerprint = fingerprint
            imprint.save()


def sweep() -> None:
    """Repairs what a crash, a full disk or a stranger's hand left: queues torn and missing pieces, removes others."""
    folder = public_folder()
    Path(folder.site).mkdir(parents=True, exist_ok=True)
    known: set[str] = set()
    torn: set[str] = set()
    for row in Baked.objects.exclude(sha256="").iterator():
        known.add(row.path)
        if not folder.is_whole(row.path, row.sha256):
            torn.add(row.piece)
    if torn:
        logger.warning("%d pieces of the public site are torn or missing and are rendered again", len(torn))
        with transaction.atomic():
            Baked.objects.filter(piece__in=torn).update(sha256="torn")
            Due.objects.add(torn)
    baked = set(Baked.objects.values_list("piece", flat=True))
    Due.objects.add(piece for piece in every_piece() if piece not in baked)
    write_addresses()
    for stranger in list(folder.strangers(known)):
        folder.remove(stranger)
