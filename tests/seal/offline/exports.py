"""Deliveries for tests, written as the format says and with every way to do it wrong."""

import base64
import datetime
import hashlib
import io
import json
import random
import struct
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from rightswire.seal.box import PrivateKey, PublicKey, commitment, seal
from rightswire.seal.log import ERASED, SIGNED, checkpoint, entry_hash, origin, root
from rightswire.seal.record import Record

ROW = struct.Struct(">32s2s8sIBH")
CONFIRMED, UNCONFIRMED = 0, 1
OPENED = datetime.date(2018, 11, 27)
HEAD = datetime.date(2018, 11, 29)
SITE = "https://everyname.example"

PICHAI = {
    "id": 7,
    "name": "Sundar Pichai",
    "role": "Chief Executive Officer",
    "organisation": "Google",
    "country": "US",
    "address": "1600 Amphitheatre Parkway\nMountain View, California 94043",
    "languages": ["en"],
    "salutations": {"en": "Dear Mr. Pichai,"},
}
MINISTER = {
    "id": 8,
    "name": "Camille Exemple",
    "role": "Ministre des Affaires étrangères",
    "organisation": "Affaires mondiales",
    "country": "CA",
    "address": "125, promenade Sussex\nOttawa (Ontario)",
    "languages": ["fr", "en"],
    "salutations": {"fr": "Madame la Ministre,"},
}
AMBASSADOR = {
    "id": 9,
    "name": "سفير المثال",
    "role": "سفير",
    "organisation": "سفارة المثال",
    "country": "EG",
    "address": "شارع المثال ١٢\nالقاهرة",
    "languages": ["ar"],
    "salutations": {"ar": "سعادة السفير،"},
}


@dataclass
class Signer:
    """One signature. What the server stores beside the sealed record may be made to differ from it."""

    name: str
    comment: str = ""
    country: str = "CA"
    language: str = "en"
    show_name_to: tuple[int, ...] = ()
    show_comment_to: tuple[int, ...] = ()
    day: datetime.date = HEAD
    state: int = CONFIRMED
    is_logged: bool = True
    is_erased: bool = False  # removed: the log says so and the record is gone
    is_test: bool = False


@dataclass
class Line:
    """A row of records.bin, after sealing."""

    address_key: bytes
    country: str
    language: str
    day: int
    state: int
    sealed: bytes

    def pack(self) -> bytes:
        head = ROW.pack(
            self.address_key,
            self.country.encode(),
            self.language.encode(),
            self.day,
            self.state,
            len(self.sealed),
        )
        return head + self.sealed


@dataclass
class Export:
    """A petition and its delivery. Change what should be wrong between `sign` and `write`."""

    keys: list[PrivateKey] = field(default_factory=lambda: [PrivateKey.generate()])
    recipients: list[PublicKey] | None = None
    petition: bytes = bytes(range(16))
    slug: str = "drop-dragonfly"
    officials: list[dict] = field(default_factory=lambda: [PICHAI])
    site_key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    lines: list[Line] = field(default_factory=list)
    entries: list[tuple[str, bytes]] = field(default_factory=list)
    totals: dict = field(default_factory=dict)
    head_date: datetime.date = HEAD
    has_head: bool = True
    is_test: bool = False
    changes: dict = field(default_factory=dict)  # to delivery.json, before it is signed
    seed: int = 1

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def sign(self, *signers: Signer) -> list[Line]:
        """Seals, stores and logs each; returns their rows."""
        made = []
        for signer in signers:
            key = self.random.randbytes(32)
            record = Record(
                key,
                signer.name,
                signer.comment,
                signer.country,
                signer.language,
                signer.show_name_to,
                signer.show_comment_to,
                signer.is_test,
            )
            recipients = self.recipients or [key.public for key in self.keys]
            sealed = seal(record.pack(), self.petition, recipients)
            line = Line(key, signer.country, signer.language, signer.day.toordinal(), signer.state, sealed)
            if signer.state == CONFIRMED and signer.is_logged:
                self.entries.append((SIGNED, commitment(sealed, self.petition)))
            if signer.is_erased:
                self.entries.append((ERASED, commitment(sealed, self.petition)))
            else:
                self.lines.append(line)
                made.append(line)
        return made

    def erase(self, line: Line) -> None:
        self.lines.remove(line)
        self.entries.append((ERASED, commitment(line.sealed, self.petition)))

    def checkpoint(self) -> str:
        name = origin(SITE, self.slug)
        kinds = [kind for kind, _ in self.entries]
        return checkpoint(
            name,
            len(self.entries),
            root(entry_hash(kind, value) for kind, value in self.entries),
            self.head_date,
            kinds.count(SIGNED),
            kinds.count(ERASED),
            0,
            self.site_key,
            name,
        )

    def description(self) -> dict:
        states = [line.state for line in self.lines]
        countries: dict[str, int] = {}
        for line in self.lines:
            countries[line.country] = countries.get(line.country, 0) + (line.state == CONFIRMED)
        totals = {
            "confirmed": states.count(CONFIRMED),
            "held": 0,
            "unconfirmed": states.count(UNCONFIRMED),
            "paper": 0,
            "elsewhere": 0,
            "erased": sum(kind == ERASED for kind, _ in self.entries),
            "countries": countries,
        }
        return {
            "type": "rightswire delivery 1",
            "petition": {
                "uid": self.petition.hex(),
                "slug": self.slug,
                "titles": {
                    "en": "Do not build a search that hides human rights",
                    "fr": "Pas de moteur de recherche qui cache les droits humains",
                    "ar": "لا تبنوا محرّك بحث يخفي حقوق الإنسان",
                },
                "asks": {
                    "en": "End Project Dragonfly, and say so in public.\nProtect the employees who spoke up.",
                    "fr": "Mettez fin au projet Dragonfly et dites-le.\nProtégez les employés qui ont parlé.",
                    "ar": "أوقفوا مشروع دراغونفلاي وأعلنوا ذلك.\nاحموا الموظفين الذين تكلّموا.",
                },
                "opened": OPENED.isoformat(),
                "closes": None,
            },
            "organisation": {"en": "Every Name", "fr": "Chaque nom", "ar": "كلّ اسم"},
            "site": SITE,
            "made_at": "2018-11-29T15:04:00+00:00",
            "officials": self.officials,
            "keys": [{"id": key.public.id.hex(), "label": f"Key {n}"} for n, key in enumerate(self.keys, start=1)],
            "site_key": base64.b64encode(self.site_key.public_key().public_bytes_raw()).decode(),
            "totals": totals | self.totals,
            "checkpoint": self.checkpoint() if self.has_head and self.entries and not self.changes else "",
            "is_test": self.is_test,
        } | self.changes

    def parts(self) -> dict[str, bytes]:
        description = json.dumps(self.description(), ensure_ascii=False).encode()
        entries = b"".join(kind.encode() + value for kind, value in self.entries)
        records = b"".join(line.pack() for line in self.lines)
        digests = b"".join(hashlib.sha256(part).digest() for part in (description, entries, records))
        return {
            "delivery.json": description,
            "entries.bin": entries,
            "records.bin": records,
            "signature": base64.b64encode(self.site_key.sign(digests)),
        }

    def write(self, file: Path) -> Path:
        """Written through a stream that cannot seek, as the server writes it."""
        stream = OnlyForward()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
            for name, part in self.parts().items():
                archive.writestr(name, part)
        file.write_bytes(b"".join(stream.written))
        return file


class OnlyForward(io.RawIOBase):
    def __init__(self) -> None:
        self.written: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece) -> int:
        self.written.append(bytes(piece))
        return len(piece)


def codes_test(key: PrivateKey, code: str = "123-456") -> Export:
    """An export that proves a key before its petition opens."""
    export = Export(keys=[key], is_test=True)
    export.sign(Signer(code, is_logged=False, is_test=True))
    return export
