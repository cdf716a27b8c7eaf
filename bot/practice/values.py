"""FHIR values: what one answer is, compared and shown.

A value is a mapping of one key, FHIR's `value[x]`: `{"valueCoding": {"code": "no", "display": "No"}}`,
`{"valueInteger": 7}`. It is never changed once made.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

Value = Mapping[str, Any]

_NUMBERS = ("valueInteger", "valueDecimal")
_TIMES = ("valueDate", "valueDateTime", "valueTime")


_MAPPING = (dict, Mapping)
"""A dict is told at once, any other mapping at ten times the cost."""

_LARGEST = 300
"""Decimal places on either side: within what a double holds, and more than any answer needs."""


def kind(value: Value) -> str:
    """The name of the `value[x]` in `value`, or the empty text if it holds none."""
    # A loop: this is asked a hundred times a tap, and a generator costs three times as much.
    for name in value:
        if name.startswith("value"):
            return name
    return ""


def content(value: Value) -> Any:
    """What stands under the `value[x]` of `value`; None if it holds none."""
    return value.get(kind(value))


def number(value: object) -> Decimal | None:
    """`value` as an exact number, or None if it is none. True and False are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        found = Decimal(str(value))
    except (InvalidOperation, ValueError):  # Python writes no whole number of thousands of digits.
        return None
    return found if found.is_finite() and abs(found.adjusted()) <= _LARGEST else None


def coding(system: str | None, code: str, display: str | None = None) -> Value:
    """A coded value with only the parts that are there."""
    parts = {"system": system, "code": code, "display": display}
    return {"valueCoding": {name: part for name, part in parts.items() if part}}


def measured(unit: Mapping[str, Any] | None) -> dict[str, Any]:
    """The parts of a quantity that say its unit, given as a coding; none for no unit."""
    held = unit or {}
    parts = {"unit": held.get("display") or held.get("code"), "system": held.get("system"), "code": held.get("code")}
    return {name: part for name, part in parts.items() if part}


def text(value: Value) -> str:
    """`value` for a reader: the display of a code, the digits of a number, `3 km`, `true` and `false`.

    Dates stay as FHIR writes them; whoever shows them to people knows their locale.
    """
    said = content(value)
    if isinstance(said, bool):
        return "true" if said else "false"
    if isinstance(said, Mapping):
        if kind(value) == "valueQuantity":
            parts = (said.get("value"), said.get("unit") or said.get("code"))
            return " ".join(str(part) for part in parts if part is not None)
        names = ("display", "title", "code", "reference", "url")
        return next((str(said[name]) for name in names if said.get(name)), "")
    return "" if said is None else str(said)


def key(value: Value) -> str:
    """One text that tells `value` from every other option of its question; digests are made from it."""
    said = content(value)
    if kind(value) == "valueCoding" and isinstance(said, Mapping):
        if said.get("code") is None:
            return f"display|{said.get('display', '')}"
        return f"{said.get('system', '')}|{said['code']}"
    if kind(value) == "valueReference" and isinstance(said, Mapping):
        return f"reference|{said.get('reference', said.get('display', ''))}"
    return f"{kind(value)}|{text(value)}"


def same(one: Value, other: Value) -> bool:
    """Whether two values mean the same to FHIR's `=`.

    Codes are the same when code and system are; a system that one of them leaves out is not compared,
    since real forms often leave it out of `enableWhen`. Displays do not count unless there is no code.
    """
    name = kind(one)
    if name != kind(other):
        return compare(one, other) == 0
    a, b = one.get(name), other.get(name)
    if a == b:
        return True
    if isinstance(a, bool) or isinstance(b, bool):
        return False
    if name == "valueCoding":
        return isinstance(a, _MAPPING) and isinstance(b, _MAPPING) and _same_code(a, b)
    if name == "valueReference":
        return key(one) == key(other)
    return compare(one, other) == 0


def _same_code(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    code, other = a.get("code"), b.get("code")
    if code != other:
        return False
    if code is None:
        return a.get("display") == b.get("display")
    system, other = a.get("system"), b.get("system")
    return system is None or other is None or system == other


def compare(one: Value, other: Value) -> int | None:
    """-1, 0 or 1 as `one` is less than, equal to or more than `other`; None if they cannot be compared.

    Numbers compare with numbers, quantities with quantities of the same unit, and dates as far as both
    are precise: 2024-05 equals 2024-05-20.
    """
    kinds = kind(one), kind(other)
    a, b = one.get(kinds[0]), other.get(kinds[1])
    if kinds[0] in _NUMBERS and kinds[1] in _NUMBERS:
        if type(a) is not int or type(b) is not int:
            a, b = number(a), number(b)
        return _order(a, b)
    if kinds == ("valueQuantity", "valueQuantity"):
        if not (isinstance(a, Mapping) and isinstance(b, Mapping)) or _unit(a) != _unit(b):
            return None
        return _order(number(a.get("value")), number(b.get("value")))
    if not (isinstance(a, str) and isinstance(b, str)):
        return None
    if "valueTime" in kinds and kinds[0] != kinds[1]:
        return None
    if all(name in _TIMES for name in kinds):
        a, b = _instant(a), _instant(b)
        shared = min(len(a), len(b))
        return _order(a[:shared], b[:shared])
    if kinds == ("valueString", "valueString"):
        return _order(a, b)
    return None


def _unit(quantity: Mapping[str, Any]) -> object:
    return quantity.get("code") or quantity.get("unit")


def _instant(written: str) -> str:
    """A moment with an offset as UTC, so that offsets do not count; a shorter one as it is written."""
    if "T" not in written:
        return written
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return written
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") if moment.tzinfo else written


def _order(one: Any, other: Any) -> int | None:
    if one is None or other is None:
        return None
    return int(one > other) - int(one < other)
