"""The frame of every page in one language: organisation, menu, language switch, foot. Built once a pass."""

from functools import cached_property
from typing import Any

from django.conf import settings
from django.template import loader
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from rightswire.pages.assets import Assets
from rightswire.pages.language import Language, language, month_and_year


class Frame:
    def __init__(self, code: str) -> None:
        from rightswire.pages.models import (  # noqa: PLC0415 - models import sheets
            Organisation,
            OrganisationWording,
        )

        self.language: Language = language(code)
        self.organisation = Organisation.current()
        self.wording = self.organisation.worded(code) or OrganisationWording(name="Rightswire")
        self.accounts = list(self.organisation.accounts.all())
        self._parts: dict[tuple[str, int], SafeString] = {}

    @property
    def arabic_digits(self) -> bool:
        return self.organisation.arabic_digits

    @property
    def telephone(self) -> str:
        return "".join(sign for sign in self.organisation.phone if sign in "+0123456789")

    @property
    def address_lines(self) -> list[str]:
        return [line.strip() for line in self.organisation.address.splitlines() if line.strip()]

    @property
    def address_line(self) -> str:
        return ", ".join(self.address_lines)

    @cached_property
    def groups(self) -> list[dict[str, Any]]:
        from rightswire.pages.models import Menu  # noqa: PLC0415

        menu = Menu.objects.filter(language=self.language.code).first()
        return menu.groups() if menu else []

    @cached_property
    def others(self) -> list[Language]:
        return [language(code) for code, _ in settings.LANGUAGES]

    def current_group(self, address: str) -> int:
        """The group of the menu in which the page at `address` belongs, -1 for none."""
        best, found = 0, -1
        for index, group in enumerate(self.groups):
            for link in [*group["links"], group]:
                place = link["address"].rstrip("/") + "/"
                is_home = place == f"/{self.language.code}/"
                if (
                    len(place) > best
                    and place != "/"
                    and (address == place or (address.startswith(place) and not is_home))
                ):
                    best, found = len(place), index
        return found

    @cached_property
    def missing_words(self) -> dict[str, SafeString]:
        """“Not in French”, in this language, for each language."""
        found = {}
        for other in self.others:
            context = {"name": other.locale.get_language_name(self.language.locale)}
            with translation.override(self.language.code):
                html = loader.render_to_string("components/missing.html", context)
            found[other.code] = mark_safe(html.strip())
        return found

    @property
    def demo_month(self) -> str:
        """The month whose facts the demonstration tells."""
        return month_and_year(2018, 11, self.language.code, self.arabic_digits)

    def switch(self, alternates: dict[str, str]) -> list[dict[str, Any]]:
        """One entry a language: the same page there, or where there is none, its news."""
        return [
            {
                "language": other,
                "is_current": other.code == self.language.code,
                "is_missing": other.code not in alternates,
                "words": self.missing_words[other.code],
                "address": alternates.get(other.code, f"/{other.code}/news/"),
            }
            for other in self.others
        ]

    def part(self, name: str, current: int, context: dict[str, Any]) -> SafeString:
        """The menu or the foot, rendered once for all pages of a group."""
        if (name, current) not in self._parts:
            with translation.override(self.language.code):
                html = loader.render_to_string(f"components/{name}.html", context)
            self._parts[name, current] = mark_safe(html)
        return self._parts[name, current]

    def context(self, assets: Assets, alternates: dict[str, str], address: str) -> dict[str, Any]:
        current = self.current_group(address)
        fixed = {
            "frame": self,
            "language": self.language,
            "wording": self.wording,
            "organisation": self.organisation,
            "groups": self.groups,
            "current": current,
            "icon_url": assets.icon_url,
        }
        return {
            **fixed,
            "assets": assets,
            "style_url": assets.url("site.css"),
            "script_url": assets.url("site.js"),
            "banner_html": self.part("banner", -1, fixed),
            "brand_html": self.part("brand", -1, fixed),
            "feeds_at": f"/{self.language.code}/news/",
            "menu_html": self.part("menu", current, fixed),
            "foot_html": self.part("foot", -1, fixed),
            "switch": self.switch(alternates),
            "alternates": alternates if self.language.code in alternates else {},
            "default_language": settings.LANGUAGES[0][0],
            "base_url": settings.BASE_URL,
            "address": address,
        }
