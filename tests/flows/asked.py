"""Somebody who is asked the questions of a form, and sees them in the real words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import bot
from bot.flows.asking import Question
from bot.flows.content import Content
from bot.flows.flow import Given, Heard, Pick, Refused, Stay, Turn, question
from bot.model import Account, Facts, Message, Offer, Record, Say, Text
from bot.practice.forms import Form
from bot.practice.items import Answers, Place
from bot.practice.screening import Screening
from bot.words import Words, open_words
from tests.example import content
from tests.practice.questionnaires import EXCLUSIVE, choice, form_of, item

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ZONE = "Europe/London"
CORE = "http://hl7.org/fhir/StructureDefinition/"
_QUESTIONNAIRE = ("unitOption", "unit", "sliderStepValue", "minOccurs", "maxOccurs", "optionPrefix")


@cache
def words() -> Words:
    found, _ = open_words([Path(bot.__file__).parent / "content"], locale="en-GB", currency="GBP")
    assert found
    return found


class Chat:
    """One patient's chat about a small form. `said` is the sentence before the question in hand, if any."""

    def __init__(self, *items: dict[str, Any] | Form, screening: Screening | None = None) -> None:
        self.form = items[0] if isinstance(items[0], Form) else form_of(*items)  # type: ignore[arg-type]
        practice: Content = replace(content(), screening=screening or Screening(()))
        self.asks = Question(self.form, practice)
        self.answers: Answers = {}
        first = self.form.first({})
        self.data: dict[str, Any] = {"place": str(first)}
        self.now = NOW
        self.said = ""
        self.over = False

    @property
    def turn(self) -> Turn:
        facts = Facts(self.now, Account(1, 11, "en"), record=Record(1, 1, "f", "in-progress", self.answers))
        return Turn("intake", "asking", facts, dict(self.data))

    @property
    def message(self) -> Message:
        """The question as it stands in the chat."""
        shown = self.asks.show(self.turn)
        known = self.asks.speaks[0]
        assert known == shown.values.keys(), "the words know every value"
        rows = tuple(
            tuple(Offer(one.code, question("intake", "asking", one.code, 7), one.label, one.ticked) for one in row)
            for row in shown.rows
        )
        for offer in (one for row in rows for one in row):
            assert len(offer.data.encode()) <= 64, "Telegram takes 64 bytes of data"
        return words().render(Say("intake.asking", shown.values, rows), "en-GB", ZONE)

    @property
    def text(self) -> str:
        return self.message.text

    @property
    def rows(self) -> list[list[str]]:
        return [[label for label, _ in row] for row in self.message.rows]

    @property
    def labels(self) -> list[str]:
        return [label for row in self.rows for label in row]

    def given(self, place: str) -> list[Any]:
        """What is kept at a place, without FHIR's name of the kind."""
        return [next(iter(one.values())) for one in self.answers[place]]

    def tap(self, *labels: str) -> "Chat":
        for label in labels:
            found = next((data for row in self.message.rows for shown, data in row if shown == label), None)
            assert found, f"there is no button {label}; there are {self.labels}"
            code = found.split(":")[3]
            assert self.asks.offers(self.turn, code)
            self.hear(Pick(code))
        return self

    def type(self, text: str, later: float = 10.0) -> "Chat":
        self.now += timedelta(seconds=later)
        return self.hear(Text(text))

    def back(self) -> "Chat":
        inner = self.asks.back(self.turn)
        assert inner, "back leaves the form"
        self.data |= inner.data
        return self

    def hear(self, heard: Heard) -> "Chat":
        turn = self.turn
        read = self.asks.read(turn, heard)
        self.data, self.said = turn.data, ""
        match read:
            case Stay():
                self.data |= read.data
            case Refused():
                assert read.key in {one.key for one in self.asks.refusals}, f"the words are told of {read.key}"
                self.said = words().render(Say(read.key, read.values), "en-GB", ZONE).text
            case Given():
                place, values = read.value
                self.answers = self.form.answer(Place.parse(place), values, self.answers)
                after = self.form.pending(self.answers)
                self.over = after is None
                self.data["place"] = str(after)
                self.said = " ".join(words().render(say, "en-GB", ZONE).text for say in read.lead)
        return self


# --- items of small forms


def more(**limits: Any) -> dict[str, Any]:
    """Extensions, by the end of their name."""
    kinds = {int: "valueInteger", str: "valueString", dict: "valueCoding"}
    found = []
    for name, value in limits.items():
        for one in value if isinstance(value, list) else [value]:
            kind = "valueDate" if name in ("minValue", "maxValue") and isinstance(one, str) else kinds[type(one)]
            address = f"{CORE}questionnaire-{name}" if name in _QUESTIONNAIRE else f"{CORE}{name}"
            found.append({"url": address, kind: one})
    return {"extension": found}


def ticks(**also: Any) -> dict[str, Any]:
    """A fever, a cough, none of these: several may be ticked."""
    found = choice("signs", "fever", "cough", "none", **{"repeats": True, "required": True, **also})
    for option, label in zip(found["answerOption"], ("A fever", "A cough", "None of these"), strict=True):
        option["valueCoding"]["display"] = label
    found["answerOption"][2]["extension"] = [{"url": EXCLUSIVE, "valueBoolean": True}]
    return found


def labelled(link_id: str, *labels: str, kind: str = "choice", **also: Any) -> dict[str, Any]:
    """A choice between labels; their codes are c0, c1 ..."""
    options = [{"valueCoding": {"code": f"c{index}", "display": label}} for index, label in enumerate(labels)]
    return item(link_id, kind, answerOption=options, **also)


def codes(chat: Chat, place: str) -> list[str]:
    """What is kept at a place: codes, and words as they are."""
    return [one["code"] if isinstance(one, dict) else one for one in chat.given(place)]
