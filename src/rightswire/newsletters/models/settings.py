"""How mail to subscribers goes out: set in the admin under Settings, Newsletters."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.models import Site

WEEKDAYS = [
    (0, "Monday"), (1, "Tuesday"), (2, "Wednesday"), (3, "Thursday"), (4, "Friday"), (5, "Saturday"), (6, "Sunday"),
]  # fmt: skip


@register_setting(icon="mail", order=20)
class MailSettings(BaseSiteSetting):
    digest_hour = models.PositiveSmallIntegerField(
        "hour of digests", default=7, validators=[MaxValueValidator(23)], help_text="0 to 23, in the reader's own time."
    )
    weekly_day = models.PositiveSmallIntegerField("day of weekly digests", default=4, choices=WEEKDAYS)
    a_minute = models.PositiveIntegerField(
        "mails a minute",
        default=600,
        validators=[MinValueValidator(1)],
        help_text="What your mail provider allows, all receivers together.",
    )
    a_minute_a_domain = models.PositiveIntegerField(
        "mails a minute to one domain", default=120, validators=[MinValueValidator(1)]
    )
    most_failures = models.PositiveSmallIntegerField(
        "failures in a row that halt a sending", default=50, validators=[MinValueValidator(5)]
    )

    panels = [
        MultiFieldPanel([FieldPanel("digest_hour"), FieldPanel("weekly_day")], "Digests"),
        MultiFieldPanel([FieldPanel("a_minute"), FieldPanel("a_minute_a_domain"), FieldPanel("most_failures")], "Pace"),
    ]

    class Meta:
        verbose_name = "newsletters"

    @classmethod
    def current(cls) -> "MailSettings":
        site = Site.objects.filter(is_default_site=True).first() or Site.objects.first()
        return cls.for_site(site)
