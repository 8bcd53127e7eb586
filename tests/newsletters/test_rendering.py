import datetime
import io
import itertools
import re
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from mail_support import AT_RULES, ATTRIBUTES, ELEMENTS, EVERYWHERE, IF_KNOWN
from PIL import Image
from selectolax.lexbor import LexborHTMLParser

from rightswire.newsletters.models import Chosen, Newsletter, NewsletterState, SendingKind
from rightswire.newsletters.rendering import (
    MOST_BYTES,
    MOST_ITEMS,
    NothingToShow,
    TooLong,
    preview_html,
    render_news,
    render_newsletter,
)
from rightswire.outbox.mime import flowed
from rightswire.pages.language import COUNTRY_CODES

pytestmark = [
    pytest.mark.django_db,
    # Wagtail leaves the temporary file of a rendition to the garbage collector.
    pytest.mark.filterwarnings("ignore:Exception ignored in. <function SpooledTemporaryFile"),
]

EVERYTHING = Chosen()
SLOTS = ("{{unsubscribe}}", "{{preferences}}")
HOSTILE = '</title><script>alert("x")</script> & “{{unsubscribe}}” {% now %}'


@pytest.fixture
def organisation(newsroom):
    from rightswire.pages.models import Organisation

    row = Organisation.current()
    row.address = "12 Register Lane, third floor\nOttawa, Ontario"
    row.phone = "+1 613 555 0140"
    row.save()
    return row


@pytest.fixture
def picture(home):
    from rightswire.pages.models import Picture

    content = io.BytesIO()
    Image.new("RGB", (1600, 900), "#c22a0b").save(content, "PNG")
    return Picture.objects.create(title="Line", file=ContentFile(content.getvalue(), "l.png"), description="A red line")


def parsed(html: str) -> LexborHTMLParser:
    return LexborHTMLParser(html)


def links(html: str) -> list[str]:
    return [link.attributes["href"] or "" for link in parsed(html).css("a[href]")]


def words(html: str) -> str:
    return " ".join(parsed(html).body.text(deep=True, separator=" ").split())


def now(*items, language: str = "en", chosen: Chosen = EVERYTHING):
    return render_news(SendingKind.NOW, language, items, chosen)


def letter(*blocks, language: str = "en", **fields) -> Newsletter:
    fields.setdefault("subject", "What you did this autumn")
    return Newsletter.objects.create(language=language, body=list(blocks), **fields)


def text(source: str) -> tuple[str, str]:
    return ("text", source)


# One item at once


@pytest.fixture
def release(publish, picture):
    item = publish(
        "Free Germain Rukuki", kicker="Thirty-two years", countries=["BI", "CA"], kind="statement", text="The opening."
    )
    item.lead = [
        (
            "picture",
            {
                "picture": picture,
                "alt_text": "A line that rises",
                "is_decorative": False,
                "caption": "",
                "credit": "",
                "language": "",
            },
        )
    ]
    item.body.append(
        (
            "quote",
            {"words": "Let him go.", "speaker": "Ruth Amsel", "role": "Director", "organisation": "", "language": ""},
        )
    )
    item.save_revision().publish()
    return item


def test_one_item_at_once_tells_it_with_kind_date_quote_and_link_in_both_parts(release, organisation, settings):
    mail = now(release)
    assert mail.subject == "Free Germain Rukuki"
    assert mail.items == [release.pk]
    for part in (mail.text, words(mail.html)):
        for said in ("Statement", "Burundi, Canada", "Thirty-two years", "The opening.", "“Let him go.”", "Ruth Amsel"):
            assert said in part
    assert "November 29, 2018" in mail.text
    assert "Ruth Amsel, Director" in mail.text
    assert "29 Thursday November 2018" in words(mail.html)
    assert "Statement" in [bold.text() for bold in parsed(mail.html).css("b")]
    address = f"{settings.BASE_URL}{release.url_path}"
    assert address in mail.text.splitlines()
    assert address in links(mail.html)


def test_the_picture_is_the_file_that_the_items_page_shows(release, organisation, bake, site: Path, settings):
    bake()
    image = parsed(now(release).html).css_first("img")
    assert image.attributes["alt"] == "A line that rises"
    assert (site / image.attributes["src"].removeprefix(f"{settings.BASE_URL}/")).is_file()


def test_every_mail_says_who_writes_why_and_how_to_leave(release, organisation):
    mail = now(release)
    for part in (mail.text, words(mail.html)):
        for said in ("Every Name", "12 Register Lane, third floor", "Ottawa, Ontario", "hello@everyname.example"):
            assert said in part
        assert "because you subscribed to the news of Every Name, at once. You chose everything." in part
        assert "You can withdraw at any time." in part
    for slot in SLOTS:
        assert f'href="{slot}"' in mail.html
        assert slot in mail.text.splitlines()


def test_nothing_is_counted_and_nothing_loads_from_elsewhere(release, organisation, settings):
    mail = now(release)
    tree = parsed(mail.html)
    assert not tree.css("script, link, iframe, form, [background], [onload]")
    assert "url(" not in mail.html
    assert "@import" not in mail.html
    assert [image.attributes["src"].startswith(f"{settings.BASE_URL}/files/") for image in tree.css("img")] == [True]
    own = {*SLOTS, "mailto:hello@everyname.example", f"{settings.BASE_URL}/en/", settings.BASE_URL + release.url_path}
    assert set(links(mail.html)) == own


# Digests


def test_the_subject_of_a_digest_says_the_newest_headline_and_how_many_more(publish, organisation):
    items = [publish(f"Story {number}", date=f"2018-11-{number + 10}") for number in range(3)]
    assert render_news(SendingKind.DAILY, "en", items, EVERYTHING).subject == "Story 2 (and 2 more)"
    assert render_news(SendingKind.DAILY, "en", items[:1], EVERYTHING).subject == "Story 0"


def test_a_digest_shows_its_items_under_their_days_newest_first(publish, organisation, settings):
    items = [
        publish("Morning", date="2018-11-28", rank=1),
        publish("Next day", date="2018-11-29", rank=0),
        publish("Evening", date="2018-11-28", rank=2),
    ]
    mail = render_news(SendingKind.WEEKLY, "en", items, EVERYTHING)
    tree = parsed(mail.html)
    assert [title.text() for title in tree.css("h2")] == ["Next day", "Evening", "Morning"]
    assert [day.text() for day in tree.css("td.numeral")] == ["29", "28"]
    assert mail.items == [items[1].pk, items[2].pk, items[0].pk]
    assert "News of the week" in mail.text
    assert "Evening is told here." in mail.text
    assert f"{settings.BASE_URL}{items[0].url_path}" in mail.text.splitlines()


def test_two_hundred_items_with_huge_teasers_stay_small_and_the_rest_is_on_the_site(newsroom, organisation, settings):
    from rightswire.newsroom.models import Kind, NewsItem

    huge = {"title": "سجن " * 63, "kicker": "خبر " * 49, "teaser": "كلمة طويلة جدًا " * 5000}
    for number in range(200):
        day = datetime.date(2018, 11, 30) - datetime.timedelta(days=number // 2)
        item = NewsItem(slug=f"item-{number}", date=day, rank=number, locale=newsroom["ar"].locale, **huge)
        newsroom["ar"].add_child(instance=item)
    everything = Chosen.of(countries=COUNTRY_CODES, kinds=Kind.values)
    mail = render_news(SendingKind.WEEKLY, "ar", NewsItem.objects.all(), everything)
    assert len(mail.items) == MOST_ITEMS
    assert len(mail.html.encode()) < MOST_BYTES
    assert f"{settings.BASE_URL}/ar/news/" in links(mail.html)
    assert "١٨٠" in parsed(mail.html).css("td.item")[-1].text()
    assert len(mail.subject) < 200
    assert all(len(paragraph.text()) <= 320 for paragraph in parsed(mail.html).css("td.item p"))


def test_long_teasers_are_cut_between_words_and_letters_keep_their_accents(publish, organisation):
    publish("Long", teaser="Everybody has the right to life, liberty and security of person. " * 20, slug="long")
    item = publish("Without spaces", teaser="e\u0301" * 4000)
    other = type(item).objects.get(slug="long")
    cut = parsed(render_news(SendingKind.DAILY, "en", [other, item], EVERYTHING).html).css("td.item div p")
    unspaced, spaced = (paragraph.text() for paragraph in cut)
    assert re.search(r"(Everybody|has|the|right|to|life|liberty|and|security|of|person)…$", spaced)
    assert unspaced.endswith("e\u0301…")
    assert len(unspaced) <= 320


# Languages


def test_arabic_runs_from_right_to_left_in_every_part(publish, organisation):
    mail = render_news(SendingKind.DAILY, "ar", [publish("حكم بالسجن", language="ar", countries=["BI"])], EVERYTHING)
    tree = parsed(mail.html)
    for element in tree.css("html, body, table"):
        assert element.attributes["dir"] == "rtl"
    assert tree.css_first("html").attributes["lang"] == "ar"
    assert [day.text() for day in tree.css("td.numeral")] == ["٢٩"]
    assert "text-align: left" not in mail.html
    for said in ("كلّ اسم", "بوروندي", "بيان صحفي", "٢٩ نوفمبر ٢٠١٨", "حكم بالسجن"):
        assert said in mail.text


def test_an_item_in_another_language_says_so_and_runs_its_own_way(publish, organisation):
    items = [publish("Prison sentence"), publish("حكم بالسجن", language="ar", date="2018-11-28")]
    tree = parsed(render_news(SendingKind.DAILY, "en", items, EVERYTHING).html)
    boxes = tree.css("td.item div")
    own = [(box.attributes["lang"], box.attributes["dir"], box.css_first("h2").text()) for box in boxes]
    assert own == [("en", "ltr", "Prison sentence"), ("ar", "rtl", "حكم بالسجن")]
    assert "text-align: right" in boxes[1].attributes["style"]


# What must not be shown


def test_what_was_withdrawn_or_cannot_be_read_is_never_shown(publish, organisation):
    from rightswire.newsroom.models import Withdrawal

    shown, safety, notice, draft = (publish(name) for name in ("Shown", "Safety", "Notice", "Draft"))
    type(shown).objects.filter(pk=safety.pk).update(withdrawn=Withdrawal.SAFETY)
    type(shown).objects.filter(pk=notice.pk).update(withdrawn=Withdrawal.EDITORIAL)
    draft.unpublish()
    mail = render_news(SendingKind.WEEKLY, "en", [safety, notice, shown, draft], EVERYTHING)  # as they were read before
    assert mail.items == [shown.pk]
    for name in ("Safety", "Notice", "Draft"):
        assert name not in mail.subject + mail.text + mail.html
    with pytest.raises(NothingToShow):
        render_news(SendingKind.NOW, "en", [safety, notice, draft], EVERYTHING)


def test_hostile_titles_are_words_and_typed_slots_get_nobodys_link(publish, organisation):
    item = publish(HOSTILE, kicker=HOSTILE[:200], teaser=f"{HOSTILE}\n\nhttps://evil.example/?{{{{preferences}}}}")
    for kind in (SendingKind.NOW, SendingKind.DAILY):
        mail = render_news(kind, "en", [item], EVERYTHING)
        tree = parsed(mail.html)
        assert not tree.css("script")
        assert "<script>alert" in tree.css_first("title").text()
        assert "{% now %}" in words(mail.html)
        for slot in SLOTS:
            assert mail.html.count(slot) == mail.html.count(f'href="{slot}"') == 1
            assert mail.text.count(slot) == 1


def test_a_title_of_several_lines_is_one_in_the_subject(publish, organisation):
    item = publish("One")
    type(item).objects.filter(pk=item.pk).update(title="One\r\nBcc: all@example.org\u2028two\x07")
    assert now(item).subject == "One Bcc: all@example.org two"


# Why one gets it


@pytest.mark.parametrize(
    ("kind", "chosen", "said"),
    [
        (SendingKind.DAILY, Chosen(), "once a day. You chose everything."),
        (
            SendingKind.WEEKLY,
            Chosen.of(["justice"], ["CA", "SA"]),
            "once a week. You chose: Justice, Canada, Saudi Arabia.",
        ),
        (SendingKind.NOW, Chosen.of(kinds=["report"]), "at once. Of these kinds: Report."),
        (SendingKind.NOW, Chosen.of(["gone"], ["XX", "CA"], ["rumour"]), "at once. You chose: Canada."),
    ],
)
def test_the_reason_names_rhythm_and_choice(publish, organisation, kind, chosen, said):
    item = publish("Story", topics=["justice"])
    mail = render_news(kind, "en", [item], chosen)
    assert said in mail.text
    assert said in words(mail.html)


def test_a_choice_of_all_countries_is_not_listed_to_its_end(publish, organisation):
    mail = now(publish("Story"), chosen=Chosen.of(countries=COUNTRY_CODES))
    assert f"{len(COUNTRY_CODES) - 12} more." in mail.text


# The text part


def test_the_text_part_is_fit_to_read(publish, organisation):
    items = [publish(f"Story {number}", text="A sentence that is told here. " * 9) for number in range(3)]
    lines = flowed(render_news(SendingKind.DAILY, "en", items, EVERYTHING).text).splitlines()
    assert max(len(line) for line in lines if "://" not in line) <= 72
    assert all(line.split("://")[0] in ("http", "https") for line in lines if "://" in line)  # alone on its line
    assert lines[0] == "Every Name"
    assert "-- " in lines
    assert not any(before == after == "" for before, after in itertools.pairwise(lines))


# Newsletters


@pytest.fixture
def whole_letter(publish, organisation, picture):
    item = publish("Free Germain Rukuki", countries=["BI"], teaser="He is in prison.")
    return letter(
        text('<p>Dear <b>friends</b>,<br>we <a href="https://example.org/a?b=1&amp;c=2">wrote</a>.</p>'),
        text(f'<h3>Next</h3><ul><li>One</li><li>Two, <a linktype="page" id="{item.pk}">told here</a></li></ul>'),
        ("heading", "What changed"),
        ("picture", _described(picture)),
        ("quote", {"text": "Let him go.", "speaker": "Ruth Amsel", "role": "Director"}),
        ("item", item),
        ("button", {"label": "Write to him", "page": None, "url": "https://example.org/write"}),
        preheader="Two sentences, no more.",
    )


def _described(picture):
    picture.contextual_alt_text, picture.decorative = "A line that rises", False
    return picture


def test_a_newsletter_tells_its_blocks_in_both_parts(whole_letter, settings):
    mail = render_newsletter(Newsletter.objects.get(pk=whole_letter.pk))
    item = whole_letter.body[5].value
    assert mail.subject == "What you did this autumn"
    assert mail.items == [item.pk]
    told = words(mail.html)
    for said in ("What changed", "“Let him go.”", "Free Germain Rukuki", "He is in prison.", "Write to him", "Burundi"):
        assert said in mail.text
        assert said in told
    assert told.startswith("Two sentences, no more.")
    assert "Two sentences" not in mail.text
    address = f"{settings.BASE_URL}{item.url_path}"
    for link in ("https://example.org/a?b=1&c=2", "https://example.org/write", address):
        assert link in links(mail.html)
        assert link in mail.text.splitlines()
    assert "Dear friends,\nwe wrote." in mail.text
    assert f"• One\n• Two, told here\n{address}" in mail.text
    assert "Ruth Amsel, Director" in mail.text
    assert "because you subscribed to news and newsletters of Every Name." in told
    assert parsed(mail.html).css_first("img").attributes["alt"] == "A line that rises"
    assert "[A line that rises]" in mail.text


def test_those_who_follow_a_petition_are_told_so(organisation):
    from rightswire.campaigns.models import Petition

    petition = Petition.objects.create(name="Working title", slug="drop-it")
    mail = render_newsletter(letter(text("<p>It is over.</p>"), petition=petition))
    assert "because you asked us to tell you what happens to a petition." in mail.text  # no page of it can be read
    assert "Working title" not in mail.text + mail.html


def test_a_newsletter_shows_nothing_of_what_was_withdrawn_after_it_was_written(publish, organisation):
    from rightswire.newsroom.models import Withdrawal

    item = publish("Withdrawn story", slug="withdrawn-story")
    written = letter(
        text(f'<p>Read <a linktype="page" id="{item.pk}">it</a>, and <a href="javascript:alert(1)">this</a>.</p>'),
        ("item", item),
        ("button", {"label": "Read it there", "page": item, "url": ""}),
    )
    type(item).objects.filter(pk=item.pk).update(withdrawn=Withdrawal.SAFETY)
    mail = render_newsletter(Newsletter.objects.get(pk=written.pk))
    assert "Read it, and this." in mail.text
    assert "Read it, and this." in words(mail.html)
    assert mail.items == []
    for trace in ("Withdrawn story", "withdrawn-story", "Read it there", "javascript"):
        assert trace not in mail.text + mail.html


def test_what_mail_programs_would_cut_off_is_refused_and_can_still_be_looked_at(organisation):
    endless = letter(text("<p>Too many words. </p>" * 3000))
    with pytest.raises(TooLong, match="longer than mail programs show"):
        render_newsletter(endless)
    assert "Too many words." in preview_html(endless)


def test_the_pictures_of_a_newsletter_are_public_once_it_is_handed_to_the_sending(whole_letter, bake, site, settings):
    from rightswire.bake.models import Due
    from rightswire.newsletters import baking  # noqa: F401 - it registers itself

    source = parsed(render_newsletter(whole_letter).html).css_first("img").attributes["src"]
    file = site / source.removeprefix(f"{settings.BASE_URL}/")
    Due.objects.add([f"newsletter:{whole_letter.pk}"])
    bake()
    assert not file.exists()
    Newsletter.objects.update(state=NewsletterState.SENT)
    Due.objects.add([f"newsletter:{whole_letter.pk}"])
    bake()
    with Image.open(file) as shown:
        assert shown.width == 800


def test_the_preview_needs_nothing_that_is_not_public_yet_and_leads_nobody_out(whole_letter):
    html = preview_html(whole_letter)
    assert parsed(html).css_first("img").attributes["src"].startswith("data:image/png;base64,")
    assert not any(slot in html for slot in SLOTS)
    assert {"https://example.org/unsubscribe/", "https://example.org/preferences/"} <= set(links(html))


# Mail programs


@pytest.fixture
def mails(whole_letter, release, publish) -> list[str]:
    arabic = publish("حكم بالسجن", language="ar")
    return [
        render_newsletter(whole_letter).html,
        now(release).html,
        render_news(SendingKind.WEEKLY, "en", [release, arabic], EVERYTHING).html,
        now(arabic, language="ar").html,
    ]


def test_mails_use_only_what_mail_programs_can_show(mails):
    for html in mails:
        for element in parsed(html).css("*"):
            assert element.tag in ELEMENTS, element.tag
            assert set(element.attributes) <= ATTRIBUTES, element.attributes
            for declaration in filter(str.strip, (element.attributes.get("style") or "").split(";")):
                name, value = (part.strip() for part in declaration.split(":", 1))
                assert name in EVERYWHERE or name in IF_KNOWN, name
                assert "!important" not in value
                assert "rem" not in value
        assert set(re.findall(r"@media ([^{]+?) *{", html)) == set(AT_RULES)


def test_every_paragraph_has_its_look_written_into_it(mails):
    for html in mails:
        for element in parsed(html).css("h1, h2, p, td, a[href], table, img"):
            assert element.attributes.get("style"), element.html


def test_a_dark_screen_gets_dark_paper_and_the_organisations_lighter_colour(mails, organisation):
    for html in mails:
        dark = re.search(r"@media \(prefers-color-scheme: dark\) {(.*?)\n}", html, re.DOTALL)[1]
        assert "#11171a !important" in dark
        assert organisation.shown_accent.dark in dark
        assert '<meta name="color-scheme" content="light dark">' in html
        assert organisation.shown_accent.light in html


def test_what_stands_beside_the_subject_is_hidden_in_the_mail(mails):
    for html in mails:
        assert "display: none" in parsed(html).css_first("body > div").attributes["style"]
