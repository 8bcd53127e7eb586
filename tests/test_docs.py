"""What the documentation says is there, is there; and what is there, is in the documentation."""

import argparse
import re
from importlib.metadata import metadata
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from rightswire.cli import COMMANDS, WITHOUT_DJANGO, parser
from rightswire.conf.headers import CONTENT_SECURITY_POLICY, PAGE_HEADERS, SVG_SECURITY_POLICY
from rightswire.newsletters.lists import opening as list_opening
from rightswire.seal import verifying
from rightswire.seal.offline import command as opening
from rightswire.seal.offline import keygen

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")


def text(*parts: str) -> str:
    return ROOT.joinpath(*parts).read_text(encoding="utf-8")


def relative_links(page: Path) -> list[Path]:
    links = [link.partition("#")[0] for link in LINK.findall(page.read_text(encoding="utf-8"))]
    return [(page.parent / link).resolve() for link in links if link and "://" not in link and "mailto:" not in link]


def sections(page: str) -> dict[str, str]:
    """The page's parts by the command in their heading."""
    return dict(re.findall(r"^## `(\w+)`[^\n]*\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))


def options(command: str) -> set[str]:
    if command in WITHOUT_DJANGO:
        own = argparse.ArgumentParser()
        programs = {"open_subscribers": list_opening, "keygen": keygen, "open_delivery": opening, "verify": verifying}
        programs[command].add_arguments(own)
        actions = own._actions
    else:
        actions = parser()._subparsers._group_actions[0].choices[command]._actions
    return {name for action in actions for name in action.option_strings if name.startswith("--")} - {"--help"}


def test_every_command_has_a_section_and_every_section_a_command():
    assert set(sections(text("docs", "operate", "commands.md"))) == {*COMMANDS, *WITHOUT_DJANGO}


@pytest.mark.parametrize("command", [*COMMANDS, *WITHOUT_DJANGO])
def test_the_options_of_a_command_are_those_of_its_section(command):
    section = sections(text("docs", "operate", "commands.md"))[command]
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", section)) == options(command)


def test_every_setting_is_documented_and_none_that_is_gone():
    sources = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "src").rglob("*.py"))
    read = set(re.findall(r'\benv\.\w+\(\s*"(RIGHTSWIRE_\w+)"', sources))
    documented = set(re.findall(r"^## `(RIGHTSWIRE_\w+)`", text("docs", "operate", "settings.md"), re.MULTILINE))
    assert read
    assert documented == read


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page):
    assert [str(target.relative_to(ROOT)) for target in relative_links(page) if not target.exists()] == []


def test_every_page_can_be_reached_from_the_readme():
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        waiting += [target for target in relative_links(page) if target.suffix == ".md"]
    assert [str(page.relative_to(ROOT)) for page in PAGES if page not in reached] == []


def test_every_direct_dependency_has_its_reason():
    lines = (text("requirements.in") + text("requirements-dev.in")).splitlines()
    wanted = {re.split(r"[<>=\[]", line)[0] for line in lines if line and not line.startswith(("-", "#"))}
    (decision,) = DOCS.glob("adr/*-dependencies.md")
    assert set(re.findall(r"^\| `([\w.-]+)`", decision.read_text(encoding="utf-8"), re.MULTILINE)) == wanted


def test_every_locked_package_runs_on_the_oldest_python_that_is_promised():
    oldest = re.search(r'^requires-python = ">=([\d.]+)"', text("pyproject.toml"), re.MULTILINE)[1] + ".0"
    locked = set(re.findall(r"^([\w.-]+)==", text("requirements-dev.txt"), re.MULTILINE))
    assert "django" in locked
    demands = {name: metadata(name).get("Requires-Python") or "" for name in locked}
    assert {name: demand for name, demand in demands.items() if oldest not in SpecifierSet(demand)} == {}


def test_a_plain_nginx_sends_the_same_headers_as_our_own_server():
    configuration = text("deploy", "nginx", "rightswire.conf")
    assert f'"{CONTENT_SECURITY_POLICY}"' in configuration
    assert f'"{SVG_SECURITY_POLICY}"' in configuration
    sent = dict(re.findall(r"^ *add_header (\S+) (.+) always;$", configuration, re.MULTILINE))
    for name, value in PAGE_HEADERS.items():
        assert sent[name].startswith("$") or sent[name] == f'"{value}"'
