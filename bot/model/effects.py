"""Effects: deeds that the same transaction does with the database. Those of the diary and of calendars stand there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from bot.model.calendars import DropCalendar, KeepCalendar, MakeFeed, MarkCalendar, RevokeFeed
from bot.model.diary import (
    AddTimeOff,
    ApproveBooking,
    AskToMove,
    Book,
    CancelBooking,
    ConfirmBooking,
    DropTimeOff,
    Hold,
    LetGo,
    MakeOffer,
    MarkVisit,
    PassOver,
    ReleaseBookings,
    RenewHold,
    RunLate,
    SettleOffer,
    StopWaiting,
    Wait,
)
from bot.model.facts import AlarmStep, Invite, Kind, Level, Occasion, Plan, ReminderKind


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
class SetPlan:
    """Of whoever the event came from, unless the practice names a patient."""

    plan: Plan
    patient_id: int | None = None


@dataclass(frozen=True, slots=True)
class PlanReminder:
    """Plan something for an instant.

    It is about the patient and goes to the account of whoever the event came from, unless a patient is named: they are
    told in their first account. `booking_id` is the visit it is about; without one, word of a visit, advice for after
    it, the look back and a request are about the one just booked, or the next.
    """

    kind: ReminderKind
    due_at: datetime
    topic: str = ""
    patient_id: int | None = None
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
