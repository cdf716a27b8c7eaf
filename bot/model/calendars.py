"""A practitioner's calendars: the diary as others may read it, and one of their own that busy times come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Trouble = Literal[
    "private",  # it lies inside this network
    "page",  # a web page is there
    "not_calendar",
    "too_large",
    "too_much",  # more in it than a person can have to do, or more than can be read in time
    "unreadable",
    "slow",
    "down",
    "insecure",  # its certificate is not in order
    "not_found",
    "forbidden",
    "refused",  # its server answers with a fault
    "redirects",
    "partly",  # it was read, but not all that is in it
]
"""What is wrong with a calendar."""

Stretch = tuple[datetime, datetime]
"""From an instant up to another, in UTC."""


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
    trouble: Trouble | None = None
    told: bool = False


@dataclass(frozen=True, slots=True)
class Errand:
    """A practitioner's own calendar that is to be looked at: where it lies, and what was known of it before.

    `marks` are the headers that ask whether it changed, `digest` that of what was read last, in full at `full_at`;
    `own` are the UIDs of the practice's own visits. What was found is told to `chat_id`.
    """

    chat_id: int
    revision: int
    url: str
    marks: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""
    full_at: datetime | None = None
    own: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a calendar said: the stretches somebody is busy in (None: those of before still hold), and what is to be
    known of it the next time."""

    busy: tuple[Stretch, ...] | None = None
    marks: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""
    full_at: datetime | None = None


# --- effects


@dataclass(frozen=True, slots=True)
class MakeFeed:
    """Serve the practitioner's diary to whoever has the secret with this SHA-256, and to nobody by an older one."""

    hash: bytes


@dataclass(frozen=True, slots=True)
class RevokeFeed:
    """Serve the practitioner's diary to nobody any more."""


@dataclass(frozen=True, slots=True)
class KeepCalendar:
    """Take busy times from the calendar at this address, in the place of whatever they came from before."""

    url: str


@dataclass(frozen=True, slots=True)
class DropCalendar:
    """Take busy times from no calendar any more; those that came from one are given back."""


@dataclass(frozen=True, slots=True)
class MarkCalendar:
    """The practitioner's own calendar was looked at, as it was known at `revision`: what it says counts from now on.

    Without a reading what it said before goes on to count. `told`: the practitioner has heard of the trouble.
    """

    revision: int
    reading: Reading | None
    trouble: Trouble | None
    told: bool
