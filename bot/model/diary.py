"""The diary: visits, what they take, the times kept and away, the waitlist; and what is done with them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal


@dataclass(frozen=True, slots=True)
class Booking:
    """A visit in the diary. `uid` names it for calendars through all its moves; `sequence` rises with each change;
    `confirmed`: the patient has said since that they are coming; `move_asked`: the practice has asked them to choose
    another time; `late`: by how many minutes the patient said they will be;
    `approve_until`: the practitioner has not agreed to it yet, and may until then; `made_at`: when it was put at this
    time; `overtaken`: what took its place has been changed since (known of one visit asked for).

    In the practice's diary it has the patient's name, the accounts of theirs that messages reach, and whether a
    reminder of it was sent.
    """

    id: int
    patient_id: int
    visit: str
    practitioner: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    state: Literal["awaiting_release", "booked", "arrived", "no_show", "cancelled"]
    uid: str = ""
    sequence: int = 0
    confirmed: bool = False
    move_asked: bool = False
    late: int = 0
    approve_until: datetime | None = None
    made_at: datetime | None = None
    overtaken: bool = False
    name: str = ""
    accounts: tuple[int, ...] = ()
    reminded: bool = False


@dataclass(frozen=True, slots=True)
class Busy:
    """A stretch of time one resource is taken, buffers included: by a booking, or kept for somebody (None)."""

    kind: Literal["practitioner", "room"]
    ref: str
    starts_at: datetime
    ends_at: datetime
    booking_id: int | None = None


@dataclass(frozen=True, slots=True)
class TimeOff:
    """A stretch in which a practitioner is away or a room is closed: said so by the practice, or read from the
    practitioner's own calendar. Visits may not lie in it; buffers may. `made_at` is when that was said or read."""

    id: int
    kind: Literal["practitioner", "room"]
    ref: str
    starts_at: datetime
    ends_at: datetime
    source: Literal["practice", "calendar"] = "practice"
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """How much of the diary is wanted: from now so far ahead, of these practitioners and rooms."""

    ahead: timedelta = timedelta()
    of: frozenset[str] = frozenset()


NO_WINDOW = Window()
"""Nothing of the diary."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A time kept, from `since` and up to `until`, for an account that chose it and has not booked it yet.

    As an effect: keep it so for whoever the event came from, in the place of whatever was kept for them before.
    """

    practitioner: str
    room: str
    starts_at: datetime
    free_at: datetime
    until: datetime
    since: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who wants to hear of times that open: on these days (Monday 0), in these parts of the day.

    `visit_at` and `practitioner` are of their next visit, if they have one; `offered` are the times they were offered
    before; `name` is told to the practice only.
    """

    patient_id: int
    account_id: int
    days: frozenset[int]
    parts: frozenset[str]
    since: datetime
    zone: str | None = None
    visit_at: datetime | None = None
    practitioner: str | None = None
    offered: frozenset[datetime] = frozenset()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Opening:
    """What somebody's leaving freed of a practitioner's time, buffers included: it is offered to one after the other.

    `state`, `offered_at` and `until` are of what this person was told of it: '' is nothing yet. `is_out`: it is
    offered to somebody now.
    """

    id: int
    practitioner: str
    starts_at: datetime
    ends_at: datetime
    is_out: bool = False
    state: Literal["", "offered", "taken", "refused", "lapsed", "passed", "later"] = ""
    offered_at: datetime | None = None
    until: datetime | None = None


# --- effects


@dataclass(frozen=True, slots=True)
class Book:
    """Take a time: of a practitioner and a room, who are taken up to `free_at`; and from `free_from` on, where that is
    before it starts.

    `uid` names the visit for calendars, through all its moves. `replaces` is the visit it is moved from, which stands
    up to then; `again` one that was cancelled, and stands again with this. Without `patient_id` it is for whoever the
    event came from; the practice names a patient.
    """

    visit: str
    practitioner: str
    room: str
    starts_at: datetime
    ends_at: datetime
    free_at: datetime
    zone: str
    state: Literal["awaiting_release", "booked"]
    uid: str
    replaces: int | None = None
    again: int | None = None
    patient_id: int | None = None
    approve_until: datetime | None = None
    free_from: datetime | None = None
    in_time_off: bool = False
    """The practice puts it where it said somebody is away, knowing so."""


@dataclass(frozen=True, slots=True)
class RenewHold:
    """What is kept for whoever the event came from `since` then is kept up to `until`, but no longer than `longest` in
    all. What has lapsed stays so, and so does what is kept for another reason."""

    since: datetime
    until: datetime
    longest: timedelta


@dataclass(frozen=True, slots=True)
class LetGo:
    """Keep no time any more for whoever the event came from."""


UNDO = timedelta(minutes=3)
"""How long whoever left a time may take it back, before anybody on the waitlist is offered it."""


@dataclass(frozen=True, slots=True)
class CancelBooking:
    booking_id: int


@dataclass(frozen=True, slots=True)
class ConfirmBooking:
    """The patient says they are coming to this visit."""

    booking_id: int


@dataclass(frozen=True, slots=True)
class ApproveBooking:
    """The practitioner agrees to a visit that waited for their word: it is firm, unless a warning sign holds it."""

    booking_id: int
    state: Literal["awaiting_release", "booked"]


@dataclass(frozen=True, slots=True)
class AskToMove:
    """The practice asks the patient to choose another time for this visit; it stands until they do."""

    booking_id: int


@dataclass(frozen=True, slots=True)
class RunLate:
    """The patient says by how many minutes they will be late for this visit."""

    booking_id: int
    minutes: int


@dataclass(frozen=True, slots=True)
class MarkVisit:
    """Whether somebody came to a visit that has begun; it stood at `was` when that was decided."""

    booking_id: int
    was: str
    state: Literal["arrived", "no_show"]


@dataclass(frozen=True, slots=True)
class AddTimeOff:
    """A practitioner is away, or a room closed, between two instants."""

    ref: str
    starts_at: datetime
    ends_at: datetime
    kind: Literal["practitioner", "room"] = "practitioner"


@dataclass(frozen=True, slots=True)
class DropTimeOff:
    """They are there after all; what was read from a calendar stays as it is there."""

    id: int


@dataclass(frozen=True, slots=True)
class ReleaseBookings:
    patient_id: int


@dataclass(frozen=True, slots=True)
class Wait:
    """The patient wants to hear of times that open on these days (Monday 0), in these parts of the day.

    Who waits already keeps their place.
    """

    days: frozenset[int]
    parts: frozenset[str]


@dataclass(frozen=True, slots=True)
class StopWaiting:
    """The patient wants to hear of no times any more."""


@dataclass(frozen=True, slots=True)
class MakeOffer:
    """Offer a visit in an opening to whoever the event came from, up to `until`: nobody else is asked before."""

    opening_id: int
    starts_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class SettleOffer:
    """The offer this person has of an opening is over; whoever waits behind them is asked."""

    opening_id: int
    state: Literal["taken", "refused", "lapsed"]


@dataclass(frozen=True, slots=True)
class PassOver:
    """This opening is not for whoever the event came from; where `until` is given, not before then."""

    opening_id: int
    until: datetime | None = None
