"""Typed words as an answer to a question of a form: whole numbers, scales, dates, times, yes and no."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from bot.practice.bounds import kinds
from bot.practice.items import Item
from bot.practice.values import Value

NUMBER_WORDS: Mapping[str, int] = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
    )
}
MONTHS: Sequence[str] = "jan feb mar apr may jun jul aug sep oct nov dec".split()  # noqa: SIM905
YES_WORDS = frozenset({"yes", "y", "yeah", "yep"})
NO_WORDS = frozenset({"no", "n", "nope"})

_NUMBER = re.compile(r"([+-]?\d{1,15}(?:[.,]\d{1,6})?)(?:\s*(?:/|out of)\s*\d{1,3})?")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\.?\s+(?:of\s+)?([a-z]{3,9})\.?,?\s+(\d{4})")
_MONTH_DAY = re.compile(r"([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_TIME = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")


def read_value(item: Item, text: str) -> Value | None:
    """What `text` says as a FHIR value of the item's type; None if it says nothing of that type.

    Bounds and options are not looked at (see `bot.practice.bounds`). A label typed in full has already counted as its
    button before this is asked.
    """
    said = " ".join(text.split())
    names = kinds(item)
    if "valueInteger" in names:
        return _number(said, "valueInteger")
    if "valueDecimal" in names:
        return _number(said, "valueDecimal")
    if "valueQuantity" in names:
        number = _number(said, "valueDecimal")
        return {"valueQuantity": {"value": number["valueDecimal"]}} if number else None
    if "valueDate" in names and not item.options:
        day = read_date(said)
        return {"valueDate": day.isoformat()} if day else None
    if "valueTime" in names and not item.options:
        clock = _TIME.fullmatch(said)
        return {"valueTime": f"{int(clock[1]):02}:{clock[2]}:00"} if clock else None
    if "valueBoolean" in names:
        word = said.casefold()
        return {"valueBoolean": word in YES_WORDS} if word in YES_WORDS | NO_WORDS else None
    return item.typed(text.strip()) if item.takes_text and text.strip() else None


def _number(said: str, name: str) -> Value | None:
    if said.casefold() in NUMBER_WORDS:
        return {name: NUMBER_WORDS[said.casefold()]}
    found = _NUMBER.fullmatch(said)
    if found is None:
        return None
    number = found[1].replace(",", ".")
    if name == "valueInteger":
        return {name: int(number)} if "." not in number else None
    return {name: float(number)}


def read_date(said: str) -> date | None:
    """A date in any common way of writing it, the day before the month where both are numbers."""
    text = said.casefold().strip()
    if found := _ISO.fullmatch(text):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_FIRST.fullmatch(text):
        return _day(int(found[3]), int(found[2]), int(found[1]))
    if found := _DAY_MONTH.fullmatch(text):
        return _day(int(found[3]), _month(found[2]), int(found[1]))
    if found := _MONTH_DAY.fullmatch(text):
        return _day(int(found[3]), _month(found[1]), int(found[2]))
    return None


def _month(name: str) -> int:
    return MONTHS.index(name[:3]) + 1 if name[:3] in MONTHS else 0


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if 1880 <= year <= 2200 else None
    except ValueError:
        return None
