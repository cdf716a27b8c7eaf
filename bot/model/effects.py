"""Effects: deeds that the same transaction does with the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.model.calendars import Reading, Trouble
from bot.model.facts import AlarmStep, Hold, Invite, Kind, Level, Occasion, Plan, ReminderKind


@dataclass(frozen=True, slots=True)
class GiveConsent:
    purpose: Literal["intake", "reminders", "sharing"]
    words: str  # the key of the words agreed to


@dataclass(frozen=True, slots=True)
class WithdrawConsent:
    purpose: Literal["intake", "reminders", "sharing"]


@dataclass(frozen=True, slots=True)
class OpenEpisode:
    """What follows is about a new trouble: the episode before is closed, and kept."""


@dataclass(frozen=True, slots=True)
class OpenRecord:
    """Begin a response: the patient and the episode come into being with it where they are not there yet.

    `places` are all it may ask at: a row is kept for each from the start, so that none tells by being there.
    """

    form: str
    places: tuple[str, ...] = ()
    kind: Kind = "intake"


@dataclass(frozen=True, slots=True)
class Refit:
    """The form was replaced while somebody was in the middle: the draft goes on under the new one."""

    form: str
    places: tuple[str, ...]
    kind: Kind = "intake"


@dataclass(frozen=True, slots=True)
class SaveAnswer:
    place: str
    values: tuple[Mapping[str, Any], ...]
    kind: Kind = "intake"


@dataclass(frozen=True, slots=True)
class AskAgain:
    """The practitioner puts a question of the assessment to the patient: it is asked until it is answered anew."""

    patient_id: int
    place: str


@dataclass(frozen=True, slots=True)
class Identify:
    """What the answers say of who the patient is."""

    name: str = ""
    birth_date: str = ""
    phone: str = ""
    full_name: str = ""


@dataclass(frozen=True, slots=True)
class CloseRecord:
    status: Literal["completed", "amended", "stopped"]
    kind: Kind = "intake"


@dataclass(frozen=True, slots=True)
class DropRecord:
    """Erase a draft and its answers: nothing of it is kept."""


@dataclass(frozen=True, slots=True)
class KeepScores:
    """Numbers to follow over time, given together. There is an assessment they belong to."""

    values: Mapping[str, float]
    occasion: Occasion = "intake"


@dataclass(frozen=True, slots=True)
class RaiseFlag:
    code: str
    level: Level
    link_id: str
    kind: Kind = "intake"


@dataclass(frozen=True, slots=True)
class SettleFlags:
    """Move the patient's flags that are in one of `which` to `state`; of `codes` and of a response where named."""

    patient_id: int
    which: tuple[str, ...]
    state: Literal["open", "disputed", "released", "withdrawn"]
    codes: tuple[str, ...] = ()
    response_id: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """The practice has these flags of the patient's: the courier saw the message go. By response and code."""

    patient_id: int
    flags: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody of the practice says they have seen this patient's open flags: no alarm need sound for them again."""

    patient_id: int


@dataclass(frozen=True, slots=True)
class ReachedCare:
    """What the patient says of whether they got help."""

    patient_id: int
    answer: Literal["yes", "no"]


@dataclass(frozen=True, slots=True)
class SetAlarm:
    """See to this patient's emergency at `due_at`, unless it is settled by then."""

    patient_id: int
    step: AlarmStep
    due_at: datetime


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
    """Keep no time any more for an account: whoever the event came from, unless one is named."""

    account_id: int | None = None


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


@dataclass(frozen=True, slots=True)
class MakeFeed:
    """Serve the practitioner's diary to whoever has the secret with this SHA-256, and to nobody by an older one."""

    hash: bytes


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


@dataclass(frozen=True, slots=True)
class RevokeFeed:
    """Serve the practitioner's diary to nobody any more."""


@dataclass(frozen=True, slots=True)
class SetPlan:
    """Of whoever the event came from, unless the practice names a patient."""

    plan: Plan
    patient_id: int | None = None


@dataclass(frozen=True, slots=True)
class PlanReminder:
    """Plan something for an instant.

    It is about the patient and goes to the account of whoever the event came from, unless others are named: a patient
    named alone is told in their first account. `booking_id` is the visit it is about; without one, word of a visit,
    advice for after it and the look back are about the one just booked, or the next.
    """

    kind: ReminderKind
    due_at: datetime
    topic: str = ""
    patient_id: int | None = None
    account_id: int | None = None
    booking_id: int | None = None


@dataclass(frozen=True, slots=True)
class CancelReminders:
    """Those planned, of whoever the event came from, unless the practice names a patient."""

    kind: ReminderKind
    patient_id: int | None = None


@dataclass(frozen=True, slots=True)
class SettleReminder:
    reminder_id: int
    state: Literal["sent", "done", "missed", "cancelled"]
    topic: str = ""


@dataclass(frozen=True, slots=True)
class AddLine:
    """A practitioner's own line of advice, which goes out next: to a patient, or to everybody who gets advice."""

    text: str
    patient_id: int | None = None


@dataclass(frozen=True, slots=True)
class PutOff:
    """A reminder that is due waits, and is due anew at a later instant."""

    reminder_id: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Reschedule:
    """What is planned of a kind, of whoever the event came from, comes at another instant, with no topic any more.
    Where nothing is planned, nothing will be."""

    kind: ReminderKind
    due_at: datetime


@dataclass(frozen=True, slots=True)
class SetReachable:
    account_id: int
    reachable: bool


@dataclass(frozen=True, slots=True)
class LinkStaff:
    invite: Invite


@dataclass(frozen=True, slots=True)
class AskErasure:
    """The record of somebody treated: a request to the practitioner, who must keep it for a while."""


@dataclass(frozen=True, slots=True)
class Erase:
    """Destroy the patient's data key and everything under it."""

    patient_id: int


@dataclass(frozen=True, slots=True)
class ForgetAccount:
    """Erase the draft, the plan, consents and the Telegram ids of the account; conversation last."""


@dataclass(frozen=True, slots=True)
class Note:
    """A line of the audit: also of reading a record."""

    deed: str
    subject: str


Effect = (
    GiveConsent
    | WithdrawConsent
    | OpenEpisode
    | OpenRecord
    | Refit
    | SaveAnswer
    | AskAgain
    | Identify
    | CloseRecord
    | DropRecord
    | KeepScores
    | RaiseFlag
    | SettleFlags
    | Told
    | Seen
    | ReachedCare
    | SetAlarm
    | Book
    | Hold
    | RenewHold
    | LetGo
    | CancelBooking
    | ConfirmBooking
    | ApproveBooking
    | AskToMove
    | RunLate
    | MarkVisit
    | AddTimeOff
    | DropTimeOff
    | ReleaseBookings
    | Wait
    | StopWaiting
    | MakeOffer
    | SettleOffer
    | PassOver
    | MakeFeed
    | RevokeFeed
    | KeepCalendar
    | DropCalendar
    | MarkCalendar
    | SetPlan
    | PlanReminder
    | CancelReminders
    | SettleReminder
    | PutOff
    | Reschedule
    | AddLine
    | SetReachable
    | LinkStaff
    | AskErasure
    | Erase
    | ForgetAccount
    | Note
)
