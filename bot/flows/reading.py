"""Typed words as an answer to a question of a form, by the question's type."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bot.flows.dates import read_date, read_moment, read_time
from bot.flows.flow import Refused, spoken
from bot.flows.numerals import Typed, Unclear, plain, read_number
from bot.practice import values as fhir
from bot.practice.bounds import kinds
from bot.practice.items import Item
from bot.practice.values import Value

BORN = "born"
"""The item that says when somebody was born: a year or a month is not enough for it."""
YES_WORDS = frozenset(
    {"yes", "y", "yeah", "yep", "yup", "yes please", "yes i do", "yes i have", "yes i am", "of course", "definitely"}
    | {"i do", "i have", "i am", "true"}
)
NO_WORDS = frozenset(
    {
        "no",
        "n",
        "nope",
        "nah",
        "no thanks",
        "no thank you",
        "no i do not",
        "no i don't",
        "no i have not",
        "no i haven't",
    }
    | {
        "no i am not",
        "no i'm not",
        "i do not",
        "i don't",
        "i have not",
        "i haven't",
        "i am not",
        "i'm not",
        "never",
        "false",
    }
)

READS = tuple(
    spoken(f"intake.unread_{kind}")
    for kind in (
        "number",
        "whole",
        "range",
        "date",
        "full_date",
        "time",
        "moment",
        "choice",
        "words",
        "url",
        "attachment",
    )
)
"""What is said of words that cannot be read."""

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.IGNORECASE)
_HOST = re.compile(r"[^\s/:@]+\.[^\W\d_]{2,}(?:[:/?#]\S*)?")


def bare(text: str) -> str:
    """Typed words without the marks around them, to hold against others."""
    return plain(text).strip(" .,;!\"'").replace(",", "")


def read_value(item: Item, text: str, today: date, zone: ZoneInfo) -> Value | Refused:
    """What `text` says as a FHIR value of the item's type, or the sentence that says why it cannot be read.

    Bounds and options are not looked at (see `bot.practice.bounds`); a quantity of several units may lack its own.
    """
    names = kinds(item)
    if name := next((one for one in ("valueInteger", "valueDecimal", "valueQuantity") if one in names), None):
        return _number(item, text, name)
    if item.type in _READERS:
        return _READERS[item.type](item, text, today, zone)
    if "valueBoolean" in names or not item.is_question:
        word = bare(text)
        return {"valueBoolean": word in YES_WORDS} if word in YES_WORDS | NO_WORDS else Refused("intake.unread_choice")
    if item.type == "attachment":
        return Refused("intake.unread_attachment")
    if not text.strip():
        return Refused("intake.unread_words")
    return item.typed(text.strip()) if item.takes_text else Refused("intake.unread_choice")


def _number(item: Item, text: str, name: str) -> Value | Refused:
    top = fhir.number(fhir.content(item.most)) if item.most else None
    said = read_number(text, top)
    if isinstance(said, Unclear):
        return Refused("intake.unread_range" if said is Unclear.SEVERAL else "intake.unread_number")
    unit = unit_called(item, said.unit)
    if said.unit and unit is None and name == "valueQuantity":
        return unknown_unit(item) if item.units else {"valueQuantity": {"value": figure(said), "unit": said.unit}}
    if said.unit and unit is None and said.unit not in re.findall(r"\w+", plain(item.text)):
        return Refused("intake.unread_number")
    if name == "valueInteger" and said.number != said.number.to_integral_value():
        return Refused("intake.unread_whole")
    if name != "valueQuantity":
        return {name: figure(said)}
    if unit is None and len(item.units) == 1:
        unit = item.units[0]
    return {"valueQuantity": {"value": figure(said), **fhir.measured(unit)}}


def figure(said: Typed) -> int | float:
    """The number as JSON has it: whole where it is."""
    whole = said.number.to_integral_value()
    return int(whole) if said.number == whole else float(said.number)


def unknown_unit(item: Item) -> Refused:
    """The sentence that names the units there are."""
    return Refused("intake.refused_unit", {"bound": ", ".join(map(unit_label, item.units)), "said": ""})


def unit_label(unit: Mapping[str, Any]) -> str:
    """What a unit is called."""
    return str(unit.get("display") or unit.get("code") or "")


_ALSO_CALLED: Mapping[str, tuple[str, ...]] = {
    "kg": ("kilo", "kilogram", "kilogramme"),
    "g": ("gram", "gramme"),
    "mg": ("milligram", "milligramme"),
    "km": ("kilometre", "kilometer"),
    "m": ("metre", "meter"),
    "cm": ("centimetre", "centimeter"),
    "[mi_i]": ("mile", "mi"),
    "[lb_av]": ("lb", "pound"),
    "[stone_av]": ("stone", "st"),
    "[ft_i]": ("foot", "feet", "ft"),
    "[in_i]": ("inch", "inches", "in"),
    "l": ("litre", "liter"),
    "ml": ("millilitre", "milliliter"),
    "min": ("minute",),
    "h": ("hour", "hr"),
    "d": ("day",),
    "wk": ("week",),
    "mo": ("month",),
    "a": ("year",),
    "%": ("percent", "per cent"),
}
"""What people call the units of UCUM (ucum.org), by code."""


def unit_called(item: Item, said: str) -> Mapping[str, Any] | None:
    """The unit of the item that people call so, by its code, its name or a usual name of it; in the plural too."""
    for unit in item.units:
        code = str(unit.get("code") or unit.get("display") or "").casefold()
        names = {code, unit_label(unit).casefold(), *_ALSO_CALLED.get(code, ())}
        if said and said.rstrip(".") in names | {f"{name}s" for name in names}:
            return unit
    return None


def _date(item: Item, text: str, today: date, zone: ZoneInfo) -> Value | Refused:
    day = read_date(text, today)
    if day is None:
        return Refused("intake.unread_date")
    if item.link_id == BORN and (len(day) < 10 or (day >= "2000" and day[:4] not in plain(text))):
        return Refused("intake.unread_full_date")
    if item.link_id == BORN and day > today.isoformat():
        return Refused("intake.refused_too_much", {"bound": today, "said": ""})
    return {"valueDate": day}


def _moment(item: Item, text: str, today: date, zone: ZoneInfo) -> Value | Refused:
    said = read_moment(text, today, zone)
    return {"valueDateTime": said} if said else Refused("intake.unread_moment")


def _time(item: Item, text: str, today: date, zone: ZoneInfo) -> Value | Refused:
    said = read_time(text)
    return {"valueTime": said} if said else Refused("intake.unread_time")


def _url(item: Item, text: str, today: date, zone: ZoneInfo) -> Value | Refused:
    said = text.strip()
    if _SCHEME.fullmatch(said) and not _HOST.fullmatch(said):
        return {"valueUri": said}
    return {"valueUri": f"https://{said}"} if _HOST.fullmatch(said) else Refused("intake.unread_url")


_READERS: Mapping[str, Callable[[Item, str, date, ZoneInfo], Value | Refused]] = {
    "date": _date,
    "dateTime": _moment,
    "time": _time,
    "url": _url,
}


def is_as_typed(value: Value, text: str) -> bool:
    """Whether somebody reads in the answer just what they typed: nothing needs to be read back."""
    held = fhir.content(value)
    if fhir.kind(value) in ("valueDate", "valueDateTime", "valueTime"):
        return False
    if fhir.kind(value) in ("valueInteger", "valueDecimal", "valueQuantity"):
        number = fhir.number(held.get("value") if isinstance(held, Mapping) else held)
        return (
            number is not None
            and re.sub(r"[^\d.,-]", "", text).replace(",", ".") == str(_short(number))
            and text[0] in "-0123456789"
        )
    return True


def _short(number: Decimal) -> Decimal:
    return number.normalize() if number != number.to_integral_value() else number.quantize(Decimal(1))
