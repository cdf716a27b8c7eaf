"""From what is said to what is posted: words rendered, buttons remembered, bodies as the courier takes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from bot.model import Account, Message, Outcome, Say, Tap
from storage.dialogue import Dialogue
from storage.post import Letter
from storage.work import Work

T = TypeVar("T")

AGAIN = Say("common.again")
"""What stands before a message nobody asked for that may have come to them already."""

_ADDRESSES = ("https://", "http://", "tg://", "contact:")


class Words(Protocol):
    """What the reception needs of `bot.words`."""

    def render(self, say: Say, locale: str, zone: str) -> Message:
        """A say in somebody's language and time."""

    def plain(self, say: Say, locale: str, zone: str) -> str:
        """A say without markup, no longer than the answer to a tap may be."""

    def bare(self, say: Say, locale: str, zone: str) -> str:
        """A say without markup, however long."""

    def digest(self, key: str, locale: str) -> bytes:
        """SHA-256 of a text, to keep what was agreed to."""


class Poison(Exception):
    """`advance` or the words failed on an event, before anything of it was written. The cause is kept."""


@dataclass(frozen=True, slots=True)
class Worded:
    """A letter that is written, and the subject of the card it brings up to date ('' for none)."""

    letter: Letter
    card: str = ""


class Scribe:
    """Writes an outcome's letters. It reads the database and writes nothing to it."""

    def __init__(self, work: Work, words: Words, zone: str) -> None:
        self._work = work
        self._words = words
        self._zone = zone

    def write(
        self, key: str, dialogue: Dialogue, outcome: Outcome, tap: Tap | None
    ) -> tuple[list[Worded], dict[str, str] | None]:
        """Everything said, in words, and the buttons the dialogue now shows (None: none but those before).

        `key` is the event's. A tap is answered by the first letter to whoever tapped, or by one of its own.
        Whoever has no chat any more is left out. Raises Poison.
        """
        own = dialogue.account
        ids = {say.to for say in outcome.says if say.to is not None and say.to != own.id}
        others = self._work.dialogues.recipients(ids) if ids else {}
        letters: list[Worded] = []
        labels = None
        answer = self._answer(tap, own, outcome.toast) if tap else {}
        if answer and _needs_own_letter(outcome, own.id):
            letters.append(Worded(Letter(f"{key}.0", own.id, own.chat_id, 0, answer, held=dialogue.queued)))
            answer = {}
        for say in outcome.says:
            person, held = own, dialogue.queued
            if say.to in ids:
                if say.to not in others:
                    continue
                person, held = others[say.to]
            replied = self._work.post.card_message(person.id, say.reply_to) if say.reply_to else None
            message = self._worded(self._words.render, say, person)
            if say.to is None and message.rows:
                labels = _labels(message)
            body = _body(say, message, own.id, replied)
            if say.document:
                body["document"] = self._document(say, person)
            if person is own:
                body |= answer
                answer = {}
            if person is not own or say.bulk:
                body["again_note"] = self._worded(self._words.render, AGAIN, person).text
            letter = Letter(
                key=f"{key}.{len(letters)}",
                account_id=person.id,
                chat_id=person.chat_id,
                lane=1 if say.bulk else 0,
                body=body,
                matters=say.matters,
                held=held,
                until=say.until,
            )
            letters.append(Worded(letter, say.card))
        return letters, labels

    def _answer(self, tap: Tap, own: Account, toast: Say | None) -> dict[str, Any]:
        if toast is None:
            return {"callback": {"id": tap.callback_id}}
        return {"callback": {"id": tap.callback_id, "toast": self._worded(self._words.plain, toast, own)}}

    def _document(self, say: Say, person: Account) -> dict[str, Any]:
        """What is enclosed; what is said in it, in the reader's language."""
        given: Mapping[str, Any] = say.values.get("document", {})
        data = {
            name: self._worded(self._words.bare, value, person) if isinstance(value, Say) else value
            for name, value in given.items()
        }
        return {"name": say.values.get("name", say.document), "kind": say.document, "data": data}

    def _worded(self, way: Callable[[Say, str, str], T], say: Say, person: Account) -> T:
        try:
            return way(say, person.locale, self._zone)
        except Exception as fault:
            raise Poison from fault


def _needs_own_letter(outcome: Outcome, own: int) -> bool:
    """Whether nothing said can carry a tap's answer: a card may be passed over for a newer one, bulk comes late."""
    first = next((say for say in outcome.says if say.to is None or say.to == own), None)
    return first is None or bool(first.card) or first.bulk


def _body(say: Say, message: Message, sender: int, replied: int | None) -> dict[str, Any]:
    body: dict[str, Any] = {"text": message.text}
    if message.rows:
        body["rows"] = [[list(button) for button in row] for row in message.rows]
    if say.edit is not None:
        body["edit"] = say.edit
    if replied is not None:
        body["reply_to"] = replied
    if say.photo:
        body["photo"] = {"kind": say.photo, "data": say.values.get("photo", {})}
    if say.files:
        body["files"] = [list(file) for file in say.files]
    if say.contact:
        name, number = say.contact
        body["contact"] = {"first_name": name, "phone_number": number}
    if say.venue:
        latitude, longitude, title, address = say.venue
        body["venue"] = {"latitude": latitude, "longitude": longitude, "title": title, "address": address}
    if say.receipt:
        body["receipt"] = {"account": sender, "receipt": say.receipt}
    return body


def _labels(message: Message) -> dict[str, str]:
    return {label: data for row in message.rows for label, data in row if not data.startswith(_ADDRESSES)}
