"""The intake summary for the practitioner, as data: what goes where, in which order, and how long it may be.

Which answers are on it stands in the form: a code of the system `urn:acuback:summary` names the part an item
belongs to, and its display the short label there. The words around it are content.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal, get_args

from bot.practice import values
from bot.practice.forms import Form
from bot.practice.items import Answers, Item
from bot.practice.values import Value

SUMMARY = "urn:acuback:summary"
SCORE = "urn:acuback:score"

Part = Literal["needle", "complaint", "function", "goal", "person"]
PARTS: tuple[Part, ...] = get_args(Part)
"""The order on the summary: what may harm comes first, who it is last."""

ROOM = 3400
"""UTF-16 units for labels and values; the rest of Telegram's 4096 is for headings and what stands between."""

_LEAST = 32
"""A value is not cut shorter than this; rows are left out instead."""

_BETWEEN = 8
"""What stands around a label and a value: a mark, a colon, spaces, the end of the line."""

_NOTHING = frozenset({"none", "no", "nothing"})
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Row:
    """One line: a label from the form, and the answers (several where several were ticked)."""

    label: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the summary; words give it its heading."""

    part: Part
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """Sections that have something in them, in order. `left_out` rows found no room."""

    sections: tuple[Section, ...]
    left_out: int = 0

    def section(self, part: Part) -> Section | None:
        """The section of a part, if there is one."""
        return next((one for one in self.sections if one.part == part), None)


@dataclass(frozen=True, slots=True)
class Score:
    """A number to follow over time: the code and display of the item's score, and what was answered."""

    code: str
    label: str
    value: Decimal


def summarise(form: Form, answers: Answers, *, room: int = ROOM) -> Summary:
    """The summary of an intake, with long texts cut so that labels and values fit `room`."""
    rows: dict[Part, list[Row]] = {part: [] for part in PARTS}
    for item, part, label in _shown(form):
        given = form.given(item.link_id, answers)
        # 'No' to one question may matter; 'None of these' under a list never does.
        if part == "needle" or item.repeats:
            given = tuple(value for value in given if not says_nothing(value))
        if given:
            rows[part].append(Row(label, given))
    placed = [(part, row) for part in PARTS for row in rows[part]]
    kept = _fitted(placed, room)
    sections = [Section(part, tuple(row for at, row in kept if at == part)) for part in PARTS]
    return Summary(tuple(one for one in sections if one.rows), len(placed) - len(kept))


def scores(form: Form, answers: Answers) -> tuple[Score, ...]:
    """The numbers among the answers that are scores."""
    return tuple(
        Score(str(code.get("code")), str(code.get("display") or item.label), number)
        for item in form.every_item()
        for code in _codes(item, SCORE)
        for value in form.given(item.link_id, answers)
        if (number := values.number(values.content(value))) is not None
    )


def scored(form: Form) -> dict[str, str]:
    """What the scores of a form are called, by their codes."""
    return {
        str(code.get("code")): str(code.get("display") or item.label)
        for item in form.every_item()
        for code in _codes(item, SCORE)
    }


def _shown(form: Form) -> Iterator[tuple[Item, Part, str]]:
    for item in form.every_item():
        for code in _codes(item, SUMMARY):
            part = next((one for one in PARTS if one == code.get("code")), None)
            if part and item.is_question:
                yield item, part, str(code.get("display") or item.label)


def _codes(item: Item, system: str) -> Iterator[Any]:
    return (code for code in item.codes if code.get("system") == system)


def says_nothing(value: Value) -> bool:
    """Whether an answer is a 'no' or 'none of these'."""
    held = values.content(value)
    return held is False or (values.kind(value) == "valueCoding" and held.get("code") in _NOTHING)


def _fitted(placed: list[tuple[Part, Row]], room: int) -> list[tuple[Part, Row]]:
    """The rows that find room, the last ones left out first, their texts cut to one length all can have."""
    kept = list(placed)
    while kept and sum(_size(row, _LEAST) for _, row in kept) > room:
        kept.pop()
    low, high = _LEAST, max(room, _LEAST)
    while low < high:
        middle = (low + high + 1) // 2
        if sum(_size(row, middle) for _, row in kept) <= room:
            low = middle
        else:
            high = middle - 1
    return [
        (part, replace(row, label=_cut(row.label, low), values=tuple(_shortened(one, low) for one in row.values)))
        for part, row in kept
    ]


def _size(row: Row, most: int) -> int:
    texts = (row.label, *map(values.text, row.values))
    return sum(min(_units(text), most) + _BETWEEN for text in texts)


def _shortened(value: Value, most: int) -> Value:
    if _units(values.text(value)) <= most:
        return value
    return {"valueString": _cut(values.text(value), most)}


def _cut(text: str, most: int) -> str:
    """The beginning of `text`, of at most `most` UTF-16 units, with an ellipsis where something is missing."""
    if _units(text) <= most:
        return text
    cut = text.encode("utf-16-le", "surrogatepass")[: 2 * (most - 1)]
    return cut.decode("utf-16-le", "ignore").rstrip() + _ELLIPSIS


def _units(text: str) -> int:
    """The length Telegram counts: characters outside the basic plane are two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
