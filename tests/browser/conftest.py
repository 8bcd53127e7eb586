import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")
SECONDS_TO_START = 240
# The browser finds no other host than ours: a request to a third party is counted, never sent.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
]


@dataclass(frozen=True)
class DemoSite:
    """A running demonstration: its address, its data folder, and what it printed about its staff."""

    address: str
    home: Path
    passwords: str


@dataclass
class Watched:
    """What a browser did behind a page's back."""

    requests: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="session")
def demo_site(tmp_path_factory):
    """`rightswire up --demo`, once for all tests of a process, in a data folder of its own."""
    if not CHROMIUM.exists():
        pytest.skip(f"no browser: {CHROMIUM} is missing")
    folder = tmp_path_factory.mktemp("browser")
    home, log, port = folder / "var", folder / "log.txt", free_port()
    ours = ("RIGHTSWIRE_", "DJANGO_SETTINGS_MODULE")  # the demonstration runs with its own settings
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "rightswire.cli", "up", "--demo", "--port", str(port)],
            env=environment | {"RIGHTSWIRE_HOME": str(home)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until_ready(process, log)
        passwords = (home / "demo" / "passwords.txt").read_text(encoding="utf-8")
        yield DemoSite(f"http://localhost:{port}", home, passwords)
    finally:
        process.terminate()
        process.wait(30)


def wait_until_ready(process, log):
    deadline = time.monotonic() + SECONDS_TO_START
    while "They are kept in" not in log.read_text():  # the last line of what it says when it is ready
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"The demonstration did not start:\n{log.read_text()}")
        time.sleep(0.2)


@pytest.fixture(scope="module")
def browser(demo_site):
    """Chromium, closed after each module: while Playwright runs, Django refuses its database to tests."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=CHROMIUM_ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def open_page(browser, demo_site):
    """Opens a page of the demonstration in a browser without history; options as for a Playwright context."""
    contexts = []

    def open_address(path, width=1280, height=800, **options):
        context = browser.new_context(
            base_url=demo_site.address, viewport={"width": width, "height": height}, **options
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.watched = Watched()
        page.on("request", lambda request: page.watched.requests.append(request.url))
        page.on("console", lambda message: page.watched.messages.append(message.text))
        page.on("pageerror", lambda error: page.watched.messages.append(str(error)))
        page.goto(path)
        return page

    yield open_address
    for context in contexts:
        context.close()
