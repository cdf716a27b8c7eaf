"""The waitlist's rules: whom a freed time suits, in which order they are asked, when, and for how long it is kept."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.model import Opening, Waiting

PARTS = {"mornings": range(12), "afternoons": range(12, 17), "evenings": range(17, 24)}
"""The parts of a day, by the hour of the practice's clock at which a visit starts."""
LEAST = timedelta(minutes=10)
"""An offer that would end sooner is not made."""


def suits(start: datetime, one: Waiting, zone: ZoneInfo) -> bool:
    """Whether somebody wants to hear of a visit that starts then: on a day and in a part of it they named, earlier
    than the visit they have, and not offered to them before."""
    there = start.astimezone(zone)
    return (
        there.weekday() in one.days
        and any(there.hour in PARTS[part] for part in one.parts)
        and (one.visit_at is None or start < one.visit_at)
        and start not in one.offered
    )


def in_line(opening: Opening, people: Iterable[Waiting], zone: ZoneInfo) -> Iterator[Waiting]:
    """Those whom a visit that starts in the opening may suit, whoever waits longest first.

    Somebody with a visit stays with their practitioner. Whether it really is free for them shows later.
    """
    begins, ends = opening.starts_at.astimezone(zone), opening.ends_at.astimezone(zone)
    hours = range(begins.hour, ends.hour + 1) if begins.date() == ends.date() else range(24)
    for one in sorted(people, key=lambda each: (each.since, each.patient_id)):
        if (
            one.practitioner in (None, opening.practitioner)
            and (one.visit_at is None or opening.starts_at < one.visit_at)
            and not one.days.isdisjoint((begins.weekday(), ends.weekday()))
            and any(hour in PARTS[part] for part in one.parts for hour in hours)
        ):
            yield one


def offer_ends(now: datetime, kept: timedelta, limits: Iterable[datetime]) -> datetime | None:
    """When an offer made now ends: after the time the practice keeps one for, and by each of the limits; None where
    that leaves nobody time to think."""
    until = min((now + kept, *limits))
    return until if until - now >= LEAST else None
