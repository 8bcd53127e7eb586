"""What a delivery says of itself: `delivery.json`, read without trusting it."""

import base64
import binascii
import datetime
import itertools
import json
import re
from dataclasses import dataclass
from typing import Any

TYPE = "rightswire delivery 1"
TOTALS = ("confirmed", "held", "unconfirmed", "paper", "elsewhere", "erased")


class DeliveryError(Exception):
    """The delivery cannot be opened; the message says why and what to do."""


def reason_of(error: Exception) -> str:
    """What went wrong, without anything that a signer wrote."""
    return error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__


class ManifestError(DeliveryError):
    def __init__(self, where: str) -> None:
        super().__init__(
            f"The delivery's description is not as it should be at “{where}”. The file is damaged, or of another "
            "version of Rightswire: ask for a new export. Nothing was written."
        )


@dataclass(frozen=True, slots=True)
class Official:
    """Whom the petition is addressed to. `address` has its lines; the plurals are by language, where they differ."""

    id: int
    name: str
    role: str
    organisation: str
    country: str
    address: str
    languages: tuple[str, ...]
    salutations: dict[str, str]
    names: dict[str, str]
    roles: dict[str, str]
    organisations: dict[str, str]


@dataclass(frozen=True, slots=True)
class Manifest:
    """`petition` is the 16 bytes that records are bound to; texts are by language. `log_sizes`: how many entries the
    public log had at the end of each day; none in deliveries of before it was said.
    """

    petition: bytes
    slug: str
    titles: dict[str, str]
    asks: dict[str, str]
    organisation: dict[str, str]
    site: str
    made_at: datetime.datetime
    officials: tuple[Official, ...]
    keys: dict[bytes, str]
    site_key: bytes
    totals: dict[str, int]
    checkpoint: str
    log_sizes: tuple[int, ...]
    is_test: bool


def read_manifest(content: bytes) -> Manifest:
    """Raises ManifestError, whose message names the place and never quotes what stands there."""
    try:
        whole = json.loads(content)
    except (ValueError, RecursionError):
        raise ManifestError("the whole") from None
    if not isinstance(whole, dict) or whole.get("type") != TYPE:
        raise ManifestError("type")
    petition = _dict(whole, "petition")
    officials = tuple(_official(official) for official in _list(whole, "officials"))
    if len({official.id for official in officials}) < len(officials):
        raise ManifestError("officials")
    totals = _dict(whole, "totals")
    return Manifest(
        petition=_hex(petition, "uid", 16),
        slug=_slug(petition),
        titles=_texts(petition, "titles"),
        asks=_texts(petition, "asks"),
        organisation=_texts(whole, "organisation"),
        site=_text(whole, "site"),
        made_at=_moment(whole, "made_at"),
        officials=officials,
        keys={_hex(key, "id", 8): _text(key, "label") for key in _list(whole, "keys")},
        site_key=_base64(whole, "site_key", 32),
        totals={name: _number(totals, name) for name in TOTALS},
        checkpoint=_text(whole, "checkpoint"),
        log_sizes=_sizes(whole, "log_sizes"),
        is_test=whole.get("is_test") is True,
    )


def _official(official: dict[str, Any]) -> Official:
    official = {"names": {}, "roles": {}, "organisations": {}} | official
    return Official(
        id=_number(official, "id"),
        name=_text(official, "name"),
        role=_text(official, "role"),
        organisation=_text(official, "organisation"),
        country=_text(official, "country"),
        address=_text(official, "address"),
        languages=_strings(official, "languages"),
        salutations=_texts(official, "salutations"),
        names=_texts(official, "names"),
        roles=_texts(official, "roles"),
        organisations=_texts(official, "organisations"),
    )


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise ManifestError(name)
    return value


def _texts(fields: dict[str, Any], name: str) -> dict[str, str]:
    value = _dict(fields, name)
    if not all(isinstance(text, str) for text in value.values()):
        raise ManifestError(name)
    return value


def _strings(fields: dict[str, Any], name: str) -> tuple[str, ...]:
    value = fields.get(name)
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise ManifestError(name)
    return tuple(value)


def _dict(fields: dict[str, Any], name: str) -> dict[str, Any]:
    value = fields.get(name)
    if not isinstance(value, dict):
        raise ManifestError(name)
    return value


def _list(fields: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = fields.get(name)
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ManifestError(name)
    return value


def _number(fields: dict[str, Any], name: str) -> int:
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 62:
        raise ManifestError(name)
    return value


def _sizes(fields: dict[str, Any], name: str) -> tuple[int, ...]:
    value = fields.get(name, [])
    if not isinstance(value, list) or not all(type(size) is int and size >= 0 for size in value):
        raise ManifestError(name)
    if any(later < earlier for earlier, later in itertools.pairwise(value)):
        raise ManifestError(name)
    return tuple(value)


def _slug(fields: dict[str, Any]) -> str:
    value = _text(fields, "slug")
    if not re.fullmatch(r"[\w-]{1,255}", value):
        raise ManifestError("slug")
    return value


def _hex(fields: dict[str, Any], name: str, length: int) -> bytes:
    try:
        value = bytes.fromhex(_text(fields, name))
    except ValueError:
        value = b""
    if len(value) != length:
        raise ManifestError(name)
    return value


def _base64(fields: dict[str, Any], name: str, length: int) -> bytes:
    try:
        value = base64.b64decode(_text(fields, name), validate=True)
    except (binascii.Error, ValueError):
        value = b""
    if len(value) != length:
        raise ManifestError(name)
    return value


def _moment(fields: dict[str, Any], name: str) -> datetime.datetime:
    try:
        return datetime.datetime.fromisoformat(_text(fields, name))
    except ValueError:
        raise ManifestError(name) from None
