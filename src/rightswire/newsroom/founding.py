"""The first start: a home page and a place for news in each language."""

from django.conf import settings
from django.db import transaction
from wagtail.models import Locale, Page, Site

from rightswire.newsroom.models import HomePage, NewsIndex

NEWS = {"en": "News", "fr": "Actualités", "ar": "الأخبار"}
HOME = {"en": "Home", "fr": "Accueil", "ar": "الرئيسية"}


@transaction.atomic
def make_tree() -> dict[str, NewsIndex]:
    """Makes what is missing of the tree; the site begins at the main language. Safe to call again.

    A home page is called by its language, so that its address is its place in the tree.
    """
    Page.objects.filter(depth=2, slug="home", content_type__model="page").delete()  # Wagtail's welcome page
    indexes: dict[str, NewsIndex] = {}
    homes: list[HomePage] = []
    for code, name in settings.LANGUAGES:
        locale, _ = Locale.objects.get_or_create(language_code=code)
        home = HomePage.objects.filter(slug=code).first()
        if home is None:
            home = HomePage(title=HOME.get(code, name), slug=code, locale=locale)
            if homes:
                home.translation_key = homes[0].translation_key
            Page.get_first_root_node().add_child(instance=home)
        homes.append(home)
        index = NewsIndex.objects.child_of(home).first()
        if index is None:
            index = NewsIndex(title=NEWS.get(code, "News"), slug="news", locale=locale)
            if indexes:
                index.translation_key = next(iter(indexes.values())).translation_key
            home.add_child(instance=index)
        indexes[code] = index
    if not Site.objects.filter(root_page=homes[0]).exists():
        Site.objects.all().delete()
        Site.objects.create(hostname="localhost", root_page=homes[0], is_default_site=True)
    return indexes
