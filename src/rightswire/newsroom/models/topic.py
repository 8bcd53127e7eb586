from django.db import models
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel

from rightswire.pages.models import Worded, Wording


class Topic(Worded):
    """A subject that items are filed under, with a page and feeds of its own."""

    slug = models.SlugField(unique=True, max_length=60, help_text="Its part of the address, the same in all languages.")

    panels = [
        FieldPanel("slug"),
        InlinePanel("wordings", heading="In each language", label="Language", min_num=1),
    ]

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        wording = self.worded("")
        return wording.name if wording else self.slug

    def name_in(self, language: str) -> str:
        wording = self.worded(language)
        return wording.name if wording else self.slug


class TopicWording(Wording):
    topic = ParentalKey(Topic, on_delete=models.CASCADE, related_name="wordings")
    name = models.CharField(max_length=80)

    panels = [FieldPanel("language"), FieldPanel("name")]
