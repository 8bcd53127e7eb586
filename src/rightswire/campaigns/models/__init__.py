from rightswire.campaigns.models.day_of_action import DayOfActionPage
from rightswire.campaigns.models.keys import PetitionKey, RecipientKey
from rightswire.campaigns.models.log import EntryKind, LogEntry, LogHead, TakenAway, WaitingEntry
from rightswire.campaigns.models.official import Official, OfficialWording
from rightswire.campaigns.models.oversight import Act, Approval, RegisterEntry
from rightswire.campaigns.models.pages import ActIndex, PetitionPage, SignedAsk
from rightswire.campaigns.models.petition import (
    Addressee,
    ConfirmedBy,
    Elsewhere,
    PaperTally,
    Petition,
    State,
)
from rightswire.campaigns.models.signature import (
    AskedTotal,
    ChangedDay,
    Count,
    DayTotal,
    HourTotal,
    Signature,
    SignatureState,
)

__all__ = [
    "Act",
    "ActIndex",
    "Addressee",
    "Approval",
    "AskedTotal",
    "ChangedDay",
    "ConfirmedBy",
    "Count",
    "DayOfActionPage",
    "DayTotal",
    "Elsewhere",
    "EntryKind",
    "HourTotal",
    "LogEntry",
    "LogHead",
    "Official",
    "OfficialWording",
    "PaperTally",
    "Petition",
    "PetitionKey",
    "PetitionPage",
    "RecipientKey",
    "RegisterEntry",
    "Signature",
    "SignatureState",
    "SignedAsk",
    "State",
    "TakenAway",
    "WaitingEntry",
]
