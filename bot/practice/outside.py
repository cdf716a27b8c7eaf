"""A practitioner's own calendar, read for nothing but when they are busy: titles, places and people are not kept."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

from bot.model import Stretch
from bot.practice.wall import instant

MOST = 2000
"""Stretches after those that meet are one: more is no calendar of one person's."""
_DAY = timedelta(days=1)


class Unreadable(Exception):
    """It begins like a calendar and is none, or not one that can be read."""


class TooMuch(Exception):
    """More than a person can have to do."""


def busy(
    content: bytes, *, zone: ZoneInfo, since: datetime, until: datetime, own: Collection[str] = ()
) -> tuple[list[Stretch], bool]:
    """When whoever keeps this calendar is busy between two instants: start and end in UTC, in order, none meeting
    another. A stretch that reaches out of the window is told whole.

    What says it leaves one free is left out (TRANSP, a cancelled STATUS, Outlook's own way), and so is every UID of
    `own`. Days and times without a zone are those of `zone`. The second answer is whether everything in it could be
    read: what could not is left out. Raises Unreadable and TooMuch.
    """
    try:
        calendars = Calendar.from_ical(content, multiple=True)
        events = [event for one in calendars for event in one.walk("VEVENT")]
        for event in events:
            _without_words(event)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as fault:
        raise Unreadable from fault
    if not calendars or any(one.name != "VCALENDAR" for one in calendars):
        raise Unreadable
    stretches: list[Stretch] = []
    whole = not any(event.errors for event in events)
    for one in calendars:
        found, all_found = _occurrences(one, since - _DAY, until + _DAY)
        whole = whole and all_found
        for event in found:
            stretch = _stretch(event, zone) if _counts(event, own) else None
            if stretch and stretch[0] < until and since < stretch[1]:
                stretches.append(stretch)
    merged = list(_merged(stretches))
    if len(merged) > MOST:
        raise TooMuch
    return merged, whole


def _without_words(event: Any) -> None:
    for name in ("summary", "description", "location", "attendee", "organizer", "comment", "url", "attach"):
        event.pop(name, None)


def _occurrences(calendar: Calendar, since: datetime, until: datetime) -> tuple[list[Any], bool]:
    """Each time anything in it takes place, and whether every rule could be followed."""
    if (together := _followed(calendar, since, until)) is not None:
        return together, True
    apart = [_followed(one, since, until) for one in _apart(calendar)]
    return [event for found in apart for event in found or ()], None not in apart


def _followed(calendar: Calendar, since: datetime, until: datetime) -> list[Any] | None:
    """Each time anything in it takes place; None where that cannot be told of something."""
    try:
        return list(recurring_ical_events.of(calendar, components=["VEVENT"]).between(since, until))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - whatever an entry raises that nobody can follow: the others still count
        return None


def _apart(calendar: Calendar) -> Iterator[Calendar]:
    """A calendar for each thing in it, with its exceptions, and with what else the whole says of it."""
    series: dict[str, list[Any]] = {}
    for number, event in enumerate(calendar.walk("VEVENT")):
        series.setdefault(str(event.get("uid", number)), []).append(event)
    for events in series.values():
        one = Calendar()
        one.update(calendar)
        one.subcomponents = events
        yield one


def _counts(event: Any, own: Collection[str]) -> bool:
    said = {name: str(event.get(name, "")).upper() for name in ("transp", "status", "x-microsoft-cdo-busystatus")}
    is_free = said["transp"] == "TRANSPARENT" or said["x-microsoft-cdo-busystatus"] == "FREE"
    return not is_free and said["status"] != "CANCELLED" and str(event.get("uid", "")) not in own


def _stretch(event: Any, zone: ZoneInfo) -> Stretch | None:
    start = event["dtstart"].dt
    end = event["dtend"].dt if "dtend" in event else start + (_DAY if not isinstance(start, datetime) else timedelta())
    try:
        begins, ends = _instant(start, zone), _instant(end, zone)
    except OverflowError:
        return None
    return (begins, ends) if begins < ends else None


def _instant(moment: date, zone: ZoneInfo) -> datetime:
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    if moment.tzinfo is None:
        return instant(moment, zone)
    return moment.astimezone(ZoneInfo("UTC"))


def _merged(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    open_one: Stretch | None = None
    for start, end in sorted(stretches):
        if open_one is None:
            open_one = start, end
        elif start <= open_one[1]:
            open_one = open_one[0], max(open_one[1], end)
        else:
            yield open_one
            open_one = start, end
    if open_one is not None:
        yield open_one
