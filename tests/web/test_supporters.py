"""Supporters' forms at the server itself: what comes in over HTTP, and what goes out when something is missing."""

import html
import re
import shutil

import pytest
from talking import SIGN, ask, form

pytestmark = pytest.mark.xdist_group("petition server")


@pytest.fixture
def token(petition_server) -> str:
    """A confirmation link that has gone to nobody."""
    return petition_server.links(1)[0][0]


def test_a_form_that_is_right_is_answered_with_what_to_do_next(petition_server):
    status, headers, page = ask(petition_server, SIGN, form(name="Ada & <b>", email="first@example.org"))
    assert status == 200
    assert "You have not signed yet" in page
    assert 'value="Ada &amp; &lt;b&gt;"' in page
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Set-Cookie" not in headers


def test_a_form_to_mend_comes_back_as_the_petition_with_what_was_typed(petition_server):
    status, _, page = ask(petition_server, SIGN, form(name="Ada Example", email="ada", comment="For all & each."))
    assert status == 422
    assert 'value="Ada Example"' in page
    assert "For all &amp; each." in page
    assert 'href="#email"' in page
    assert 'id="email-e"' in page


def test_reading_a_link_changes_nothing_and_its_button_signs_once(petition_server, token):
    before = petition_server.signatures()
    for method in ("GET", "HEAD", "GET"):
        assert ask(petition_server, f"/do/confirm/{token}/", method=method)[0] == 200
    assert petition_server.signatures() == before
    answers = {ask(petition_server, f"/do/confirm/{token}/", {})[::2] for _ in range(3)}
    assert len(answers) == 1
    assert petition_server.signatures() == before + 1


def test_a_link_whose_button_another_site_presses_signs_nobody(petition_server, token):
    ask(petition_server, f"/do/confirm/{token}/", method="GET")
    before = petition_server.signatures()
    assert ask(petition_server, f"/do/confirm/{token}/", {}, Sec_Fetch_Site="cross-site")[0] == 403
    assert petition_server.signatures() == before
    assert ask(petition_server, f"/do/confirm/{token}/", {}, Sec_Fetch_Site="same-origin")[0] == 200
    assert petition_server.signatures() == before + 1


def test_a_broken_link_is_refused_however_often_and_the_next_one_signs(petition_server, token):
    before = petition_server.signatures()
    for broken in (f"{token[:-1]}/", f"x{token}/", "none/", f"{token[:40]}/"):
        for _ in range(3):
            assert ask(petition_server, f"/do/confirm/{broken}", {})[0] == 404
    assert ask(petition_server, f"/do/confirm/{token}/", {})[0] == 200
    assert petition_server.signatures() == before + 1


def test_the_counting_code_is_given_to_who_asks_and_names_this_petition(petition_server, token):
    from rightswire.seal.counting_code import read

    assert ask(petition_server, f"/do/confirm/{token}/", {"check": "1"})[0] == 404
    ask(petition_server, f"/do/confirm/{token}/", {})
    _, headers, page = ask(petition_server, f"/do/confirm/{token}/", {"check": "1"})
    code = read(html.unescape(re.search(r"\{[^}]*\}", page)[0]))
    assert code.petition == "free-them"
    assert headers["Cache-Control"] == "no-store"


def test_without_a_slash_at_the_end_a_link_works_too(petition_server, token):
    assert ask(petition_server, f"/do/confirm/{token}", method="GET")[0] == 200
    assert ask(petition_server, f"/do/confirm/{token}?utm_source=mail", method="GET")[0] == 200


@pytest.mark.parametrize("end", [".", "/.", ")", "/).", "%3E", "/%3E", "/%22,", "%C2%BB"])
def test_a_link_works_with_what_stood_behind_it_in_the_mail(petition_server, token, end):
    before = petition_server.signatures()
    assert ask(petition_server, f"/do/confirm/{token}{end}", method="GET")[0] == 200
    assert ask(petition_server, f"/do/confirm/{token}{end}", {})[0] == 200
    assert petition_server.signatures() == before + 1


def test_no_puzzle_is_asked_for_in_quiet_times(petition_server):
    status, headers, text = ask(petition_server, "/do/challenge/", method="GET")
    assert (status, text) == (204, "")
    assert headers["Cache-Control"] == "no-store"


def test_the_log_knows_nobody(petition_server, token):
    ask(petition_server, f"/do/confirm/{token}/", {})
    ask(petition_server, SIGN, form(name="Nobody Elsewhere", email="nobody-elsewhere@example.org"))
    said = (petition_server.home / "server.log").read_text()
    assert not [word for word in (token[:20], "Nobody", "nobody-elsewhere", "/do/") if word in said]


# When something is missing


def test_where_the_application_cannot_be_loaded_forms_are_put_off_and_pages_are_there(start_server):
    server = start_server(TRIAL_IMPORT_FAILS="1")
    for path in ("/do/sign/free-them/", "/do/confirm/AQBQ/", "/do/erase/AgAA/"):
        status, headers, body = server.ask(path, "POST", body=b"")
        assert (status, headers["Retry-After"]) == (503, "30")
        assert b"nothing is lost" in body
    assert server.ask("/en/")[0] == 200


def test_a_form_that_comes_while_the_application_is_loading_waits_for_it(petition_server):
    petition_server.kill("server")
    petition_server.start_server()
    for _ in range(200):
        try:
            status, _, page = ask(petition_server, SIGN, form(email=""))
            break
        except ConnectionError:
            import time

            time.sleep(0.05)
    assert status == 422
    assert "Ada Example" in page


def test_without_the_petitions_secret_nobody_is_told_that_it_was_kept(petition_server):
    secrets = petition_server.home / "keys" / "petitions"
    aside = petition_server.home / "aside"
    shutil.move(secrets, aside)
    try:
        petition_server.kill("server")
        petition_server.start_server()
        petition_server.wait_until_ready()
        status, headers, page = ask(petition_server, SIGN, form(), Accept_Language="fr")
    finally:
        shutil.move(aside, secrets)
    assert (status, headers["Retry-After"]) == (503, "30")
    assert '<html lang="fr"' in page
    assert ask(petition_server, SIGN, form())[0] == 200  # it recovers by itself
