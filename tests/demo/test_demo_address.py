"""The demo says where it is served, to the commands that run beside it."""

from rightswire.demo.loading import keep_address


def test_the_demo_keeps_the_address_at_which_it_was_started_last(home, settings):
    (home / "demo").mkdir()
    for address in ("http://localhost:8101", "http://localhost:8000"):
        settings.BASE_URL = address
        keep_address()
        assert (home / "demo" / "address").read_text(encoding="utf-8") == f"{address}\n"
    assert [file.name for file in (home / "demo").iterdir()] == ["address"]
