"""What the flows are built from: the practice, its form, its rules and its pages."""

from dataclasses import dataclass

from bot.practice.advice import Advice
from bot.practice.clinic import Clinic
from bot.practice.forms import Form
from bot.practice.safety import Safety
from bot.practice.screening import Screening


@dataclass(frozen=True, slots=True)
class Source:
    """What a claim rests on: a short name with its year, what it is, and where it stands."""

    short: str
    what: str
    where: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A page to read: its words are those of the key `learn/<id>`, `picture` the kind of what is drawn above them.

    Pages of one `section` stand together; `see` are pages it sends readers to.
    """

    id: str
    title: str
    section: str = ""
    sources: tuple[Source, ...] = ()
    see: tuple[str, ...] = ()
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """Everything a practice may change without touching Python. `pages` are in the order they are read in."""

    clinic: Clinic
    form: Form
    """The first assessment."""
    check: Form
    """The short look before each visit; what it asks again, it asks by the same linkIds and codes."""
    screening: Screening
    safety: Safety
    advice: Advice
    pages: tuple[Reading, ...] = ()
    public_url: str | None = None
    """Where the world reaches this practice's process; no feed without it."""
