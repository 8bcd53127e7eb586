"""What is kept of staff, and of people whom the organisation writes about or to."""

import datetime

from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils import timezone
from wagtail.models import Comment, CommentReply, ModelLogEntry, Page, PageLogEntry, Revision

from rightswire.accounts.models import User
from rightswire.campaigns.models import Approval, Elsewhere, Official, PaperTally, RecipientKey, RegisterEntry
from rightswire.campaigns.stores.store import SERVER, Line, Store, counted, in_folder
from rightswire.newsroom.models import NewsItem
from rightswire.newsroom.models.item import Withdrawal
from rightswire.pages.models import Contact, File, Picture, Recipient

PAGES = "Pages and drafts"
LONG_UNUSED = datetime.timedelta(days=365)
DATABASE = "Administrators, in the admin; whoever has the server."
STAFF_READ = "All staff, in the admin; whoever has the server."


def _accounts() -> list[Line]:
    active = User.objects.filter(is_active=True)
    before = timezone.now() - LONG_UNUSED
    unused = active.filter(Q(last_login__lt=before) | Q(last_login=None, date_joined__lt=before)).count()
    return [
        Line("Accounts", User.objects.count()),
        Line("Of these not used for a year", unused, problem="Are they still needed?" if unused else ""),
    ]


def _sessions() -> list[Line]:
    expired = Session.objects.filter(expire_date__lt=timezone.now()).count()
    return [
        Line("Sessions", Session.objects.count()),
        Line("Of these expired", expired, note="`rightswire clearsessions` removes them" if expired else ""),
    ]


def _work() -> list[Line]:
    return [
        counted("Lines of history", [PageLogEntry, ModelLogEntry], "no end"),
        counted("Versions of texts", [Revision], "as long as the text"),
        counted("Comments", [Comment, CommentReply], "until somebody deletes them"),
    ]


def _oversight() -> list[Line]:
    return [
        counted("Lines of the register", [RegisterEntry], "no end"),
        counted("Requests and agreements", [Approval], "no end"),
        counted("Keys, with who keeps them", [RecipientKey], "no end"),
    ]


def _paper() -> list[Line]:
    return [
        counted("Numbers from paper, each with a witness", [PaperTally], "as long as the petition"),
        counted("Numbers collected elsewhere", [Elsewhere], "as long as the petition"),
    ]


def _pages() -> list[Line]:
    withdrawn = NewsItem.objects.filter(withdrawn=Withdrawal.SAFETY).count()
    return [
        Line("Published", Page.objects.filter(live=True).count(), note="until they are taken down"),
        Line("Drafts", Page.objects.filter(live=False).count(), note="until somebody deletes them"),
        Line("Of these withdrawn for safety", withdrawn, note="their text is still here, for staff"),
    ]


def _uploads() -> list[Line]:
    return [counted("Pictures", [Picture]), counted("Documents", [File]), Line("Files", len(in_folder("media/**/*")))]


def _directory() -> list[Line]:
    return [
        counted("Officials and companies", [Official]),
        counted("Contacts", [Contact]),
        counted("Recipients of personal data", [Recipient]),
    ]


STAFF = (
    Store(
        "Accounts",
        holds=(
            "User name, first and last name, e-mail address, a digest of the password, roles, last sign-in; "
            "what each has chosen for the admin."
        ),
        why="So that only staff enter, and each may do what is hers to do.",
        until="Until an administrator deletes the account.",
        readers=DATABASE,
        count=_accounts,
        models=("accounts.User", "wagtailusers.UserProfile", "wagtailcore.APIToken"),
    ),
    Store(
        "Sessions",
        holds="Who is signed in since when; what is being edited at the moment.",
        why="So that nobody has to sign in on every page.",
        until="Two weeks after signing in.",
        readers=SERVER,
        count=_sessions,
        models=(
            "sessions.Session",
            "wagtailadmin.EditingSession",
            "wagtailadmin.FormState",
            "wagtailcore.UploadedFile",
        ),
    ),
    Store(
        "Who did what",
        holds="Which account wrote, changed, published, translated, commented or withdrew something, and when.",
        why="So that mistakes and misuse can be found, and put right.",
        until="No end; with the text where it belongs to one.",
        readers=STAFF_READ,
        count=_work,
        models=(
            "wagtailcore.PageLogEntry",
            "wagtailcore.ModelLogEntry",
            "wagtailcore.Revision",
            "wagtailcore.WorkflowState",
            "wagtailcore.TaskState",
            "wagtailcore.Comment",
            "wagtailcore.CommentReply",
            "wagtailcore.PageSubscription",
        ),
    ),
    Store(
        "Register of petitions",
        holds="Which accounts asked and agreed, opened, exported, dropped; who keeps which key. No supporter.",
        why="So that what was done with signatures can be accounted for.",
        until="No end.",
        readers="Campaigners and administrators, in the admin; whoever has the server.",
        count=_oversight,
        models=("campaigns.RegisterEntry", "campaigns.Approval", "campaigns.RecipientKey", "campaigns.PetitionKey"),
    ),
)

PUBLIC = (
    Store(
        PAGES,
        holds=(
            "People whom news, petitions and other pages name, in all versions; drafts, embargoed and withdrawn "
            "items too."
        ),
        why="It is what the organisation does.",
        until="Until staff delete the page. Withdrawing it takes it from the public, not from here.",
        readers=STAFF_READ,
        count=_pages,
        models=(
            "wagtailcore.Page",
            "wagtailcore.ReferenceIndex",
            "wagtailsearch.IndexEntry",
            "wagtailsearch.SQLiteFTSIndexEntry",
            "campaigns.SignedAsk",
            *(
                f"wagtail_localize.{name}"
                for name in (
                    "TranslatableObject",
                    "TranslationSource",
                    "Translation",
                    "TranslationLog",
                    "String",
                    "TranslationContext",
                    "StringTranslation",
                    "Template",
                    "SegmentOverride",
                    "StringSegment",
                    "TemplateSegment",
                    "RelatedObjectSegment",
                    "OverridableSegment",
                )
            ),
        ),
    ),
    Store(
        "Pictures and documents",
        holds="Whoever is to be seen or named in them. Pictures lose their metadata; documents keep theirs.",
        why="To be shown with pages.",
        until="Until staff delete them.",
        readers=STAFF_READ,
        count=_uploads,
        models=(
            "pages.Picture",
            "pages.Rendition",
            "pages.File",
            "wagtailimages.Image",
            "wagtailimages.Rendition",
            "wagtaildocs.Document",
        ),
        files=("media",),
    ),
    Store(
        "Directory",
        holds="Names, roles and addresses of officials, of press officers, and of those named in the settings.",
        why="To write to them, and to be reached.",
        until="Until staff delete them.",
        readers="Everybody, where a page shows them; else staff.",
        count=_directory,
        models=(
            "campaigns.Official",
            "campaigns.OfficialWording",
            "pages.Contact",
            "pages.ContactWording",
            "pages.Organisation",
            "pages.OrganisationWording",
            "pages.Recipient",
        ),
    ),
    Store(
        "Paper",
        holds="Who counted signatures on paper, where and with which witness; who collected others elsewhere.",
        why="So that these numbers can be believed.",
        until="As long as the petition.",
        readers="Campaigners and administrators, in the admin; whoever has the server.",
        count=_paper,
        models=("campaigns.PaperTally", "campaigns.Elsewhere"),
    ),
)
