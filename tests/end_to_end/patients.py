"""Patients who answer the assessment question by question, each in a way of their own, and remember what they said."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from bot.demo import Message, Person
from bot.practice.items import Item, Option, Place
from tests.flows.paper import coded, plain
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
def _asked_about() -> Sequence[Item]:
    """Questions before groups: the name of a group stands above its questions too."""
    items = [*practice().content.form.every_item(), *practice().content.check.every_item()]
    return [item for item in items if item.is_question] + [item for item in items if item.repeats and item.items]


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


def asks_other_than(before: View | None) -> Callable[[Message], bool]:
    """A question or step other than this one, or the same put once more."""
    return lambda message: (found := view(message)) is not None and found != before


def _asked(digest: str, text: str) -> Item | None:
    """By its buttons, else by its words: two questions may be put in the same words, with other answers to tap."""
    found = [item for item in _asked_about() if item.digest == digest]
    return next(iter(found or [item for item in _asked_about() if " ".join(item.text.split()) in text]), None)


def item_asked(link_id: str) -> Item:
    """The item of that name, in the assessment or else in the short screen before a visit."""
    content = practice().content
    return (content.form if link_id in content.form else content.check).item(link_id)


def harmless(item: Item) -> str | tuple[str, ...]:
    """What somebody with nothing to worry about answers: words to type, or the codes of the buttons to tap."""
    said = plain(item)[0]
    return ticks(item, said) if item.options else (said,) if said == "no" else said


def ticks(item: Item, code: str) -> tuple[str, ...]:
    """The buttons that answer with the option of this code, and with none besides; nothing where there is none."""
    option = next((one for one in item.options if coded(one.value) == code), None)
    if option is None:
        return ()
    return (f"{item.digest}.{option.digest}", *(("done",) if item.repeats and not option.exclusive else ()))


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
        self._view = view(await self.person.wait_for(asks_other_than(self._view), PATIENCE))
        self.puts += 1

    async def _give(self, item: Item) -> None:
        if item.options:
            chosen = self._chance.choice([one for one in item.options if coded(one.value) not in _alarming(item)])
            self._says(item, chosen.value)
            if item.repeats:
                await self._tick(item, chosen)
            else:
                self._tap(f"{item.digest}.{chosen.digest}")
        elif not item.is_question or item.type == "boolean":
            said = self._chance.random() < 0.3
            self._says(item, {"valueBoolean": said})
            self._tap("yes" if said else "no")
        elif item.type == "attachment":
            self._says(item)
            self._tap("skip")
        elif item.type == "integer":
            number = self._chance.randint(1, 10)
            self._says(item, {"valueInteger": number})
            self.person.send_text(str(number))
        elif item.type == "date":
            day = f"19{self._chance.randint(40, 99)}-0{self._chance.randint(1, 9)}-1{self._chance.randint(0, 9)}"
            self._says(item, {"valueDate": day})
            self.person.send_text(day)
        else:
            number = self._chance.randrange(10**6)
            words = f"01632 {number:06}" if item.link_id.endswith("phone") else f"{item.link_id} {number}"
            self._says(item, {"valueString": words})
            self.person.send_text(words)

    def _says(self, item: Item, *values: Mapping[str, Any]) -> None:
        self.saying = (self._place(item), values)

    def _place(self, item: Item) -> str:
        """Within a repeating group: in as many of it as were said to be there before."""
        around = [one for one in (*practice().content.form.sections(Place(item.link_id)), item) if not one.is_question]
        repeated = next((one.link_id for one in around if one.repeats), "")
        before = sum(place.startswith(f"{repeated}@") for place in self.said)
        return str(Place(item.link_id, (before,) if repeated else ()))

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


def _alarming(item: Item) -> frozenset[str]:
    """The answers that would end the assessment."""
    levels = [rule.answers.get(item.link_id, {}) for rule in practice().content.screening.rules]
    return frozenset(code for one in levels for code, level in one.items() if level == "emergency")
