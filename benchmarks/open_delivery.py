"""Opening a delivery whole, lists and letters included, against nothing but the HPKE openings that it needs."""

import contextlib
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from tests.seal.offline.exports import PICHAI, Export, Signer

from rightswire.seal.box import KEY_ID, SALT, WRAPPED, PrivateKey

SIZES = (10_000, 100_000)
RUNS = 3
BARE = 5_000  # openings a round
SAMPLE_SECONDS = 0.05
PASSPHRASE = "a passphrase of the benchmark"
LATIN = (("Amina", "Jean-François", "Miriam", "Søren", "Zeynep"), ("Dupont-Martin", "Example", "Nguyễn", "Yılmaz"))
ARABIC = (("محمد", "ليلى"), ("السيد", "المثال"))
CYRILLIC = (("Мария", "Алексей"), ("Иванова", "Петренко"))
SCRIPTS = (*8 * (LATIN,), ARABIC, CYRILLIC)
COMMENT = "Search is how people learn what happened to them. Do not take that away."
COUNTRIES = ("CA", "CA", "CA", "US", "US", "FR", "GB", "EG", "MX", "VN")


def run() -> Iterator[dict[str, Any]]:
    """Half show their name, one in twenty a comment. Time includes Argon2id on the passphrase, XLSX and PDF."""
    suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_128_GCM)
    key = PrivateKey.generate()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "key").write_text(key.protected(PASSPHRASE))
        (folder / "passphrase").write_text(PASSPHRASE)
        for size in SIZES:
            export = _export(key, size)
            export.write(folder / "delivery")
            bare, rates = [], []
            for number in range(RUNS):
                bare.append(_bare_rate(suite, key, export))
                rates.append(size / _seconds(folder, folder / f"out-{size}-{number}"))
            yield _figure(size, rates, bare)
            yield {
                "name": f"open_delivery: peak memory of all its processes, {size} records",
                "value": round(_peak(folder, folder / f"out-{size}-memory") / 1024),
                "unit": "MB",
                "against": None,
                "ratio": None,
            }


def _figure(size: int, rates: list[float], bare: list[float]) -> dict[str, Any]:
    ratios = [rate / alone for rate, alone in zip(rates, bare, strict=True)]
    return {
        "name": f"open_delivery: {size} records, checked, opened, listed, {os.cpu_count()} cores",
        "value": round(statistics.median(rates)),
        "unit": "records/s",
        "against": f"bare HPKE opening in one process: {round(statistics.median(bare))} records/s",
        "ratio": round(statistics.median(ratios), 2),
        "spread": f"{min(ratios):.2f} to {max(ratios):.2f}",
    }


def _export(key: PrivateKey, size: int) -> Export:
    chance = random.Random(1)
    export = Export(keys=[key], officials=[PICHAI])
    for number in range(size):
        first, last = map(chance.choice, chance.choice(SCRIPTS))
        shows_name, shows_comment = chance.random() < 0.5, chance.random() < 0.05
        export.sign(
            Signer(
                f"{first} {last} {number}",
                COMMENT if shows_comment or chance.random() < 0.1 else "",
                chance.choice(COUNTRIES),
                show_name_to=(7,) if shows_name else (),
                show_comment_to=(7,) if shows_comment else (),
            )
        )
    return export


def _bare_rate(suite: hpke.Suite, key: PrivateKey, export: Export) -> float:
    private = X25519PrivateKey.from_private_bytes(key._key.private_bytes_raw())
    start = 3 + SALT + KEY_ID
    wrapped = [line.sealed[start : start + WRAPPED] for line in export.lines[:BARE]]
    info = b"rightswire petition 1\0" + export.petition + key.public.id
    started = time.perf_counter()
    for each in wrapped:
        suite.decrypt(each, private, info=info)
    return len(wrapped) / (time.perf_counter() - started)


def _command(folder: Path, out: Path) -> list[str]:
    files = [str(folder / "delivery"), "--key", str(folder / "key"), "--passphrase-file", str(folder / "passphrase")]
    return [sys.executable, "-m", "rightswire.seal.offline", *files, "--out", str(out), "--json"]


def _seconds(folder: Path, out: Path) -> float:
    started = time.perf_counter()
    subprocess.run(_command(folder, out), capture_output=True, check=True)
    return time.perf_counter() - started


def _peak(folder: Path, out: Path) -> int:
    """KiB of memory that the command and its processes use together at the worst moment."""
    peak = 0
    with subprocess.Popen(
        _command(folder, out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, process_group=0
    ) as process:
        while process.poll() is None:
            peak = max(peak, _memory(process.pid))
            time.sleep(SAMPLE_SECONDS)
    assert process.returncode == 0
    return peak


def _memory(group: int) -> int:
    """KiB in use by all processes of a group, shared pages counted once (proportional set size)."""
    total = 0
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            if entry.name.isdecimal() and os.getpgid(int(entry.name)) == group:
                lines = (entry / "smaps_rollup").read_text().splitlines()
                total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total
