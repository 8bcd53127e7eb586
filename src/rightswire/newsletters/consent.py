"""The words that people agree to. They are kept as shown, with a version: change it with the words."""

from django.utils import translation
from django.utils.translation import gettext as _

from rightswire.newsletters.models import ConsentWording

VERSION = "2026-1"


def news_words(language: str, organisation: str) -> str:
    """Beside the button of the form."""
    with translation.override(language):
        return _(
            "%(organisation)s may write to me at this address, in the rhythm I choose, with its news and, now and "
            "then, a newsletter. I can withdraw at any time, by the link in every e-mail."
        ) % {"organisation": organisation}


def follow_words(language: str) -> str:
    """Beside the tick of a petition's form."""
    with translation.override(language):
        return _(
            "Tell me what happens to this petition. We must keep your address for this; it shows that you follow it."
        )


def updates_words(language: str, organisation: str) -> str:
    """Beside the other tick of a petition's form."""
    with translation.override(language):
        return _("Send me the news of %(organisation)s, once a week. I can withdraw at any time.") % {
            "organisation": organisation
        }


def wording(language: str, words: str) -> ConsentWording:
    """The row of these words."""
    return ConsentWording.objects.get_or_create(version=VERSION, language=language, words=words)[0]
