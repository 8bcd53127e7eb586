"""Two lists for an editor's morning: what lacks a translation, and which imported items want a look."""

from collections.abc import Iterable
from typing import Any

import django_filters
from django.conf import settings
from django.db.models import Case, CharField, Exists, F, Model, OuterRef, Q, QuerySet, Subquery, Value, When
from django.urls import reverse
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.ui.tables.pages import PageStatusColumn
from wagtail.admin.views.reports import ReportView
from wagtail.models import Page
from wagtail.permissions import policy_registry
from wagtail_localize.models import Translation, TranslationSource

from rightswire.newsroom.models import NewsItem
from rightswire.newsroom.models.item import Withdrawal
from rightswire.pages.language import language

MISSING, DRAFT, BEHIND, CURRENT = "missing", "draft", "behind", "current"
STATES = [
    (MISSING, "Missing"),
    (DRAFT, "In draft"),
    (BEHIND, "Behind its original"),
    (CURRENT, "Up to date"),
]


def with_states(items: QuerySet[NewsItem]) -> QuerySet[NewsItem]:
    """Originals, each with `state_CODE` and `pk_CODE` for every language of the site; empty for its own.

    A translation is behind when its original was published after it was, or after the text that translators
    see was last brought up to date.
    """
    for code, _name in settings.LANGUAGES:
        there = NewsItem.objects.filter(
            translation_key=OuterRef("translation_key"), locale__language_code=code, alias_of=None
        )
        unsynced = Translation.objects.filter(
            source__object_id=OuterRef("translation_key"),
            source__last_updated_at__lt=OuterRef("last_published_at"),
            target_locale__language_code=code,
            enabled=True,
        )
        items = items.annotate(**{f"pk_{code}": Subquery(there.values("pk")[:1])}).annotate(
            **{
                f"state_{code}": Case(
                    When(locale__language_code=code, then=Value("")),
                    When(**{f"pk_{code}": None}, then=Value(MISSING)),
                    When(~Exists(there.filter(live=True)), then=Value(DRAFT)),
                    When(
                        Exists(there.filter(last_published_at__lt=OuterRef("last_published_at"))),
                        then=Value(BEHIND),
                    ),
                    When(Exists(unsynced), then=Value(BEHIND)),
                    default=Value(CURRENT),
                    output_field=CharField(),
                )
            }
        )
    return items


def originals() -> QuerySet[NewsItem]:
    """The published items from which the other languages are made: the oldest of each translation key."""
    oldest = Page.objects.filter(translation_key=OuterRef("translation_key")).order_by("pk")
    items: QuerySet[NewsItem] = NewsItem.objects.listed().filter(alias_of=None)
    return items.alias(oldest=Subquery(oldest.values("pk")[:1])).filter(pk=F("oldest"))


def action_for(item: Any, code: str) -> str:
    """Where an editor brings this language of the item up to date."""
    state, pk = getattr(item, f"state_{code}"), getattr(item, f"pk_{code}")
    if state == MISSING:
        return reverse("wagtail_localize:submit_page_translation", args=[item.pk])
    if state == BEHIND:
        translations = Translation.objects.filter(
            source__object_id=item.translation_key, target_locale__language_code=code, enabled=True
        )
        source = TranslationSource.objects.filter(translations__in=translations).first()
        if source and source.last_updated_at < item.last_published_at:
            return reverse("wagtail_localize:update_translations", args=[source.pk])
    return reverse("wagtailadmin_pages:edit", args=[pk])


class StateColumn(Column):
    cell_template_name = "newsroom/admin/translation_state.html"

    def __init__(self, code: str) -> None:
        super().__init__(f"state_{code}", label=language(code).name)
        self.code = code

    def get_cell_context_data(self, instance: Model, parent_context: dict[str, Any]) -> dict[str, Any]:
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        state = context["value"]
        return context | {
            "state": state,
            "label": dict(STATES).get(state, "Original"),
            "url": action_for(instance, self.code) if state else "",
        }


def _language_choices() -> list[tuple[str, str]]:
    return [(code, language(code).name) for code, _name in settings.LANGUAGES]


class TranslationsFilterSet(WagtailFilterSet):
    language = django_filters.ChoiceFilter(label="Language", choices=_language_choices, method="by_both")
    state = django_filters.ChoiceFilter(label="State", choices=STATES, method="by_both")

    class Meta:
        model = NewsItem
        fields = ["language", "state"]

    def by_both(self, items: QuerySet[NewsItem], name: str, value: str) -> QuerySet[NewsItem]:
        """A language alone: what it lacks or where it is behind. A state alone: in any language."""
        chosen = self.form.cleaned_data
        codes = [chosen["language"]] if chosen["language"] else [code for code, _name in settings.LANGUAGES]
        states = [chosen["state"]] if chosen["state"] else [MISSING, DRAFT, BEHIND]
        wanted = Q()
        for code in codes:
            wanted |= Q(**{f"state_{code}__in": states})
        return items.filter(wanted)


class NewsReport(ReportView):
    """What both lists have in common. For whoever may edit pages."""

    model = NewsItem
    any_permission_required = ["add", "change", "publish"]
    permission_policy = property(lambda self: policy_registry.get_by_type(Page))

    def editable(self, items: QuerySet[NewsItem]) -> QuerySet[NewsItem]:
        allowed: Iterable[Page] = self.permission_policy.instances_user_has_permission_for(self.request.user, "change")
        return items.filter(pk__in=allowed).order_by("-date", "-rank", "-pk")

    @staticmethod
    def title_column() -> TitleColumn:
        return TitleColumn(
            "draft_title",
            label="Headline",
            get_url=lambda item: reverse("wagtailadmin_pages:edit", args=[item.pk]),
        )


class TranslationsReport(NewsReport):
    page_title = "Translations"
    header_icon = "site"
    filterset_class = TranslationsFilterSet
    index_url_name = "rightswire_translations"
    index_results_url_name = "rightswire_translations_results"
    no_results_message = "No item is in this state."

    @property
    def columns(self) -> list[Column]:
        states = [StateColumn(code) for code, _name in settings.LANGUAGES]
        return [self.title_column(), Column("date", label="Date"), *states]

    def get_queryset(self) -> QuerySet[NewsItem]:
        return with_states(self.editable(originals()))


class ToLookAtReport(NewsReport):
    page_title = "To look at"
    header_icon = "view"
    index_url_name = "rightswire_to_look_at"
    index_results_url_name = "rightswire_to_look_at_results"
    no_results_message = "Nothing waits for a look. Imported items stand here until somebody has saved them."

    @property
    def columns(self) -> list[Column]:
        return [
            self.title_column(),
            Column("kicker", label="Kicker"),
            Column("date", label="Date"),
            DateColumn("latest_revision_created_at", label="Imported"),
            PageStatusColumn("status", label="Status"),
        ]

    def get_queryset(self) -> QuerySet[NewsItem]:
        return self.editable(NewsItem.objects.filter(needs_look=True).exclude(withdrawn=Withdrawal.SAFETY))


def looked_at(item: NewsItem) -> None:
    """An editor has saved the item: it leaves the list of those that want a look."""
    NewsItem.objects.filter(pk=item.pk, needs_look=True).update(needs_look=False)
