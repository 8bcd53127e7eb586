from django.conf import settings


def language_choices() -> list[tuple[str, str]]:
    """The languages of this site, for forms; a function, so that no migration holds them."""
    return list(settings.LANGUAGES)
