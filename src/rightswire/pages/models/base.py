"""BasePage: what every public page is, and how the engines below learn of it."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from django.template.response import TemplateResponse
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.models import Page, PageManager, ReferenceIndex
from wagtail.query import PageQuerySet

from rightswire.bake.pieces import Edition, File
from rightswire.pages.sheet import PreviewSheet, Sheet

RESERVED_SLUGS = {"page", "topic", "country", "search", "subscribe", "privacy", "cases", "research"}


class BasePageQuerySet(PageQuerySet):
    def readable(self) -> "BasePageQuerySet":
        """What readers may see now.

        Live and not restricted; a translation only while its original, the oldest page of the same translation
        key, is live: an embargo on the original holds for all of them. Aliases never: scheduling a page makes its
        aliases live at once (Wagtail issue 11344), and nothing here needs one.
        """
        codes = [code for code, _name in settings.LANGUAGES]
        original = Page.objects.filter(translation_key=OuterRef("translation_key")).order_by("pk")
        return (
            self.live()
            .public()
            .filter(alias_of__isnull=True, locale__language_code__in=codes)
            .alias(original_live=Subquery(original.values("live")[:1]))
        ).filter(original_live=True)


class BasePage(Page):
    """A page of the public site. It renders itself to files; no page is ever served from the database."""

    slug: Any

    objects = PageManager.from_queryset(BasePageQuerySet)()

    promote_panels = [
        MultiFieldPanel(
            [
                FieldPanel("slug", help_text="The last part of the address. A change leaves a redirect."),
                FieldPanel("seo_title", heading="Title elsewhere", help_text="For search engines."),
                FieldPanel(
                    "search_description",
                    heading="Description elsewhere",
                    help_text="For search engines.",
                ),
            ],
            "Address and search engines",
        )
    ]
    settings_panels = [FieldPanel("go_live_at"), FieldPanel("expire_at")]
    show_in_menus_default = False
    private_page_options: list[str] = []  # a page is public or it is not published

    class Meta:
        abstract = True

    @property
    def language(self) -> str:
        return self.locale.language_code

    @property
    def is_readable(self) -> bool:
        return type(self).objects.filter(pk=self.pk).readable().exists()

    def get_url_parts(self, request: HttpRequest | None = None) -> tuple[int, str, str] | None:
        """Pages live at their place in the tree: home pages are called by their language."""
        sites = self._get_relevant_site_root_paths(request)
        return (sites[0].site_id if sites else 1, settings.BASE_URL, self.url_path)

    def dependents(self) -> set[str]:
        """The pieces of the public site that change when this page does: its own and those that show it."""
        return {f"page:{pk}" for pk in {self.pk, *self.translation_pks(), *self.linking_pks()}} | {
            "frame:",
            "redirects:",
            "sitemap:pages",
        }

    def translation_pks(self) -> list[int]:
        return list(Page.objects.filter(translation_key=self.translation_key).values_list("pk", flat=True))

    def linking_pks(self) -> list[int]:
        """Pages whose text links here: a page that goes must not stay named in their links."""
        return [
            int(reference.object_id)
            for reference in ReferenceIndex.get_references_to(self)
            if issubclass(reference.content_type.model_class() or object, Page)
        ]

    def siblings_by_language(self, edition: Edition) -> dict[str, str]:
        """The addresses of this page in each language in which readers can see it."""
        pages = type(self).objects.filter(translation_key=self.translation_key).readable()
        return {page.language: page.url_path for page in pages.select_related("locale")}

    @classmethod
    def for_baking(cls, pks: list[int]) -> Iterable["BasePage"]:
        """The pages with what their rendering needs, in few queries."""
        return cls.objects.filter(pk__in=pks).select_related("locale")

    @classmethod
    def for_sitemap(cls) -> BasePageQuerySet:
        """The pages of this kind in the sitemap of pages."""
        return cls.objects.readable()

    def bake_hidden(self, edition: Edition) -> list[File]:
        """What stands at the address of a page that readers may not see: nothing."""
        return []

    def bake(self, edition: Edition) -> list[File]:
        """This page's files. Only called for readable pages."""
        sheet = Sheet(edition, self.language)
        html = sheet.render(
            self.template_name(), self.context(sheet), self.siblings_by_language(edition), self.url_path
        )
        return [*sheet.files(), File(self.url_path.lstrip("/") + "index.html", html)]

    def template_name(self) -> str:
        return f"{self._meta.app_label}/{self._meta.model_name}.html"

    def context(self, sheet: Sheet) -> dict[str, Any]:
        """What the template shows."""
        return {"page": self}

    def serve_preview(self, request: HttpRequest, mode_name: str) -> TemplateResponse:
        sheet = PreviewSheet(Edition(), self.language, request)
        siblings = self.siblings_by_language(sheet.edition) if self.pk else {}
        siblings[self.language] = self.url_path or "/"
        context = sheet.full_context(self.context(sheet), siblings, self.url_path or "/")
        return TemplateResponse(request, self.template_name(), context)

    def clean(self) -> None:
        super().clean()
        if self.slug in RESERVED_SLUGS or self.slug.isdigit():
            self.slug = f"{self.slug}-1"
