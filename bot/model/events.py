"""What comes in: an edge turns what arrives into an `Arrival`, one event with where it came from."""

from dataclasses import dataclass, field
from datetime import date

from bot.model.calendars import Reading, Trouble
from bot.model.facts import Alarm, Reminder


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

    `near` are a place's latitude and longitude to a tenth of a degree: nobody here knows it better, and it is never
    kept. `mime` and `size` (bytes) as Telegram tells them; `name` is the file's own, if it has one.
    """

    kind: str
    file_id: str = ""
    mime: str = ""
    size: int = 0
    name: str = ""
    near: tuple[float, float] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Reach:
    """The person blocked the bot, or let it in again."""

    reachable: bool


@dataclass(frozen=True, slots=True)
class Due:
    """The clock's word: a planned reminder has come due."""

    reminder: Reminder


@dataclass(frozen=True, slots=True)
class Ring:
    """The clock's word: an alarm set for a patient has come due."""

    alarm: Alarm


@dataclass(frozen=True, slots=True)
class Morning:
    """The clock's word: a practitioner's page of this day has come due; `is_weekly`: that of the week with it."""

    day: date
    is_weekly: bool = False


@dataclass(frozen=True, slots=True)
class Vacancy:
    """The clock's word: an opening is to be offered to this person, or their offer of it has come to its end."""

    opening_id: int


@dataclass(frozen=True, slots=True)
class Begun:
    """The clock's word: the visit of somebody on the waitlist has begun, and nothing earlier can open any more."""


@dataclass(frozen=True, slots=True)
class Looked:
    """An edge's word: the practitioner's own calendar was looked at, as it was known at `revision`. Without a reading
    it could not be read; why stands in `trouble`."""

    revision: int
    reading: Reading | None = None
    trouble: Trouble | None = None


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


Event = (
    Tap
    | Text
    | Command
    | Contact
    | Media
    | Reach
    | Due
    | Ring
    | Morning
    | Vacancy
    | Begun
    | Looked
    | Delivered
    | Unreadable
)


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
