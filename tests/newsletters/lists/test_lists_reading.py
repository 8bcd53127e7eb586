"""Lists of other programs are read whatever made them; nothing in a file stops the reading."""

import csv
import io
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rightswire.newsletters.lists.columns import Days, Standing, UnclearDay
from rightswire.newsletters.lists.reading import LONGEST, ListFile, NotAList, Row
from rightswire.seal.address import AddressError, read_address

MAILCHIMP = (
    '"Email Address","First Name","Last Name",Address,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,'
    "LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES"
)


def rows_of(content, **options) -> list[Row]:
    raw = content if isinstance(content, bytes) else content.encode()
    return list(ListFile(io.BytesIO(raw), **options).rows())


def addresses(content) -> list[str]:
    found = []
    for row in rows_of(content):
        try:
            found.append(read_address(row.written))
        except AddressError:
            continue
    return found


TEXT = "email,name\nada@example.org,Žofie Müller\ngrace@example.org,محمد\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", list(",;\t|"))
def test_encodings_line_ends_and_delimiters(encoding, end, delimiter):
    text = TEXT.replace("\n", end).replace(",", delimiter)
    assert addresses(text.encode(encoding)) == ["ada@example.org", "grace@example.org"]


def test_several_encodings_in_one_file():
    content = (
        b"email;name;language\n"
        + "rené@example.org;Müller;fr\n".encode("cp1252")
        + "ada@example.org;محمد;ar\n".encode("cp1256")
        + "zoë@example.org;Žofie;cs\n".encode()
        + "grace@example.org;Zoë ".encode()
        + "Müller;de\n".encode("cp1252")
    )
    assert addresses(content) == ["rené@example.org", "ada@example.org", "zoë@example.org", "grace@example.org"]
    assert [row.language for row in rows_of(content)] == ["fr", "ar", "cs", "de"]


def test_windows_arabic_is_told_from_windows_latin():
    arabic = rows_of(b"email,status\n" + b"a@example.org," + "محمد\n".encode("cp1256"))
    assert arabic[0].standing is Standing.UNCLEAR  # a word, though none that says anything
    french = rows_of(b"email,statut\n" + "a@example.org,désabonné\n".encode("cp1252"))
    assert french[0].standing is Standing.UNSUBSCRIBED


def test_heading_in_windows_latin():
    assert addresses("Adresse électronique;Nom\na@example.org;x\n".encode("cp1252")) == ["a@example.org"]


def test_ragged_rows():
    rows = rows_of("email,first,last\na@example.org\nb@example.org,B,C,,,\nc@example.org,Doe, Jane,x\n,,\n\n")
    assert [(row.line, row.written, row.problem) for row in rows] == [
        (2, "a@example.org", ""),
        (3, "b@example.org", ""),
        (4, "c@example.org", "too_many_cells"),
    ]


def test_line_breaks_inside_quotation_marks():
    rows = rows_of('name,email\r\n"Doe,\r\nJane ""J""",jane@example.org\r\nx,y@example.org\r\n')
    assert [(row.line, row.written) for row in rows] == [(2, "jane@example.org"), (4, "y@example.org")]


def test_a_quotation_mark_that_nobody_closed_loses_nobody():
    people = "".join(f"p{number}@example.org,Name {number}\n" for number in range(300))
    found = addresses(f'email,name\na@example.org,"Doe\n{people}"b@example.org,Doe\nc@example.org,5" nail\n')
    assert found == ["a@example.org", *(f"p{n}@example.org" for n in range(300)), "b@example.org", "c@example.org"]


def test_many_unclosed_quotation_marks_take_no_time():
    content = "email,name\n" + ('a@example.org,"Doe\n' + "b@example.org,x\n" * 9) * 2000
    begun = time.perf_counter()
    assert len(rows_of(content)) == 20_000
    assert time.perf_counter() - begun < 5


def test_zero_bytes():
    assert addresses(b"email,na\0me\na@exa\0mple.org,\0\nb@example.org,x\n") == ["a@example.org", "b@example.org"]


def test_a_row_of_ten_megabytes_is_named_and_the_next_one_read():
    content = b"email,notes\na@example.org,x\n" + b"b@example.org," + b"x" * (10 << 20) + b"\nc@example.org,x\n"
    tracemalloc.start()
    rows = rows_of(content)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [(row.line, row.written, row.problem) for row in rows] == [
        (2, "a@example.org", ""),
        (3, "", "too_long"),
        (4, "c@example.org", ""),
    ]
    assert peak < 8 * LONGEST + len(content)  # BytesIO may copy its content once


@pytest.mark.parametrize("content", [b"", b"\n\n\r\n", b"\xef\xbb\xbf", b"\0\0\0\0", b"   \n"])
def test_an_empty_file_says_so(content):
    with pytest.raises(NotAList, match="empty"):
        ListFile(io.BytesIO(content))


def test_a_file_of_something_else_says_what_to_do():
    with pytest.raises(NotAList, match="email"):
        ListFile(io.BytesIO(b"name,town\nAda,London\n"))


def test_a_heading_that_is_not_understood_is_not_guessed_at():
    """Its other columns could say who has left."""
    with pytest.raises(NotAList):
        ListFile(io.BytesIO(b"Kontakt,Zustand\na@example.org,gone\n"))


# Programs


def test_mailchimp_subscribed():
    row = 'ada@example.org,Ada,,"1 Street, Town",4,"2016-01-02 10:00:00",,"2016-01-03 11:00:00"'
    (read,) = rows_of(f"{MAILCHIMP}\n{row},,,,,,America/Toronto,CA,ON,,77,,\n")
    assert read == Row(
        line=2,
        written="ada@example.org",
        country="CA",
        zone="America/Toronto",
        consented="2016-01-03 11:00:00",
    )


def test_mailchimp_without_confirmation_takes_the_day_of_the_form():
    (read,) = rows_of("Email Address,OPTIN_TIME,CONFIRM_TIME\na@example.org,2016-01-02 10:00:00,\n")
    assert read.consented == "2016-01-02 10:00:00"


def test_mailchimp_unsubscribed_and_cleaned_say_so_themselves():
    unsubscribed = f"{MAILCHIMP},UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_REASON,UNSUB_REASON_OTHER\n"
    (read,) = rows_of(unsubscribed + "a@example.org" + "," * 20 + "2017-01-01 10:00:00,,NORMAL,\n")
    assert read.standing is Standing.UNSUBSCRIBED
    (read,) = rows_of(f"{MAILCHIMP},CLEAN_TIME\na@example.org" + "," * 20 + "2017-01-01 10:00:00\n")
    assert read.standing is Standing.CLEANED


def test_listmonk_action_network_brevo_and_mailman():
    listmonk = rows_of(
        "uuid,email,name,attributes,status,created_at,updated_at\n"
        '1,a@example.org,A,"{""city"": ""X, Y""}",enabled,2020-01-01,\n2,b@example.org,B,{},blocklisted,,\n'
    )
    assert [row.standing for row in listmonk] == [Standing.SUBSCRIBED, Standing.UNSUBSCRIBED]
    network = rows_of(
        "uuid,first_name,last_name,email,can2_subscription_status,can2_sms_status\n"
        "1,A,B,a@example.org,subscribed,unsubscribed\n2,A,B,b@example.org,bouncing,\n3,A,B,c@example.org,huh,\n"
    )
    assert [row.standing for row in network] == [Standing.SUBSCRIBED, Standing.CLEANED, Standing.UNCLEAR]
    brevo = rows_of("CONTACT ID;EMAIL;LASTNAME;BLACKLISTED;ADDED_TIME\n1;a@example.org;A;0;x\n2;b@example.org;B;1;x\n")
    assert [row.standing for row in brevo] == [None, Standing.UNSUBSCRIBED]
    assert addresses("ada@example.org\ngrace@example.org\n") == ["ada@example.org", "grace@example.org"]
    assert addresses('"Doe, Jane" <jane@example.org>\nAda, of London <ada@example.org>\nx@example.org\n') == [
        "jane@example.org",
        "ada@example.org",
        "x@example.org",
    ]


def test_a_list_without_heading_whose_rows_say_who_left():
    rows = rows_of("a@example.org;active\nb@example.org;unsubscribed\n")
    assert [row.standing for row in rows] == [None, Standing.UNSUBSCRIBED]


def test_a_line_for_excel_before_the_heading():
    assert addresses("sep=;\nemail;name\na@example.org;x,y\n") == ["a@example.org"]


def test_a_column_of_days_by_its_name():
    (read,) = rows_of("email,Joined On\na@example.org,2015-05-06\n", consented_column="joined on")
    assert read.consented == "2015-05-06"
    with pytest.raises(NotAList, match="no column"):
        rows_of("email,name\na@example.org,x\n", consented_column="joined on")


# Illegal addresses


@pytest.mark.parametrize(
    "written",
    [
        '=HYPERLINK("http://x.example")',
        "a@example.org\nBcc: b@example.org",
        "a@example.org\r\nBcc: b@example.org",
        "a@example.org, b@example.org",
        "a@example.org;b@example.org",
        "nobody",
        "@example.org",
        "a@",
        "a b@example.org",
        "a@exam ple.org",
        "<script>@example.org",
        "a@example..org",
        "x" * 400 + "@example.org",
    ],
)
def test_what_is_no_address_reaches_nobody(written):
    stream = io.StringIO()
    csv.writer(stream).writerows([["email", "name"], [written, "x"], ["last@example.org", "x"]])
    assert addresses(stream.getvalue()) == ["last@example.org"]


# Days


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2019-04-03 10:00:00", "2019-04-03"),
        ("2019-04-03T10:00:00Z", "2019-04-03"),
        ("2019/4/3", "2019-04-03"),
        ("03.04.2019", "2019-04-03"),
        ("31/01/2019", "2019-01-31"),
        ("01/31/2019 9:00", "2019-01-31"),
        ("05/05/2019", "2019-05-05"),
        ("0000-00-00 00:00:00", None),
        ("1970-01-01", None),
        ("2019-02-30", None),
        ("", None),
        ("yesterday", None),
    ],
)
def test_days(text, day):
    read = Days().read(text)
    assert (read and read.isoformat()) == day


def test_whether_days_or_months_stand_first_is_learnt_from_the_whole_list():
    french, american, both = Days(), Days(), Days()
    french.learn("25/12/2018")
    american.learn("12/25/2018")
    both.learn("25/12/2018")
    both.learn("12/25/2018")
    assert french.read("03/04/2019").isoformat() == "2019-04-03"
    assert american.read("03/04/2019").isoformat() == "2019-03-04"
    for days in (Days(), both):
        with pytest.raises(UnclearDay):
            days.read("03/04/2019")


# Whatever comes

names = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\x1e\x1f"), max_size=20)
locals_ = st.from_regex(r"[a-z0-9]{1,12}(\.[a-z0-9]{1,8})?", fullmatch=True)


@given(st.binary(max_size=600))
def test_any_bytes_are_read_or_refused(content):
    try:
        file = ListFile(io.BytesIO(content))
    except NotAList:
        return
    for row in file.rows():
        assert row.line >= 1
        assert row.written.isascii() or row.written.encode()  # nothing that could not be written anywhere


@given(st.binary(max_size=300))
def test_any_bytes_under_a_heading_are_read(content):
    list(ListFile(io.BytesIO(b'email,name,status,CONFIRM_TIME\n"a@example.org"' + content)).rows())


@settings(max_examples=150)
@given(
    st.lists(st.tuples(locals_, names), min_size=1, max_size=12),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_every_legal_row_is_found(people, delimiter, end, encoding, quoting):
    stream = io.StringIO(newline="")
    write = csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=quoting)
    write.writerow(["name", "email", "language"])
    for local, name in people:
        write.writerow([name, f"{local}@example.org", "fr"])
    assert addresses(stream.getvalue().encode(encoding)) == [f"{local}@example.org" for local, _name in people]


@given(st.lists(st.binary(max_size=40).filter(lambda raw: b'"' not in raw), max_size=8), locals_)
def test_a_legal_row_is_found_among_rubbish(rubbish, local):
    lines = [b"email,name", *rubbish, f"{local}@example.org,x".encode()]
    assert f"{local}@example.org" in addresses(b"\n".join(lines))
