"""A short message of a patient's to the practitioners: passed on as typed, and said to be there only once it is."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.flows.card import called, practitioners, subject
from bot.flows.content import Content
from bot.flows.flow import Turn, spoken, standing
from bot.model import Delivered, Say

NEEDS = frozenset({"consents", "practice", "patient"})
"""What must be known to pass a message on: looked up where somebody wants to, not with every page they read."""

SAYS = tuple(
    spoken(f"message.{key}", "phone")
    for key in ("telling", "told", "not_told", "agree_first", "nobody_there", "enough")
)

_RECEIPT = "message"
MOST, WITHIN = 6, timedelta(hours=1)
"""So many messages of one person's are passed on within so long: more is for the phone."""


def hindrance(turn: Turn) -> str:
    """The key of why nothing can be passed on: they have not agreed that we handle what they write, nobody is there to
    read it, or has so much of theirs to read already. Empty where a message can go."""
    turn.ask_for(NEEDS)
    if "intake" not in turn.facts.consents:
        return "message.agree_first"
    if not practitioners(turn.facts):
        return "message.nobody_there"
    return "message.enough" if is_enough(turn) else ""


def is_enough(turn: Turn) -> bool:
    """Whether they have written to the practice as often as anybody reads within the hour."""
    return len(_lately(turn)) >= MOST


def _lately(turn: Turn) -> tuple[datetime, ...]:
    return tuple(at for at in turn.passed_on if turn.facts.now - at < WITHIN)


def is_known(turn: Turn) -> bool:
    """Whether the practice can call them back: what is passed on is answered by phone."""
    turn.ask_for(NEEDS)
    return turn.facts.patient is not None and bool(turn.facts.patient.phone)


class Messages:
    """Passes messages on, and tells the patient what became of them."""

    def __init__(self, content: Content) -> None:
        self._phone = content.clinic.phone

    def send(self, turn: Turn, key: str, values: Mapping[str, Any]) -> None:
        """Each practitioner gets the words `key`, with the patient's `name` and `phone` and what `values` adds.

        The caller has seen that there is no `hindrance`, gives a name and number in `values` where the patient is not
        known, and says `telling`; the patient hears once more when it is there.
        """
        facts = turn.facts
        turn.passed_on = (*_lately(turn), facts.now)
        patient = facts.patient if is_known(turn) else None
        who = {"name": called(facts), "phone": patient.phone} if patient else {"name": "", "phone": ""}
        calls = ((standing("call", patient.id, "call"),),) if patient else ()
        receipt = _RECEIPT  # the first one's word is enough: the patient hears of it once
        for person in practitioners(facts):
            turn.tell(
                key,
                person.account_id,
                offers=calls,
                reply_to=subject(facts),
                receipt=receipt,
                values={**who, **values},
            )
            receipt = ""

    @property
    def telling(self) -> Say:
        """What is true as soon as a message is sent."""
        return Say("message.telling", {"phone": self._phone})

    def delivered(self, turn: Turn, event: Delivered) -> None:
        """The message is with the practitioner, or could not be brought there: then the phone is left."""
        if event.receipt == _RECEIPT:
            turn.says.append(Say("message.told" if event.ok else "message.not_told", {"phone": self._phone}))
