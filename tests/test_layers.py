"""The house's order: imports and foreign keys go downwards only."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

from django.apps import apps
from django.db.models import Model

ROOT = Path(__file__).resolve().parents[1]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
# The highest first; parts of one rank do not know each other.
RANKS = [[part.strip().removeprefix("rightswire.") for part in rank.split("|")] for rank in CONTRACTS[0]["layers"]]


def layer_of(model: type[Model]) -> str | None:
    """The layer of one of our models; None for Django's and Wagtail's."""
    top, _, rest = model.__module__.partition(".")
    return rest.split(".")[0] if top == "rightswire" else None


def rank_of(layer: str) -> int:
    return next(number for number, rank in enumerate(RANKS) if layer in rank)


def upward_keys(models: list[type[Model]]) -> list[str]:
    """The fields by which a model of a lower layer knows one of a higher."""
    found = []
    for model in models:
        for field in model._meta.get_fields(include_hidden=True):
            target = field.related_model
            if field.auto_created or not isinstance(target, type):
                continue
            here, there = layer_of(model), layer_of(target)
            if here and there and here != there and rank_of(there) <= rank_of(here):
                found.append(f"{model._meta.label}.{field.name} -> {target._meta.label}")
    return found


def test_imports_go_downwards_only(tmp_path):
    program = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    arguments = ["--no-logo", "--no-cache", "--config", str(ROOT / "pyproject.toml")]
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_part_of_the_house_has_its_layer():
    parts = {
        entry.stem
        for entry in (ROOT / "src" / "rightswire").iterdir()
        if (entry.suffix == ".py" and entry.stem != "__init__") or (entry / "__init__.py").exists()
    }
    assert parts == {part for rank in RANKS for part in rank}


def test_foreign_keys_point_downwards_only():
    assert upward_keys(list(apps.get_models(include_auto_created=True))) == []


def test_a_key_that_points_upwards_is_noticed(monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "RANKS", RANKS[::-1])
    assert "newsroom.NewsItem.contacts -> pages.Contact" in upward_keys(list(apps.get_models()))
