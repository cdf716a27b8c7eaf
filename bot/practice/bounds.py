"""What an answer may be: the rules of one question, told one by one, so that a chat can word each refusal."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Literal

from bot.practice import values
from bot.practice.items import VALUE_OF_TYPE, Item
from bot.practice.values import Value

Reason = Literal[
    "type",  # not the value[x] the question takes
    "format",  # of that kind, but not well-formed: a 31st of February
    "option",  # none of the options
    "too_little",  # under the least value
    "too_much",  # over the most
    "too_short",
    "too_long",
    "too_precise",  # more decimals than wanted
    "pattern",  # not as the form's regular expression wants it
    "unit",  # not one of the units
    "media",  # a file of another kind
    "too_big",  # a file over the size
    "too_few",  # fewer answers than wanted
    "too_many",  # more answers than wanted
    "exclusive",  # an answer that stands alone, and another
    "repeated",  # the same answer twice
]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an answer cannot stand, and the bound it breaks as text (empty where there is none)."""

    reason: Reason
    bound: str = ""


def refusals(item: Item, value: Value) -> list[Refusal]:
    """What is wrong with one answer to `item`, in itself; empty if it may stand."""
    name = values.kind(value)
    if name not in kinds(item) or not _shaped(name, values.content(value)):
        return [Refusal("type", " ".join(sorted(kinds(item))))]
    if not _formed(name, values.content(value)):
        return [Refusal("format", name.removeprefix("value"))]
    found = [Refusal("option")] if item.options and not item.takes_text and not _offered(item, value) else []
    return found + _range(item, value) + _wording(item, value) + _parts(item, value)


def together(item: Item, given: Sequence[Value]) -> list[Refusal]:
    """What is wrong with the answers to `item` as a whole: their number, and how they go together."""
    found = []
    most = item.max_occurs if item.repeats else 1
    if given and len(given) < (item.min_occurs or 0):
        found.append(Refusal("too_few", str(item.min_occurs)))
    if most is not None and len(given) > most:
        found.append(Refusal("too_many", str(most)))
    alone = [one.label for one in item.chosen(tuple(given)) if one.exclusive]
    if alone and len(given) > 1:
        found.append(Refusal("exclusive", alone[0]))
    if item.options and len({values.key(value) for value in given}) < len(given):
        found.append(Refusal("repeated"))
    return found


def kinds(item: Item) -> frozenset[str]:
    """The `value[x]` a question is answered with."""
    if item.type not in VALUE_OF_TYPE:
        return frozenset()
    found = {values.kind(option.value) for option in item.options} or {VALUE_OF_TYPE[item.type]}
    return frozenset(found | {"valueString"} if item.type == "open-choice" else found)


def _offered(item: Item, value: Value) -> bool:
    return any(values.same(option.value, value) for option in item.options)


def _shaped(name: str, held: object) -> bool:
    if name == "valueBoolean":
        return isinstance(held, bool)
    if name in ("valueInteger", "valueDecimal"):
        return isinstance(held, int | float) and values.number(held) is not None
    if name in ("valueCoding", "valueQuantity", "valueReference", "valueAttachment"):
        return isinstance(held, Mapping)
    return isinstance(held, str)


def _formed(name: str, held: object) -> bool:
    if name == "valueInteger":
        return isinstance(held, int) and -(2**31) <= held < 2**31
    if name == "valueQuantity" and isinstance(held, Mapping):
        return values.number(held.get("value")) is not None and not isinstance(held.get("value"), str)
    if name == "valueCoding" and isinstance(held, Mapping):
        return any(isinstance(held.get(part), str) and held[part] for part in ("code", "display"))
    if isinstance(held, str):
        return bool(held.strip()) and _FORMS.get(name, lambda _: True)(held)
    return True


def _is_date(held: str) -> bool:
    """FHIR: a year, a month or a day, without time."""
    match = re.fullmatch(r"([0-9]{4})(-[0-9]{2})?(-[0-9]{2})?", held)
    return match is not None and _reads(date.fromisoformat, match[1] + (match[2] or "-01") + (match[3] or "-01"))


def _is_date_time(held: str) -> bool:
    """FHIR: a date, or a moment to the second with its offset."""
    if "T" not in held:
        return _is_date(held)
    shape = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})"
    return re.fullmatch(shape, held) is not None and _reads(datetime.fromisoformat, _micros(held))


def _is_time(held: str) -> bool:
    shape = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?"
    return re.fullmatch(shape, held) is not None and _reads(time.fromisoformat, _micros(held))


def _micros(held: str) -> str:
    return re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", held)


def _reads(parse: object, held: str) -> bool:
    try:
        parse(held)  # type: ignore[operator]
    except ValueError:
        return False
    return True


_FORMS = {"valueDate": _is_date, "valueDateTime": _is_date_time, "valueTime": _is_time}


def _range(item: Item, value: Value) -> list[Refusal]:
    found = []
    if item.least and _beyond(item.least, value) > 0:
        found.append(Refusal("too_little", values.text(item.least)))
    if item.most and _beyond(item.most, value) < 0:
        found.append(Refusal("too_much", values.text(item.most)))
    for bound in (item.least, item.most):
        if bound and values.kind(bound) == values.kind(value) and values.compare(bound, value) is None:
            return [*found, Refusal("unit", values.text(bound))]
    return found


def _beyond(bound: Value, value: Value) -> int:
    if values.kind(bound) == "valueDecimal" and values.kind(value) == "valueQuantity":
        value = {"valueDecimal": values.content(value).get("value")}
    return values.compare(bound, value) or 0


def _wording(item: Item, value: Value) -> list[Refusal]:
    held = values.content(value)
    if not isinstance(held, str) or values.kind(value) not in ("valueString", "valueUri"):
        return []
    found = []
    if item.min_length is not None and len(held) < item.min_length:
        found.append(Refusal("too_short", str(item.min_length)))
    if item.max_length is not None and len(held) > item.max_length:
        found.append(Refusal("too_long", str(item.max_length)))
    if item.pattern and not item.pattern.fullmatch(held):
        found.append(Refusal("pattern", item.entry_format))
    return found


def _parts(item: Item, value: Value) -> list[Refusal]:
    held = values.content(value)
    number = held.get("value") if values.kind(value) == "valueQuantity" else held
    found = []
    if item.max_decimals is not None and (exact := values.number(number)) is not None:
        exponent = exact.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > item.max_decimals:
            found.append(Refusal("too_precise", str(item.max_decimals)))
    if values.kind(value) == "valueQuantity" and item.units and not _in_unit(item, held):
        found.append(Refusal("unit", ", ".join(str(one.get("display") or one.get("code")) for one in item.units)))
    if values.kind(value) == "valueAttachment":
        media = str(held.get("contentType") or "")
        if item.media_types and not any(fnmatchcase(media, one) for one in item.media_types):
            found.append(Refusal("media", ", ".join(item.media_types)))
        size = _size(held)
        if item.max_bytes is not None and size is not None and size > item.max_bytes:
            found.append(Refusal("too_big", str(item.max_bytes / Decimal(1_000_000))))
    return found


def _size(attachment: Mapping[str, object]) -> Decimal | None:
    """The bytes of a file: as it says, else as its data in base64 is long."""
    data = attachment.get("data")
    if "size" not in attachment and isinstance(data, str):
        return Decimal(len(data) * 3 // 4)
    return values.number(attachment.get("size"))


def _in_unit(item: Item, quantity: Mapping[str, object]) -> bool:
    given = [quantity.get("code"), quantity.get("unit")]
    return any(named in given for unit in item.units for named in (unit.get("code"), unit.get("display")) if named)
