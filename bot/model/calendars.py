"""A practitioner's calendars: the diary as others may read it, and one of their own that busy times come from."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Feed:
    """A practitioner's diary is served under a private address since `made_at`, and was last read from there."""

    made_at: datetime
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OutsideCalendar:
    """A calendar of a practitioner's own that busy times are taken from: `host` is where it lies.

    It was looked at last at `tried_at`, and could be read last at `read_at`; `failures` came since. `trouble` is what
    is wrong (a `Trouble`), and `told` whether the practitioner has heard so. `revision` rises with each look.
    """

    host: str
    revision: int
    made_at: datetime
    tried_at: datetime | None = None
    read_at: datetime | None = None
    failures: int = 0
    trouble: str = ""
    told: bool = False
