"""Files that were cut short, changed or made to do harm."""

import base64
import contextlib
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rightswire.seal.offline.delivery import PARTS, ROW, Delivery, NotADelivery, read_rows
from rightswire.seal.offline.manifest import DeliveryError, ManifestError, read_manifest
from rightswire.seal.offline.opening import open_delivery
from rightswire.seal.offline.own_keys import OwnKeys
from rightswire.seal.offline.unsealing import Filters
from seal.offline.exports import Export, Signer

# By Info-ZIP's `zip -P`, with the names of the parts of a delivery.
WITH_PASSWORD = base64.b64decode(
    "UEsDBAoACQAAAFaFe10GsKHdDwAAAAMAAAANAAAAZGVsaXZlcnkuanNvbpTO5jUbWw0D0mISG0uiqFBLBwgGsKHdDwAAAAMAAABQSwMECgAJ"
    "AAAAVoV7XQawod0PAAAAAwAAAAsAAABlbnRyaWVzLmJpbvDo2IOd/lHlzIf7f98PxVBLBwgGsKHdDwAAAAMAAABQSwMECgAJAAAAVoV7XQaw"
    "od0PAAAAAwAAAAsAAAByZWNvcmRzLmJpblQnT27CMJerKVAOrsVjP1BLBwgGsKHdDwAAAAMAAABQSwMECgAJAAAAVoV7XQawod0PAAAAAwAA"
    "AAkAAABzaWduYXR1cmU6g++GIdmYDESRd2OEPblQSwcIBrCh3Q8AAAADAAAAUEsBAh4DCgAJAAAAVoV7XQawod0PAAAAAwAAAA0AAAAAAAAA"
    "AAAAAKSBAAAAAGRlbGl2ZXJ5Lmpzb25QSwECHgMKAAkAAABWhXtdBrCh3Q8AAAADAAAACwAAAAAAAAAAAAAApIFKAAAAZW50cmllcy5iaW5Q"
    "SwECHgMKAAkAAABWhXtdBrCh3Q8AAAADAAAACwAAAAAAAAAAAAAApIGSAAAAcmVjb3Jkcy5iaW5QSwECHgMKAAkAAABWhXtdBrCh3Q8AAAAD"
    "AAAACQAAAAAAAAAAAAAApIHaAAAAc2lnbmF0dXJlUEsFBgAAAAAEAAQA5AAAACABAAAAAA=="
)


@pytest.fixture
def export() -> Export:
    export = Export()
    export.sign(Signer("Ann Example", show_name_to=(7,)), Signer("Bea Example", show_name_to=(7,)))
    return export


def contents(delivery: Delivery) -> dict[str, bytes]:
    return {name: delivery._whole(name) for name in PARTS}


@pytest.mark.parametrize("first", [0, 1, 2, 3])
def test_a_changed_byte_anywhere_is_noticed_or_changes_nothing(export, tmp_path, first):
    whole = bytearray(export.write(tmp_path / "delivery").read_bytes())
    delivery = Delivery(tmp_path / "delivery")
    original, parts = contents(delivery), delivery.parts.values()
    for at in range(first, len(whole), 8):
        whole[at] ^= 1
        (tmp_path / "changed").write_bytes(whole)
        whole[at] ^= 1
        try:
            changed = Delivery(tmp_path / "changed")
            is_genuine = changed.is_genuine()
        except DeliveryError:
            continue
        if is_genuine:  # one of the ZIP's own dates and checksums
            assert not any(start <= at < start + size for start, size in parts)
            assert contents(changed) == original


@pytest.mark.parametrize("part", PARTS)
def test_a_change_in_any_part_is_an_alarm_and_the_rest_is_opened(export, opened, tmp_path, part):
    file = export.write(tmp_path / "delivery")
    start, size = Delivery(file).parts[part]
    whole = bytearray(file.read_bytes())
    if part == "delivery.json":  # a letter of the title
        start, size = whole.index(b"Do not build"), 2
    whole[start + size - 1] ^= 2
    file.write_bytes(whole)
    own = OwnKeys(tuple(export.keys), frozenset(key.public.id for key in export.keys))
    outcome = open_delivery(Delivery(file), own, tmp_path / "out", Filters(), None)
    assert outcome.alarms[0].kind == "signature"
    assert outcome.tally.confirmed == (1 if part == "records.bin" else 2)


def test_a_file_cut_short_anywhere_is_refused(export, tmp_path):
    whole = export.write(tmp_path / "delivery").read_bytes()
    for length in [*range(0, len(whole), 16), *range(len(whole) - 30, len(whole))]:
        (tmp_path / "short").write_bytes(whole[:length])
        with pytest.raises(NotADelivery):
            Delivery(tmp_path / "short")


@pytest.mark.parametrize("cut", [1, 60, 363, 364, 411])
def test_a_list_of_records_that_breaks_off_is_read_as_far_as_it_goes(export, opened, cut):
    whole = export.parts
    export.parts = lambda: whole() | {"records.bin": whole()["records.bin"][:-cut]}
    done = opened(export)
    assert done.alarms == {"signature": 1, "cut_short": 1, "missing": 1, "totals": 1}
    assert done.names() == ["Ann Example"]


def test_other_archives_are_refused(export, tmp_path):
    parts = export.parts()
    wrong = {
        "a part missing": ({name: parts[name] for name in PARTS[:3]}, zipfile.ZIP_STORED),
        "a part more": (parts | {"more": b""}, zipfile.ZIP_STORED),
        "compressed": (parts, zipfile.ZIP_DEFLATED),
    }
    for content, method in wrong.values():
        with zipfile.ZipFile(tmp_path / "delivery", "w", method) as archive:
            for name, part in content.items():
                archive.writestr(name, part)
        with pytest.raises(NotADelivery):
            Delivery(tmp_path / "delivery")
    for other in (b"a letter to somebody", WITH_PASSWORD):
        (tmp_path / "delivery").write_bytes(other)
        with pytest.raises(NotADelivery):
            Delivery(tmp_path / "delivery")


def places(value, path=()):
    """The paths to everything in a JSON document."""
    yield path
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in steps:
        yield from places(inner, (*path, key))


DESCRIPTION = Export().description()
JUNK = st.sampled_from([None, "", "x", -1, 1 << 70, 1.5, True, [], {}, [None], {"en": 5}, "é" * 300, ["en", "fr"]])


@given(st.sampled_from([path for path in places(DESCRIPTION) if path]), JUNK)
@settings(max_examples=300, deadline=None)
def test_a_description_with_anything_anywhere_is_read_or_refused(path, junk):
    description = json.loads(json.dumps(DESCRIPTION))
    inner = description
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = junk
    with contextlib.suppress(ManifestError):
        read_manifest(json.dumps(description).encode())


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_a_description_of_anything_is_refused(content):
    with pytest.raises(ManifestError):
        read_manifest(content)


def test_a_deeply_nested_description_is_refused():
    with pytest.raises(ManifestError):
        read_manifest(b"[" * 1_000_000)


@given(st.binary(max_size=2_000))
@settings(deadline=None, max_examples=200)
def test_any_bytes_can_stand_for_records(tmp_path_factory, content):
    export = Export()
    whole = export.parts()
    export.parts = lambda: whole | {"records.bin": content}
    file = export.write(Path(tmp_path_factory.getbasetemp()) / "any")
    delivery = Delivery(file)
    with file.open("rb") as stream:
        rows = [row for span in delivery.spans() for row in read_rows(stream, span)]
    assert sum(ROW.size + len(row.sealed) for row in rows) <= len(content)
