"""The vocabulary of the house: what comes in, what is known, what goes out. Frozen values, no behaviour but their own.

An edge turns what arrives into an `Arrival`; `advance(conversation, event, facts)` answers with an `Outcome`, or with
`Needs` for facts nobody loaded; reception carries the outcome out and hands `Parcel`s to the courier.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

# --- what comes in ---


@dataclass(frozen=True, slots=True)
class Tap:
    """An inline button: its data as sent, the callback to answer, the message it sits on."""

    data: str
    callback_id: str
    message_id: int


@dataclass(frozen=True, slots=True)
class Text:
    """Something typed; lone surrogates and NUL are already gone."""

    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """`/name argument`, the name in lower case without slash and bot name."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """A shared contact; `own` if it is the sender's."""

    phone: str
    own: bool


@dataclass(frozen=True, slots=True)
class Media:
    """A photo, document, voice note, sticker, place ...: `kind` is Telegram's name of the field, or `forwarded`.

    `mime` and `size` (bytes) as Telegram tells them; `name` is the file's own, if it has one.
    """

    kind: str
    file_id: str = ""
    mime: str = ""
    size: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """The person blocked the bot, or let it in again."""

    reachable: bool


@dataclass(frozen=True, slots=True)
class Due:
    """The clock's word: a planned reminder has come due."""

    reminder: "Reminder"


@dataclass(frozen=True, slots=True)
class Ring:
    """The clock's word: an alarm set for a patient has come due."""

    alarm: "Alarm"


@dataclass(frozen=True, slots=True)
class Delivered:
    """The courier's word on a message whose fate somebody waits for: `receipt` as the `Say` gave it."""

    receipt: str
    ok: bool


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An update no event could be made of; kept, sealed, for a person to look at."""

    raw: bytes
    reason: str


Event = Tap | Text | Command | Contact | Media | Reach | Due | Ring | Delivered | Unreadable


@dataclass(frozen=True, slots=True)
class Arrival:
    """One event with where it came from.

    `key` is its identity: the same key twice is one step. Telegram's are `(bot_id, update_id)`; the house's own
    (a reminder, a delivery) have `update_id` None and are once by the state of the row they speak of.
    """

    chat_id: int
    event: Event
    bot_id: int = 0
    update_id: int | None = None
    locale: str = ""
    origin: str = ""

    @property
    def key(self) -> str:
        return self.origin if self.update_id is None else f"{self.bot_id}.{self.update_id}"


# --- where the dialogue stands ---


@dataclass(frozen=True, slots=True)
class Draft:
    """One flow, half done: its step, what was answered so far, and the steps behind it."""

    step: str
    data: Mapping[str, Any] = field(default_factory=dict)
    trail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """All that is remembered of a dialogue between two events.

    `asking` rises when a question is put, so that an old button is known as old; `labels` are the buttons last shown,
    label -> data, so that a typed label counts as its tap.
    """

    flow: str | None = None
    drafts: Mapping[str, Draft] = field(default_factory=dict)
    asking: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)

    def dumps(self) -> bytes:
        """As JSON, for the vault."""
        drafts = {name: [draft.step, draft.data, draft.trail] for name, draft in self.drafts.items()}
        return json.dumps(
            [self.flow, drafts, self.asking, self.labels],
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()

    @staticmethod
    def loads(body: bytes) -> "Conversation":
        """From what `dumps` wrote."""
        flow, drafts, asking, labels = json.loads(body)
        return Conversation(
            flow=flow,
            drafts={name: Draft(step, data, tuple(trail)) for name, (step, data, trail) in drafts.items()},
            asking=asking,
            labels=labels,
        )


# --- what is known ---

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
    """A person in care. `name` is what to call them."""

    id: int
    state: str
    name: str = ""
    birth_date: str = ""
    phone: str = ""


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
    """A warning sign the patient told of in a response. Open and disputed ones hold a booking back.

    `told`: the practice got word of it; `seen`: somebody there said so; `care`: whether the patient reached care.
    """

    id: int
    code: str
    level: Level
    state: Literal["open", "disputed", "released", "withdrawn"]
    link_id: str = ""
    told: bool = False
    seen: bool = False
    care: Literal["", "yes", "no"] = ""
    response_id: int = 0

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has released it nor taken it back."""
        return self.state in ("open", "disputed")


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


@dataclass(frozen=True, slots=True)
class Booking:
    """A visit in the diary."""

    id: int
    patient_id: int
    visit: str
    practitioner: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    state: Literal["awaiting_release", "booked", "cancelled"]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Busy:
    """A stretch of time one resource is taken, buffers included."""

    kind: Literal["practitioner", "room"]
    ref: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """The days (Monday 0) and hour at which lifestyle advice is wanted."""

    days: frozenset[int]
    hour: int
    zone: str
    state: Literal["on", "paused", "off"]


@dataclass(frozen=True, slots=True)
class Reminder:
    """A planned message: a piece of advice, word of a visit, or of an assessment left half done."""

    id: int
    patient_id: int
    account_id: int
    kind: Literal["advice", "visit", "nudge"]
    due_at: datetime
    state: str
    topic: str = ""
    booking_id: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when an event is decided. `known` names the groups somebody loaded; the rest are defaults.

    Groups: consents, patient, record (of the assessment), check (the screen before a visit), flags, bookings,
    last_visit (when the last one ended), plan, practice (who of the practice is linked), busy (the diary's occupancies,
    no names), diary (bookings with names, for the practice), accounts (of the patient), invite, reminder (the one a
    button names), topics (advice already sent -> when).
    """

    now: datetime
    account: Account
    staff: Staff | None = None
    known: frozenset[str] = frozenset()
    consents: frozenset[str] = frozenset()
    patient: Patient | None = None
    record: Record | None = None
    check: Record | None = None
    flags: tuple[Flag, ...] = ()
    bookings: tuple[Booking, ...] = ()
    last_visit: datetime | None = None
    plan: Plan | None = None
    practice: tuple[Staff, ...] = ()
    busy: tuple[Busy, ...] = ()
    diary: tuple[Booking, ...] = ()
    accounts: tuple[Account, ...] = ()
    invite: Invite | None = None
    reminder: Reminder | None = None
    topics: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Needs:
    """`advance` lacks facts: these groups, of this patient or row where it is not the account's own."""

    groups: frozenset[str]
    patient_id: int | None = None
    row: int | None = None
    code: str = ""


# --- what goes out ---


@dataclass(frozen=True, slots=True)
class Offer:
    """A button: `data` goes back on a tap; its label is the words' for `code`, or `label` where facts make it."""

    code: str
    data: str
    label: Any = None
    ticked: bool | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    """Something to say: a key of the words and the values they hold. No sentence stands here.

    `to` is an account (None: whoever the event came from). `edit` is the message it replaces; `card` names a living
    message of the recipient's ('patient:7') that is edited in place, `reply_to` one it answers. `receipt` asks the
    courier to tell the conversation of this account when it was sent or refused. `matters`: repeated when nobody can
    tell whether it arrived. `bulk`: goes after replies to people. `lead` stands before it in the same message.

    `document` is the kind of a document that goes with it, made of `values['document']` and called `values['name']`.
    `photo` is the kind of a picture drawn of `values['photo']`: the words are its caption. `files` are sent again as
    they came, (kind, Telegram's file id); `contact` is a name and a phone number to call.
    """

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    offers: tuple[tuple[Offer, ...], ...] = ()
    to: int | None = None
    edit: int | None = None
    card: str = ""
    reply_to: str = ""
    receipt: str = ""
    matters: bool = True
    bulk: bool = False
    document: str = ""
    photo: str = ""
    files: tuple[tuple[str, str], ...] = ()
    contact: tuple[str, str] | None = None
    lead: tuple["Say", ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """Words rendered for one person: HTML as Telegram takes it, and rows of (label, data or address)."""

    text: str
    rows: tuple[tuple[tuple[str, str], ...], ...] = ()


# Effects: deeds that the same transaction does with the database.


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


@dataclass(frozen=True, slots=True)
class CloseRecord:
    status: Literal["completed", "amended", "stopped"]
    kind: Kind = "intake"


@dataclass(frozen=True, slots=True)
class DropRecord:
    """Erase a draft and its answers: nothing of it is kept."""


@dataclass(frozen=True, slots=True)
class KeepScore:
    code: str
    value: float


@dataclass(frozen=True, slots=True)
class RaiseFlag:
    code: str
    level: Level
    link_id: str
    kind: Kind = "intake"


@dataclass(frozen=True, slots=True)
class SettleFlags:
    """Move the patient's flags that are in one of `which` to `state`; only those of `codes`, and of a response, where named."""

    patient_id: int
    which: tuple[str, ...]
    state: Literal["open", "disputed", "released", "withdrawn"]
    codes: tuple[str, ...] = ()
    response_id: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """The practice has this patient's open flags: the courier saw the message go."""

    patient_id: int


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
    """Take a time: of a practitioner and a room, `buffer` minutes after it included in what they are taken for."""

    visit: str
    practitioner: str
    room: str
    starts_at: datetime
    ends_at: datetime
    free_at: datetime
    zone: str
    state: Literal["awaiting_release", "booked"]
    replaces: int | None = None


@dataclass(frozen=True, slots=True)
class CancelBooking:
    booking_id: int


@dataclass(frozen=True, slots=True)
class ReleaseBookings:
    patient_id: int


@dataclass(frozen=True, slots=True)
class SetPlan:
    plan: Plan


@dataclass(frozen=True, slots=True)
class PlanReminder:
    kind: Literal["advice", "visit", "nudge"]
    due_at: datetime
    topic: str = ""


@dataclass(frozen=True, slots=True)
class CancelReminders:
    kind: Literal["advice", "visit", "nudge"]


@dataclass(frozen=True, slots=True)
class SettleReminder:
    reminder_id: int
    state: Literal["sent", "done", "missed", "cancelled"]
    topic: str = ""


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
    | KeepScore
    | RaiseFlag
    | SettleFlags
    | Told
    | Seen
    | ReachedCare
    | SetAlarm
    | Book
    | CancelBooking
    | ReleaseBookings
    | SetPlan
    | PlanReminder
    | CancelReminders
    | SettleReminder
    | SetReachable
    | LinkStaff
    | AskErasure
    | Erase
    | ForgetAccount
    | Note
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an event leads to: the dialogue as it stands now, what is said, what is done; `toast` answers a tap."""

    conversation: Conversation
    says: tuple[Say, ...] = ()
    effects: tuple[Effect, ...] = ()
    toast: Say | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """A row of the outbox as the courier carries it.

    `body` is neutral of Telegram's methods: `text` (HTML), `rows` of [label, data], `edit` (a message id), `callback`
    (a callback to answer, with `toast`), `document` ({'name', 'kind', 'data'}), `photo` ({'kind', 'data'}, the text is
    its caption), `files` ([kind, file id]), `contact`, `venue`. A row about a card names it and its revision. `again`: its first sending may have arrived.
    """

    id: int
    account_id: int
    chat_id: int
    lane: int
    body: Mapping[str, Any]
    card_id: int | None = None
    card_revision: int | None = None
    matters: bool = True
    attempts: int = 0
    again: bool = False
