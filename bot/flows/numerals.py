"""Numbers as people type them: figures of any script, words, scores out of ten, a unit behind."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto

_ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORDS = (
    {word: number for number, word in enumerate((*_ONES, *_TEENS))}
    | {word: 10 * number for number, word in enumerate(_TENS, 2)}
    | {"nought": 0, "nil": 0, "none": 0, "fourty": 40}
)
_HALVES = {"½": "5", "¼": "25", "¾": "75"}

_HEDGE = re.compile(
    r"^(?:(?:about|around|roughly|approximately|approx\.?|ca\.?|circa|maybe|perhaps|probably|nearly|almost|usually"
    r"|say|it'?s|it is|i'?d say|i would say)\s+|[~≈]\s*)"
)
_HEDGED = re.compile(r"\s*(?:-?ish|or so|roughly|about|[.!])$")
_FIGURES = re.compile(
    r"(?P<sign>[+-]|minus )?\s?(?:(?P<groups>[1-9]\d{0,2}(?:[, ]\d{3}){1,4})|(?P<whole>\d{1,15}))?"
    r"(?:[.,](?P<part>\d{1,9}))?"
)
_OF = re.compile(r"(.+?)\s*(?:/|\bout of\b|\bof\b)\s*(.+)")
_TWO = re.compile(r"(?:between\s+)?(.+?)\s*(?:-|\bto\b|\bor\b|\band\b|\buntil\b|\btill\b)\s*(.+)")
LONGEST = 80
"""Characters; nobody needs more to say a number or a date, and a story is not searched for one."""
_USUAL_TOPS = frozenset({Decimal(5), Decimal(10), Decimal(100)})


class Unclear(Enum):
    """Why typed words are no number to go on."""

    NO_NUMBER = auto()
    SEVERAL = auto()


@dataclass(frozen=True, slots=True)
class Typed:
    """A number somebody typed, and the words behind it, in lower case: `72 kg`, `3 km`."""

    number: Decimal
    unit: str = ""


def plain(text: str) -> str:
    """Typed words in one way of writing: lower case, single spaces, figures 0 to 9 whatever their script."""
    text = re.sub(r"(?<=\d)\s+(?=[½¼¾])", "", text)
    text = re.sub(r"(\d?)([½¼¾])", lambda found: f"{found[1] or '0'}.{_HALVES[found[2]]}", text)
    text = unicodedata.normalize("NFKC", text)
    letters = (_plain(letter) for letter in text if unicodedata.category(letter) not in ("Cf", "Mn", "Me"))
    return " ".join("".join(letters).casefold().split())


def _plain(letter: str) -> str:
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    return {"\u066b": ".", "\u066c": ",", "\u2212": "-", "\u2013": "-", "\u2014": "-", "\u2019": "'"}.get(
        letter, letter
    )


def read_number(text: str, top: Decimal | None = None) -> Typed | Unclear:
    """The one number `text` says. `top` is what a score may be out of; of usual scales (5, 10, 100) where None.

    A comma before three figures parts thousands, any other is a decimal point.
    """
    if len(text) > LONGEST:
        return Unclear.NO_NUMBER
    said = plain(text)
    while (hedged := _HEDGED.sub("", _HEDGE.sub("", said)).strip()) != said:
        said = hedged
    words = re.sub(r"(?<=\d)(?=[a-z°%])", " ", said).split()
    for upto in range(len(words), 0, -1):
        start, unit = " ".join(words[:upto]), " ".join(words[upto:])
        number = _scored(start, top)
        if number is not None and not any(word in _WORDS or re.search(r"\d", word) for word in words[upto:]):
            return Typed(number, unit)
        if number is not None or _is_two(start):
            return Unclear.SEVERAL
    return Unclear.NO_NUMBER


def _scored(said: str, top: Decimal | None) -> Decimal | None:
    if found := _OF.fullmatch(said):
        out_of = _number(found[2])
        is_known = out_of in _USUAL_TOPS if top is None else out_of == top
        return _number(found[1]) if is_known else None
    return _number(said)


def _is_two(said: str) -> bool:
    found = _TWO.fullmatch(said)
    return found is not None and _number(found[1]) is not None and _number(found[2]) is not None


def _number(said: str) -> Decimal | None:
    found = _FIGURES.fullmatch(said)
    if found and (found["groups"] or found["whole"] or found["part"]):
        whole = re.sub(r"\D", "", found["groups"] or found["whole"] or "0")
        number = Decimal(f"{whole}.{found['part'] or 0}")
        return -number if (found["sign"] or "+").strip() in ("-", "minus") else number
    return _in_words(said)


def _in_words(said: str) -> Decimal | None:
    """`seven`, `twenty-one`, `a hundred and five`, `seven and a half`, `seven point five`."""
    if said in ("half", "a half"):
        return Decimal("0.5")
    if said.endswith(" and a half"):
        whole = _number(said.removesuffix(" and a half"))
        return whole + Decimal("0.5") if whole is not None else None
    start, point, part = said.partition(" point ")
    if point:
        whole, digits = _in_words(start), [_WORDS.get(word, 10) for word in part.split()]
        is_said = whole is not None and digits and max(digits) < 10
        return Decimal(f"{whole}.{''.join(map(str, digits))}") if is_said else None
    before, hundred, rest = said.partition(" hundred")
    if not hundred:
        return _below_hundred(said)
    count = 1 if before == "a" else _WORDS.get(before, 0)
    beyond = _below_hundred(rest.removeprefix(" and").strip()) if rest else Decimal(0)
    return Decimal(100 * count) + beyond if 1 <= count <= 9 and beyond is not None else None


def _below_hundred(said: str) -> Decimal | None:
    words = said.replace("-", " ").split()
    if len(words) == 1 and words[0] in _WORDS:
        return Decimal(_WORDS[words[0]])
    if len(words) == 2 and words[0] in _TENS and words[1] in _ONES[1:]:
        return Decimal(_WORDS[words[0]] + _WORDS[words[1]])
    return None
