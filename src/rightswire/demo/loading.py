"""Makes the demo organisation: its texts are beside this file, its pictures are drawn."""

import secrets
import tomllib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from wagtail.models import Site

from rightswire.accounts.models import User
from rightswire.accounts.roles import ADMINISTRATOR, CAMPAIGNER, MODERATOR
from rightswire.demo import pictures
from rightswire.demo.content import blocks, paragraphs, picture_block, target
from rightswire.demo.day import make_day
from rightswire.demo.petition import make_petition
from rightswire.demo.subscribers import make_mailing_key
from rightswire.importing.mapping import import_source
from rightswire.importing.sources.listing import read_listing
from rightswire.newsroom.founding import make_tree
from rightswire.newsroom.models import HomePage, ItemCountry, NewsIndex, NewsItem, Topic, TopicWording
from rightswire.pages.models import (
    Account,
    Contact,
    ContactWording,
    Menu,
    Organisation,
    OrganisationWording,
    PlainPage,
    Recipient,
)

FOLDER = Path(__file__).parent
WORDED = (
    "name",
    "tagline",
    "description",
    "footer",
    "small_print",
    "controller",
    "privacy_officer",
    "complaints_to",
)

PEOPLE = {"demo": ("First", "Demo"), "demo-second": ("Second", "Demo")}  # what takes two people can be tried


def load_demo(*, with_news: bool = True) -> None:
    """Makes the organisation, unless there is one. In one transaction: it is there whole or not at all."""
    make_accounts()
    keep_address()
    if HomePage.objects.exists():
        return
    site = tomllib.loads((FOLDER / "site.toml").read_text(encoding="utf-8"))
    with transaction.atomic():
        indexes = make_tree()
        Site.objects.update(site_name="Every Name")
        make_organisation(site)
        contacts, topics = make_contacts(site), make_topics(site)
        make_pages(site)
        if with_news:
            make_news(indexes, contacts, topics)
        make_petition()
        make_mailing_key()
        make_day()
        make_menus(site)
        make_home_texts(site)


def replace_news(source: Path) -> str:
    """News of the demo that nobody has edited gives way to a source. Returns the report for a person.

    Raises SourceError, with nothing changed, where the source cannot be read.
    """
    read_listing(source, settings.LANGUAGE_CODE)
    with transaction.atomic():
        for item in NewsItem.objects.filter(source_id__startswith="demo:"):
            if not item.revisions.filter(user__isnull=False).exists():
                item.delete()
        return import_source(source).summary()


def make_accounts() -> None:
    """The two accounts of the demo, with passwords of their own, kept beside the data."""
    file = Path(settings.HOME) / "demo" / "passwords.txt"
    if file.exists():
        return
    file.parent.mkdir(mode=0o700, exist_ok=True)
    rows = []
    for name in PEOPLE:
        first, last = PEOPLE[name]
        named = {"first_name": first, "last_name": last, "email": f"{name}@everyname.example"}
        user, _ = User.objects.get_or_create(username=name, defaults=named)
        password = secrets.token_urlsafe(12)
        user.set_password(password)
        user.is_superuser = user.is_staff = name == "demo"
        user.save()
        user.groups.add(*Group.objects.filter(name__in=(MODERATOR, CAMPAIGNER, ADMINISTRATOR)))
        rows.append(f"  {name}  {password}\n")
    file.touch(mode=0o600)
    file.write_text("".join(rows), encoding="utf-8")


def keep_address() -> None:
    """Where the demo is served: other commands on its data folder are to say and sign the same."""
    file = Path(settings.HOME) / "demo" / "address"
    draft = file.with_name(".address")
    draft.write_text(f"{settings.BASE_URL}\n", encoding="utf-8")
    draft.replace(file)


def make_organisation(site: dict[str, Any]) -> None:
    facts = site["organisation"]
    organisation = Organisation.for_site(Site.objects.get())
    organisation.is_demo = True
    organisation.address = "\n".join(facts["address"])
    for name in ("email", "press_email", "phone", "security_contact", "donate_link"):
        setattr(organisation, name, facts[name])
    organisation.wordings = [
        OrganisationWording(
            language=code,
            sort_order=number,
            **{name: facts[code][name] for name in WORDED},
        )
        for number, (code, _name) in enumerate(settings.LANGUAGES)
        if code in facts
    ]
    for name in ("controller", "privacy_officer", "complaints_to"):
        setattr(organisation, name, facts["en"][name])
    organisation.privacy_email = facts["privacy_email"]
    organisation.recipients = [
        Recipient(name=row["name"], country=row["country"], role=row["role"]) for row in facts["recipients"]
    ]
    organisation.accounts = [Account(name=a["name"], url=a["link"]) for a in facts["social"]]
    organisation.save()


def make_menus(site: dict[str, Any]) -> None:
    for code, groups in site["menu"].items():
        items = [
            (
                "group",
                {
                    "label": group["label"],
                    "links": [{"label": x["label"], **target(x["link"])} for x in group["links"]],
                },
            )
            for group in groups
        ]
        Menu.objects.create(language=code, items=items)


def make_contacts(site: dict[str, Any]) -> dict[str, Contact]:
    made = {}
    for facts in site["contacts"]:
        contact = Contact(
            kind=facts["kind"],
            name=facts["name"],
            email=facts["email"],
            phone=facts["phone"],
            languages=" ".join(facts["languages"]),
        )
        contact.wordings = [
            ContactWording(language=code, name=facts[code].get("name", ""), role=facts[code].get("role", ""))
            for code, _name in settings.LANGUAGES
            if code in facts
        ]
        contact.save()
        made[facts["slug"]] = contact
    return made


def make_topics(site: dict[str, Any]) -> dict[str, Topic]:
    made = {}
    for facts in site["topics"]:
        topic = Topic(slug=facts["slug"])
        topic.wordings = [
            TopicWording(language=code, name=facts[code]) for code, _name in settings.LANGUAGES if code in facts
        ]
        topic.save()
        made[facts["slug"]] = topic
    return made


def make_pages(site: dict[str, Any]) -> None:
    for facts in site["pages"]:
        original: PlainPage | None = None
        for code, _name in settings.LANGUAGES:
            if code not in facts:
                continue
            home = HomePage.objects.get(locale__language_code=code)
            page = PlainPage(
                title=facts[code]["title"],
                slug=facts["slug"],
                introduction=facts[code].get("intro", ""),
                body=blocks(facts[code].get("body", [])),
                locale=home.locale,
            )
            if original:
                page.translation_key = original.translation_key
            home.add_child(instance=page)
            page.save_revision().publish()
            original = original or page


def make_home_texts(site: dict[str, Any]) -> None:
    for code, facts in site["home"].items():
        home = HomePage.objects.filter(locale__language_code=code).first()
        if home is None:
            continue
        band = facts["band"]
        button = {"label": band["label"], **target(band["link"])}
        people = [{**{k: p[k] for k in ("name", "country", "text")}, **target(p["link"])} for p in facts["people"]]
        home.body = [
            ("band", {**{k: band[k] for k in ("kicker", "headline", "text")}, "button": button}),
            ("people", {"title": facts["people_title"], "people": people}),
        ]
        home.save_revision().publish()


def make_news(indexes: dict[str, NewsIndex], contacts: dict[str, Contact], topics: dict[str, Topic]) -> None:
    """The items, each with its translations; within a day in the order that the files give."""
    main = settings.LANGUAGE_CODE
    items = [
        (file.stem, tomllib.loads(file.read_text(encoding="utf-8")))
        for file in sorted((FOLDER / "items").glob("*.toml"))
        if "." not in file.stem
    ]
    items.sort(key=lambda pair: (-pair[1]["date"].toordinal(), pair[1].get("position", 50), pair[0]))
    for number, (slug, facts) in enumerate(items):
        original: NewsItem | None = None
        for code in [main, *(code for code in indexes if code != main)]:
            file = FOLDER / "items" / f"{slug}.{code}.toml"
            if code == "en":
                text = facts["text"]
            elif file.exists():
                text = tomllib.loads(file.read_text(encoding="utf-8"))["text"]
            else:
                continue
            item = _item(indexes[code], slug, facts, text, rank=1_000_000 - number)
            item.source_id = f"demo:{slug}"
            if original:
                item.translation_key = original.translation_key
            item.countries = [ItemCountry(country=c, sort_order=n) for n, c in enumerate(facts["countries"])]
            item.topics = [topics[name] for name in facts["topics"]]
            item.contacts = [contacts[name] for name in facts.get("contacts", [])]
            indexes[code].add_child(instance=item)
            item.save_revision().publish()
            original = original or item


def _item(index: NewsIndex, slug: str, facts: dict[str, Any], text: dict[str, Any], rank: int) -> NewsItem:
    lead = []
    if name := facts.get("picture"):
        alt = pictures.ALT[name][index.locale.language_code]
        lead = [("picture", picture_block({"picture": name, "alt": alt}))]
    return NewsItem(
        title=text["headline"],
        slug=slug,
        kind=facts["kind"],
        is_good_news=facts.get("good_news", False),
        is_pinned=facts.get("pinned", False),
        kicker=text.get("kicker", ""),
        date=facts["date"],
        dateline=text.get("dateline", ""),
        teaser=text["teaser"],
        people="\n".join(text.get("people", [])),
        notes=paragraphs(text.get("notes", [])),
        index_number=facts.get("index_number", ""),
        corrections=[("correction", {"at": c["at"], "text": c["text"]}) for c in text.get("corrections", [])],
        lead=lead,
        body=blocks(text["body"]),
        rank=rank,
        locale=index.locale,
    )
