from rightswire.newsletters.models.digest import DigestRun, News, SubscriberTotal
from rightswire.newsletters.models.keys import MailingKey
from rightswire.newsletters.models.list_export import ListExport
from rightswire.newsletters.models.newsletter import Newsletter, NewsletterState
from rightswire.newsletters.models.sending import (
    PRIORITY,
    UNDER_WAY,
    Fate,
    Handover,
    MailNotice,
    Rendering,
    Sending,
    SendingKind,
    SendingState,
    SendingTotal,
)
from rightswire.newsletters.models.settings import MailSettings
from rightswire.newsletters.models.subscriber import (
    Basis,
    Choice,
    Chosen,
    Consent,
    ConsentWording,
    Follow,
    Reason,
    Rhythm,
    Subscriber,
    SubscriberState,
    Suppression,
)

__all__ = [
    "PRIORITY",
    "UNDER_WAY",
    "Basis",
    "Choice",
    "Chosen",
    "Consent",
    "ConsentWording",
    "DigestRun",
    "Fate",
    "Follow",
    "Handover",
    "ListExport",
    "MailNotice",
    "MailSettings",
    "MailingKey",
    "News",
    "Newsletter",
    "NewsletterState",
    "Reason",
    "Rendering",
    "Rhythm",
    "Sending",
    "SendingKind",
    "SendingState",
    "SendingTotal",
    "Subscriber",
    "SubscriberState",
    "SubscriberTotal",
    "Suppression",
]
