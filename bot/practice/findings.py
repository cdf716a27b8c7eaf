"""Reading a FHIR resource that somebody wrote by hand: what is odd is found and said, nothing raises."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.practice import values
from bot.practice.values import Value

Loc = tuple[str | int, ...]

DEEPEST = 300
"""The most levels of lists and mappings a resource may nest: no form that somebody fills in comes near."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a form or a response: where, at which item, what.

    A fatal one cannot be lived with: the form does not run, the response is not valid.
    """

    loc: Loc
    link_id: str
    message: str
    fatal: bool = False

    @property
    def path(self) -> str:
        """`item[3].answerOption[1]`."""
        return written(self.loc)

    def __str__(self) -> str:
        where = (self.path + (f" ({self.link_id})" if self.link_id else "")).strip()
        return f"{where}: {self.message}" if where else self.message


def written(loc: Loc) -> str:
    """Keys and indexes as one path: `item[3].answerOption[1]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")


_TOO_LARGE = 10**300


def unfit(held: object) -> str:
    """Why `held` cannot be read as a FHIR resource at all; empty if it can."""
    level = [held]
    for _ in range(DEEPEST):
        inside: list[object] = []
        for one in level:
            if isinstance(one, Mapping):
                if not all(isinstance(name, str) for name in one):
                    return "not a FHIR resource: a name that is no text"
                inside += one.values()
            elif isinstance(one, list):
                inside += one
            elif isinstance(one, int) and abs(one) >= _TOO_LARGE:
                return "not a FHIR resource: a number of hundreds of digits"
        if not inside:
            return ""
        level = inside
    return f"nested more than {DEEPEST} deep"


class Resource:
    """Takes parts out of a resource, as the types FHIR wants, and keeps what it found on the way.

    `link_id` is the item being read; findings carry it.
    """

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.link_id = ""

    def odd(self, loc: Loc, message: str) -> None:
        """Note what can be lived with."""
        self.findings.append(Finding(loc, self.link_id, message))

    def fatal(self, loc: Loc, message: str) -> None:
        """Note what cannot."""
        self.findings.append(Finding(loc, self.link_id, message, fatal=True))

    def each(self, raw: Mapping[str, Any], name: str, loc: Loc) -> Iterator[tuple[Loc, Any]]:
        """What a list holds, each with its loc. What should be a list and is not counts as its only entry."""
        held = raw.get(name)
        if held is None:
            return
        if not isinstance(held, list):
            self.odd((*loc, name), f"'{name}' must be a list")
            held = [held]
        for index, one in enumerate(held):
            yield (*loc, name, index), one

    def text(self, raw: Mapping[str, Any], name: str, loc: Loc) -> str:
        """A text, empty if there is none."""
        held = raw.get(name)
        if held is None or isinstance(held, str):
            return held or ""
        self.odd((*loc, name), f"'{name}' must be text")
        return str(held) if isinstance(held, int | float) else ""

    def flag(self, raw: Mapping[str, Any], name: str, loc: Loc) -> bool:
        """A boolean, false if there is none."""
        held = raw.get(name)
        if held is not None and not isinstance(held, bool):
            self.odd((*loc, name), f"'{name}' must be true or false, without quotes")
        return held is True or held == "true"

    def whole(self, held: object, loc: Loc) -> int | None:
        """A whole number that is not negative, or None."""
        if held is None:
            return None
        number = values.number(held)
        if number is None or number < 0 or number != number.to_integral_value():
            self.odd(loc, "not a whole number")
            return None
        if not isinstance(held, int):
            self.odd(loc, "a number written as text")
        return int(number)

    def value(self, raw: object, loc: Loc, kinds: Collection[str]) -> Value | None:
        """The `value[x]` of `raw`, if it is one of `kinds` and of the shape its name says."""
        if not isinstance(raw, Mapping):
            self.odd(loc, "not a value")
            return None
        name = values.kind(raw)
        if not name or name not in kinds:
            self.odd(loc, f"no value[x] that can stand here: '{name}'" if name else "no value[x]")
            return None
        shaped, trouble = _shaped(name, raw[name])
        if trouble:
            self.odd((*loc, name), trouble)
        return None if shaped is None else {name: shaped}

    def extensions(self, raw: object, loc: Loc) -> dict[str, list[Any]]:
        """The values of the extensions by the last part of their address, without `questionnaire-` and its like."""
        found: dict[str, list[Any]] = {}
        if not isinstance(raw, Mapping):
            return found
        for at, one in self.each(raw, "extension", loc):
            if not isinstance(one, Mapping) or not isinstance(one.get("url"), str):
                self.odd(at, "an extension without url")
                continue
            name = re.sub(r"^(sdc-)?(questionnaire|valueset|codesystem)-", "", one["url"].rpartition("/")[2])
            found.setdefault(name, []).append(values.content(one))
        return found


def _shaped(name: str, held: Any) -> tuple[Any, str]:
    """What stands under `value[x]` as its type wants it, None if it cannot be; and what is odd about it."""
    if name in ("valueInteger", "valueDecimal"):
        number = values.number(held)
        if number is None or (name == "valueInteger" and number != number.to_integral_value()):
            return None, "not a number"
        trouble = "a number written as text" if isinstance(held, str) else ""
        held = float(held)
        return int(number) if name == "valueInteger" else held, trouble
    if name == "valueBoolean":
        if isinstance(held, bool):
            return held, ""
        known = held in ("true", "false")
        return (held == "true", "true or false written as text") if known else (None, "neither true nor false")
    if name in ("valueCoding", "valueQuantity", "valueReference", "valueAttachment"):
        if not isinstance(held, Mapping):
            return None, f"not a {name.removeprefix('value')}"
        code = held.get("code")
        if name == "valueCoding" and isinstance(code, int | float):
            return {**held, "code": str(code)}, "a code written without quotes"
        if name == "valueCoding" and not isinstance(code, str | None):
            return None, "a code that is no text"
        return held, ""
    if isinstance(held, str):
        return held, ""
    if held is None or isinstance(held, Mapping | list):
        return None, "not a text"
    return str(held), "a text written without quotes"
