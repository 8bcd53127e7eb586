"""Renders a small newsroom again and again and is killed in the middle; prints one JSON object a line.

A program of its own: `python killed.py TRIALS [careless]`. Each trial changes every item, lets a forked child bake,
kills it (SIGKILL) after a random time, bakes once more, and compares with a clean bake of the same database. The
control, `careless`, writes in place and does not sweep.
"""

import datetime
import hashlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "settings_for_tests"
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import django

django.setup()

from django.conf import settings
from django.db import connections

from migrated import make_tables
from rightswire.bake import baking, folder
from rightswire.bake.models import Baked
from rightswire.newsroom.founding import make_tree
from rightswire.newsroom.models import ItemCountry, NewsItem

ITEMS = 24


def make_newsroom() -> None:
    make_tables()
    index = make_tree()["en"]
    for number in range(ITEMS):
        item = NewsItem(
            title=f"Story {number}",
            slug=f"story-{number}",
            date=datetime.date(2018, 11, number + 1),
            locale=index.locale,
            body=[("text", {"text": "<p>" + "Told here. " * 40 + "</p>", "language": ""})],
            rank=number,
            live=True,
        )
        item.countries = [ItemCountry(country=["CA", "BI", "MX"][number % 3])]
        index.add_child(instance=item)


def edit(trial: int) -> None:
    for item in NewsItem.objects.all():
        is_live = item.rank % 7 != trial % 7
        NewsItem.objects.filter(pk=item.pk).update(title=f"Story {item.rank} of {trial}", live=is_live)
    baking.queue_everything()


def careless_put(self: folder.PublicFolder, path: str) -> None:
    content = (self.staging / path).read_bytes()
    target = self.site / path
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb", buffering=0) as file:
        for start in range(0, len(content), 256):
            file.write(content[start : start + 256])


def killed_bake(seconds: float) -> bool:
    """A bake in a child that is killed after so many seconds. Returns whether it was still at it."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        with baking.only_baker():
            baking.bake_due()
        os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def digest() -> dict[str, str]:
    site = Path(settings.SITE_FOLDER)
    return {
        str(file.relative_to(site)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in site.rglob("*")
        if file.is_file()
    }


def clean() -> dict[str, str]:
    """The site as a pass makes it from nothing."""
    Baked.objects.all().delete()
    baking.sweep()
    baking.queue_everything()
    baking.bake_due()
    return digest()


def main(trials: int, *, is_careless: bool) -> None:
    make_newsroom()
    baking.queue_everything()
    started = time.perf_counter()
    baking.bake_due()
    whole_pass = time.perf_counter() - started
    chance = random.Random(2018)
    honest_put = folder.PublicFolder.put
    for trial in range(trials):
        edit(trial)
        if is_careless:
            folder.PublicFolder.put = careless_put
        was_killed = killed_bake(chance.uniform(0.0, whole_pass))
        if not was_killed:  # it was quicker than the first pass: kill earlier
            whole_pass *= 0.8
        folder.PublicFolder.put = honest_put
        if is_careless:
            found = digest()
        else:
            baking.sweep()
            baking.bake_due()
            found = digest()
        is_equal = found == clean()
        print(json.dumps({"trial": trial, "was_killed": was_killed, "is_equal": is_equal}), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), is_careless=sys.argv[2:] == ["careless"])
