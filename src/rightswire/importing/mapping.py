"""From what a source says to news items, and the report of what was done."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from wagtail.models import Locale

from rightswire.importing.sources.listing import SourceError, SourceItem, read_listing
from rightswire.newsroom.archive import microseconds
from rightswire.newsroom.models import ItemCountry, NewsIndex, NewsItem
from rightswire.pages.text import html_of_paragraphs

SLUG_LENGTH = 70


@dataclass(frozen=True, slots=True)
class ReportLine:
    """What was done with one item of the source."""

    line: int
    date: str
    headline: str
    done: str  # imported, drafted, would be imported, already here
    headline_was_found: bool
    kind: str
    countries: tuple[str, ...]
    people: tuple[str, ...]
    paragraphs: int


@dataclass
class Report:
    source: str
    lines: list[ReportLine] = field(default_factory=list)
    furniture: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def summary(self) -> str:
        """What was done, in lines for a person."""
        rows = [f"{line.date}  {line.done:<16} {line.headline}" for line in self.lines]
        rows += [f"Note: {warning}" for warning in self.warnings]
        new = sum(line.done != "already here" for line in self.lines)
        rows.append(f"{len(self.lines)} items in {self.source}: {new} new, {len(self.lines) - new} already here.")
        look = sum(line.headline_was_found and line.done != "already here" for line in self.lines)
        if look:
            rows.append(f"{look} had no headline; what was found for them waits for an editor's look (Reports).")
        return "\n".join(rows) + "\n"

    def write(self, file: Path) -> None:
        """The whole report as JSON."""
        file.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def check_report(file: Path) -> None:
    """Raises SourceError where a report could not be written; asked before anything is imported."""
    try:
        file.open("a").close()
    except OSError as error:
        raise SourceError(f"The report cannot be written to {file} ({error.strerror}). Name another file.") from None


def import_source(
    source: Path,
    *,
    source_format: str = "auto",
    language: str | None = None,
    is_draft: bool = False,
    is_dry_run: bool = False,
) -> Report:
    """Brings the items of a source in. Raises SourceError, and then nothing was changed."""
    if source_format not in ("auto", "listing"):
        raise SourceError(
            f"The format {source_format} cannot be read yet. So far import_site reads the "
            "text of a listing (--format listing): open the page, select all, copy, and save it as a text file."
        )
    code = language or settings.LANGUAGE_CODE
    index = NewsIndex.objects.filter(locale__language_code=code).first()
    if index is None:
        raise SourceError(
            f"There is no newsroom in the language {code!r} here. "
            f"Choose one of: {', '.join(name for name, _own in settings.LANGUAGES)}."
        )
    listing = read_listing(source, code)
    report = Report(source.name, furniture=listing.furniture, warnings=listing.warnings)
    known = set(NewsItem.objects.filter(locale=index.locale).exclude(source_id="").values_list("source_id", flat=True))
    newest = microseconds(timezone.now())
    with transaction.atomic():
        for item in listing.items:
            done = "already here"
            if item.identity not in known:
                done = "would be imported" if is_dry_run else "drafted" if is_draft else "imported"
                if not is_dry_run:
                    make_item(index, item, rank=newest - item.position, is_draft=is_draft)
            report.lines.append(_line(item, done))
    return report


def _line(item: SourceItem, done: str) -> ReportLine:
    return ReportLine(
        line=item.line,
        date=item.date.isoformat(),
        headline=item.headline,
        done=done,
        headline_was_found=item.headline_is_found,
        kind=item.kind,
        countries=item.countries,
        people=item.people,
        paragraphs=len(item.paragraphs),
    )


def make_item(index: NewsIndex, item: SourceItem, *, rank: int, is_draft: bool) -> NewsItem:
    """One item of a source as a page under the news index."""
    text = item.paragraphs[1:] if item.kicker else item.paragraphs
    page = NewsItem(
        title=item.headline[:255],
        slug=free_slug(index, item.headline),
        kind=item.kind,
        kicker=item.kicker or "",
        date=item.date,
        people="\n".join(item.people),
        body=[("text", {"text": html_of_paragraphs(text), "language": ""})] if text else [],
        source_id=item.identity,
        needs_look=item.headline_is_found,
        rank=rank,
        locale=Locale.objects.get(pk=index.locale_id),
        live=False,
    )
    page.countries = [ItemCountry(country=code, sort_order=n) for n, code in enumerate(item.countries)]
    index.add_child(instance=page)
    revision = page.save_revision()
    if not is_draft:
        revision.publish()
    return page


def free_slug(index: NewsIndex, headline: str) -> str:
    """A slug of whole words that no sibling has and no listing needs."""
    words = slugify(headline, allow_unicode=True).split("-")
    slug = words[0][:SLUG_LENGTH]
    for word in words[1:]:
        if len(slug) + len(word) >= SLUG_LENGTH:
            break
        slug += f"-{word}"
    taken = set(index.get_children().values_list("slug", flat=True)) | {"page", "topic", "country", ""}
    free, number = slug, 1
    while free in taken or free.isdigit():
        number += 1
        free = f"{slug or 'item'}-{number}"
    return free
