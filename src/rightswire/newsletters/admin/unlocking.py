"""“Unlock mail”: hands the private half of a mailing key to the worker, which keeps it in its memory alone.

What is typed here goes nowhere else: no file, no session, no message, no log; a mistake brings the form back empty.
"""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from rightswire.newsletters import strongbox
from rightswire.newsletters.admin.deeds import check, page_of
from rightswire.newsletters.ledger import waiting
from rightswire.newsletters.models import MailingKey
from rightswire.seal.box import NotAKey, WrongPassphrase

LONGEST = 4000
_OFF = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}


class UnlockForm(forms.Form):
    private = forms.CharField(
        label="What stands in the private key file",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={**_OFF, "rows": 5}),
        help_text="All of the .key file, or the line in it that begins with rightswire-private-key-1:",
    )
    passphrase = forms.CharField(
        label="Its passphrase", max_length=LONGEST, strip=False, widget=forms.PasswordInput(attrs=_OFF)
    )


@sensitive_variables()
@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def unlock_page(request: HttpRequest) -> HttpResponse:
    check(request, "change", MailingKey)
    trouble = ""
    if request.method == "POST":
        trouble = _unlock(UnlockForm(request.POST))
        if not trouble:
            messages.success(request, "Mail is unlocked. What waited goes out now.")
            return redirect("mailing-keys:unlock")
    context = {
        "form": UnlockForm(),
        "trouble": trouble,
        "is_unlocked": strongbox.is_unlocked(),
        "waiting": waiting(),
        "keys": MailingKey.objects.all(),
    }
    crumbs = [(reverse("mailing-keys:index"), "Mailing keys")]
    answer = page_of(request, "Unlock mail", "lock-open", crumbs, "unlock.html", context)
    answer.status_code = 422 if trouble else 200
    return answer


@sensitive_variables()
def _unlock(form: UnlockForm) -> str:
    """What was wrong, in words of our own; empty where mail is unlocked."""
    if not form.is_valid():
        return "Both are needed: what stands in the private key file, and its passphrase."
    try:
        strongbox.unlock(form.cleaned_data["private"], form.cleaned_data["passphrase"])
    except strongbox.NoWorker:
        return "No worker runs, so nobody could keep the key. Start `rightswire work` (or `up`), then try again."
    except WrongPassphrase:
        return "The passphrase does not open this key. Nothing was changed; please try again."
    except NotAKey:
        return "This is not a private key that `rightswire keygen` made, or a part of it is missing."
    except strongbox.NotTheMailingKey:
        return (
            "This key is none of the mailing keys, so it was not kept. But it has been sent to this server: if it is "
            "a key that opens signatures, make a new pair for the petitions and retire this one."
        )
    except strongbox.UnlockingFailed:
        return (
            "The worker runs, but something failed while it unlocked mail, such as the database; its log names the "
            "error. The key was not kept. Please try again."
        )
    return ""


def why_it_waits() -> str:
    """Why no mail to subscribers goes out now; empty where it does."""
    match strongbox.is_unlocked():
        case True:
            return ""
        case None:
            return "No worker runs, so nothing goes out. It goes on once the worker was started and mail is unlocked."
        case _:
            return "Mail is locked, so nothing goes out until an administrator who keeps a mailing key unlocks it."
