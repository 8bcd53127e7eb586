"""Which people an item is about, from the words before and after their names. A doubtful name is left out."""

import re
from collections.abc import Iterator, Sequence

from rightswire.importing.country_words import country_words
from rightswire.importing.dates import fold

MOST_PEOPLE = 8
_LONGEST_READ = 20_000  # characters of an item

_LATIN = (*range(0x41, 0x250), *range(0x1E00, 0x1F00))
_CAPITALS = "".join(chr(code) for code in _LATIN if chr(code).isupper())
# An atomic group, not "++": that gives back too little in Python before 3.11.5.
_PART = rf"[{_CAPITALS}](?>(?:[^\W\d_]|[-‐‑’'](?=[^\W\d_]{{2}}))+)"
_PARTICLE = r"(?:(?:al|el|ibn|bin|bint|ben|abu|de|da|do|dos|del|della|di|la|van|von|der|den|ter|le)\s)"
_ARTICLE = r"(?:(?:al|el|ad|an|ar|as|at|az)[-‐‑])?"
_NAME = rf"{_PART}(?:\s{_PARTICLE}{{0,2}}{_ARTICLE}{_PART}|\s[{_CAPITALS}]\.(?=\s[{_CAPITALS}])){{1,4}}"
_NAMES = rf"(?<!\w)(?P<names>{_NAME}(?:\s(?:and|or|et|ou)\s{_NAME})?)"

# Who stands up for others: a name after one of these is the name of somebody the item is about.
_DEFENDER = (
    r"(?:activists?|defenders?|dissidents?|bloggers?|whistle-?blowers?|prisoners?\sof\sconscience"
    r"|militante?s?|défenseure?s?|défenseuses?|dissidente?s?|blogueurs?|blogueuses?"
    r"|prisonni(?:er|ère)s?\sd[’']opinion|lanceu(?:r|se)s?\sd[’']alerte)(?:\sdes?\sdroits\s(?:humains|de\sl[’']homme))?(?:\s(?:like|such\sas|comme))?"
)
# What many people are: it takes something that was done to them as well.
_OCCUPATION = (
    r"(?:journalists?|reporters?|lawyers?|students?|academics?|scholars?|writers?|poets?|artists?|photographers?"
    r"|investigators?|politicians?|opposition\sleaders?|laureates?|trade\sunionists?|professors?|bloggers?"
    r"|activists?|defenders?|nuns?|priests?|monks?"
    r"|journalistes?|avocate?s?|étudiante?s?|enquêteurs?|écrivaine?s?|militante?s?|défenseure?s?|blogueurs?)"
    r"(?:\sdes?\sdroits\s(?:humains|de\sl[’']homme))?"
)
_DONE = (
    r"(?:death|murder|killing|assassination|arrest|detention|imprisonment|jailing|sentencing|conviction|execution"
    r"|trial|abduction|disappearance|torture|ill-treatment|prosecution|persecution)\sof\s"
    r"|(?:meurtre|assassinat|arrestation|détention|emprisonnement|condamnation|exécution|procès|enlèvement"
    r"|disparition)\s(?:forcée\s)?(?:de\sla\s|de\sl[’']|du\s|des\s|de\s|d[’'])"
)
# What is done to one person rather than to a group or a body.
_DONE_TO_ONE = (
    r"(?:murder|assassination|arrest|imprisonment|sentencing|conviction|execution|killing)\sof\s"
    r"|(?:meurtre|assassinat|arrestation|emprisonnement|condamnation|exécution)\s(?:de\s|d[’'])"
)
_SUFFERING = r"(?:detained|jailed|imprisoned|murdered|killed|arrested|convicted|disappeared|abducted|exiled)\s"
_DONE_TO_THEM = (
    r"(?:was|were|is\sbeing|has\sbeen|have\sbeen)\s(?:\w+ly\s)?(?:arrested|detained|sentenced|jailed|imprisoned"
    r"|convicted|abducted|forcibly\sdisappeared|killed|murdered|charged|executed)\b"
    r"|must\sbe\s(?:\w+ly\s)?(?:released|freed)\b|doi(?:t|ven)t?\sêtre\slibérée?s?\b"
    r"|a\sété\s(?:arrêtée?|détenue?|condamnée?|emprisonnée?|enlevée?|tuée?|assassinée?|inculpée?)\b"
)
_ADJECTIVES = r"(?:[\w’'-]+\s){0,3}?"
# Looked for in front of a name, in small letters also where a sentence begins.
_LEADS_TO_NAME = re.compile(
    rf"\b(?:{_DEFENDER}\s|(?:{_DONE}|{_SUFFERING}){_ADJECTIVES}{_OCCUPATION}\s|{_DONE_TO_ONE})$"
)
_OCCUPATION_BEFORE = re.compile(rf"\b{_OCCUPATION}\s$")
_DONE_TO_THEM_AFTER = re.compile(rf"\s(?:{_DONE_TO_THEM})")
_NAMES_IN_TEXT = re.compile(_NAMES)
_NAMES_OF_SUFFERERS = re.compile(rf"(?:(?<=[.!?]\s)|^){_NAMES}\s(?:{_DONE_TO_THEM})", re.M)
_SENTENCE_START = re.compile(r"(?:^|[.!?]\s|[“«]\s?)[A-ZÉÀ]", re.M)
_REACH = 120  # characters before a name that are looked at
# Arabic has no capitals: a name begins after the titles, which have the article, and ends at a known word.
_ARABIC_WORD = r"[\u0621-\u065f\u0670]{2,}"
_ARABIC = re.compile(
    r"\b[وفبل]?(?:الناشطة?|المدافعة? عن حقوق الإنسان|سجينة? الرأي|المدونة?)\s(?:ال[\u0621-\u065f]+\s)*"
    rf"(?P<names>(?!ال)(?!عن\s|من\s|في\s|على\s|إلى\s|قد\s){_ARABIC_WORD}(?:\s{_ARABIC_WORD}){{1,2}}?)"
    r"(?=\s*[،,؛.()«»:]|\s(?:بتهمة|بتهم|في|إلى|على|من|عن|بعد|الذي|التي|بالسجن|منذ|لمدة)\s)"
)
_SAYS = r"(?:said|says|told|added|adds|explained|stated|wrote|warned|commented|a\s(?:déclaré|ajouté|expliqué))\b"
_WORDS_OF_OTHER_NAMES = """
Amnesty International Human Rights Watch Law Policy United Nations Ministry Minister Court Director
Council Campaigner Researcher Committee Convention Commission Government President Prime Project Group
Party Union Association Organization Organisation Front Movement Network Centre Center Act Bill Report Day
Security Supreme High State City University Police Army National Federal Justice Foundation Institute
January February March April May June July August September October November December Monday Tuesday
Wednesday Thursday Friday Saturday Sunday The In On At And For After Before This That Its Their His Her
Europe Africa Asia America Middle East West North South Eastern Western Northern Southern Defenders Women
Mr Mrs Ms Dr Sir Pope King Queen Prince Princess Judge General Colonel Captain Sheikh Senator Chief Deputy
Muslim Muslims Christian Christians Jews Catholics Hindus Sikhs Uighur Uighurs Uyghur Uyghurs Rohingya
Roma Kurds Kurdish Tutsi Hutu Shia Sunni Black Indigenous Inuit Buddhist Buddhists Tamil Tamils Islamic
Taliban Haram Hezbollah Hamas Hotel Brothers Sisters Workers Journalists Students Lives Rebels Witnesses
Post Unies Droits Cour Ministère Conseil Comité Le La Les Un Une
"""
_NOT_OF_A_NAME = frozenset(fold(word).lower() for word in _WORDS_OF_OTHER_NAMES.split())


def _is_a_persons(name: str) -> bool:
    parts = fold(name).lower().split()
    if any(part.strip(".") in _NOT_OF_A_NAME for part in parts):
        return False
    places = country_words("en")
    return not any(word.tokens == (part,) for part in parts for word in places.get(part, ()))


def _split(names: str) -> list[str]:
    return [re.sub(r"[’']s$", "", name) for name in re.split(r"\s(?:and|or|et|ou)\s", names)]


def _speaks(name: str, text: str) -> bool:
    """Whether the person speaks in the text rather than being spoken of."""
    escaped = re.escape(name)
    return bool(
        re.search(rf"{escaped}(?:,[^,.“”]{{1,80}},)?\s{_SAYS}(?!\sto\b)", text)
        or re.search(rf"\b{_SAYS}\s(?:[\w’'-]+\s){{0,3}}{escaped}", text)
    )


def _matches(text: str) -> Iterator[re.Match[str]]:
    """Where names stand that the words around them say belong to those whom the item is about."""
    lowered = _SENTENCE_START.sub(lambda start: start.group().lower(), text)
    for match in _NAMES_IN_TEXT.finditer(lowered):
        before = lowered[max(0, match.start() - _REACH) : match.start()]
        if _LEADS_TO_NAME.search(before) or (
            _DONE_TO_THEM_AFTER.match(lowered, match.end()) and _OCCUPATION_BEFORE.search(before)
        ):
            yield match
    yield from _NAMES_OF_SUFFERERS.finditer(text)


def _found(text: str) -> Iterator[tuple[int, str]]:
    for match in _matches(text):
        for name in _split(match["names"]):
            if _is_a_persons(name):
                yield match.start("names") + match["names"].find(name), name
    for match in _ARABIC.finditer(text):
        yield match.start("names"), match["names"]


def find_people(paragraphs: Sequence[str]) -> tuple[str, ...]:
    """The full names of those whom an item is about, in the order in which it names them; eight at most.

    Spokespeople and officials are not among them: somebody who "said" something is left out.
    """
    text = "\n".join(paragraphs)[:_LONGEST_READ].replace("\u00a0", " ")
    in_order = sorted(_found(text))
    names = dict.fromkeys(name for _, name in in_order)
    return tuple(name for name in names if not _speaks(name, text))[:MOST_PEOPLE]
