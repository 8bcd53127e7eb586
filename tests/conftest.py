"""A newsroom for tests: an own data folder, the tree of three languages, and verbs to fill and bake it."""

import datetime
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from rightswire.bake.baking import bake_due, queue_everything


@pytest.fixture
def home(tmp_path: Path, settings) -> Path:
    """The data folder of one test."""
    settings.HOME = tmp_path
    settings.SITE_FOLDER = tmp_path / "site"
    settings.SEARCH_FOLDER = tmp_path / "search"
    settings.MEDIA_ROOT = tmp_path / "media"
    (tmp_path / "site").mkdir()
    return tmp_path


@pytest.fixture
def site(home: Path) -> Path:
    """The public folder of one test."""
    return home / "site"


def _wants_database(item: pytest.Item) -> bool:
    return item.get_closest_marker("django_db") is not None or "db" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker, tmp_path_factory, request):
    """The tree is made once, as at the first start: to make it for each test took much of the suite's time."""
    if not any(_wants_database(item) for item in request.session.items):
        return  # pytest-django has made none: what the settings name is not ours to write to

    from django.db import connection

    from migrated import keep_template
    from rightswire.bake.models import Due
    from rightswire.campaigns.founding import make_act
    from rightswire.newsroom.founding import make_tree

    with django_db_blocker.unblock():
        keep_template(tmp_path_factory.mktemp("database") / "migrated.sqlite3")
        make_tree()
        make_act()
        Due.objects.all().delete()
        # What tests of transactions begin with, after others have emptied the database.
        connection._test_serialized_contents = connection.creation.serialize_db_to_string()


@pytest.fixture
def newsroom(db, home: Path):
    """The tree in three languages with an organisation; returns the news indexes by language."""
    from wagtail.models import Site

    from rightswire.newsroom.founding import make_tree
    from rightswire.pages.models import Organisation, OrganisationWording

    Site.clear_site_root_paths_cache()  # what a test before has left there was rolled back
    indexes = make_tree()
    organisation = Organisation.for_site(Site.objects.get())
    organisation.email = "hello@everyname.example"
    organisation.wordings = [
        OrganisationWording(language=code, name=name, description=f"{name}.")
        for code, name in (("en", "Every Name"), ("fr", "Chaque nom"), ("ar", "كلّ اسم"))
    ]
    organisation.save()
    return indexes


@pytest.fixture
def publish(newsroom) -> Callable:
    """publish("Headline", date="2018-11-29", language="en", countries=["CA"], …) -> a published NewsItem."""
    from rightswire.newsroom.models import ItemCountry, NewsItem, Topic, TopicWording

    numbers = itertools.count(1)

    def make(title: str, *, date: str = "2018-11-29", language: str = "en", **fields):
        countries, topics = fields.pop("countries", []), fields.pop("topics", [])
        original, is_live = fields.pop("original", None), fields.pop("is_live", True)
        number = next(numbers)
        fields.setdefault("rank", number)
        fields.setdefault("slug", f"item-{number}")
        text = fields.pop("text", f"{title} is told here.")
        item = NewsItem(
            title=title,
            date=datetime.date.fromisoformat(date),
            locale=newsroom[language].locale,
            body=[("text", {"text": f"<p>{text}</p>", "language": ""})],
            live=False,
            **fields,
        )
        if original:
            item.translation_key, item.slug = original.translation_key, original.slug
        item.countries = [ItemCountry(country=code, sort_order=n) for n, code in enumerate(countries)]
        chosen = []
        for slug in topics:
            topic = Topic.objects.filter(slug=slug).first()
            if topic is None:
                topic = Topic(slug=slug)
                topic.wordings = [TopicWording(language="en", name=slug.title())]
                topic.save()
            chosen.append(topic)
        item.topics = chosen
        newsroom[language].add_child(instance=item)
        revision = item.save_revision()
        if is_live:
            revision.publish()
        return NewsItem.objects.get(pk=item.pk)

    return make


@pytest.fixture
def bake(home: Path) -> Callable[..., None]:
    """bake(): renders what is due; bake(everything=True): the whole site. Fails if a piece fails."""

    def run(*, everything: bool = False) -> None:
        if everything:
            queue_everything()
        failed = bake_due()
        assert not failed, {piece: repr(error) for piece, error in failed.items()}

    return run


@pytest.fixture
def tree() -> Callable[[Path], dict[str, bytes]]:
    """tree(folder): every file with its bytes."""
    return lambda folder: {
        str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()
    }
