"""A headline for an item that has none: its kicker, else its opening clause."""

import re
from collections.abc import Sequence

LONGEST_CLAUSE = 120  # characters; a clause that ends by itself may be this long
LONGEST_CUT = 110  # characters; what is cut in the middle is kept shorter
LONGEST_KICKER = 140  # characters
_SHORTEST_CLAUSE = 40
_FEWEST_WORDS = 5

_SPACE = r"[\s\u00a0\u202f]"
_CLOSING = r"[\"”’»)\]]*"
_SENTENCE_END = re.compile(rf"[.!?؟۔…]{_CLOSING}(?={_SPACE}|$)")
_ABBREVIATION = re.compile(r"\b(?:[^\W\d_]|Dr|Mr|Mrs|Ms|St|No|Art|vs|Prof|Gen|Col|Sen|Rev|Lt|Mme|Ste|Mgr)$")
_CLAUSE_END = re.compile(
    rf"(?P<comma>[,،]){_CLOSING}(?={_SPACE})|[;:؛]{_CLOSING}(?={_SPACE}|$)|{_SPACE}[–—-]{_SPACE}|—"
    rf"|{_SPACE}(?:said|says|a déclaré)\b"
)
# A clause with one of these in front only leads up to the sentence.
_LEADS_UP = re.compile(
    r"(?:In|On|At|After|Ahead|Before|Despite|While|As|When|Since|Although|Though|If|With|Under|Following|By|"
    r"Après|Avant|Alors|Lorsque|Malgré|Depuis|Selon|Dans|Si|Quand|À|"
    r"بعد|قبل|رغم|منذ|في|خلال|عقب)\b"
)
_RESPONDS = re.compile(r"In response|In reaction|Following (?:the )?(?:news|reports)")
_ENDS_IN_ATTRIBUTION = re.compile(
    rf"(?:said|says|stated|a déclaré|déclare|قال|قالت|صرح|صرحت)\b[^,،]{{0,30}}[:：]?{_SPACE}*$"
)
_SMALL_WORDS = """
a an the of to in on at for and or with from by as that which who whose is are was were be has have had
will its their his her this these those into than
de du des la le les et ou à au aux en un une dans par pour sur que qui sa son ses leur leurs avec ont est sont
في من على إلى عن أن التي الذي مع أو ما و
"""
_FUNCTION_WORDS = frozenset(_SMALL_WORDS.split())
_ENDS_IN_STOP = re.compile(r"[.…。۔]\W*$")
_LEADS_ON = re.compile(r"[:;,؛،]\W*$")
_LONGEST_READ = 1_000  # characters of a paragraph
_EDGES = " \t\u00a0\u202f\u200e\u200f\u061c.,;:–—-،؛…"
_PAIRS = {"“": "”", "«": "»", "(": ")", "[": "]", "‹": "›"}


def is_kicker(paragraph: str, *, may_end_in_full_stop: bool = False) -> bool:
    """Whether the first of several paragraphs is a kicker: one short line without a full stop."""
    if len(paragraph) > LONGEST_KICKER or _LEADS_ON.search(paragraph):
        return False
    return may_end_in_full_stop or not _ENDS_IN_STOP.search(paragraph)


def _first_sentence(text: str) -> str:
    for end in _SENTENCE_END.finditer(text):
        if not (text[end.start()] == "." and _ABBREVIATION.search(text[: end.start()])):
            return text[: end.end()]
    return text


def _without_lone_marks(text: str) -> str:
    """The text without quotation marks and brackets that were opened and not closed, or the reverse."""
    waiting: list[int] = []
    lone: set[int] = set()
    for index, letter in enumerate(text):
        if letter in _PAIRS:
            waiting.append(index)
        elif letter in _PAIRS.values():
            if waiting and _PAIRS[text[waiting[-1]]] == letter:
                waiting.pop()
            else:
                lone.add(index)
    lone.update(waiting)
    if text.count('"') % 2:
        lone.add(text.rindex('"'))
    return "".join(letter for index, letter in enumerate(text) if index not in lone)


def _is_within_quotation(text: str) -> bool:
    return text.count("“") > text.count("”") or text.count("«") > text.count("»")


def _is_meaningful(clause: str) -> bool:
    return len(clause) >= _SHORTEST_CLAUSE and len(clause.split()) >= _FEWEST_WORDS


def _opening_clause(sentence: str) -> str | None:
    """The shortest beginning of the sentence that ends where a clause does and says something by itself."""
    leads_up = bool(_LEADS_UP.match(sentence)) and not _RESPONDS.match(sentence)
    previous_comma = 0
    for end in _CLAUSE_END.finditer(sentence[: LONGEST_CLAUSE + 2]):
        clause = sentence[: end.start()]
        goes_on_a_list = bool(previous_comma) and len(sentence[previous_comma : end.start()].split()) <= 2
        if end["comma"]:
            previous_comma = end.end()
        if goes_on_a_list or _is_within_quotation(clause) or not _is_meaningful(clause):
            continue
        if leads_up:
            leads_up = False
            continue
        return clause if len(clause) <= LONGEST_CLAUSE else None
    return None


def _cut_at_word(sentence: str) -> str:
    """The beginning of the sentence, ended between two words that may be parted, and "…"."""
    kept = sentence[:LONGEST_CUT]
    words = kept.split(" ")
    if len(words) > 1 and sentence[LONGEST_CUT] != " ":
        words.pop()
    following = sentence[len(" ".join(words)) :].lstrip()
    # A name is not cut in two.
    while len(words) > _FEWEST_WORDS and words[-1][:1].isupper() and following[:1].isupper():
        following = words.pop()
    while len(words) > _FEWEST_WORDS and words[-1].casefold() in _FUNCTION_WORDS:
        words.pop()
    return " ".join(words).rstrip(_EDGES) + "…"


def _without_full_stop(headline: str) -> str:
    """Takes the stop off the end, also where a quotation mark stands behind it."""
    return re.sub(rf"[.,;:،؛]+(?=({_CLOSING})$)", "", headline).rstrip(_EDGES)


def _headline_of(paragraph: str) -> str:
    text = paragraph[:_LONGEST_READ].strip(_EDGES)
    sentence = _first_sentence(text)
    is_short = len(sentence) <= LONGEST_CUT
    if is_short and not _ENDS_IN_ATTRIBUTION.search(sentence):
        return _without_full_stop(sentence)
    clause = _opening_clause(sentence)
    if clause is not None:
        return _without_full_stop(clause)
    return _without_full_stop(sentence) if is_short else _cut_at_word(sentence)


def headline_for(paragraphs: Sequence[str], kicker: str | None) -> str:
    """The kicker where there is one, else a headline of at most 121 characters from the opening of the text.

    A short first sentence is taken whole, without its full stop; else the first clause; else the text is cut
    between two words and ends in "…". Quotation marks and brackets come in pairs.
    """
    opening = kicker or paragraphs[0]
    headline = _without_full_stop(kicker.strip()) if kicker else _headline_of(opening)
    return _without_lone_marks(headline).strip() or opening[:LONGEST_CUT].strip()
