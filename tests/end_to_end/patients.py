"""Patients who answer the assessment question by question, each in a way of their own, and remember what they said."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from bot.demo import Message, Person
from bot.practice.items import Item, Option
from tests.house import practice

Values = tuple[Mapping[str, Any], ...]

PATIENCE = 90.0
"""Seconds a patient waits for the next question while the bot is killed and started again and again."""
_STEPS = ("welcome:hello", "welcome:privacy", "welcome:agree", "menu:choose", "intake:review", "intake:change")


@dataclass(frozen=True, slots=True)
class View:
    """What a message of the bot asks: a question of the form (its linkId) or a step; and which asking it is."""

    asks: str
    asking: str
    message: Message = field(compare=False)


@cache
def _questions() -> Sequence[Item]:
    return [item for item in practice().content.form.every_item() if item.is_question]


def view(message: Message) -> View | None:
    """None for a message that asks nothing."""
    data = [button.data for row in message.keyboard for button in row]
    if "n:back" not in data and not any(one.startswith("q:") for one in data):
        return None
    asked = next((one.split(":") for one in data if one.startswith("q:")), ["", "", "", "", ""])
    if (step := f"{asked[1]}:{asked[2]}") in _STEPS:
        return View(step, asked[4], message)
    item = _asked(asked[3].partition(".")[0], " ".join(message.text.split()))
    return View(item.link_id, asked[4], message) if item else None


def asks_other_than(before: str) -> Callable[[Message], bool]:
    """A question or step other than this one."""
    return lambda message: (found := view(message)) is not None and found.asks != before


def _asked(digest: str, text: str) -> Item | None:
    """By its buttons, else by its words: two questions may be put in the same words, with other answers to tap."""
    found = [item for item in _questions() if item.digest == digest]
    return next(iter(found or [item for item in _questions() if " ".join(item.text.split()) in text]), None)


def harmless(item: Item) -> str | tuple[str, ...]:
    """What somebody with nothing to worry about answers: words to type, or the codes of the buttons to tap."""
    if item.options:
        rules = [rule for rule in practice().content.screening.rules if rule.link_id == item.link_id]
        plain = [one for one in item.options if not any(_code(one.value) in rule.levels for rule in rules)]
        chosen = next((one for one in plain if _code(one.value) == "none"), plain[0])
        return (f"{item.digest}.{chosen.digest}", *(("done",) if item.repeats and not chosen.exclusive else ()))
    if item.type == "boolean":
        return ("no",)
    if item.type == "integer":
        return (f"{item.digest}.3",)
    if item.type == "date":
        return "3 May 1980"
    return {"call-me": "Maria", "phone": "01632 960200"}.get(item.link_id, "It hurts when I sit")


class Patient:
    """One of them. `said` holds what the bot has gone on from: place in the form -> the answer last given there."""

    def __init__(self, person: Person, seed: int) -> None:
        self.person = person
        self.said: dict[str, Values] = {}
        self.saying: tuple[str, Values] | None = None
        self.answers = 0
        """How many answers the bot has gone on from."""
        self.puts = 0
        """How many questions were put to it, as far as it knows."""
        self._chance = random.Random(seed)
        self._view: View | None = None

    async def begin(self) -> None:
        """Through consent to the first question."""
        self.person.command("/start")
        for step, code in zip(_STEPS[:4], ("go_on", "go_on", "agree", "intake"), strict=True):
            await self._next()
            assert self._view
            assert self._view.asks == step
            self._tap(code)
        await self._next()

    async def answer(self) -> None:
        """One question more; at the review, back to change an answer."""
        assert self._view
        if self._view.asks == "intake:review":
            self._tap("change")
        elif self._view.asks == "intake:change":
            self._tap(self._changeable())
        else:
            await self._give(practice().content.form.item(self._view.asks))
        await self._next()
        if self.saying:
            place, values = self.saying
            self.said[place] = values
            self.answers += 1
            self.saying = None

    @property
    def reviews(self) -> bool:
        """Whether every question is answered."""
        return self._view is not None and self._view.asks == "intake:review"

    async def _next(self) -> None:
        """Until something else is asked than before; the same again is a repeat."""
        before = self._view

        def is_next(message: Message) -> bool:
            found = view(message)
            return found is not None and found != before

        self._view = view(await self.person.wait_for(is_next, PATIENCE))
        self.puts += 1

    async def _give(self, item: Item) -> None:
        if item.options:
            safe = [one for one in item.options if _code(one.value) not in _alarming(item)]
            chosen = self._chance.choice(safe)
            self.saying = (item.link_id, (chosen.value,))
            if item.repeats:
                await self._tick(item, chosen)
            else:
                self._tap(f"{item.digest}.{chosen.digest}")
        elif item.type == "boolean":
            said = self._chance.random() < 0.5
            self.saying = (item.link_id, ({"valueBoolean": said},))
            self._tap("yes" if said else "no")
        elif item.type == "integer":
            number = self._chance.randint(0, 10)
            self.saying = (item.link_id, ({"valueInteger": number},))
            self._tap(f"{item.digest}.{number}")
        elif item.type == "date":
            day = f"19{self._chance.randint(40, 99)}-0{self._chance.randint(1, 9)}-1{self._chance.randint(0, 9)}"
            self.saying = (item.link_id, ({"valueDate": day},))
            self.person.send_text(day)
        else:
            number = self._chance.randrange(10**6)
            words = f"01632 {number:06}" if item.link_id == "phone" else f"{item.link_id} {number}"
            self.saying = (item.link_id, ({"valueString": words},))
            self.person.send_text(words)

    async def _tick(self, item: Item, option: Option) -> None:
        """This option and no other, and done; one that stands alone needs no Done."""
        data = f"{item.digest}.{option.digest}"
        while toggled := sorted({data} ^ set(self._ticked())):
            is_whole = option.exclusive and not self._ticked()
            self._tap(toggled[0])
            if is_whole:
                return
            await self.person.wait_for(self._shows_other_ticks(self._ticked()), PATIENCE)
        self._tap("done")

    def _shows_other_ticks(self, before: list[str]) -> Callable[[Message], bool]:
        def look(message: Message) -> bool:
            found = view(message)
            if found is None or found != self._view:
                return False
            self._view = found
            return self._ticked() != before

        return look

    def _ticked(self) -> list[str]:
        assert self._view
        shown = [button for row in self._view.message.keyboard for button in row]
        return [button.data.split(":")[3] for button in shown if button.text.startswith("✅")]

    def _changeable(self) -> str:
        """A choice among a few, as a code of the step where one says what to change."""
        assert self._view
        shown = {
            button.data.split(":")[3] for row in self._view.message.keyboard for button in row if button.data[0] == "q"
        }
        form = practice().content.form
        simple = [item.digest for item in form.every_item() if item.options and not item.repeats]
        return self._chance.choice(sorted(set(simple) & shown))

    def _tap(self, code: str) -> None:
        assert self._view
        message = self._view.message
        data = next(
            button.data
            for row in message.keyboard
            for button in row
            if button.data.startswith("q:") and button.data.split(":")[3] == code
        )
        self.person.tap_data(data, message)


def _code(value: Mapping[str, Any]) -> str:
    return str(value.get("valueCoding", {}).get("code", ""))


def _alarming(item: Item) -> frozenset[str]:
    """The answers that would end the assessment."""
    rules = [rule for rule in practice().content.screening.rules if rule.link_id == item.link_id]
    return frozenset(code for rule in rules for code, level in rule.levels.items() if level == "emergency")
