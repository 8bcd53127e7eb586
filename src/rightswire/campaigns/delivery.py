"""Exporting a petition: encrypted signatures, log and signed totals in one file, for a machine without a network.

The file's form is described in docs/features/delivery.md; `open_delivery` reads it.
"""

import base64
import contextlib
import hashlib
import json
import os
import secrets
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone
from django.utils.crypto import salted_hmac

from rightswire.campaigns.counting import recount
from rightswire.campaigns.models import (
    Official,
    Petition,
    PetitionKey,
    PetitionPage,
    RecipientKey,
    SignatureState,
    State,
)
from rightswire.pages.models import Organisation
from rightswire.seal.box import seal
from rightswire.seal.keys import Keys
from rightswire.seal.record import Record

ROW = struct.Struct(">32s2s8sIBH")
CHUNK = 1000
MOST_TRIES = 5


class CannotExport(Exception):
    """The petition cannot be exported; the message says why and what to do."""


def export_delivery(petition: Petition, file: Path) -> int:
    """Writes the file whole or not at all; returns how many signatures it holds.

    Raises CannotExport, also where `file` exists, and OSError.
    """
    if petition.state == State.DRAFT:
        raise CannotExport(f"The petition {petition.slug} has not been opened yet: there is nothing to export.")
    if petition.records_destroyed_at:
        raise CannotExport(
            f"The signatures of {petition.slug} were destroyed on "
            f"{petition.records_destroyed_at:%Y-%m-%d}, as was promised."
        )
    if file.exists():
        raise CannotExport(f"{file} is already there and was not touched: give another name.")
    recount(petition)
    with _whole_or_not(file) as draft:
        return _write(draft, facts(petition), _entries(petition), _records(petition))


@contextlib.contextmanager
def _whole_or_not(file: Path) -> Iterator[Path]:
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        draft.touch(mode=0o600, exist_ok=False)
        yield draft
        with draft.open("rb") as done:
            os.fsync(done.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _write(draft: Path, about: dict[str, Any], entries: Iterator[bytes], records: Iterator[bytes]) -> int:
    digests: list[bytes] = []
    number = 0
    with zipfile.ZipFile(draft, "w") as archive:
        text = json.dumps(about, ensure_ascii=False, indent=1).encode()
        archive.writestr("delivery.json", text)
        digests.append(hashlib.sha256(text).digest())
        for name, parts in (("entries.bin", entries), ("records.bin", records)):
            digest = hashlib.sha256()
            with archive.open(name, "w", force_zip64=True) as member:
                for part in parts:
                    member.write(part)
                    digest.update(part)
                    number += name == "records.bin"
            digests.append(digest.digest())
        signature = Keys(Path(settings.HOME) / "keys").site_key().sign(b"".join(digests))
        archive.writestr("signature", base64.b64encode(signature))
    return number


def _entries(petition: Petition) -> Iterator[bytes]:
    rows = petition.log_entries.values_list("kind", "value")
    for kind, value in rows.iterator(chunk_size=5 * CHUNK):
        yield kind.encode() + bytes(value)


def _records(petition: Petition) -> Iterator[bytes]:
    rows = petition.signatures.exclude(state=SignatureState.HELD).values_list(
        "address_key", "country", "language", "day", "state", "sealed"
    )
    for address_key, country, language, day, state, sealed in rows.iterator(chunk_size=CHUNK):
        yield _row(bytes(address_key), country, language, day.toordinal(), state, bytes(sealed))


def _row(address_key: bytes, country: str, language: str, day: int, state: int, sealed: bytes) -> bytes:
    return ROW.pack(address_key, country.encode(), language.encode(), day, state, len(sealed)) + sealed


def facts(petition: Petition, *, is_test: bool = False) -> dict[str, Any]:
    """`delivery.json`: everything that is said in clear."""
    organisation = Organisation.current()
    pages = list(PetitionPage.objects.filter(petition=petition, live=True).select_related("locale"))
    head = petition.log_heads.last()
    return {
        "type": "rightswire delivery 1",
        "is_test": is_test,
        "petition": {
            "uid": petition.uid.hex,
            "slug": petition.slug,
            "titles": {page.language: page.title for page in pages},
            "asks": {page.language: page.ask for page in pages},
            "opened": timezone.localdate(petition.opened_at).isoformat() if petition.opened_at else None,
            "closes": timezone.localdate(petition.ends_at).isoformat() if petition.ends_at else None,
        },
        "organisation": {wording.language: wording.name for wording in organisation.wordings.all()},
        "site": settings.BASE_URL,
        "made_at": timezone.now().isoformat(timespec="seconds"),
        "officials": [_official(official) for official in petition.officials()],
        "keys": [{"id": row.key.id_hex, "label": row.key.label} for row in petition.petition_keys.all()],
        "site_key": base64.b64encode(Keys(Path(settings.HOME) / "keys").site_public_key()).decode(),
        "totals": totals(petition),
        "checkpoint": head.text if head else "",
        "log_sizes": list(petition.log_heads.values_list("size", flat=True)),
    }


def totals(petition: Petition) -> dict[str, Any]:
    """The counts, with every country: this file is for the organisation."""
    sums = dict.fromkeys(SignatureState.values, 0)
    sums.update(petition.day_totals.order_by().values_list("state").annotate(n=Sum("number")))
    confirmed = petition.day_totals.filter(state=SignatureState.CONFIRMED).order_by()
    erased = petition.log_entries.filter(kind="e").count() + petition.waiting_entries.filter(kind="e").count()
    return {
        "confirmed": sums[SignatureState.CONFIRMED],
        "held": sums[SignatureState.HELD],
        "unconfirmed": sums[SignatureState.UNCONFIRMED],
        "paper": petition.paper_tallies.aggregate(n=Sum("number"))["n"] or 0,
        "elsewhere": petition.elsewhere.aggregate(n=Sum("number"))["n"] or 0,
        "erased": erased,
        "countries": dict(confirmed.values_list("country").annotate(n=Sum("number"))),
    }


def _official(official: Official) -> dict[str, Any]:
    wordings = {wording.language: wording for wording in official.wordings.all()}
    best = next((wordings[code] for code in official.language_codes if code in wordings), official.worded(""))
    return {
        "id": official.pk,
        "name": official.name,
        "role": best.role if best else "",
        "organisation": best.organisation if best else "",
        "country": official.country,
        "address": official.address,
        "languages": official.language_codes,
        "salutations": {code: wording.salutation for code, wording in wordings.items() if wording.salutation},
        "names": {code: wording.shown_name for code, wording in wordings.items() if wording.shown_name},
        "roles": {code: wording.role for code, wording in wordings.items() if wording.role},
        "organisations": {code: wording.organisation for code, wording in wordings.items() if wording.organisation},
    }


# The test signature by which a key is proven to open


def write_test(petition: Petition, key: RecipientKey, file: Path) -> None:
    """A file with one test signature for `key`; who opens it reads a code, which `prove` accepts once."""
    code = f"{secrets.randbelow(1000):03}-{secrets.randbelow(1000):03}"
    record = Record(bytes(32), code, "", "", "", is_test=True)
    sealed = seal(record.pack(), petition.id_bytes, [key.key])
    row, _created = PetitionKey.objects.get_or_create(petition=petition, key=key)
    row.test_code, row.tries = _digest(row, code), 0
    row.save(update_fields=["test_code", "tries"])
    with _whole_or_not(file) as draft:
        record_row = _row(bytes(32), "", "", timezone.localdate().toordinal(), 0, sealed)
        about = facts(petition, is_test=True)
        about["keys"] = [{"id": key.id_hex, "label": key.label}]
        _write(draft, about, iter(()), iter([record_row]))


def prove(petition: Petition, key: RecipientKey, code: str) -> bool:
    """Whether `code` is the one that the newest test file held; then the key counts as proven for this petition.

    After five wrong ones it takes a new test file.
    """
    row = PetitionKey.objects.filter(petition=petition, key=key).exclude(test_code="").first()
    digits = "".join(sign for sign in code if sign.isdecimal() and sign.isascii())
    if row is None:
        return False
    if not secrets.compare_digest(row.test_code, _digest(row, f"{digits[:3]}-{digits[3:]}")):
        row.tries += 1
        row.test_code = row.test_code if row.tries < MOST_TRIES else ""
        row.save(update_fields=["tries", "test_code"])
        return False
    row.test_code, row.proven_at = "", timezone.now()
    row.save(update_fields=["test_code", "proven_at"])
    return True


def _digest(row: PetitionKey, code: str) -> str:
    return salted_hmac(
        f"rightswire test signature {row.petition_id} {row.key_id}", code, algorithm="sha256"
    ).hexdigest()
