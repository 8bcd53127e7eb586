"""What an item is about: suggestions for an editor, who has the last word.

A wrong suggestion costs an editor more than a missing one, so what is doubtful is left out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rightswire.importing.countries import find_countries
from rightswire.importing.people import find_people

KINDS = ("release", "response", "statement", "case_update", "campaign", "petition", "report")

_LONGEST_READ = 2_000  # characters of each paragraph that opens an item

# Looked for in small letters.
_RESPONSE = re.compile(
    r"\W*(?:in (?:response|reaction) to|responding to|reacting to|commenting on|response to"
    r"|en réaction (?:à|au)|en réponse (?:à|au)|réagissant (?:à|au)|commentant"
    r"|رد[اًّ]*\s?على|تعليق[اًّ]*\s?على|وفي معرض رد|في معرض رد|في رد)",
)
_PETITION = re.compile(
    r"\bpetitions? (?:calling (?:on|for)|demanding|urging|asking)|\blaunch\w* an? (?:\w+ ){0,2}petition"
    r"|\bsign (?:the|our|this) petition"
    r"|\bpétition (?:demandant|appelant|exhortant|adressée)|\blanc\w+ une pétition"
    r"|\bsigne[rz] (?:la|notre|cette) pétition"
    r"|(?:أطلقت|تطلق|إطلاق|وقع|وقعوا|التوقيع على) (?:\w+ ){0,3}عريضة",
)
_CAMPAIGN = re.compile(
    r"\bwrite for rights\b|\bday of action\b|\bletter-writing campaign\b"
    r"|\blaunch\w* an? (?:\w+ ){0,3}campaign\b"
    r"|\bécrire pour les droits\b|\bmarathon des lettres\b|\bjournée d[’']action\b"
    r"|\blanc\w+ (?:\w+ )?une (?:\w+ ){0,2}campagne\b"
    r"|اكتب من أجل الحقوق|(?:أطلقت|تطلق|إطلاق) (?:\w+ ){0,3}حملة",
)
_REPORT = re.compile(
    r"\ban? (?:\w+ )?(?:report|briefing) (?:by|from) [^.]{0,60}\b(?:reveals?|shows?|finds?|today)\b"
    r"|\ban? (?:\w+ ){0,2}(?:report|briefing) (?:released|published|launched|issued|out) "
    r"(?:\w+ ){0,3}(?:today|this week)"
    r"|\b(?:in|with) (?:a|its|our) (?:major )?new (?:report|briefing)\b"
    r"|\bthe organi[sz]ation[’']s (?:new|latest) report\b"
    r"|\bun (?:nouveau )?rapport (?:d[’']|de )[^.]{0,60}\b(?:révèle|montre|publié|aujourd[’']hui)\b"
    r"|\bdans un (?:rapport|document) (?:\w+ )?(?:publié|rendu public)|\bdans un nouveau rapport\b"
    r"|في تقرير (?:جديد|لها|نُ?شر|صدر|أصدرته)|تقرير جديد",
)
_STATEMENT = re.compile(
    r"\bjoint (?:public )?statement\b|\b(?:issued|released|made) the following statement\b"
    r"|\b(?:public )?statement by\b"
    r"|\bdéclaration (?:commune|conjointe|publique)\b|\bla déclaration suivante\b"
    r"|بيان (?:مشترك|عام)|البيان التالي",
)
_CASE = re.compile(
    r"\b(?:trial|sentenced?|charged?|charges|arrest(?:ed)?|appeal|bail|detained|detention|released?|convicted|pardon(?:ed)?"
    r"|hearing|imprison(?:ed|ment)|jailed|acquitted|prosecut\w+)\b"
    r"|\b(?:procès|condamnée?|inculpée?|arrêtée?|détenue?|détention|libérée?|libération|acquittée?|graciée?|peine|prison)\b"
    r"|محاكمة|السجن|الحكم|حكم|اعتقال|احتجاز|الإفراج|تهمة|التهم",
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    kind: str  # one of KINDS; "release" when unsure
    countries: tuple[str, ...]  # ISO 3166-1 alpha-2, the most certain first
    people: tuple[str, ...]


def _suggest_kind(opening: Sequence[str], people: Sequence[str]) -> str:
    """The kind, from the kicker and the first paragraphs below it."""
    start = "\n".join(opening[:2]).lower()
    whole = "\n".join(opening).lower()
    if any(_RESPONSE.match(paragraph.lower()) for paragraph in opening[:2]):
        return "response"
    if _PETITION.search(whole):
        return "petition"
    if _CAMPAIGN.search(start):
        return "campaign"
    if _REPORT.search(whole):
        return "report"
    if any(person.lower() in start for person in people) and _CASE.search(start):
        return "case_update"
    return "statement" if _STATEMENT.search(start) else "release"


def suggest(paragraphs: Sequence[str], kicker: str | None, language: str) -> Suggestion:
    """The kind, countries and people of an item whose first paragraph is its kicker, where it has one."""
    openings = 1 if kicker is None else 2
    people = find_people(paragraphs)
    opening = [paragraph[:_LONGEST_READ] for paragraph in paragraphs[: openings + 1]]
    return Suggestion(_suggest_kind(opening, people), find_countries(paragraphs, openings, language), people)
