"""What staff do with a sending that is going out. The engine looks at its state before each batch."""

from django.db import transaction
from django.utils import timezone
from wagtail.log_actions import log

from rightswire.accounts.models import User
from rightswire.campaigns.opening import NotAllowed
from rightswire.newsletters.models import Sending, SendingState

LOG_PAUSE, LOG_RESUME, LOG_STOP = "rightswire.pause_sending", "rightswire.resume_sending", "rightswire.stop_sending"


@transaction.atomic
def pause(sending: Sending, user: User) -> None:
    """Nothing more goes out until somebody resumes it. Raises NotAllowed."""
    row = _locked(sending)
    if row.state != SendingState.RUNNING:
        raise NotAllowed("It is not going out now.")
    row.state = SendingState.PAUSED
    row.save(update_fields=["state"])
    log(row, LOG_PAUSE, user=user)


@transaction.atomic
def resume(sending: Sending, user: User) -> None:
    """Goes on where it was, also after a run of failures. Raises NotAllowed."""
    row = _locked(sending)
    if row.state not in (SendingState.PAUSED, SendingState.HALTED):
        raise NotAllowed("It is not paused, or it has ended.")
    row.state, row.trouble = SendingState.RUNNING, ""
    row.save(update_fields=["state", "trouble"])
    log(row, LOG_RESUME, user=user)


@transaction.atomic
def stop(sending: Sending, user: User) -> None:
    """For good: who has not got it does not get it. Raises NotAllowed."""
    row = _locked(sending)
    if row.state == SendingState.FREEZING:
        raise NotAllowed("Its audience is just being written down. Please try again in a moment.")
    if row.state in (SendingState.STOPPED, SendingState.DONE):
        raise NotAllowed("It has ended already.")
    row.state, row.ended_at = SendingState.STOPPED, timezone.now()
    row.save(update_fields=["state", "ended_at"])
    log(row, LOG_STOP, user=user)


def _locked(sending: Sending) -> Sending:
    return Sending.objects.select_for_update(no_key=True).get(pk=sending.pk)
