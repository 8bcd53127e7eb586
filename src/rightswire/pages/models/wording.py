"""Names and texts of a thing in each of the organisation's languages."""

from typing import Any

from django.db import models
from modelcluster.models import ClusterableModel
from wagtail.models import Orderable

from rightswire.pages.site_languages import language_choices


class Wording(Orderable):
    """How a thing is called in one language. Subclasses add the key to the thing and the texts."""

    language = models.CharField(max_length=12, choices=language_choices)

    class Meta(Orderable.Meta):
        abstract = True


class Worded(ClusterableModel):
    """A thing with `wordings`, one a language."""

    class Meta:
        abstract = True

    def worded(self, language: str) -> Any:
        """The wording in `language`, else the first there is, else None."""
        wordings = list(self.wordings.all())
        return next((w for w in wordings if w.language == language), wordings[0] if wordings else None)
