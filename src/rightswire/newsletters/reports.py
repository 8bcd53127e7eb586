"""What a mail that came back says: reports of mail servers (RFC 3464, RFC 6533), complaints (RFC 5965), and the words
of servers that know no standard. Whom it speaks of is not read. No Django in here.

What comes in is hostile: it is cut before it is parsed, so that nothing in it can take long.
"""

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.policy import Compat32
from enum import Enum
from itertools import islice

from flufl.bounce import all_failures

LOOKED_AT = 200_000  # bytes: a report's own parts stand before the mail that it returns
WORDS_LOOKED_AT = 20_000
LONGEST_LINE, LONGEST_HEADER = 1_000, 4_000
MOST_BOUNDARIES, MOST_PARTS = 30, 100  # multiparts in multiparts slow every line down

# The codes (RFC 3463, and IANA's registry of them) that say that this mailbox takes no mail any more. All others that
# begin with 5 are soft. They speak of something else than the mailbox:
#   5.1.0 (something about an address, often the sender's), 5.1.2 and 5.4.4 (its domain cannot be found: thousands of
#   people at once, and it may be back tomorrow), 5.1.7 and 5.1.8 (the sender's address), 5.3.x (their server), 5.4.x
#   (the way there), 5.5.x (the protocol), 5.6.x (the text), 5.7.x (their policy, taken for spam),
# or they pass: 5.2.2 (full), 5.2.3 (too large a mail), 5.2.0 (anything).
HARD = {
    "5.1.1",  # there is no such mailbox
    "5.1.3",  # it is no address
    "5.1.6",  # it has moved, nobody says where to
    "5.1.10",  # the domain says that it takes no mail (RFC 7505); Microsoft: there is no such mailbox
    "5.2.1",  # it was closed
}
COMPLAINTS = ("abuse", "opt-out", "fraud")
FAILED = "5.0.0"  # no more is known

_NESTING = re.compile(rb"(?i)boundary[*0-9]*\s*=")
_LONG_LINE = re.compile(rb"([^\n]{%d})[^\n]+" % LONGEST_LINE)
_CODE = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?!\.?\d)")  # and no IP address
_BLANK_LINE = re.compile(rb"\r?\n\s*\r?\n")
_RETURNED_MAIL = re.compile(
    r"(?im)^[\s>]*(?:-.*(?:below|copy|original|returned)|(?:return-path|received|message-id|dkim-signature|list-id):)"
)


class Verdict(Enum):
    HARD = "bounce-hard"
    SOFT = "bounce-soft"
    COMPLAINT = "complaint"
    NOTHING = ""


@dataclass(frozen=True, slots=True)
class Report:
    """`cause`: the code, or of a complaint its kind."""

    verdict: Verdict
    cause: str = ""


NOTHING = Report(Verdict.NOTHING)


def judge(code: str) -> Report:
    """What a code means of a mail that was given up; what is not in the registry is counted with its like."""
    kind, subject, detail = code.split(".")
    if code in HARD:
        return Report(Verdict.HARD, code)
    return Report(Verdict.SOFT, f"{kind}.{min(int(subject), 8)}.{detail if int(detail) <= 40 else 0}")


def find_code(text: str) -> str:
    """The first code in it, such as 5.1.1; empty if there is none."""
    found = _CODE.search(text[:WORDS_LOOKED_AT])
    return found[0] if found else ""


def read_report(raw: bytes) -> Report:
    """NOTHING: news of a delay, an answer of somebody on holiday, anything else that is no report of a failure."""
    cut = _LONG_LINE.sub(rb"\1", raw[:LOOKED_AT])
    if len(_NESTING.findall(cut)) > MOST_BOUNDARIES:
        return NOTHING
    try:
        return _read(_parse(cut), cut)
    except RecursionError:  # mails in mails in mails
        return NOTHING


class _ShortHeaders(Compat32):
    """Cuts headers: the standard library takes long to find the parameters of a very long one."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:LONGEST_HEADER]


def _parse(raw: bytes) -> Message:
    return email.message_from_bytes(raw, policy=_ShortHeaders())


def _read(message: Message, raw: bytes) -> Report:
    parts = list(islice(message.walk(), MOST_PARTS))
    kinds = [part.get_content_type() for part in parts]
    if "message/feedback-report" in kinds:
        return _complaint(parts[kinds.index("message/feedback-report")])
    statuses = [
        part
        for part, kind in zip(parts, kinds, strict=True)
        if kind in ("message/delivery-status", "message/global-delivery-status")
    ]
    if statuses:
        reports = [_of_recipient(fields) for part in statuses for fields in _fields(part)]
        return next((report for report in reports if report is not NOTHING), NOTHING)
    if kinds[0] == "multipart/report" or _is_answer(message):  # such as a receipt for having been read
        return NOTHING
    return _of_words(raw, parts)


def _fields(part: Message) -> Iterator[Message]:
    """The groups of fields in a report's part: one about the report, one a recipient. Also in base64, or as text."""
    inside = part.get_payload()
    if not isinstance(inside, list):
        yield from _groups(part)
        return
    for inner in inside:
        if not isinstance(inner, Message):
            continue
        if inner.keys():
            yield inner
        elif encoding := part.get("Content-Transfer-Encoding"):
            inner["Content-Transfer-Encoding"] = encoding
        yield from _groups(inner)


def _groups(part: Message) -> Iterator[Message]:
    text = part.get_payload(decode=True)
    if isinstance(text, bytes):
        yield from (_parse(group.lstrip()) for group in _BLANK_LINE.split(text)[:MOST_PARTS] if group.strip())


def _of_recipient(fields: Message) -> Report:
    action = str(fields.get("Action", "")).strip().lower()
    if action and not action.startswith(("failed", "error")):  # delayed, relayed, delivered, expanded
        return NOTHING
    code = find_code(str(fields.get("Status", "")))
    if not code or code.endswith(".0.0"):  # no more than that it failed
        code = find_code(str(fields.get("Diagnostic-Code", ""))) or code
    if code.startswith("2") or not (action or code.startswith("5")):
        return NOTHING
    return judge(code or FAILED)


def _complaint(part: Message) -> Report:
    found = (str(fields.get("Feedback-Type", "")).strip().lower() for fields in _fields(part))
    kind = next(filter(None, found), "abuse")
    return Report(Verdict.COMPLAINT, kind) if kind in COMPLAINTS else NOTHING


def _is_answer(message: Message) -> bool:
    """Somebody's program answers (RFC 3834). Older Exims say so of their reports too."""
    if "X-Failed-Recipients" in message:
        return False
    automatic = str(message.get("Auto-Submitted", "")).strip().lower()
    return automatic.startswith("auto-replied") or "X-Autoreply" in message or "X-Autorespond" in message


def _of_words(raw: bytes, parts: list[Message]) -> Report:
    try:
        still_tried, given_up = all_failures(_parse(raw[:WORDS_LOOKED_AT]))
    except Exception:  # it was written for mails that are as they should be
        return NOTHING
    if still_tried or not given_up:
        return NOTHING
    text = "\n".join(_text(part) for part in parts)
    own_words = text[: found.start()] if (found := _RETURNED_MAIL.search(text)) else text
    return judge(next((code for code in _CODE.findall(own_words) if code[0] == "5"), FAILED))


def _text(part: Message) -> str:
    if part.get_content_maintype() != "text":
        return ""
    raw = part.get_payload(decode=True)
    return raw[:WORDS_LOOKED_AT].decode("utf-8", "replace") if isinstance(raw, bytes) else ""
