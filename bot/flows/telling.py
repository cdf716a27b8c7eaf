"""An answer of the form as a value the words can write: a date as a date, yes and no as words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time

from bot.flows.flow import spoken
from bot.model import Say
from bot.practice import values as fhir

SAYS = (
    spoken("common.yes"),
    spoken("common.no"),
    spoken("intake.month", "month"),
    spoken("intake.moment", "day", "time"),
    spoken("intake.file"),
)


_A_WORD = len("24 September 2024")
"""What is written by itself takes so much: a date, yes, no."""
_BETWEEN = 8
"""What stands around a part of a line."""


def told(value: fhir.Value) -> str | date | time | Say:
    """One FHIR value, for a reader in any language."""
    held = fhir.content(value)
    if isinstance(held, bool):
        return Say("common.yes" if held else "common.no")
    if fhir.kind(value) in ("valueDate", "valueDateTime", "valueTime"):
        try:
            return _TOLD[fhir.kind(value)](str(held))
        except ValueError:
            return str(held)
    if fhir.kind(value) == "valueAttachment":
        return str(held.get("title") or "") or Say("intake.file")
    return fhir.text(value)


def _date(written: str) -> str | date | Say:
    if len(written) == len("2024-05"):
        return Say("intake.month", {"month": date.fromisoformat(f"{written}-01")})
    return date.fromisoformat(written) if "-" in written else written


def _moment(written: str) -> str | date | Say:
    if "T" not in written:
        return _date(written)
    moment = datetime.fromisoformat(written)
    return Say("intake.moment", {"day": moment.date(), "time": moment.time()})


_TOLD: Mapping[str, Callable[[str], str | date | time | Say]] = {
    "valueDate": _date,
    "valueDateTime": _moment,
    "valueTime": time.fromisoformat,
}


def told_all(given: Iterable[fhir.Value]) -> tuple[str | date | time | Say, ...]:
    """Several, in their order."""
    return tuple(map(told, given))


def short(text: str, most: int) -> str:
    """The beginning of a text, with an ellipsis where something is left out."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def length(line: Say) -> int:
    """About how many UTF-16 units a line takes once it is written."""
    parts = [part for value in line.values.values() for part in (value if isinstance(value, tuple) else (value,))]
    return sum(_BETWEEN + _length(part) for part in parts)


def _length(part: object) -> int:
    if isinstance(part, str):
        return len(part.encode("utf-16-le", "surrogatepass")) // 2
    return max(length(part), _A_WORD) if isinstance(part, Say) else _A_WORD


def packed(lines: Sequence[Say], room: int) -> list[tuple[Say, ...]]:
    """Lines in as few messages of about `room` units as hold them whole: at least one, which may be empty."""
    packs: list[tuple[Say, ...]] = [()]
    left = room
    for line in lines:
        size = length(line)
        if size > left and packs[-1]:
            packs.append(())
            left = room
        packs[-1] = (*packs[-1], line)
        left -= size
    return packs
