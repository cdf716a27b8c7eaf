"""What is said: keys of the words and the values they hold; and the words once they are rendered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


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
    tell whether it arrived. `bulk`: goes after replies to people; after `until` it does not go at all. `lead` stands
    before it in the same message.

    `document` is the kind of a document that goes with it, made of `values['document']` and called `values['name']`.
    `photo` is the kind of a picture drawn of `values['photo']`: the words are its caption. `files` are sent again as
    they came, (kind, Telegram's file id); `contact` is a name and a phone number to call; `venue` is a place on the
    map: latitude and longitude in degrees, a title, an address.

    Times in it are told by the practice's clock, unless `zone` names another.
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
    until: datetime | None = None
    document: str = ""
    photo: str = ""
    files: tuple[tuple[str, str], ...] = ()
    contact: tuple[str, str] | None = None
    venue: tuple[float, float, str, str] | None = None
    lead: tuple["Say", ...] = ()
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """Words rendered for one person: HTML as Telegram takes it, and rows of (label, data or address)."""

    text: str
    rows: tuple[tuple[tuple[str, str], ...], ...] = ()
