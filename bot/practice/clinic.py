"""The practice as `clinic.yaml` describes it: who works where and when, at what price, by which rules.

The values are plain frozen dataclasses; `read_clinic` is the only way in from a file, and tells every
fault of the file in one go.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from bot.practice.slots import Span
from bot.practice.week import Range, Week, read_ranges, read_weekday
from bot.source import Fault, Node, nearest, read_strings

EXAMPLE = Path(__file__).parents[1] / "content" / "clinic.yaml"
"""The built-in example practice: fictional, complete, and what `acuback demo` runs on."""

LEAST_KEEPING_YEARS = 3
"""A record destroyed sooner could be missing from a claim still open: Limitation Act 1980, s. 11 (UK)."""

Kind = Literal["initial", "follow_up"]
Loc = tuple[str | int, ...]


def _phone(given: object) -> str:
    text = str(given).strip()
    digits = re.sub(r"\D", "", text)
    if not re.fullmatch(r"\+?[0-9(][0-9 ()./-]*", text) or not 3 <= len(digits) <= 15:
        raise ValueError(f"'{text}' is not a phone number (3 to 15 digits, such as 01632 960123)")
    return text


def _zone(given: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(given))
    except (KeyError, ValueError, OSError):
        hint = nearest(str(given), available_timezones())
        raise ValueError(f"'{given}' is not an IANA time zone, such as Europe/London{hint}") from None


def _duration(given: object) -> timedelta:
    match = re.fullmatch(r"\s*([1-9]\d{0,3})\s+(day|hour|minute)s?\s*", str(given))
    if match is None:
        raise ValueError(f"'{given}' is not a time before the visit, such as 2 days, 1 hour or 30 minutes")
    before = timedelta(**{match[2] + "s": int(match[1])})
    if not timedelta(minutes=15) <= before <= timedelta(days=30):
        raise ValueError(f"'{given}' is not between 15 minutes and 30 days")
    return before


def _longest_first(offsets: tuple[timedelta, ...]) -> tuple[timedelta, ...]:
    if len(set(offsets)) < len(offsets):
        raise ValueError("the same time is given twice")
    return tuple(sorted(offsets, reverse=True))


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
Phone = Annotated[str, PlainValidator(_phone)]
Day = Annotated[int, PlainValidator(read_weekday)]
Ranges = Annotated[tuple[Range, ...], PlainValidator(read_ranges)]
Hours = Annotated[Mapping[Day, Ranges], AfterValidator(MappingProxyType)]


class _Part:
    """A mapping of the file, in which a key that is not a field is a fault."""

    __slots__ = ()
    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Venue(_Part):
    """Where the practice is on a map: degrees, and the title a map pin carries."""

    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    title: Line


@dataclass(frozen=True, slots=True)
class Numbers(_Part):
    """Whom a patient calls when the practice is the wrong place, as dialled in its country."""

    emergency: Phone
    crisis: Phone
    maternity: Phone
    out_of_hours: Phone


@dataclass(frozen=True, slots=True)
class Practitioner(_Part):
    """Somebody who treats. `hours` are their own, where they differ from the practice's."""

    id: Id
    name: Line
    registration: Line | None = None
    hours: Hours | None = None


@dataclass(frozen=True, slots=True)
class Room(_Part):
    """Somewhere to be treated: one patient at a time."""

    id: Id
    name: Line


@dataclass(frozen=True, slots=True)
class Contact(_Part):
    """Somebody besides the practitioners who may be told of an alert."""

    id: Id
    name: Line


@dataclass(frozen=True, slots=True)
class Visit(_Part):
    """A kind of appointment: its length, what it costs, and the time kept free after it."""

    id: Id
    kind: Kind
    minutes: Annotated[int, Field(ge=5, le=480)]
    price: Annotated[Decimal, Field(ge=0, le=100_000, decimal_places=2)]
    name: Line | None = None
    buffer_minutes: Annotated[int, Field(ge=0, le=240)] = 0

    @property
    def span(self) -> Span:
        """How long it is, and what it keeps free around it."""
        return Span(timedelta(minutes=self.minutes), after=timedelta(minutes=self.buffer_minutes))


@dataclass(frozen=True, slots=True)
class Policies(_Part):
    """The practice's rules of booking. Notice is in hours before the visit starts."""

    booking_notice_hours: Annotated[int, Field(ge=0, le=720)]
    move_notice_hours: Annotated[int, Field(ge=0, le=720)]
    cancel_notice_hours: Annotated[int, Field(ge=0, le=720)]
    horizon_days: Annotated[int, Field(ge=1, le=366)]
    start_every_minutes: Annotated[int, Field(ge=5, le=240)] = 15


@dataclass(frozen=True, slots=True)
class Alert(_Part):
    """An alert nobody has seen: when it is sent again, and when the next contact is told, from its start; and when
    the patient is asked whether they reached care."""

    again_after_minutes: Annotated[int, Field(ge=1, le=1440)] = 10
    second_contact_after_minutes: Annotated[int, Field(ge=1, le=1440)] = 30
    ask_care_after_minutes: Annotated[int, Field(ge=10, le=2880)] = 180


@dataclass(frozen=True, slots=True)
class Clinic(_Part):
    """The whole practice. Ids of practitioners, rooms and contacts are unique among them all."""

    name: Line
    address: Annotated[tuple[Line, ...], Field(min_length=1, max_length=8)]
    place: Venue
    phone: Phone
    numbers: Numbers
    zone: Annotated[ZoneInfo, PlainValidator(_zone)]
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    locale: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    practitioners: Annotated[tuple[Practitioner, ...], Field(min_length=1)]
    rooms: Annotated[tuple[Room, ...], Field(min_length=1)]
    hours: Hours
    visits: Annotated[tuple[Visit, ...], Field(min_length=1)]
    policies: Policies
    keeping_years: Annotated[int, Field(ge=LEAST_KEEPING_YEARS, le=100)]
    contacts: tuple[Contact, ...] = ()
    alert: Alert = Alert()
    visit_reminders: Annotated[
        tuple[Annotated[timedelta, PlainValidator(_duration)], ...], AfterValidator(_longest_first)
    ] = (timedelta(days=2), timedelta(days=1), timedelta(hours=2))

    def practitioner(self, id: str) -> Practitioner:
        """The practitioner of that id. Raises KeyError if there is none."""
        return {each.id: each for each in self.practitioners}[id]

    def visit(self, id: str) -> Visit:
        """The visit of that id. Raises KeyError if there is none."""
        return {each.id: each for each in self.visits}[id]

    def visits_for(self, kind: Kind) -> tuple[Visit, ...]:
        """The visits of one kind, in the file's order."""
        return tuple(visit for visit in self.visits if visit.kind == kind)

    def hours_of(self, practitioner_id: str) -> Week:
        """The weekly hours of a practitioner: their own, or the practice's. Raises KeyError."""
        own = self.practitioner(practitioner_id).hours
        return self.hours if own is None else own


def read_clinic(path: Path, root: Path | None = None) -> tuple[Clinic | None, list[Fault]]:
    """Read a practice. The clinic is None exactly when there are faults; they come in the file's order.

    `root` is what file names in faults are relative to.
    """
    node, faults = read_strings(path, root)
    if node is None:
        return None, faults
    content = node.plain()
    if not isinstance(content, dict):
        return None, [*faults, Fault(node.place(), "a practice is a list of keys such as name: and hours:")]
    clinic = None
    try:
        clinic = TypeAdapter(Clinic).validate_python(content)
    except ValidationError as error:
        for wrong in error.errors(include_url=False):
            faults.append(_fault(node, wrong))
    faults += [Fault(node.place(*loc), message) for loc, message in _clashes(content, node)]
    if faults:
        return None, sorted(faults, key=lambda fault: fault.place.line if fault.place else 0)
    return clinic, []


_PARTS: dict[str | int, type[Any]] = {
    "place": Venue,
    "numbers": Numbers,
    "practitioners": Practitioner,
    "rooms": Room,
    "contacts": Contact,
    "visits": Visit,
    "policies": Policies,
    "alert": Alert,
}

_PATTERNS = {
    "country": "the two capital letters of a country, such as GB",
    "locale": "a language and country, such as en-GB",
    "currency": "the three capital letters of a currency, such as GBP",
    "id": "a short id of a-z, 0-9, - and _ that begins with a letter",
}


def _fault(node: Node, wrong: Any) -> Fault:
    """A validation error in the words of somebody who edits the file."""
    loc: Loc = tuple(part for part in wrong["loc"] if part != "[key]")
    name = ".".join(str(part + 1 if isinstance(part, int) else part) for part in loc) or "the file"
    given = wrong["input"]
    match wrong["type"]:
        case "missing":
            message = f"{name} is missing"
        case "unexpected_keyword_argument":
            part = Clinic if len(loc) == 1 else _PARTS[loc[0]]
            message = f"unknown key {name}{nearest(str(loc[-1]), [each.name for each in fields(part)])}"
        case _ if given == "":
            message = f"{name} has no value"
        case "value_error":
            message = f"{name}: {wrong['ctx']['error']}"
        case "string_pattern_mismatch":
            message = f"{name}: '{given}' is not {_PATTERNS[str(loc[-1])]}"
        case _:
            rule = wrong["msg"].removeprefix("Input ").split(", unable")[0]
            message = f"{name} {rule[:1].lower()}{rule[1:]}"
            message += f", not '{given}'" if isinstance(given, str) else ""
    return Fault(node.place(*loc), message)


def _clashes(content: dict[str, Any], node: Node) -> Iterator[tuple[Loc, str]]:
    """What is wrong between values that are each well by themselves; ill ones are passed over."""
    for sections, key in [
        (("practitioners", "rooms", "contacts"), "id"),
        (("visits",), "id"),
        (("visits",), "name"),
    ]:
        seen: dict[str, int] = {}
        for section in sections:
            for index, item in _items(content, section):
                value = item.get(key)
                if isinstance(value, str) and value:
                    line = node.place(section, index, key).line
                    if (first := seen.setdefault(value, line)) != line:
                        yield (section, index, key), f"the {key} '{value}' is taken (line {first})"

    visits = list(_items(content, "visits"))
    longest = _longest_opening(content)
    alike: dict[tuple[object, object, object], int] = {}
    for index, visit in visits:
        minutes = _whole(visit.get("minutes"))
        if minutes is not None and 0 < longest < minutes:
            rule = f"is longer than the longest opening ({longest} minutes)"
            yield ("visits", index, "minutes"), f"a visit of {minutes} minutes {rule}"
        line = node.place("visits", index).line
        first = alike.setdefault((visit.get("kind"), minutes, visit.get("name")), line)
        if first != line and minutes is not None and "name" not in visit:
            yield ("visits", index), f"cannot be told from the visit on line {first}; give each a name"
    if visits and all(visit.get("kind") == "follow_up" for _, visit in visits):
        yield ("visits",), "no visit is of the kind initial, so nobody new could book"

    if isinstance(content.get("hours"), dict) and all(day == "closed" for day in content["hours"].values()):
        yield ("hours",), "the practice is never open"
    alert = content.get("alert")
    if isinstance(alert, dict):
        again = _whole(alert.get("again_after_minutes", str(Alert().again_after_minutes)))
        second = _whole(alert.get("second_contact_after_minutes", str(Alert().second_contact_after_minutes)))
        if again is not None and second is not None and second <= again:
            yield ("alert",), "second_contact_after_minutes is not after again_after_minutes"


def _items(content: dict[str, Any], section: str) -> Iterator[tuple[int, dict[str, Any]]]:
    items = content.get(section)
    for index, item in enumerate(items if isinstance(items, list) else []):
        if isinstance(item, dict):
            yield index, item


def _whole(text: object) -> int | None:
    return int(text) if isinstance(text, str) and text.isdecimal() else None


def _longest_opening(content: dict[str, Any]) -> int:
    """The minutes of the longest range anybody keeps; 0 if no hours can be read."""
    weeks = [content.get("hours"), *(person.get("hours") for _, person in _items(content, "practitioners"))]
    longest = 0
    for week in weeks:
        for day in week.values() if isinstance(week, dict) else []:
            try:
                longest = max([longest, *(each.minutes for each in read_ranges(day))])
            except ValueError:
                continue
    return longest
