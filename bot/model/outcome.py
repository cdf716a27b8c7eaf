"""What an event leads to, and what the courier carries of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.model.dialogue import Conversation
from bot.model.effects import Effect
from bot.model.says import Say


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
    (a callback to answer, with `toast`), `document` ({'name', 'kind', 'data'}), `photo` ({'kind', 'data'}: the text is
    its caption), `files` ([kind, file id]), `contact`, `venue`. A row about a card names it and its revision. `again`:
    its first sending may have arrived.
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
