"""An answer of the form as a value the words can write: a date as a date, yes and no as words."""

from collections.abc import Iterable
from datetime import date

from bot.flows.flow import spoken
from bot.model import Say
from bot.practice import values as fhir

SAYS = (spoken("common.yes"), spoken("common.no"))


def told(value: fhir.Value) -> str | date | Say:
    """One FHIR value, for a reader in any language."""
    held = fhir.content(value)
    if isinstance(held, bool):
        return Say("common.yes" if held else "common.no")
    if fhir.kind(value) == "valueDate":
        try:
            return date.fromisoformat(str(held))
        except ValueError:
            return str(held)
    return fhir.text(value)


def told_all(given: Iterable[fhir.Value]) -> tuple[str | date | Say, ...]:
    """Several, in their order."""
    return tuple(map(told, given))


def short(text: str, most: int) -> str:
    """The beginning of a text, with an ellipsis where something is left out."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
