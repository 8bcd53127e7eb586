"""Which countries an item is about, from their names, adjectives and capitals. A doubtful one is left out."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rightswire.importing.country_words import (
    TOKEN,
    CountryWord,
    Role,
    country_words,
    government_words,
)
from rightswire.importing.dates import fold

MOST_COUNTRIES = 4
_LONGEST_READ = 20_000  # characters of an item; what stands further down decides nothing
_MOST_IN_A_SENTENCE = 3  # more are an enumeration, and the item is about none of them
_ENOUGH_LATER_MENTIONS = 3
_WEIGHT_OF_OPENING = 3
_REACH = 80  # characters on either side of a word that are looked at
_BETWEEN_TOKENS = re.compile(r"[.\s'’&-]{1,3}|\.")
_SENTENCE = re.compile(r"[^.!?؟]+(?:[.!?؟](?!\s)[^.!?؟]*)*[.!?؟]*")

_STAFF = (
    r"(?:Research|Campaign|Direct|Advis|Expert|Coordinat|Representativ|Specialist|Spokes|Programme|Program|Analyst|"
    r"Head|Office|Section|Team|Manager|Chair)\w*"
)
_ORGANISATION = (
    r"(?:Amnesty(?: International)?|Human Rights Watch|Greenpeace|Oxfam|Transparency International|"
    r"[A-Z]{3,}|(?:Bank|University|Universite|Banque|Voice|Times) (?:of|de|du)|Air|Radio|"
    r"العفو الدولية(?: في)?)"
)
_NOT_AFTER = re.compile(
    rf"(?:[-‐‑]|\b{_ORGANISATION}[ -]\(?"
    rf"|\b(?i:{_STAFF}),? (?:on|for|in|at|of|to) (?:the )?(?:[A-Z]\w+(?:,| and)? ){{0,3}}"
    r"|\b(?:[Cc]hercheu[rs]e?|[Dd]irecteur|[Dd]irectrice|[Rr]esponsable|[Pp]orte-parole)\b[^,.]{0,40}"
    r"|(?:باحث|مدير|مسوول|ممثل|ناطق|متحدث)(?:ة)?\b[^،,.]{0,50})$"
)
_NOT_BEFORE = re.compile(
    rf"(?:(?:,| and| &) [A-Z]\w+)?(?: [A-Z]\w+){{0,2}} (?i:{_STAFF})\b"
    r"| (?:Daily|Airways|Airlines|Times|Post|Telecom|Mining|Gold|Oil|Petroleum|Conventions?|Agreements?|"
    r"Accords?|Treaty|Protocol|Declaration|Summit|Process|Olympics|Principles|Guidelines|Statute|Conference)\b"
    r"|\$|,? \d{1,2} \w+ \d{4}\)?|, [A-Z][a-z]+ \d{1,2}, \d{4}\)?"
)
_NO_ADJECTIVE_AFTER = re.compile(
    r"(?:\b(?i:in|into|speaks?|speaking|en|parle|parlant|"
    r"detained|jailed|imprisoned|arrested|kidnapped|abducted)) $"
)
_NO_ADJECTIVE_BEFORE = re.compile(
    r"[-‐‑][A-Za-z]*[- ]?(?:speaking|language)|[-‐‑][A-Z]| (?:language|national|citizen|resident|passport)\b"
)
_WITHIN = re.compile(r"\b(?:[Ii]n|[Aa]cross|[Ii]nside|[Tt]hroughout) $")


@dataclass(frozen=True, slots=True)
class _Mention:
    code: str
    start: int
    is_certain: bool


@lru_cache(maxsize=10_000)
def _arabic_spellings(token: str) -> tuple[str, ...]:
    """The token, and what is left without the conjunctions, prepositions and articles written onto it."""
    spellings = []
    for rest in (token, token[1:]) if token[0] in "وف" else (token,):
        spellings += [rest, rest.removeprefix("ال")]
        if rest.startswith("لل"):
            spellings += ["ال" + rest[2:], rest[2:]]
        elif rest.startswith(("ب", "ك", "ل")):
            spellings += [rest[1:], rest[1:].removeprefix("ال")]
    return tuple(spellings)


class _Paragraph:
    """One paragraph, folded and cut into tokens."""

    def __init__(self, text: str, language: str) -> None:
        self.text = fold(text).replace("\u00a0", " ")
        self.language = language
        self.tokens = list(TOKEN.finditer(self.text.lower()))
        self.words = country_words(language)

    def _word_at(self, index: int) -> CountryWord | None:
        for spelling in self._spellings(self.tokens[index].group()):
            for word in self.words.get(spelling, ()):
                if self._continues(word, index):
                    return word
        return None

    def _spellings(self, token: str) -> tuple[str, ...]:
        return _arabic_spellings(token) if self.language == "ar" else (token,)

    def _continues(self, word: CountryWord, index: int) -> bool:
        here = self.tokens[index : index + len(word.tokens)]
        if len(here) < len(word.tokens):
            return False
        for before, after, expected in zip(here, here[1:], word.tokens[1:], strict=False):
            if after.group() != expected:
                return False
            if not _BETWEEN_TOKENS.fullmatch(self.text[before.end() : after.start()]):
                return False
        if self.language == "ar":
            return True
        written = self.text[here[0].start() : here[-1].end()]
        return word.is_spelled_like(written) or word.is_spelled_like(written + ".")

    def _stands_beside_government(self, first: int, last: int, *, only_before: bool = False) -> bool:
        governments = government_words(self.language)
        nearby = self.tokens[max(0, first - 1) : first]
        if not only_before:
            nearby = nearby + self.tokens[last + 1 : last + 3]
        return any(spelling in governments for token in nearby for spelling in self._spellings(token.group()))

    def _is_counted(self, word: CountryWord, first: int, last: int) -> bool:
        start, end = self.tokens[first].start(), self.tokens[last].end()
        before, after = self.text[max(0, start - _REACH) : start], self.text[end : end + _REACH]
        if _NOT_AFTER.search(before) or _NOT_BEFORE.match(after):
            return False
        if len(word.spelling) <= 3 and word.spelling.isupper() and self.text.isupper():
            return False
        match word.role:
            case Role.ADJECTIVE:
                return not (_NO_ADJECTIVE_AFTER.search(before) or _NO_ADJECTIVE_BEFORE.match(after))
            case Role.BESIDE_GOVERNMENT:
                return self._stands_beside_government(first, last)
            case Role.AFTER_GOVERNMENT:
                return self._stands_beside_government(first, last, only_before=True)
            case _:
                return word.role is not Role.NO_COUNTRY

    def _is_certain(self, word: CountryWord, first: int, last: int) -> bool:
        if word.role is not Role.WHERE_CERTAIN:
            return True
        start, end = self.tokens[first].start(), self.tokens[last].end()
        is_a_place = _WITHIN.search(self.text[max(0, start - _REACH) : start]) is not None
        return is_a_place and not re.match(r" [A-Z]", self.text[end : end + 2])

    def mentions(self) -> Iterator[_Mention]:
        last = -1
        for index, token in enumerate(self.tokens):
            word = self._word_at(index) if index > last else None
            if word is None:
                continue
            last = index + len(word.tokens) - 1
            if self._is_counted(word, index, last):
                yield _Mention(word.code, token.start(), self._is_certain(word, index, last))

    def mentions_outside_enumerations(self) -> list[_Mention]:
        mentions = list(self.mentions())
        if len({mention.code for mention in mentions}) <= _MOST_IN_A_SENTENCE:
            return mentions
        kept = []
        for sentence in _SENTENCE.finditer(self.text):
            here = [mention for mention in mentions if sentence.start() <= mention.start < sentence.end()]
            if len({mention.code for mention in here}) <= _MOST_IN_A_SENTENCE:
                kept += here
        return kept


def _language_of(paragraph: str, language: str) -> str | None:
    """The language whose words are looked for: Arabic where its letters stand, else what the source said."""
    if re.search(r"[\u0621-\u064a]{2}", paragraph):
        return "ar"
    primary = language.partition("-")[0].casefold()
    return primary if primary in ("en", "fr") else None


def find_countries(paragraphs: Sequence[str], openings: int, language: str) -> tuple[str, ...]:
    """The countries that an item is about (ISO 3166-1 alpha-2), the most certain first, four at most.

    `openings` is how many paragraphs open the item: a country counts if it is named there, or often later on.
    """
    in_opening: Counter[str] = Counter()
    later: Counter[str] = Counter()
    unsure: list[tuple[Counter[str], str]] = []
    left = _LONGEST_READ
    for index, paragraph in enumerate(paragraphs):
        spoken = _language_of(paragraph[:left], language)
        count = in_opening if index < openings else later
        if spoken is not None:
            for mention in _Paragraph(paragraph[:left], spoken).mentions_outside_enumerations():
                if mention.is_certain:
                    count[mention.code] += 1
                else:
                    unsure.append((count, mention.code))
        left -= len(paragraph)
        if left <= 0:
            break
    certain = set(in_opening) | set(later)
    for count, code in unsure:
        if code in certain:
            count[code] += 1
    codes = [*in_opening, *(code for code, times in later.items() if times >= _ENOUGH_LATER_MENTIONS)]
    ranked = sorted(dict.fromkeys(codes), key=lambda code: -(_WEIGHT_OF_OPENING * in_opening[code] + later[code]))
    return tuple(ranked[:MOST_COUNTRIES])
