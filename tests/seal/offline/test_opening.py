"""What a campaigner gets out of a delivery, and what the program says of one that is not right."""

import dataclasses
import datetime
import json
import zipfile
import zlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from rightswire.seal.box import PrivateKey, commitment, seal
from rightswire.seal.offline import opening, unsealing
from rightswire.seal.offline.delivery import Delivery
from rightswire.seal.offline.manifest import DeliveryError
from rightswire.seal.offline.opening import NoKeyFits, open_test
from rightswire.seal.offline.own_keys import OwnKeys
from seal.offline.exports import AMBASSADOR, HEAD, MINISTER, PICHAI, UNCONFIRMED, Export, Signer, codes_test


@pytest.fixture
def export() -> Export:
    """Four people with four different wishes, two officials."""
    export = Export(officials=[PICHAI, MINISTER])
    export.sign(
        Signer("Ann Example", "Please stop.", "CA", "en", show_name_to=(7,), show_comment_to=(7,)),
        Signer("Béatrice Exemple", "Secret to all.", "FR", "fr", show_name_to=(7, 8)),
        Signer("Cem Örnek", "Merci.", "TR", "en", show_comment_to=(8,)),
        Signer("Dalia Withheld", "Also secret.", "EG", "ar"),
    )
    return export


def everything_in(folder: Path) -> str:
    """All text of all files, spreadsheets unpacked."""
    found = []
    for file in folder.iterdir():
        if file.suffix == ".xlsx":
            with zipfile.ZipFile(file) as archive:
                found += [archive.read(name) for name in archive.namelist()]
        elif file.suffix != ".pdf":
            found.append(file.read_bytes())
    return b"\n".join(found).decode()


# What signers chose


def test_each_official_gets_the_names_that_were_meant_for_them_and_no_others(export, opened):
    done = opened(export)
    assert done.alarms == {}
    assert done.sheet("Sundar Pichai") == [
        ("Ann Example", "Canada", "Please stop."),
        ("Béatrice Exemple", "France", ""),
    ]
    assert done.sheet("Camille Exemple") == [("Béatrice Exemple", "France", ""), ("Nom non communiqué", "", "Merci.")]
    for letter, named, comments in (
        ("sundar-pichai", {"Ann Example", "Béatrice Exemple"}, {"Please stop."}),
        ("camille-exemple", {"Béatrice Exemple"}, {"Merci."}),
    ):
        words = done.letter(letter)
        for name in ("Ann Example", "Béatrice Exemple", "Cem Örnek", "Dalia Withheld"):
            assert (name in words) == (name in named)
        for comment in ("Please stop.", "Secret to all.", "Merci.", "Also secret."):
            assert (comment in words) == (comment in comments)


def test_what_nobody_may_see_is_written_nowhere(export, opened):
    done = opened(export)
    written = everything_in(done.folder)
    assert "Béatrice" in written
    for withheld in ("Cem", "Dalia", "Secret to all", "Also secret"):
        assert withheld not in written
    assert {file.name for file in done.folder.iterdir()} == {
        "signers.xlsx", "for-sundar-pichai.pdf", "for-camille-exemple.pdf", "tally.json", "tally.csv"
    }  # fmt: skip


def test_those_who_withhold_their_names_are_counted(export, opened):
    done = opened(export)
    seen = done.outcome.tally.officials
    assert (seen[7].named, seen[7].withheld, seen[7].commented) == (2, 2, 1)
    assert (seen[8].named, seen[8].withheld, seen[8].commented) == (1, 3, 1)
    assert "4 people have signed this petition" in done.letter()
    assert "2 signed without showing you their names." in done.letter()


def test_a_list_for_one_official_only_names_no_other(export, opened):
    done = opened(export, target=8)
    assert not (done.folder / "for-sundar-pichai.pdf").exists()
    assert "Ann Example" not in everything_in(done.folder)
    assert done.names("Camille Exemple") == ["Béatrice Exemple", "Nom non communiqué"]


def test_an_official_who_is_not_there_is_named_with_those_who_are(export, opened):
    with pytest.raises(DeliveryError, match=r"7 \(Sundar Pichai\), 8 \(Camille Exemple\)"):
        opened(export, target=3)


def test_names_stand_in_order_by_country_in_the_official_s_language_and_alphabet(opened):
    export = Export(officials=[PICHAI])
    for name, country in (("Zoé", "CA"), ("Éric", "CA"), ("adam", "CA"), ("Ute", "DE"), ("Omar", "EG"), ("Liv", "AX")):
        export.sign(Signer(name, "", country, show_name_to=(7,)))
    assert opened(export).names() == ["Liv", "adam", "Éric", "Zoé", "Omar", "Ute"]


# Filters and totals


def test_only_what_was_asked_for_is_counted_and_listed(opened):
    export = Export()
    early = HEAD - datetime.timedelta(days=1)
    export.sign(
        Signer("Ann", country="CA", language="en", show_name_to=(7,)),
        Signer("Benoît", country="CA", language="fr", show_name_to=(7,)),
        Signer("Carl", country="US", language="en", show_name_to=(7,), day=early),
        Signer("Dora", country="CA", language="en", show_name_to=(7,), day=early),
    )
    done = opened(export, country="CA", language="en", since_day=HEAD)
    assert done.names() == ["Ann"]
    assert done.outcome.tally.confirmed == 1
    assert (
        "only a part of the signatures (country: Canada, language: English, since November 29, 2018)" in done.letter()
    )
    assert done.alarms == {}  # the other three are still there, and still checked


@pytest.mark.parametrize(
    ("only", "names"), [({"country": "US"}, {"Carl"}), ({"language": "fr"}, {"Benoît"}), ({}, {"Benoît", "Carl"})]
)
def test_each_filter_alone(opened, only, names):
    export = Export()
    export.sign(
        Signer("Benoît", country="CA", language="fr", show_name_to=(7,)),
        Signer("Carl", country="US", language="en", show_name_to=(7,)),
    )
    assert set(opened(export, **only).names()) == names


def test_the_tally_says_how_many_from_where_when_and_in_which_language(export, opened):
    export.sign(Signer("Newest", country="CA", day=HEAD + datetime.timedelta(days=1), is_logged=False))
    export.totals = {"paper": 212, "elsewhere": 1040, "held": 3}
    done = opened(export)
    tally = json.loads((done.folder / "tally.json").read_text())
    assert (tally["confirmed"], tally["not_yet_in_log"], tally["paper"], tally["elsewhere"]) == (5, 1, 212, 1040)
    assert tally["countries"] == {"CA": 2, "EG": 1, "FR": 1, "TR": 1}
    assert tally["languages"] == {"en": 3, "ar": 1, "fr": 1}
    assert tally["days"] == {"2018-11-29": 4, "2018-11-30": 1}
    assert tally["log"] == {"date": "2018-11-29", "entries": 4}
    lines = (done.folder / "tally.csv").read_text().splitlines()
    assert "country,CA,2" in lines
    assert "names shown to official,7,2" in lines


def test_a_letter_names_only_countries_of_twenty_signers(opened):
    export = Export()
    export.sign(*[Signer("Somebody", country="CA") for _ in range(20)], Signer("One", country="TO"))
    letter = opened(export).letter()
    assert "Canada 20" in letter
    assert "Other countries 1" in letter
    assert "Tonga" not in letter


def test_signatures_that_were_not_confirmed_stand_apart(opened):
    export = Export()
    export.sign(
        Signer("Confirmed Example", show_name_to=(7,)),
        Signer("Unsure Example", show_name_to=(7,), state=UNCONFIRMED),
    )
    done = opened(export)
    assert done.alarms == {}
    assert done.names() == ["Confirmed Example"]
    assert done.names("Sundar Pichai (not confirmed)") == ["Unsure Example"]
    assert (done.outcome.tally.confirmed, done.outcome.tally.unconfirmed) == (1, 1)
    words = done.letter()
    assert words.index("Confirmed Example") < words.index("Signed, not confirmed Canada Unsure Example")


def test_a_petition_that_nobody_has_signed_can_be_opened(opened):
    done = opened(Export(has_head=False))
    assert done.alarms == {}
    assert done.outcome.tally.confirmed == 0
    assert done.names() == []


# Keys


def test_a_key_of_another_organisation_opens_nothing_and_leaves_nothing(export, opened, tmp_path):
    with pytest.raises(NoKeyFits, match=f"“Key 1” \\({export.keys[0].public.id.hex()}\\)"):
        opened(export, keys=[PrivateKey.generate()])
    assert [file.name for file in tmp_path.iterdir()] == ["delivery"]


def test_when_one_key_is_lost_the_other_opens_everything(opened):
    lost, kept = PrivateKey.generate(), PrivateKey.generate()
    export = Export(keys=[lost, kept])
    export.sign(Signer("Ann", show_name_to=(7,)), Signer("Bea", show_name_to=(7,)))
    done = opened(export, keys=[kept])
    assert done.names() == ["Ann", "Bea"]
    assert done.alarms == {}
    (notice,) = done.outcome.notices
    assert f"“Key 1” ({lost.public.id.hex()}) can open 2 of these records too" in notice


def test_the_public_file_of_the_other_key_makes_it_known(opened):
    lost, kept = PrivateKey.generate(), PrivateKey.generate()
    export = Export(keys=[lost, kept])
    export.sign(Signer("Ann"))
    assert opened(export, keys=[kept], ids={lost.public.id}).outcome.notices == []


def test_records_of_before_and_after_a_change_of_keys_need_both(opened):
    old, new = PrivateKey.generate(), PrivateKey.generate()
    export = Export(keys=[old, new], recipients=[old.public])
    export.sign(Signer("Ann", show_name_to=(7,)))
    export.recipients = [new.public]
    export.sign(Signer("Bea", show_name_to=(7,)))
    done = opened(export, keys=[new])
    assert (done.names(), done.alarms) == (["Bea"], {"locked": 1})


def test_with_both_keys_all_records_open(opened):
    old, new = PrivateKey.generate(), PrivateKey.generate()
    export = Export(keys=[old, new], recipients=[old.public])
    export.sign(Signer("Ann", show_name_to=(7,)))
    export.recipients = [new.public]
    export.sign(Signer("Bea", show_name_to=(7,)))
    done = opened(export)
    assert (done.names(), done.alarms) == (["Ann", "Bea"], {})


def test_a_key_that_nobody_knows_is_an_alarm(opened):
    stranger = PrivateKey.generate()
    export = Export()
    export.sign(Signer("Ann", show_name_to=(7,)))
    export.recipients = [export.keys[0].public, stranger.public]
    export.sign(Signer("Bea", show_name_to=(7,)))
    done = opened(export)
    assert done.alarms == {"unknown_key": 1}
    assert done.outcome.alarms[0].places == [2]
    assert done.names() == ["Ann", "Bea"]


def test_the_test_of_a_key_gives_the_code_and_nothing_else(tmp_path):
    key = PrivateKey.generate()
    delivery = Delivery(codes_test(key, "482-915").write(tmp_path / "test"))
    assert open_test(delivery, OwnKeys((key,), frozenset())) == ["482-915"]
    with pytest.raises(NoKeyFits):
        open_test(delivery, OwnKeys((PrivateKey.generate(),), frozenset()))


def test_a_signature_is_no_test_of_a_key(tmp_path):
    export = Export(is_test=True)
    export.sign(Signer("123-456"))
    with pytest.raises(NoKeyFits):
        open_test(Delivery(export.write(tmp_path / "test")), OwnKeys(tuple(export.keys), frozenset()))


# What is wrong with records


def test_a_record_of_another_petition_does_not_open_here(export, opened):
    other = Export(keys=export.keys, petition=bytes(16))
    (line,) = other.sign(Signer("Stranger Example", show_name_to=(7,)))
    line.day = (HEAD + datetime.timedelta(days=1)).toordinal()
    export.lines.append(line)
    done = opened(export)
    assert done.alarms == {"damaged": 1}
    assert done.names() == ["Ann Example", "Béatrice Exemple"]


def test_two_rows_that_were_exchanged_are_noticed(export, opened):
    first, second = export.lines[:2]
    first.address_key, second.address_key = second.address_key, first.address_key
    done = opened(export)
    assert done.alarms == {"moved": 2}
    assert done.names() == []
    assert done.outcome.tally.confirmed == 2


def test_a_person_who_is_there_twice_counts_once(export, opened):
    (line,) = export.sign(Signer("Ann Example", show_name_to=(7,)))
    record = unsealing.Record(export.lines[0].address_key, "Ann Again", "", "CA", "en", (7,))
    line.address_key = record.address_key
    line.sealed = seal(record.pack(), export.petition, [export.keys[0].public])
    export.entries[-1] = ("s", commitment(line.sealed, export.petition))
    done = opened(export)
    assert done.alarms == {"duplicate": 1}
    assert done.names() == ["Ann Example", "Béatrice Exemple"]
    assert done.outcome.tally.confirmed == 4


def test_the_same_record_twice_counts_once(export, opened):
    export.lines.append(dataclasses.replace(export.lines[0]))
    done = opened(export)
    assert done.alarms == {"duplicate": 1}
    assert done.names().count("Ann Example") == 1


def test_a_record_that_was_taken_away_is_missed(export, opened):
    del export.lines[1]
    done = opened(export)
    assert done.alarms == {"missing": 1}
    assert done.outcome.alarms[0].places == [2]
    assert done.names() == ["Ann Example"]


def test_a_record_that_its_signer_removed_is_not_missed(export, opened):
    export.erase(export.lines[1])
    done = opened(export)
    assert done.alarms == {}
    assert done.names() == ["Ann Example"]
    assert done.outcome.tally.confirmed == 3


def test_a_record_that_its_signer_removed_is_not_delivered_even_if_it_is_there(export, opened):
    line = export.lines[1]
    export.erase(line)
    export.lines.append(line)
    done = opened(export)
    assert done.alarms == {"erased_present": 1}
    assert done.names() == ["Ann Example"]


def test_a_record_that_the_log_should_hold_is_an_alarm_and_one_of_today_is_not(export, opened):
    export.sign(Signer("Slipped in", show_name_to=(7,), day=HEAD - datetime.timedelta(days=1), is_logged=False))
    export.sign(Signer("Of today", show_name_to=(7,), is_logged=False))
    done = opened(export)
    assert done.alarms == {"unlogged": 1}
    assert done.outcome.alarms[0].places == [5]
    assert done.outcome.tally.not_yet_in_log == 2


def test_a_country_changed_on_the_server_is_set_right(export, opened):
    export.lines[0].country = "RU"
    done = opened(export)
    assert done.alarms == {"altered": 1}
    assert done.sheet("Sundar Pichai")[0] == ("Ann Example", "Canada", "Please stop.")


def test_a_test_of_a_key_is_no_signature(export, opened):
    export.sign(Signer("123-456", show_name_to=(7,), is_test=True))
    done = opened(export)
    assert done.alarms == {"test_record": 1}
    assert "123-456" not in done.names()


@pytest.mark.parametrize("inside", [b"not a record", b'{"sn": [1e999]}', b"[" * 900, b'"text"', b'{"n": 5, "sn": 7}'])
def test_a_record_made_to_stop_the_program_does_not_stop_it(export, opened, inside):
    (line,) = export.sign(Signer("Eve"))
    packed = zlib.compress(inside, wbits=-15)
    whole = line.address_key + len(packed).to_bytes(2, "big") + packed
    line.sealed = seal(whole, export.petition, [export.keys[0].public])
    export.entries[-1] = ("s", commitment(line.sealed, export.petition))
    done = opened(export)
    assert done.alarms == {"damaged": 1}
    assert done.names() == ["Ann Example", "Béatrice Exemple"]


# What is wrong with the log


def test_entries_in_another_order_are_not_the_log_that_was_signed(export, opened):
    export.changes = {"checkpoint": export.checkpoint()}
    export.entries.reverse()
    assert opened(export).alarms == {"log_root": 1}


def test_a_head_that_another_key_signed_is_refused(export, opened):
    own, export.site_key = export.site_key, Ed25519PrivateKey.generate()
    export.changes = {"checkpoint": export.checkpoint()}
    export.site_key = own
    assert opened(export).alarms == {"log_head": 1}


def test_the_head_of_another_petition_is_refused(export, opened):
    export.slug = "another"
    export.changes = {"checkpoint": export.checkpoint()}
    export.slug = "drop-dragonfly"
    assert opened(export).alarms == {"log_head": 1}


def test_a_log_without_a_head_is_refused(export, opened):
    export.has_head = False
    assert opened(export).alarms == {"log_head": 1}


def test_an_entry_twice_and_a_removal_of_nothing_are_noticed(export, opened):
    export.entries.append(export.entries[0])
    export.entries.append(("e", bytes(32)))
    assert opened(export).alarms == {"log_twice": 1, "log_removal": 1}


def days_of(export, *sizes):
    """The export says how long the log was at the end of each day."""
    export.changes = {"checkpoint": export.checkpoint(), "log_sizes": list(sizes)}


def test_who_signs_and_erases_on_one_day_is_no_alarm_in_whatever_order_the_day_was_shuffled(export, opened):
    export.sign(Signer("Ann Example", is_erased=True))
    *before, signed, erased = export.entries
    export.entries = [*before, erased, signed]
    days_of(export, len(before), len(export.entries))
    assert opened(export).alarms == {}


def test_a_removal_on_a_day_before_its_signature_is_noticed(export, opened):
    export.sign(Signer("Ann Example", is_erased=True))
    *before, signed, erased = export.entries
    export.entries = [*before, erased, signed]
    days_of(export, len(before), len(before) + 1, len(export.entries))
    assert opened(export).alarms == {"log_removal": 1}


def test_a_removal_of_what_never_was_in_it_is_noticed_with_days_too(export, opened):
    export.entries.append(("e", bytes(32)))
    days_of(export, len(export.entries))
    assert opened(export).alarms == {"log_removal": 1}


@pytest.mark.parametrize("sizes", [None, "3", [-1], [True], [1.5], [2, 1], {"1": 1}])
def test_lengths_of_days_that_are_none_are_refused(export, opened, sizes):
    export.changes = {"log_sizes": sizes}
    with pytest.raises(DeliveryError, match="log_sizes"):
        opened(export)


def test_an_entry_that_is_none_is_noticed(export, opened):
    export.changes = {"checkpoint": export.checkpoint()}
    export.entries.append(("x", bytes(32)))
    assert opened(export).alarms == {"log_unreadable": 1}


def test_a_site_that_counts_otherwise_is_noticed(export, opened):
    export.totals = {"confirmed": 400}
    done = opened(export)
    assert done.alarms == {"totals": 1}
    assert "400 confirmed and 0 unconfirmed; here are 4 and 0" in done.outcome.alarms[0].text()


# Large deliveries and folders


def test_many_processes_give_what_one_gives(opened, tmp_path, monkeypatch):
    export = Export(officials=[PICHAI, AMBASSADOR])
    for number in range(40):
        export.sign(Signer(f"Signer {number:02}", "A word.", show_name_to=(7, 9), show_comment_to=(9,)))
    export.lines[3].country = "RU"
    alone = opened(export)
    before = {sheet: alone.sheet(sheet) for sheet in ("Sundar Pichai", "سفير المثال")}
    alone.folder.rename(tmp_path / "alone")
    monkeypatch.setattr(unsealing, "ALONE", 0)
    monkeypatch.setattr("rightswire.seal.offline.delivery.ROWS_A_SPAN", 7)
    monkeypatch.setattr(opening, "FEW", 0)
    together = opened(export)
    assert {sheet: together.sheet(sheet) for sheet in before} == before
    assert together.outcome.as_json() == alone.outcome.as_json()


def test_a_long_list_is_cut_into_parts_that_hold_everybody_once(opened, monkeypatch):
    monkeypatch.setattr("rightswire.seal.offline.letters.NAMES_A_VOLUME", 4)
    monkeypatch.setattr("rightswire.seal.offline.letters.COMMENTS_A_VOLUME", 2)
    export = Export()
    names = [f"Signer {number:02}" for number in range(10)]
    export.sign(*[Signer(name, f"From {name}!", show_name_to=(7,), show_comment_to=(7,)) for name in names])
    done = opened(export)
    files = sorted(file.stem for file in done.folder.glob("*.pdf"))
    assert files == ["for-sundar-pichai", *(f"for-sundar-pichai-part-{number}" for number in range(2, 9))]
    words = " ".join(done.letter(file.removeprefix("for-")) for file in files)
    for name in names:
        assert words.count(f"From {name}!") == 1
        assert words.replace(f"From {name}!", "").replace(f"{name}, Canada", "").count(name) == 1
    assert "Part 1 of 8" in done.letter()
    assert "Part 8 of 8" in done.letter("sundar-pichai-part-8")


def test_officials_of_one_name_get_a_file_each(opened):
    export = Export(officials=[PICHAI, PICHAI | {"id": 70}, AMBASSADOR])
    done = opened(export)
    assert sorted(file.stem for file in done.folder.glob("*.pdf")) == [
        "for-official-9", "for-sundar-pichai-7", "for-sundar-pichai-70"
    ]  # fmt: skip


def test_a_folder_with_something_in_it_is_left_alone(export, opened, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letter").write_text("mine")
    with pytest.raises(DeliveryError, match="is there already"):
        opened(export)
    assert [file.read_text() for file in (tmp_path / "out").iterdir()] == ["mine"]


def test_an_empty_folder_and_what_a_killed_opening_left_are_used_again(export, opened, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / ".out.unfinished").mkdir()
    (tmp_path / ".out.unfinished" / "book").write_text("half")
    done = opened(export)
    assert done.names() == ["Ann Example", "Béatrice Exemple"]
    assert {file.name for file in tmp_path.iterdir()} == {"delivery", "out"}
    assert done.folder.stat().st_mode & 0o077 == 0
