"""Visits as iCalendar (RFC 5545), which Google, Apple and Outlook take in and bring up to date: one as a file for the
patient, and all of a practitioner's as a calendar to subscribe to.

One visit has one UID through all its moves, and SEQUENCE rises with each change: a calendar that knows the UID replaces
what it has. Times stand in the practice's zone and the file brings that zone along, so that nobody's own idea of it
counts. Nobody is named in it: there is no ORGANIZER and no ATTENDEE, since nothing is to be answered.
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from unicodedata import category
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vDuration

from bot.practice.wall import instant, on_the_wall

_MADE_BY = "-//acuback//visit//EN"
_MADE_FOR_ANYBODY = "-//diary//visits//EN"
"""In a feed, whose keeper shall not read of what is treated."""
_STATUS = {
    "booked": "CONFIRMED",
    "arrived": "CONFIRMED",
    "no_show": "CONFIRMED",
    "awaiting_release": "TENTATIVE",
    "cancelled": "CANCELLED",
}
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DEGREES = 4
"""Decimals of a degree: ten metres, and never written with an exponent, which RFC 5545 does not know."""
_YEARS_AFTER = 2
_STEP = timedelta(days=7)
_BEFORE_ALL = datetime(1970, 1, 1)  # noqa: DTZ001 - an onset is a wall time


def written(visit: Mapping[str, Any]) -> bytes:
    """The file of a visit, lines folded and ended as the RFC asks.

    {'uid', 'sequence', 'state': a booking's, 'starts_at', 'ends_at', 'made_at': ISO 8601 with an offset, 'zone': an
    IANA name, 'title', 'place', 'about': texts, 'latitude', 'longitude': degrees}. Raises LookupError where one is
    missing.
    """
    event = _event(visit)
    event.add("status", _STATUS[visit["state"]])
    event.add("location", _clean(visit["place"]))
    event.add("description", _clean(visit["about"]))
    event.add("geo", tuple(round(visit[name], _DEGREES) for name in ("latitude", "longitude")))
    calendar = _calendar(_MADE_BY)
    calendar.add("method", "CANCEL" if visit["state"] == "cancelled" else "PUBLISH")
    return _told(calendar, [(visit, event)])


def written_feed(name: str, visits: Sequence[Mapping[str, Any]], refresh: timedelta) -> bytes:
    """A calendar called `name` of all these visits, each {'uid', 'sequence', 'starts_at', 'ends_at', 'made_at', 'zone',
    'title'} as `written` takes them; whoever subscribes is asked to look again after `refresh`.

    The same visits make the same bytes. Raises LookupError where one lacks something.
    """
    calendar = _calendar(_MADE_FOR_ANYBODY)
    calendar.add("name", _clean(name))
    calendar.add("x-wr-calname", _clean(name))
    calendar.add("refresh-interval", refresh, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", vDuration(refresh))
    events = [(visit, _event(visit)) for visit in visits]
    for _, event in events:
        # Whether one waits to be released would tell a calendar's keeper of a warning sign.
        event.add("status", "CONFIRMED")
        event.add("class", "PRIVATE")
    return _told(calendar, events)


def _calendar(made_by: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", made_by)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    return calendar


def _event(visit: Mapping[str, Any]) -> Event:
    event = Event()
    event.add("uid", visit["uid"])
    event.add("sequence", visit["sequence"])
    event.add("dtstamp", datetime.fromisoformat(visit["made_at"]).astimezone(UTC))
    event.add("summary", _clean(visit["title"]))
    return event


def _told(calendar: Calendar, events: Sequence[tuple[Mapping[str, Any], Event]]) -> bytes:
    """The calendar with its events and the zones their times are told in."""
    spans: dict[str, list[datetime]] = {}
    for visit, event in events:
        zone = ZoneInfo(visit["zone"])
        times = [datetime.fromisoformat(visit[name]).astimezone(UTC) for name in ("starts_at", "ends_at")]
        if all(_is_told_by_the_wall(moment, zone) for moment in times):
            spans.setdefault(zone.key, []).extend(times)
            times = [moment.astimezone(zone) for moment in times]
        event.add("dtstart", times[0])
        event.add("dtend", times[1])
    for key, moments in spans.items():
        calendar.add_component(_timezone(ZoneInfo(key), min(moments), max(moments)))
    for _, event in events:
        calendar.add_component(event)
    made: bytes = calendar.to_ical()
    return made


def _clean(text: str) -> str:
    """Without the control characters that RFC 5545, 3.1 keeps out of a text."""
    return "".join(one for one in text if one == "\n" or category(one) != "Cc")


def _is_told_by_the_wall(moment: datetime, zone: ZoneInfo) -> bool:
    """Whether a wall time tells it: one that clocks show twice means the first (RFC 5545, 3.3.5)."""
    return instant(on_the_wall(moment, zone), zone) == moment


@dataclass(frozen=True, slots=True)
class _Change:
    """Clocks change: `onset` is what they show just before, from the first to the second offset."""

    onset: datetime
    before: timedelta
    after: timedelta
    name: str

    @property
    def moment(self) -> datetime:
        return (self.onset - self.before).replace(tzinfo=UTC)

    @property
    def kind(self) -> tuple[object, ...]:
        return self.before, self.after, self.name, self.onset.month, self.onset.weekday(), self.onset.time()

    @property
    def weeks(self) -> set[int]:
        """Which of its weekdays in the month it is: the n-th, and -1 for the last."""
        day = self.onset.day
        is_last = day + 7 > monthrange(self.onset.year, self.onset.month)[1]
        return {(day - 1) // 7 + 1} | ({-1} if is_last else set())


def _timezone(zone: ZoneInfo, starts_at: datetime, ends_at: datetime) -> Timezone:
    """The zone as it is around a visit.

    Changes that come by a yearly rule are written as one: Outlook reads a zone as one rule into summer and one out of
    it, and leaves lists of dates aside ([MS-OXCICAL] 2.1.3.1.1.19). Other changes stand alone, from the one in force
    when the visit starts to the next after it.
    """
    first = datetime(starts_at.year - 1, 1, 1, tzinfo=UTC)
    last = datetime(ends_at.year + _YEARS_AFTER, 1, 1, tzinfo=UTC)
    changes = list(_changes(zone, first, last))
    made = Timezone()
    made.add("tzid", zone.key)
    rules = _rules(changes, last.year - first.year)
    for change, week in rules:
        day = f"{week}{_DAYS[change.onset.weekday()]}"
        made.add_component(_observance(change, {"freq": "yearly", "bymonth": change.onset.month, "byday": day}))
    if not rules:
        standing = _Change(_BEFORE_ALL, _offset(zone, first), _offset(zone, first), _name(zone, first))
        begun = [one for one in changes if one.moment <= starts_at]
        within = [one for one in changes if starts_at < one.moment < ends_at]
        after = [one for one in changes if one.moment >= ends_at]
        for change in ([standing, *begun][-1], *within, *after[:1]):
            made.add_component(_observance(change))
    return made


def _changes(zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[_Change]:
    """When the offset changes between two instants, to the second."""
    while first < last:
        then = first + _STEP
        before, after = _offset(zone, first), _offset(zone, then)
        if before != after:
            old, new = first, then
            while new - old > timedelta(seconds=1):
                middle = (old + (new - old) / 2).replace(microsecond=0)
                old, new = (middle, new) if _offset(zone, middle) == before else (old, middle)
            yield _Change((new + before).replace(tzinfo=None), before, after, _name(zone, new))
        first = then


def _rules(changes: list[_Change], years: int) -> list[tuple[_Change, int]]:
    """The first change of each kind, and the week of its month it always comes in; none unless all keep to one."""
    rules = []
    for kind in dict.fromkeys(one.kind for one in changes):
        alike = [one for one in changes if one.kind == kind]
        weeks = set.intersection(*(one.weeks for one in alike))
        if len({one.onset.year for one in alike}) != years or not weeks:
            return []
        rules.append((alike[0], min(weeks)))
    return rules


def _observance(change: _Change, rule: Mapping[str, Any] | None = None) -> TimezoneDaylight | TimezoneStandard:
    part: TimezoneDaylight | TimezoneStandard
    part = TimezoneDaylight() if change.after > change.before else TimezoneStandard()
    part.add("dtstart", change.onset)
    part.add("tzoffsetfrom", change.before)
    part.add("tzoffsetto", change.after)
    part.add("tzname", change.name)
    if rule:
        part.add("rrule", rule)
    else:
        part.add("rdate", change.onset)  # what DTSTART says already: not every reader takes it for the first by itself
    return part


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def _name(zone: ZoneInfo, moment: datetime) -> str:
    return moment.astimezone(zone).tzname() or ""
