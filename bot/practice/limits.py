"""What the extensions of an item say an answer may be: bounds, lengths, units, files; how it is asked."""

import re
import warnings
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bot.practice import values
from bot.practice.findings import Loc, Resource
from bot.practice.items import VALUE_OF_TYPE
from bot.practice.values import Value
from bot.practice.valuesets import ValueSets

MOST_DEMANDED = 100
"""The most answers, or instances of a group, that `minOccurs` can demand of a patient, one within another included."""

Extensions = Mapping[str, list[Any]]
"""What `Resource.extensions` read: the values by the last part of the extension's address."""

_NUMBERS = ("valueInteger", "valueDecimal", "valueQuantity")
_DATES = ("valueDate", "valueDateTime")


def first(more: Extensions, name: str) -> Any:
    """The value of an extension that is there once; None if it is not."""
    return more.get(name, [None])[0]


class Limits:
    """Reads the limits of one item at `loc`; what is odd goes to `reader`."""

    def __init__(self, reader: Resource, more: Extensions, loc: Loc) -> None:
        self.reader = reader
        self.more = more
        self.loc = loc
        self.at = (*loc, "extension")

    def read(self, kind: str, held: ValueSets) -> dict[str, Any]:
        """The fields of an `Item` of this type that stand in extensions, but for the number of its answers."""
        more = self.more
        control = first(more, "itemControl")
        coded = control.get("coding") if isinstance(control, Mapping) else None
        codes = [one.get("code") for one in coded if isinstance(one, Mapping)] if isinstance(coded, list) else []
        named, hidden = first(more, "entryFormat"), first(more, "hidden")
        if hidden is not None and not isinstance(hidden, bool):
            self.reader.odd(self.at, "hidden must be true or false")
        step = self._whole("sliderStepValue")
        if step == 0:
            self.reader.odd(self.at, "a slider cannot go in steps of 0")
        return {
            "hidden": hidden in (True, "true"),
            "least": self._bound("minValue", "minQuantity", kind),
            "most": self._bound("maxValue", "maxQuantity", kind),
            "min_length": self._whole("minLength"),
            "max_decimals": self._whole("maxDecimalPlaces"),
            "step": step or None,
            "pattern": self._pattern(first(more, "regex")),
            "units": self._units(held),
            "media_types": tuple(one for one in more.get("mimeType", []) if isinstance(one, str)),
            "max_bytes": _bytes(first(more, "maxSize")),
            "control": str(codes[0]) if codes and isinstance(codes[0], str) else "",
            "entry_format": named if isinstance(named, str) else "",
            "picture": self._picture(first(more, "itemMedia")),
        }

    def occurs(self, *, repeats: bool, around: int) -> dict[str, int | None]:
        """How many answers there are to be. `around` is how many instances are demanded of the groups around it."""
        least, most = self._whole("minOccurs"), self._whole("maxOccurs")
        if not repeats and ((least or 0) > 1 or most not in (None, 1)):
            self.reader.odd(self.at, "minOccurs or maxOccurs on an item that does not repeat; it is asked once")
            return {"min_occurs": None, "max_occurs": None}
        if most == 0:
            self.reader.odd(self.at, "maxOccurs 0 lets nobody answer; it is not kept to")
            most = None
        if least is not None and least * around > MOST_DEMANDED:
            self.reader.odd(self.at, f"asks for more than {MOST_DEMANDED} answers; that is not demanded")
            least = None
        return {"min_occurs": least, "max_occurs": most}

    def _whole(self, name: str) -> int | None:
        return self.reader.whole(first(self.more, name), self.at) if name in self.more else None

    def _bound(self, name: str, quantity: str, kind: str) -> Value | None:
        """A bound as a value; extensions are read by content, so its kind is told from what it is."""
        held = first(self.more, name)
        found: Value | None = None
        if isinstance(held, str) and (values.number(held) is None or re.fullmatch(r"\d{4}", held)):
            found = {"valueTime" if ":" in held[:3] else "valueDateTime": held}
        elif isinstance(held, str):
            self.reader.odd(self.at, "a number written as text")
            found = {"valueDecimal": float(held)}
        elif values.number(held) is not None:
            found = {"valueDecimal": held}
        else:
            held = held if isinstance(held, Mapping) else first(self.more, quantity)
            found = {"valueQuantity": held} if isinstance(held, Mapping) else None
        if found is None:
            if name in self.more or quantity in self.more:
                self.reader.odd(self.at, f"{name} without a value that can be a bound")
            return None
        wanted = VALUE_OF_TYPE.get(kind, "")
        if not any(wanted in alike and values.kind(found) in alike for alike in (_NUMBERS, _DATES, ("valueTime",))):
            self.reader.odd(self.at, f"{name} is of another kind than the answers; it is not checked")
            return None
        return found

    def _units(self, held: ValueSets) -> tuple[Mapping[str, Any], ...]:
        """The units to choose from; without any, the one the number is meant in."""
        offered = self.more.get("unitOption", [])
        named = first(self.more, "unitValueSet")
        if not offered and isinstance(named, str):
            concepts, trouble = held.concepts(named)
            if trouble:
                self.reader.odd(self.at, f"the value set {named[:200]} {trouble}; any unit is taken")
            offered = [{"system": system, **concept} for system, concept in concepts]
        units = (_texts(one) for one in offered or self.more.get("unit", []) if isinstance(one, Mapping))
        return tuple(one for one in units if "code" in one or "display" in one)

    def _picture(self, media: object) -> str:
        if "itemMedia" not in self.more:
            return ""
        url = media.get("url") if isinstance(media, Mapping) else None
        if not isinstance(url, str):
            self.reader.odd(self.at, "an itemMedia without url, which is not shown")
            return ""
        return url

    def _pattern(self, regex: object) -> re.Pattern[str] | None:
        if not isinstance(regex, str):
            return None
        try:
            # What Python may one day read otherwise is no reason to stop.
            with warnings.catch_warnings(action="ignore"):
                return re.compile(regex)
        except (re.error, OverflowError, RecursionError) as error:
            self.reader.odd(self.at, f"the regex cannot be read ({error}) and is not checked")
            return None


def _texts(coding: Mapping[str, Any]) -> dict[str, str]:
    parts = ((name, coding.get(name)) for name in ("system", "code", "display"))
    return {name: part for name, part in parts if isinstance(part, str) and part}


def _bytes(megabytes: object) -> Decimal | None:
    """FHIR gives `maxSize` in megabytes."""
    number = values.number(megabytes)
    return None if number is None else number * 1_000_000
