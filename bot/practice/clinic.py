"""The practice as `clinic.yaml` describes it: who works where and when, at what price, by which rules.

The values are plain frozen dataclasses; `read_clinic` is the only way in from a file, and tells every
fault of the file in one go.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
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

from bot.practice.clashes import Loc, clashes, whole
from bot.practice.closing import Days, public_holidays, read_days, read_region, unknown_region
from bot.practice.quiet import NIGHT, Quiet, read_quiet
from bot.practice.slots import Interval, Span
from bot.practice.week import Range, Week, common, read_ranges, read_weekday
from bot.source import Fault, Node, nearest, read_strings

EXAMPLE = Path(__file__).parents[1] / "content" / "clinic.yaml"
"""The built-in example practice: fictional, complete, and what `acuback demo` runs on."""

LEAST_KEEPING_YEARS = 3
"""A record destroyed sooner could be missing from a claim still open: Limitation Act 1980, s. 11 (UK)."""

LONGEST_ID = 30
"""With it a button's data stays within Telegram's 64 bytes, up to somebody's millionth question."""

Kind = Literal["initial", "follow_up"]

_NOWHERE = frozenset({"localtime", "posixrules", "Factory"})
"""Files beside the zones that are whatever the machine is set to: no calendar elsewhere knows them."""


def _phone(given: object) -> str:
    text = str(given).strip()
    digits = re.sub(r"\D", "", text)
    if not re.fullmatch(r"\+?[0-9(][0-9 ()./-]*", text) or not 3 <= len(digits) <= 15:
        raise ValueError(f"'{text}' is not a phone number (3 to 15 digits, such as 01632 960123)")
    return text


def _zone(given: object) -> ZoneInfo:
    try:
        if str(given) in _NOWHERE:
            raise ValueError(given)
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


def _morning(given: object) -> time:
    match = re.fullmatch(r"(0\d|1[01]):([0-5]\d)", str(given).strip(), re.ASCII)
    if match is None:
        raise ValueError(f"'{given}' is not a time of the morning from 00:00 to 11:59, such as 07:30")
    return time(int(match[1]), int(match[2]))


def _longest_first(offsets: tuple[timedelta, ...]) -> tuple[timedelta, ...]:
    if len(set(offsets)) < len(offsets):
        raise ValueError("the same time is given twice")
    return tuple(sorted(offsets, reverse=True))


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Id = Annotated[str, StringConstraints(pattern=rf"^[a-z][a-z0-9_-]{{0,{LONGEST_ID - 1}}}$")]
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
    """A kind of appointment: its length, what it costs, and the time kept free before and after it.

    One with `hours` is given in these only, as far as somebody is there. `expect` tells in a line what happens. One to
    `approve` is firm once the practitioner agreed; without an answer in `approve_within_hours` its time is free again.
    """

    id: Id
    kind: Kind
    minutes: Annotated[int, Field(ge=5, le=480)]
    price: Annotated[Decimal, Field(ge=0, le=100_000, decimal_places=2)]
    name: Line | None = None
    buffer_minutes: Annotated[int, Field(ge=0, le=240)] = 0
    buffer_before_minutes: Annotated[int, Field(ge=0, le=240)] = 0
    expect: Line | None = None
    hours: Hours | None = None
    approve: bool = False
    approve_within_hours: Annotated[int, Field(ge=1, le=720)] = 24

    @property
    def called(self) -> str:
        """What people read: its name; of one without, its id."""
        return self.name or self.id

    @property
    def span(self) -> Span:
        """How long it is, and what it keeps free around it."""
        before, after = (timedelta(minutes=each) for each in (self.buffer_before_minutes, self.buffer_minutes))
        return Span(timedelta(minutes=self.minutes), before, after)


@dataclass(frozen=True, slots=True)
class Policies(_Part):
    """The practice's rules of booking. Notice is in hours before the visit starts; somebody late is waited for so many
    minutes."""

    booking_notice_hours: Annotated[int, Field(ge=0, le=720)]
    move_notice_hours: Annotated[int, Field(ge=0, le=720)]
    cancel_notice_hours: Annotated[int, Field(ge=0, le=720)]
    horizon_days: Annotated[int, Field(ge=1, le=366)]
    start_every_minutes: Annotated[int, Field(ge=5, le=240)] = 15
    wait_minutes: Annotated[int, Field(ge=0, le=120)] = 10


@dataclass(frozen=True, slots=True)
class Alert(_Part):
    """An alert nobody has seen: when it is sent again, and when the next contact is told, from its start; and when
    the patient is asked whether they reached care."""

    again_after_minutes: Annotated[int, Field(ge=1, le=1440)] = 10
    second_contact_after_minutes: Annotated[int, Field(ge=1, le=1440)] = 30
    ask_care_after_minutes: Annotated[int, Field(ge=10, le=2880)] = 180


@dataclass(frozen=True, slots=True)
class Waitlist(_Part):
    """Whoever waits for an earlier time is offered one that opens, and it is kept for them so long."""

    offer_minutes: Annotated[int, Field(ge=15, le=180)] = 60

    @property
    def kept(self) -> timedelta:
        """The same, as a time."""
        return timedelta(minutes=self.offer_minutes)


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
    holidays: Annotated[str, PlainValidator(read_region)] | None = None
    closed: tuple[Annotated[Days, PlainValidator(read_days)], ...] = ()
    contacts: tuple[Contact, ...] = ()
    alert: Alert = Alert()
    waitlist: Waitlist = Waitlist()
    visit_reminders: Annotated[
        tuple[Annotated[timedelta, PlainValidator(_duration)], ...], AfterValidator(_longest_first)
    ] = (timedelta(days=2), timedelta(days=1), timedelta(hours=2))
    morning_page: Annotated[time, PlainValidator(_morning)] | None = None
    weekly_page: Day | None = None
    review_after_sessions: Annotated[int, Field(ge=1, le=52)] | None = None
    quiet_hours: Annotated[Quiet, PlainValidator(read_quiet)] = NIGHT

    @property
    def address_line(self) -> str:
        """The address in one line."""
        return ", ".join(self.address)

    def practitioner(self, id: str) -> Practitioner:
        """The practitioner of that id. Raises KeyError if there is none."""
        return {each.id: each for each in self.practitioners}[id]

    def visit(self, id: str) -> Visit:
        """The visit of that id. Raises KeyError if there is none."""
        return {each.id: each for each in self.visits}[id]

    def visits_for(self, kind: Kind) -> tuple[Visit, ...]:
        """The visits of one kind, in the file's order."""
        return tuple(visit for visit in self.visits if visit.kind == kind)

    def takes(self, visit_id: str, starts_at: datetime, ends_at: datetime) -> Interval:
        """What a visit between two instants takes of whoever gives it, buffers included; of a kind that is no longer
        there, itself."""
        span = next((each.span for each in self.visits if each.id == visit_id), Span(ends_at - starts_at))
        return Interval(starts_at - span.before, ends_at + span.after)

    def hours_of(self, practitioner_id: str, visit: Visit) -> Week:
        """The weekly hours in which a practitioner gives a visit: their own or the practice's, as far as the visit
        is given then. Raises KeyError."""
        there = self.there(self.practitioner(practitioner_id).id)
        return there if visit.hours is None else common(there, visit.hours)

    def there(self, practitioner_id: str) -> Week:
        """The weekly hours of a practitioner, whatever is given in them; the practice's, of one it does not name."""
        own = next((each.hours for each in self.practitioners if each.id == practitioner_id), None)
        return self.hours if own is None else own

    def closed_on(self, first: date, last: date) -> frozenset[date]:
        """The days between two, both in, on which the practice is closed: public holidays and days of its own."""
        own = {day for days in self.closed for day in days.between(first, last)}
        years = range(first.year, last.year + 1) if self.holidays else ()
        public = {day for year in years for day in public_holidays(self.holidays or "", year) if first <= day <= last}
        return frozenset(own | public)


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
    # What it takes to know the regions is read for a practice's own file only: the tests hold what is built in.
    if path != EXAMPLE and (clinic is None or clinic.holidays):
        faults += _region_faults(node)
    faults += [Fault(node.place(*loc), message) for loc, message in _clashes(content, node)]
    if faults:
        return None, sorted(faults, key=lambda fault: fault.place.line if fault.place else 0)
    return clinic, []


def _region_faults(node: Node) -> list[Fault]:
    try:
        unknown = unknown_region(read_region(node.plain().get("holidays")))
    except ValueError:
        return []
    return [Fault(node.place("holidays"), f"holidays: {unknown}")] if unknown else []


_PARTS: dict[str | int, type[Any]] = {
    "place": Venue,
    "numbers": Numbers,
    "practitioners": Practitioner,
    "rooms": Room,
    "contacts": Contact,
    "visits": Visit,
    "policies": Policies,
    "alert": Alert,
    "waitlist": Waitlist,
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
    yield from clashes(content, node)
    alert = content.get("alert")
    if isinstance(alert, dict):
        again = whole(alert.get("again_after_minutes", str(Alert().again_after_minutes)))
        second = whole(alert.get("second_contact_after_minutes", str(Alert().second_contact_after_minutes)))
        if again is not None and second is not None and second <= again:
            yield ("alert",), "second_contact_after_minutes is not after again_after_minutes"
