"""What is news for subscribers, and which digests have gone out."""

from django.db import models
from wagtail.models import Page

from rightswire.newsletters.models.subscriber import Rhythm


class News(models.Model):
    """An item that has become readable. Its number is its place in the order in which items did.

    No clock is asked: who has got everything up to a number gets what comes after it, once, also where clocks jump or
    an item is published late. `is_mailed`: not what was brought in from an archive, or dated long ago.
    """

    id = models.BigAutoField(primary_key=True)
    page = models.OneToOneField(Page, on_delete=models.CASCADE, related_name="+")
    is_mailed = models.BooleanField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.pk)


class DigestRun(models.Model):
    """The digest of a day or week in one time zone; there is one at most, whatever clocks do."""

    rhythm = models.CharField(max_length=8, choices=Rhythm)
    zone = models.CharField(max_length=64)
    day = models.DateField()  # there

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rhythm", "zone", "day"], name="one_digest_a_day_and_zone")]

    def __str__(self) -> str:
        return f"{self.rhythm} {self.zone} {self.day}"


class SubscriberTotal(models.Model):
    """How many subscribers there were at the end of a day, by language, rhythm or topic; never who."""

    day = models.DateField()
    by = models.CharField(max_length=8)  # all, language, rhythm, topic
    value = models.CharField(max_length=80, blank=True)
    number = models.PositiveIntegerField()

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["day", "by", "value"], name="one_subscriber_total_a_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.by} {self.value}: {self.number}"
