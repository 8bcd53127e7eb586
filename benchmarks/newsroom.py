"""A newsroom of many items, made for measuring: deterministic, in a data folder of its own."""

import datetime
import os
import tempfile
from pathlib import Path

WORDS = [
    "court",
    "appeal",
    "defender",
    "journalist",
    "sentence",
    "release",
    "minister",
    "report",
    "village",
    "forest",
    "border",
    "asylum",
    "petition",
    "letter",
    "prison",
    "trial",
    "charge",
    "freedom",
    "expression",
    "protest",
    "police",
    "inquiry",
    "evidence",
    "family",
    "lawyer",
    "student",
]
COUNTRIES = ("BI", "CA", "CN", "EG", "IN", "MX", "MY", "PK", "RU", "SA", "TR", "US", "VN")


def set_up() -> Path:
    """Django on a fresh data folder; returns the folder."""
    home = Path(tempfile.mkdtemp(prefix="rightswire-bench-"))
    os.environ["RIGHTSWIRE_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return home


def make_items(count: int) -> None:
    """`count` published items of about 300 words in English, three a day."""
    from django.utils import timezone
    from wagtail.models import Site

    from rightswire.newsroom.founding import make_tree
    from rightswire.newsroom.models import ItemCountry, NewsItem, Topic, TopicWording
    from rightswire.pages.models import Organisation, OrganisationWording

    index = make_tree()["en"]
    organisation = Organisation.for_site(Site.objects.get())
    organisation.wordings = [OrganisationWording(language="en", name="Every Name", description="News.")]
    organisation.save()
    topics = []
    for number in range(8):
        topic = Topic(slug=f"topic-{number}")
        topic.wordings = [TopicWording(language="en", name=f"Topic {number}")]
        topic.save()
        topics.append(topic)
    first = datetime.date(2018, 11, 29)
    for number in range(count):
        words = [WORDS[(number * 7 + n * n) % len(WORDS)] for n in range(300)]
        text = "".join(f"<p>{' '.join(words[n : n + 60]).capitalize()}.</p>" for n in range(0, 300, 60))
        item = NewsItem(
            title=f"{' '.join(words[:8]).capitalize()} {number}",
            slug=f"item-{number}",
            date=first - datetime.timedelta(days=number // 3),
            teaser=" ".join(words[:40]),
            people=f"Person {number // 5}",
            body=[("text", {"text": text, "language": ""})],
            locale=index.locale,
            rank=count - number,
            live=True,
            first_published_at=timezone.now(),
        )
        item.countries = [
            ItemCountry(country=COUNTRIES[number % 13]),
            ItemCountry(country=COUNTRIES[number % 7]),
        ]
        item.topics = [topics[number % 8]]
        index.add_child(instance=item)
