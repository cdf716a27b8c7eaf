"""The practitioner's morning: when its page is due, and what of a day is free."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.practice.slots import Interval
from bot.practice.wall import instant
from bot.practice.week import Week

LATE = timedelta(hours=3)
"""A page later than this is of no use any more: it is left out."""
GAP = timedelta(hours=1)


def page_due(now: datetime, at: time, zone: ZoneInfo) -> date | None:
    """The day whose page is due at `now`, if it is to come when clocks in `zone` show `at`."""
    day = now.astimezone(zone).date()
    return day if timedelta() <= now - instant(datetime.combine(day, at), zone) < LATE else None


def next_page(now: datetime, at: time, zone: ZoneInfo) -> datetime:
    """When the first page after `now` is due, in UTC."""
    today = now.astimezone(zone).date()
    ahead = (instant(datetime.combine(today + timedelta(days=days), at), zone) for days in range(3))
    return next(moment for moment in ahead if moment > now)


def gaps(
    day: date,
    *,
    zone: ZoneInfo,
    hours: Week,
    closed: Collection[date],
    occupied: Iterable[Interval],
    now: datetime,
) -> list[Interval]:
    """What of a day's opening hours nothing takes from `now` on: stretches of an hour and more, in order, in UTC."""
    taken = sorted((one.start, one.end) for one in occupied)
    free = []
    for opening in () if day in closed else hours.get(day.weekday(), ()):
        start = max(instant(datetime.combine(day, opening.start), zone), now)
        closing = instant(datetime.combine(day, opening.end), zone)
        for begins, ends in [*taken, (closing, closing)]:
            if min(begins, closing) - start >= GAP:
                free.append(Interval(start, min(begins, closing)))
            start = max(start, ends)
    return free
