"""What the flows are built from: the practice, its form, its rules and its pages."""

from dataclasses import dataclass

from bot.practice.advice import Advice
from bot.practice.clinic import Clinic
from bot.practice.forms import Form
from bot.practice.safety import Safety
from bot.practice.screening import Screening


@dataclass(frozen=True, slots=True)
class Content:
    """Everything a practice may change without touching Python. `pages` are (id, title), in their order."""

    clinic: Clinic
    form: Form
    """The first assessment."""
    check: Form
    """The short look before each visit; what it asks again, it asks by the same linkIds and codes."""
    screening: Screening
    safety: Safety
    advice: Advice
    pages: tuple[tuple[str, str], ...] = ()
