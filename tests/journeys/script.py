"""The grammar of a journey: a Markdown file whose list items are what happens, one after the other.

Everything that is no list item is prose. A list item that is not understood is a fault of the journey.

    - **clock** stands at 2 March 2026 09:30        (first of all; by the practice's clock)
    - **clock** walks to 4 March 2026 18:00
    - **Alex** opens the invitation for practitioner example
    - **Maria** types "3 May 1980"                  (a message; /help is one too)
    - **Maria** taps *No*                           (on the newest message that has such a button)
    - **Maria** taps *Book* under "Your answers"    (on the newest message that says this)
    - **Maria** agrees                              (through the first words, to the menu)
    - **Maria** answers harmlessly up to "a part of a question"
    - **Maria** sends a photo
    - **Maria** blocks the bot                      (and: lets the bot in again)
    - **bot → Maria** "a part", "another" with *A button*, *Another*
    - **bot → Maria** in passing "a part of what flashes up"
    - **bot → Maria** a picture "a part of the words under it"
    - **bot → Maria** a contact "01632 960200"
    - **bot → Maria** a place "Willow Lane"
    - **bot → Maria** a document "ending.pdf"
    - **bot → Maria** has not said "what would not be true yet"
    - **Telegram** cannot reach Alex                (and: reaches Alex again)
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Stands:
    at: datetime


@dataclass(frozen=True, slots=True)
class Walks:
    to: datetime


@dataclass(frozen=True, slots=True)
class Opens:
    who: str
    role: str
    ref: str


@dataclass(frozen=True, slots=True)
class Types:
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Taps:
    who: str
    label: str
    under: str = ""


@dataclass(frozen=True, slots=True)
class Agrees:
    who: str


@dataclass(frozen=True, slots=True)
class Answers:
    who: str
    until: str


@dataclass(frozen=True, slots=True)
class Photo:
    who: str


@dataclass(frozen=True, slots=True)
class Blocks:
    who: str


@dataclass(frozen=True, slots=True)
class LetsIn:
    who: str


@dataclass(frozen=True, slots=True)
class Says:
    who: str
    parts: tuple[str, ...]
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flashes:
    who: str
    part: str


@dataclass(frozen=True, slots=True)
class Hands:
    who: str
    name: str


@dataclass(frozen=True, slots=True)
class Draws:
    who: str
    part: str


@dataclass(frozen=True, slots=True)
class Shows:
    who: str
    title: str


@dataclass(frozen=True, slots=True)
class GivesNumber:
    who: str
    phone: str


@dataclass(frozen=True, slots=True)
class HasNotSaid:
    who: str
    part: str


@dataclass(frozen=True, slots=True)
class CannotReach:
    who: str


@dataclass(frozen=True, slots=True)
class Reaches:
    who: str


Deed = (
    Stands | Walks | Opens | Types | Taps | Agrees | Answers | Photo | Blocks | LetsIn | Says | Flashes | Draws
    | Shows | GivesNumber | Hands | HasNotSaid | CannotReach | Reaches
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happens, and where it is written."""

    number: int
    text: str
    deed: Deed


class NotUnderstood(Exception):
    """A list item that is none of the above."""


_WHO = r"\*\*(?P<who>[A-Z]\w*)\*\*"
_TO = r"\*\*bot → (?P<who>[A-Z]\w*)\*\*"
_QUOTED = re.compile(r'"([^"]+)"')
_LABEL = re.compile(r"\*([^*]+)\*")


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%d %B %Y %H:%M")  # noqa: DTZ007 - the practice's zone is added on the stage


def _says(found: re.Match[str]) -> Says:
    return Says(found["who"], tuple(_QUOTED.findall(found["parts"])), tuple(_LABEL.findall(found["labels"] or "")))


_FORMS: tuple[tuple[str, Callable[[re.Match[str]], Deed]], ...] = (
    (r"\*\*clock\*\* stands at (?P<at>.+)", lambda found: Stands(_moment(found["at"]))),
    (r"\*\*clock\*\* walks to (?P<at>.+)", lambda found: Walks(_moment(found["at"]))),
    (r"\*\*Telegram\*\* cannot reach (?P<who>[A-Z]\w*)", lambda found: CannotReach(found["who"])),
    (r"\*\*Telegram\*\* reaches (?P<who>[A-Z]\w*) again", lambda found: Reaches(found["who"])),
    (
        _WHO + r" opens the invitation for (?P<role>practitioner|contact) (?P<ref>\S+)",
        lambda found: Opens(found["who"], found["role"], found["ref"]),
    ),
    (_WHO + r' types "(?P<text>.+)"', lambda found: Types(found["who"], found["text"])),
    (
        _WHO + r' taps \*(?P<label>[^*]+)\*(?: under "(?P<under>[^"]+)")?',
        lambda found: Taps(found["who"], found["label"], found["under"] or ""),
    ),
    (_WHO + r" agrees", lambda found: Agrees(found["who"])),
    (
        _WHO + r' answers harmlessly up to "(?P<until>[^"]+)"',
        lambda found: Answers(found["who"], found["until"]),
    ),
    (_WHO + r" sends a photo", lambda found: Photo(found["who"])),
    (_WHO + r" blocks the bot", lambda found: Blocks(found["who"])),
    (_WHO + r" lets the bot in again", lambda found: LetsIn(found["who"])),
    (_TO + r' in passing "(?P<part>[^"]+)"', lambda found: Flashes(found["who"], found["part"])),
    (_TO + r' a picture "(?P<part>[^"]+)"', lambda found: Draws(found["who"], found["part"])),
    (_TO + r' a contact "(?P<phone>[^"]+)"', lambda found: GivesNumber(found["who"], found["phone"])),
    (_TO + r' a place "(?P<title>[^"]+)"', lambda found: Shows(found["who"], found["title"])),
    (_TO + r' a document "(?P<name>[^"]+)"', lambda found: Hands(found["who"], found["name"])),
    (_TO + r' has not said "(?P<part>[^"]+)"', lambda found: HasNotSaid(found["who"], found["part"])),
    (_TO + r' (?P<parts>"[^"]+"(?:, "[^"]+")*)(?: with (?P<labels>\*[^*]+\*(?:, \*[^*]+\*)*))?', _says),
)


def read(path: Path) -> list[Line]:
    """The lines of a journey. Raises `NotUnderstood`, naming file and line."""
    return list(_lines(path))


def _lines(path: Path) -> Iterator[Line]:
    items: list[tuple[int, str]] = []
    in_item = False
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if text.startswith("- "):
            items.append((number, text[2:].strip()))
        elif text.startswith("  ") and in_item:
            items[-1] = (items[-1][0], f"{items[-1][1]} {text.strip()}")
        in_item = text.startswith("- ") or (text.startswith("  ") and in_item)
    for number, item in items:
        yield Line(number, item, _deed(f"{path.name}:{number}", item))


def _deed(where: str, item: str) -> Deed:
    for form, made in _FORMS:
        if found := re.fullmatch(form, item):
            try:
                return made(found)
            except ValueError:
                break
    raise NotUnderstood(f"{where}: not understood: {item}")
