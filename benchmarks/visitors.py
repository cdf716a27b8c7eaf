"""Patients who all do the same: answer the first assessment by taps, then read. Their updates are as Telegram's.

What they do is written here as the buttons they press; what a button sends is learnt once, from a conversation with
the bot, and told again for every other patient, so that ours and its rivals get the very same updates.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from benchmarks.answering import BOT, NOW

OPENING = ("/start", "go_on", "go_on", "agree", "intake", "'Ann Example", "'Ann", "'12.03.1980", "'01632 960200")
"""Up to the first question with buttons; 'typed, or a button by its label or code."""
ANSWERS = (
    "None of these", "None of these", "I have or have had cancer", "done", "Yes, but it is the same old pain",
    "None of these", "No", "No", "No", "4", "6", "5",
    "4", "3", "6", "done", "No", "2 to 6 weeks", "No", "skip", "skip",
    "Moving makes it better", "Warmth makes it better", "done", "3", "7", "skip",
    "None of these", "I have epilepsy, fits or blackouts", "I have epilepsy, fits or blackouts", "None of these",
    "None of these", "skip", "skip", "skip", "None of these", "None of these", "None of these", "No, thank you",
    "change", "keep", "menu",
)  # fmt: skip
READING = ("learn", "5", "0", "next", "next", "previous", "next", "next", "contents", "2", "0", "next", "menu")
"""Pages without pictures: those are drawn by the courier, apart from what is measured."""
TAPS = ANSWERS + READING

_CHAT, _UPDATE = 7_000_000_007, 900_000_009
_update_ids = count(1)


@dataclass(frozen=True, slots=True)
class Step:
    """One update as Telegram sends it, of one patient."""

    chat_id: int
    raw: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The message a patient sees."""

    text: str
    rows: Sequence[Sequence[Mapping[str, str]]]

    def data(self, wanted: str) -> str:
        """What the button of this label or code sends; a number is the place among the buttons."""
        buttons = [button for row in self.rows for button in row]
        for button in buttons:
            label, data = button["text"], button["callback_data"]
            code = data.split(":")[3:4] or data.split(":")[1:2]
            if label.endswith(wanted) or _begins(label, wanted) or wanted in code:
                return data
        if wanted.isdigit():
            return buttons[int(wanted)]["callback_data"]
        raise LookupError(f"{wanted} is not on: {[button['text'] for button in buttons]}")


@dataclass(frozen=True, slots=True)
class Visit:
    """What a patient sends, to be told again of any other."""

    opening: tuple[str, ...]
    taps: tuple[str, ...]

    def opening_of(self, chat_id: int) -> list[Step]:
        return list(_told(self.opening, chat_id))

    def taps_of(self, chat_id: int) -> list[Step]:
        return list(_told(self.taps, chat_id))


def typed(text: str) -> str:
    """An update in which this is typed."""
    person = _person()
    message: dict[str, Any] = {"message_id": 7, "from": person, "chat": _chat(), "date": NOW, "text": text}
    if text.startswith("/"):
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.partition(" ")[0])}]
    return json.dumps({"update_id": _UPDATE, "message": message})


def tapped(shown: Shown, data: str) -> str:
    """An update in which a button of a message is tapped; Telegram sends the message along."""
    message = {
        "message_id": 1001,
        "from": BOT,
        "chat": _chat(),
        "date": NOW,
        "text": shown.text,
        "reply_markup": {"inline_keyboard": shown.rows},
    }
    query = {
        "id": f"48{_UPDATE}",
        "from": _person(),
        "message": message,
        "chat_instance": "-1234567890123456789",
        "data": data,
    }
    return json.dumps({"update_id": _UPDATE, "callback_query": query})


def of(template: str, chat_id: int) -> Step:
    """The update of a template, of this patient and new."""
    return Step(chat_id, template.replace(str(_CHAT), str(chat_id)).replace(str(_UPDATE), str(next(_update_ids))))


def _begins(label: str, wanted: str) -> bool:
    """Whether a label that was cut is the beginning of the wanted one, behind the box before it."""
    return label.endswith("…") and wanted.startswith(label.partition(" ")[2].removesuffix("…"))


def _told(templates: Sequence[str], chat_id: int) -> Iterator[Step]:
    return (of(template, chat_id) for template in templates)


def _person() -> dict[str, Any]:
    return {"id": _CHAT, "is_bot": False, "first_name": "Ann", "username": "ann_example", "language_code": "en"}


def _chat() -> dict[str, Any]:
    return {"id": _CHAT, "first_name": "Ann", "username": "ann_example", "type": "private"}
