"""The quiet hours: when nobody is written to who did not just write, by their own clock."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.practice.wall import instant, on_the_wall


@dataclass(frozen=True, slots=True)
class Quiet:
    """The hours of the night, by the clocks of whoever is written to: from `start` in the evening to `end`."""

    start: time = time(21)
    end: time = time(8)

    def holds(self, wall: time) -> bool:
        """Whether nothing is to be sent when clocks show this."""
        return wall >= self.start or wall < self.end

    def after(self, wall: time) -> time:
        """This time of day; where it lies in these hours, the end of them."""
        return self.end if self.holds(wall) else wall

    def at(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Whether it is night for somebody in `zone`."""
        return self.holds(on_the_wall(moment, zone).time())

    def over(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """When the night that is now is over, in UTC; None by day."""
        wall = on_the_wall(moment, zone)
        if not self.holds(wall.time()):
            return None
        return instant(datetime.combine(wall.date() + timedelta(days=wall.time() >= self.start), self.end), zone)

    def began(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """When the night that is at a moment began, in UTC."""
        wall = on_the_wall(moment, zone)
        return instant(datetime.combine(wall.date() - timedelta(days=wall.time() < self.end), self.start), zone)

    def next_start(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """When the night after a moment of the day begins, in UTC."""
        wall = on_the_wall(moment, zone)
        return instant(datetime.combine(wall.date(), self.start), zone)


NIGHT = Quiet()
"""The quiet hours of a practice that names none."""


def read_quiet(given: object) -> Quiet:
    """`21:00-08:00`: from an hour of the evening to one of the morning. Raises ValueError."""
    match = re.fullmatch(r"\s*([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-3]):([0-5]\d)\s*", str(given), re.ASCII)
    if match is not None:
        quiet = Quiet(time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4])))
        if time(18) <= quiet.start and time(5) <= quiet.end < time(12):
            return quiet
    raise ValueError(f"'{given}' is not from an hour of the evening to one of the morning, such as 21:00-08:00")
