"""Hostile names and comments, on their way into spreadsheets and letters."""

import unicodedata
import zipfile
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from rightswire.seal.offline import sheets
from rightswire.seal.offline.harmless import LONGEST_STACK, harmless, harmless_lines, runs_right
from seal.offline.exports import Export, Signer

LONG = "Ann-Marie " * 12  # 120 characters
NAMES = {  # as they were typed, and as they come out
    '=HYPERLINK("http://x.example","click")': '=HYPERLINK("http://x.example","click")',
    "@SUM(A1:A9)": "@SUM(A1:A9)",
    "+1 Ann": "+1 Ann",
    "<r><t>Not signed by</t></r>": " <r><t>Not signed by</t></r>",
    "<b>Ann</b> & Söhne": "<b>Ann</b> & Söhne",
    "Ann _x202E_exe": "Ann -x202E_exe",
    "Ann _x0041_x202E_": "Ann -x0041-x202E_",
    "Ann \u202egnp.exe": "Ann gnp.exe",
    "\u2067Ann\u2069 Example\u200f": "Ann Example",
    "Ann\nExample\tand\u2028Co\x00": "Ann Example and Co",
    "Ann 🦀 👩‍👩‍👧": "Ann 🦀 👩‍👩‍👧",
    "A\u0301\u0302\u0303\u0304\u0305\u0306\u0307nn": "A\u0301\u0302\u0303\u0304nn",
    "Ann\u200b\ufeff\u00ad": "Ann",
    LONG: LONG.strip(),
    "#sys.inputs *bold* $x$ @ref": "#sys.inputs *bold* $x$ @ref",
    "\U000e0041\u202e": "—",
    "نرگس محمدی‌فر": "نرگس محمدی‌فر",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    from rightswire.seal.offline.delivery import Delivery
    from rightswire.seal.offline.opening import open_delivery
    from rightswire.seal.offline.own_keys import OwnKeys
    from rightswire.seal.offline.unsealing import Filters

    export = Export()
    export.sign(*[Signer(name, name, show_name_to=(7,), show_comment_to=(7,)) for name in NAMES])
    folder = tmp_path_factory.mktemp("hostile")
    delivery = Delivery(export.write(folder / "delivery"))
    open_delivery(delivery, OwnKeys(tuple(export.keys), frozenset()), folder / "out", Filters(), None)
    return folder / "out"


def test_names_are_values_in_the_spreadsheet_and_never_formulas(folder):
    rows = list(load_workbook(folder / "signers.xlsx")["Sundar Pichai"].iter_rows(min_row=2))
    assert {row[0].value for row in rows} == set(NAMES.values())
    assert {cell.data_type for row in rows for cell in row} <= {"s", "n"}  # n: the empty comment
    assert all(cell.number_format == "@" for row in rows for cell in row if cell.value)


def test_the_file_itself_holds_no_formula_no_link_and_no_markup_of_a_signer(folder):
    with zipfile.ZipFile(folder / "signers.xlsx") as archive:
        names = archive.namelist()
        for name in names:
            if name.startswith("xl/worksheets/"):
                root = ElementTree.fromstring(archive.read(name))
                tags = {element.tag.rpartition("}")[2] for element in root.iter()}
                assert not tags & {"f", "r", "hyperlink", "hyperlinks"}
    assert not [name for name in names if "_rels/sheet" in name]


def test_names_stand_in_the_letter_as_they_are(folder):
    from pypdf import PdfReader

    words = " ".join(page.extract_text() for page in PdfReader(folder / "for-sundar-pichai.pdf").pages)
    words = "".join(words.replace("\u200b", "").split())  # what is wider than its column is broken
    for name in ('=HYPERLINK("http://x.example","click")', "#sys.inputs *bold* $x$ @ref", "<b>Ann</b> & Söhne"):
        assert name.replace(" ", "") in words
    for character in words:
        assert unicodedata.bidirectional(character) not in ("RLO", "LRO", "RLE", "LRE", "RLI", "LRI", "FSI")


@given(st.text())
def test_nothing_that_turns_breaks_or_hides_is_left(text):
    safe = harmless(text)
    kinds = {unicodedata.category(character) for character in safe if character not in "\u200c\u200d"}
    assert not kinds & {"Cc", "Cs", "Co", "Zl", "Zp"}
    assert not any(unicodedata.bidirectional(character) in ("RLO", "LRO", "RLE", "LRE", "PDF") for character in safe)
    assert harmless(safe) == safe
    safe.encode()  # no half of a surrogate


@given(st.text(st.characters(categories=["Lu", "Ll", "Lo", "Lm", "Nd"])))
def test_letters_and_digits_pass_unchanged(text):
    assert harmless(text) == text


@given(st.text(st.characters(categories=["Mn", "Me", "Ll"])))
def test_no_letter_carries_a_tower_of_marks(text):
    height = 0
    for character in harmless(text):
        height = height + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        assert height <= LONGEST_STACK


def test_names_as_people_bear_them_pass_unchanged():
    for name in ("Nguyễn Thị Minh Khai", "O’Neill-Çelik", "مُحَمَّد", "שִׁמְעוֹן", "ประวิทย์", "Ó\u0328la", "李小龍", "Ann  B"):
        assert harmless(name) == name.replace("  ", " ")


def test_lines_of_a_text_stay_lines():
    assert harmless_lines("One.\n\n \nTwo\u202e.\r\nThree.") == ["One.", "Two.", "Three."]


@pytest.mark.parametrize(
    ("text", "right"), [("Ann", False), ("12 سلام", True), ("… שלום Ann", True), ("Ann سلام", False), ("12", False)]
)
def test_a_line_runs_as_its_first_letter_does(text, right):
    assert runs_right(text) is right


def test_more_signers_than_a_sheet_takes_go_on_in_the_next(opened, monkeypatch):
    monkeypatch.setattr(sheets, "MOST_ROWS", 4)
    export = Export()
    export.sign(*[Signer(f"Signer {number}", show_name_to=(7,)) for number in range(8)])
    done = opened(export)
    assert len(done.names("Sundar Pichai")) == len(done.names("Sundar Pichai 2")) == 4
    assert {*done.names("Sundar Pichai"), *done.names("Sundar Pichai 2")} == {f"Signer {n}" for n in range(8)}
    assert load_workbook(done.folder / "signers.xlsx").sheetnames == ["Totals", "Sundar Pichai", "Sundar Pichai 2"]


def test_officials_with_names_that_excel_refuses_get_a_sheet(opened):
    from seal.offline.exports import PICHAI

    names = ["A/B: [the] *Office*?", "A/B: [the] *Office*?", "O" * 60, "''", "Totals"]
    export = Export(officials=[PICHAI | {"id": number, "name": name} for number, name in enumerate(names)])
    assert len(load_workbook(opened(export).folder / "signers.xlsx").sheetnames) == 6
