"""The one way from a wall clock to an instant."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which clocks in `zone` show `wall` (naive).

    Of a time that clocks show twice, the first; a time they skip moves forward by as much as they do.
    """
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def on_the_wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """What clocks in `zone` show (naive) at a moment that knows its own zone."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def is_skipped(wall: datetime, zone: ZoneInfo) -> bool:
    """Whether clocks in `zone` never show `wall`."""
    return on_the_wall(instant(wall, zone), zone) != wall
