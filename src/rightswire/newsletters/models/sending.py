"""A sending: its audience as it was frozen, what each part of it gets, and a ledger of every handing over."""

from django.conf import settings
from django.db import models

from rightswire.newsletters.models.newsletter import Newsletter
from rightswire.newsletters.models.subscriber import Choice


class SendingKind(models.TextChoices):
    NOW = "now", "News at once"
    DAILY = "daily", "Daily digest"
    WEEKLY = "weekly", "Weekly digest"
    NEWSLETTER = "newsletter", "Newsletter"
    FOLLOWERS = "followers", "To those who follow a petition"


class SendingState(models.TextChoices):
    FREEZING = "freezing", "Its audience is being written down"
    RUNNING = "running", "Going out"
    PAUSED = "paused", "Paused"
    HALTED = "halted", "Halted"
    STOPPED = "stopped", "Stopped for good"
    DONE = "done", "Done"


# What goes out first while a large newsletter is going out.
PRIORITY = {
    SendingKind.NOW: 0,
    SendingKind.FOLLOWERS: 1,
    SendingKind.DAILY: 2,
    SendingKind.WEEKLY: 2,
    SendingKind.NEWSLETTER: 3,
}


class Sending(models.Model):
    """One going out of mail. The moments are those of the work, never of a person."""

    kind = models.CharField(max_length=12, choices=SendingKind)
    priority = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=SendingState, default=SendingState.FREEZING)
    newsletter = models.OneToOneField(
        Newsletter, null=True, on_delete=models.PROTECT, related_name="sending", editable=False
    )
    # Of news: in which time zone, and up to which News its readers have got everything with this sending.
    zone = models.CharField(max_length=64, blank=True, editable=False)  # empty: any
    to_mark = models.BigIntegerField(default=0, editable=False)
    audience = models.PositiveIntegerField(default=0)  # frozen
    unsubscribed = models.PositiveIntegerField(default=0)  # by a link of this sending
    frozen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=300, blank=True)  # why it was halted or stopped

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.frozen_at:%Y-%m-%d %H:%M}"


class Rendering(models.Model):
    """What one language and choice gets of a sending, rendered once. The slots are filled for each recipient.

    `text` and `html` hold {{unsubscribe}}, {{preferences}} where a person's links go. `items`: the numbers of the news
    items that it shows, so that one that is withdrawn meanwhile goes out to nobody else.
    """

    sending = models.ForeignKey(Sending, on_delete=models.CASCADE, related_name="renderings")
    language = models.CharField(max_length=12)
    choice = models.ForeignKey(Choice, null=True, on_delete=models.PROTECT, related_name="+")  # none: a newsletter
    after_mark = models.BigIntegerField(default=0)  # for those who got everything up to this News
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField()
    items = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.subject


class Fate(models.IntegerChoices):
    """What became of one mail. Stored as these numbers."""

    WAITING = 0, "Waiting"
    CLAIMED = 1, "In hand"
    SENDING = 2, "Being handed over"
    HANDED_OVER = 3, "Handed over"
    PUT_OFF = 4, "Refused for now, tried again"
    REFUSED = 5, "Refused"
    UNKNOWN = 6, "Unknown: the connection broke at the last moment"
    SKIPPED = 7, "Not sent: no longer wanted"


UNDER_WAY = (Fate.WAITING, Fate.CLAIMED, Fate.SENDING, Fate.PUT_OFF)


class Handover(models.Model):
    """A row of the ledger. `subscriber` is a number that means nothing once the subscriber has gone.

    `next_attempt_at` in seconds since 1970. `reply`: the mail server's code, such as "550 5.1.1".
    """

    sending = models.ForeignKey(Sending, on_delete=models.CASCADE, related_name="handovers", db_index=False)
    rendering = models.ForeignKey(Rendering, on_delete=models.CASCADE, related_name="+", db_index=False)
    subscriber = models.UUIDField()
    fate = models.PositiveSmallIntegerField(choices=Fate, default=Fate.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.BigIntegerField(default=0)
    reply = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sending", "subscriber"], name="one_handover_a_person")]
        indexes = [models.Index(fields=["sending", "fate", "next_attempt_at", "id"], name="handover_under_way")]

    def __str__(self) -> str:
        return f"{self.get_fate_display()}"


class SendingTotal(models.Model):
    """How many mails of a sending ended in which way, once the ledger's rows are gone."""

    sending = models.ForeignKey(Sending, on_delete=models.CASCADE, related_name="totals")
    fate = models.PositiveSmallIntegerField(choices=Fate)
    reply = models.CharField(max_length=20, blank=True)
    number = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.get_fate_display()} {self.reply}: {self.number}"


class MailNotice(models.Model):
    """Something that staff have to know about mail; shown in the admin until somebody has seen to it."""

    at = models.DateTimeField(auto_now_add=True)
    words = models.CharField(max_length=300)
    sending = models.ForeignKey(Sending, null=True, on_delete=models.CASCADE, related_name="notices")
    seen_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    seen_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return self.words
