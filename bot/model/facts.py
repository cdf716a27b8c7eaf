"""What is known when an event is decided, and what to ask for where it is not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, Literal

from bot.model.calendars import Feed, OutsideCalendar
from bot.model.diary import NO_WINDOW, Booking, Busy, Hold, Opening, TimeOff, Waiting, Window

Level = Literal["emergency", "doctor", "tell"]
Kind = Literal["intake", "check"]
"""Which form a response answers: the assessment, or the short screen before a visit."""


@dataclass(frozen=True, slots=True)
class Account:
    """A Telegram user. `zone` is None until chosen: the clinic's counts."""

    id: int
    chat_id: int
    locale: str
    zone: str | None = None
    reachable: bool = True


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody of the practice, linked to a chat by an invitation."""

    account_id: int
    role: Literal["practitioner", "contact"]
    ref: str
    reachable: bool = True


@dataclass(frozen=True, slots=True)
class Invite:
    """An invitation that can still be opened."""

    id: int
    role: Literal["practitioner", "contact"]
    ref: str


@dataclass(frozen=True, slots=True)
class Patient:
    """A person in care. `name` is what to call them; `full_name` finds them, where they gave it."""

    id: int
    state: str
    name: str = ""
    birth_date: str = ""
    phone: str = ""
    full_name: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A patient's newest response to a form: place in the form -> FHIR values (empty: skipped).

    `asked` are the places the practitioner has put to the patient again; `was` is what stood where an answer was
    changed since the response was sent.
    """

    id: int
    episode_id: int
    form: str
    status: Literal["in-progress", "completed", "amended", "stopped"]
    answers: Mapping[str, tuple[Mapping[str, Any], ...]]
    submitted_at: datetime | None = None
    touched_at: datetime | None = None
    asked: frozenset[str] = frozenset()
    was: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flag:
    """A warning sign the patient told of in a response.

    `told`: the practice got word of it; `seen`: somebody there said so; `care`: whether the patient reached care.
    """

    code: str
    level: Level
    state: Literal["open", "disputed", "released", "withdrawn"]
    link_id: str = ""
    told: bool = False
    seen: bool = False
    care: Literal["", "yes", "no"] = ""
    response_id: int = 0
    raised_at: datetime | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has released it nor taken it back."""
        return self.state in ("open", "disputed")

    @property
    def holds(self) -> bool:
        """Whether it holds visits and advice back: it is of the graver kinds, and waits."""
        return self.is_waiting and self.level != "tell"


AlarmStep = Literal["again", "second", "care"]
"""Of an alarm: sounded again, sounded to the next contact too, and the patient asked whether help was reached."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """What is to be done at an instant about a patient's emergency, if it still stands."""

    id: int
    patient_id: int
    account_id: int
    step: AlarmStep
    due_at: datetime
    set_at: datetime


@dataclass(frozen=True, slots=True)
class Concern:
    """Warning signs of a patient's that nobody has released: the rules' codes, one level a row."""

    patient_id: int
    name: str
    level: Level
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """When lifestyle advice is wanted, and how much of it.

    On these `days` (Monday 0) when clocks in `zone` show `at`, at most `weekly` a week, since `begun_at`. `left_out`
    are topics and groups of them that are not wanted; `done` is how often each was followed; `tags` is what was read of
    their answers, as `tags_of` stood. `lines` are a practitioner's own, which go out next. `ignored`: so many came in a
    row without a tap or a word. `held`: a warning sign keeps it back, and they have been told. `asked`: nothing comes
    until they say whether to go on.
    """

    days: frozenset[int]
    at: time
    zone: str
    state: Literal["on", "paused", "asked", "off"]
    weekly: int = 3
    begun_at: datetime | None = None
    paused_until: datetime | None = None
    ignored: int = 0
    held: bool = False
    left_out: frozenset[str] = frozenset()
    done: Mapping[str, int] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    tags_of: str = ""
    lines: tuple[str, ...] = ()


ReminderKind = Literal["advice", "again", "aftercare", "visit", "nudge", "checkin", "review", "hold", "approval"]
"""A piece of advice, one that was put off to the evening, one for after a visit, word of a visit, word of an assessment
left half done, the weekly question how somebody is, the look back after some visits, the end of a time kept, and of a
request nobody has answered."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """Something planned for an instant: a message, or a deed about a visit (see `ReminderKind`).

    One that had to wait is due anew; `wanted_at` is when it was meant to come.
    """

    id: int
    patient_id: int
    account_id: int
    kind: ReminderKind
    due_at: datetime
    state: str
    topic: str = ""
    booking_id: int | None = None
    put_off_from: datetime | None = None

    @property
    def wanted_at(self) -> datetime:
        return self.put_off_from or self.due_at


Occasion = Literal["intake", "checkin"]
"""When somebody gave numbers to follow over time: in the assessment, or at a weekly check-in."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Numbers to follow over time that were given together, by the codes the form gives them."""

    at: datetime
    occasion: Occasion
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Progress:
    """How somebody who is asked how they are has been: as `Facts.scores`; `asked` is how often they were asked since
    they answered last."""

    patient_id: int
    name: str
    scores: tuple[Scores, ...]
    asked: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when an event is decided. `known` names the groups somebody loaded; the rest are defaults.

    Groups: consents, patient, record (of the assessment), sent (the newest assessment that was sent: the practice
    goes by it), check (the newest screen before a visit), checks (all that were sent in this episode), flags,
    bookings, plan, practice (who of the practice is linked), busy (the diary's occupancies, no names, without what
    is kept for this account), off (times off, whoever's, that are not over), hold (what is kept for it, or was until
    it lapsed), diary (bookings with names, for the practice), past (visits that have begun, the last first), visit
    (the one a button names, cancelled ones too, if it is this person's business: the other groups are about its
    patient), concerns (emergencies and doctor's signs nobody has released, for the practice), accounts (of the
    patient), invite, reminder (the one a button names), topics (advice already sent -> when), reading (the patient's
    responses, each with its revision), scores (of the episode the practice goes by, the oldest first), progress (of
    everybody who was asked lately how they are, for the practice), waiting (their place on the waitlist), waitlist
    (everybody's, with names, for the practice), opening (the one a button or the clock names, with what this person was
    told of it), feed and outside (the practitioner's diary as a calendar, and the calendar of their own), secret (fresh
    chance that nobody has seen before: 144 bits as 24 letters), patients (in care, by name, for the practice).
    """

    now: datetime
    account: Account
    staff: Staff | None = None
    known: frozenset[str] = frozenset()
    consents: frozenset[str] = frozenset()
    patient: Patient | None = None
    record: Record | None = None
    sent: Record | None = None
    check: Record | None = None
    checks: tuple[Record, ...] = ()
    flags: tuple[Flag, ...] = ()
    bookings: tuple[Booking, ...] = ()
    plan: Plan | None = None
    practice: tuple[Staff, ...] = ()
    busy: tuple[Busy, ...] = ()
    off: tuple[TimeOff, ...] = ()
    hold: Hold | None = None
    diary: tuple[Booking, ...] = ()
    past: tuple[Booking, ...] = ()
    visit: Booking | None = None
    concerns: tuple[Concern, ...] = ()
    patients: tuple[Patient, ...] = ()
    accounts: tuple[Account, ...] = ()
    invite: Invite | None = None
    reminder: Reminder | None = None
    topics: Mapping[str, datetime] = field(default_factory=dict)
    reading: tuple[tuple[int, int], ...] = ()
    feed: Feed | None = None
    outside: OutsideCalendar | None = None
    secret: str = ""
    scores: tuple[Scores, ...] = ()
    progress: tuple[Progress, ...] = ()
    waiting: Waiting | None = None
    waitlist: tuple[Waiting, ...] = ()
    opening: Opening | None = None

    @property
    def staff_ref(self) -> str:
        """The id the practice gives whoever of it the event came from; '' for anybody else."""
        return self.staff.ref if self.staff else ""

    @property
    def last_visit(self) -> datetime | None:
        """When the patient's last visit ended, if there was one: one they came to, or of which nobody said so."""
        ended = (one.ends_at for one in self.past if one.state != "no_show" and one.ends_at <= self.now)
        return max(ended, default=None)

    @property
    def next_booking(self) -> Booking | None:
        """The next of the patient's visits that has not begun."""
        return next((one for one in self.bookings if one.starts_at > self.now), None)

    @property
    def signs_stand(self) -> bool:
        """Whether a warning sign of the patient's holds visits and advice back."""
        return any(flag.holds for flag in self.flags)


@dataclass(frozen=True, slots=True)
class Needs:
    """`advance` lacks facts: these groups, of this patient or row where it is not the account's own; of `busy`,
    `off` and the diary, what falls into the window."""

    groups: frozenset[str]
    patient_id: int | None = None
    row: int | None = None
    code: str = ""
    window: Window = NO_WINDOW
