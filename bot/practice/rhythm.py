"""When lifestyle advice comes: on the days and at the time somebody chose, in their zone, and never at night.

Recurrence runs APScheduler's cron trigger as a wall calendar: wall times are handed to it as if they were UTC, and
`wall.instant` turns what it answers into a moment. Run in a local zone it fires twice when clocks go back and loses
times when they go forward.
"""

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from bot.model import Plan
from bot.practice.quiet import Quiet
from bot.practice.wall import instant, on_the_wall

LATEST = timedelta(hours=2)
"""Advice later than this is skipped, not sent: it would come at a time nobody chose."""

ON_ITS_WAY = timedelta(minutes=15)
"""So long what was sent in time may take to get there, though its time is over meanwhile."""

REST = timedelta(hours=12)
"""No two pieces of advice come closer than this, wherever somebody has moved in between."""

COURSE = timedelta(weeks=12)
"""So long advice comes as often as was chosen; after that, once a week."""

FEWER_AFTER, ASKED_AFTER = 3, 10
"""So many in a row without a tap or a word: half as many come; it is asked whether they are wanted at all."""

UNDISTURBED = timedelta(minutes=30)
"""So long after somebody's last word a question is taken to be in hand."""

LOOK_AGAIN = timedelta(minutes=5)
"""How soon advice that waits for the end of a dialogue looks again."""

WEEK = timedelta(weeks=1)
_EVENINGS = ((time(18), time(18, 30)), (time(20), time(20, 30)))


def next_due(days: frozenset[int], at: time, zone: ZoneInfo, after: datetime) -> datetime:
    """The first moment after `after`, in UTC, when clocks in `zone` show `at` on one of `days`.

    Monday is 0. A time that clocks skip that day comes as much later, one they show twice the first time.
    Raises ValueError if there are no days, or a day is none, or the time has seconds.
    """
    # A time that was skipped comes after clocks already show a later one, so the search starts a day back.
    wall = on_the_wall(after, zone) - timedelta(days=1)
    while True:
        shown = _shown(days, at, wall.replace(second=0, microsecond=0))
        moment = instant(shown, zone)
        if moment > after:
            return moment
        wall = shown + timedelta(minutes=1)


def next_of(plan: Plan, quiet: Quiet, after: datetime, last: datetime | None = None) -> datetime:
    """When the next piece of a plan's advice is due, behind `after` and well behind the `last` that came.

    Where the practice's quiet hours have grown over the time chosen, it comes when they end.
    """
    zone = ZoneInfo(plan.zone)
    begun = plan.paused_until if plan.paused_until and plan.paused_until > after else after
    if last is not None:
        begun = max(begun, last + (WEEK if is_rare(plan, after) else REST))
    return next_due(spread(plan.days, weekly(plan, after)), quiet.after(plan.at), zone, begun)


def weekly(plan: Plan, now: datetime) -> int:
    """How many a week: as chosen for twelve weeks, then one; half of it where they are ignored."""
    chosen = 1 if plan.begun_at is not None and now - plan.begun_at >= COURSE else plan.weekly
    return max(1, chosen // 2) if plan.ignored >= FEWER_AFTER else chosen


def is_rare(plan: Plan, now: datetime) -> bool:
    """Whether not even one comes every week: half of one."""
    return plan.ignored >= FEWER_AFTER and (
        plan.weekly == 1 or (plan.begun_at is not None and now - plan.begun_at >= COURSE)
    )


def spread(days: frozenset[int], count: int) -> frozenset[int]:
    """So many of these weekdays at most, evenly apart, the first among them."""
    listed = sorted(days)
    count = min(count, len(listed))
    return frozenset(listed[place * len(listed) // count] for place in range(count))


def is_missed(due: datetime, now: datetime) -> bool:
    """Whether advice due at `due` is too late to send at `now`."""
    return now - due > LATEST


def put_off(heard: datetime | None, now: datetime) -> datetime | None:
    """When advice that finds a question in hand looks again; None where the last word is long ago."""
    if heard is None or now - heard >= UNDISTURBED:
        return None
    return min(heard + UNDISTURBED, now + LOOK_AGAIN)


def this_evening(now: datetime, zone: ZoneInfo, quiet: Quiet) -> datetime | None:
    """When it is evening today for somebody in `zone`, in UTC; None where that is over, or night."""
    wall = on_the_wall(now, zone)
    ahead = (at for until, at in _EVENINGS if wall.time() < until and not quiet.holds(at))
    at = next(ahead, None)
    return instant(datetime.combine(wall.date(), at), zone) if at else None


@lru_cache(maxsize=65536)
def _shown(days: frozenset[int], at: time, wall: datetime) -> datetime:
    """The first of these times from a wall time on: very many are due at the same."""
    shown: datetime = _calendar(days, at).get_next_fire_time(None, wall.replace(tzinfo=UTC))
    return shown.replace(tzinfo=None)


@lru_cache(maxsize=4096)
def _calendar(days: frozenset[int], at: time) -> Any:
    if not days or not days <= set(range(7)) or at.second or at.microsecond:
        raise ValueError("advice needs weekdays from 0 to 6 and a time of day")
    named = ",".join(map(str, sorted(days)))
    return CronTrigger(day_of_week=named, hour=at.hour, minute=at.minute, second=0, timezone=UTC)
