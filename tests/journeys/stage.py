"""Where a journey is played: the whole bot, the local Telegram, and whoever talks to it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from bot.demo import Message, Person
from tests.end_to_end.patients import asks_other_than, harmless, item_asked, view
from tests.house import House
from tests.journeys.script import (
    Agrees,
    Answers,
    Blocks,
    CannotReach,
    Draws,
    Flashes,
    GivesNumber,
    Hands,
    HasNotSaid,
    LetsIn,
    Line,
    Opens,
    Photo,
    Reaches,
    Says,
    Shows,
    Stands,
    Taps,
    Types,
    Walks,
)

PATIENCE = 5.0
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)  # fmt: skip
"""The smallest picture there is."""


class Stage:
    """Plays the lines of one journey, in their order."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._people: dict[str, Person] = {}
        self._seen: set[tuple[int, int]] = set()
        self._toasts: dict[str, int] = {}

    async def play(self, path: Path, lines: Sequence[Line]) -> str:
        """Empty where all went as it is written; else the line that did not hold, and what the chats showed then."""
        for line in lines:
            try:
                await self._play(line)
            except (AssertionError, LookupError, TimeoutError) as fault:
                chats = "\n\n".join(f"{name}, {person.transcript()}" for name, person in self._people.items())
                return f"{path.name}:{line.number}: {line.text}\n{fault}\n\n{chats}"
        return ""

    async def _play(self, line: Line) -> None:
        match line.deed:
            case Stands():
                pass
            case Walks(to):
                await self._house.walk(to)
            case Opens(who, role, ref):
                self._person(who).command(f"/start {self._house.invite(role, ref)}")
            case Types(who, text):
                self._person(who).send_text(text)
            case Taps(who, label, under):
                await self._tap(who, label, under)
            case Agrees(who):
                await self._agree(who)
            case Answers(who, until):
                await self._answer(who, until)
            case Photo(who):
                self._person(who).send_photo(PIXEL)
            case Blocks(who):
                self._person(who).block()
            case LetsIn(who):
                self._person(who).unblock()
            case Says(who, parts, labels):
                await self._hear(who, lambda message: _holds(message, parts, labels))
            case Flashes(who, part):
                await self._flash(who, part)
            case Draws(who, part):
                await self._hear(who, lambda message: "photo" in message.content and part in _plain(message))
            case GivesNumber(who, phone):
                await self._hear(who, lambda message: _contact(message) == phone)
            case Shows(who, title):
                await self._hear(who, lambda message: title in str(message.content.get("venue", {}).get("title", "")))
            case Hands(who, name):
                await self._hear(who, lambda message: _document(message).endswith(name))
            case HasNotSaid(who, part):
                await self._house.at_rest()
                said = [message for message in self._person(who).messages if part in _plain(message)]
                assert not said, f"{who} was told: {_plain(said[0])}"
            case CannotReach(who):
                self._house.telegram.faults.next("*", status=502, times=None, chat_id=self._person(who).user_id)
            case Reaches(_):
                self._house.telegram.faults.clear()

    def _person(self, name: str) -> Person:
        if name not in self._people:
            self._people[name] = self._house.telegram.person(7_000_000_001 + len(self._people), name)
        return self._people[name]

    async def _tap(self, who: str, label: str, under: str) -> None:
        person = self._person(who)

        def look() -> tuple[Message, str] | None:
            for message in reversed(person.messages):
                for button in (button for row in message.keyboard for button in row):
                    if _bare(button.text) == label and button.data and under in _plain(message):
                        return message, button.data
            return None

        await self._house.until(lambda: look() is not None, f"there is no such button for {who}", PATIENCE)
        found = look()
        assert found
        self._toasts[who] = len(person.toasts)
        person.tap_data(found[1], found[0])

    async def _agree(self, who: str) -> None:
        self._person(who).command("/start")
        for part, label in (("I am a program", "Go on"), ("Who sees", "Go on"), ("Do you agree?", "I agree")):
            await self._hear(who, _holding(part))
            await self._tap(who, label, "")
        await self._hear(who, _holding("What would you like to do?"))

    async def _answer(self, who: str, until: str) -> None:
        """From the question that stands in the chat now: as somebody with nothing to worry about."""
        person, before = self._person(who), None
        while True:
            message = await person.wait_for(asks_other_than(before), PATIENCE)
            before = view(message)
            assert before
            if until in _plain(message):
                self._seen.add((message.message_id, message.touched))
                return
            answer = harmless(item_asked(before.asks))
            if isinstance(answer, str):
                person.send_text(answer)
            else:
                flow = next(one.data for row in message.keyboard for one in row if one.data.startswith("q:")).split(
                    ":"
                )[1]
                for code in answer:
                    person.tap_data(f"q:{flow}:asking:{code}:{before.asking}", message)

    async def _hear(self, who: str, wanted: Callable[[Message], bool]) -> None:
        """Since whoever it is last did something. A message as it stands counts once."""
        try:
            message = await self._person(who).wait_for(
                lambda shown: (shown.message_id, shown.touched) not in self._seen and wanted(shown), PATIENCE
            )
        except TimeoutError:
            raise TimeoutError(f"{who} was not told so") from None
        self._seen.add((message.message_id, message.touched))

    async def _flash(self, who: str, part: str) -> None:
        person = self._person(who)
        await self._house.until(
            lambda: any(part in toast for toast in person.toasts[self._toasts.get(who, 0) :]),
            f"nothing flashed up with {part!r}; there was {person.toasts}",
        )


def starts_at(lines: Sequence[Line]) -> datetime:
    """When the journey begins, by the practice's clock."""
    assert isinstance(lines[0].deed, Stands), "a journey begins with where the clock stands"
    return lines[0].deed.at


def _holds(message: Message, parts: Sequence[str], labels: Sequence[str]) -> bool:
    text, shown = _plain(message), {*message.labels, *map(_bare, message.labels)}
    return all(part in text for part in parts) and all(label in shown for label in labels)


def _holding(part: str) -> Callable[[Message], bool]:
    return lambda message: part in _plain(message)


def _plain(message: Message) -> str:
    return " ".join(message.text.split())


def _document(message: Message) -> str:
    return str(message.content.get("document", {}).get("file_name", ""))


def _contact(message: Message) -> str:
    return str(message.content.get("contact", {}).get("phone_number", ""))


def _bare(label: str) -> str:
    """A label without the box in front of it that says whether it is ticked."""
    return label.removeprefix("✅ ").removeprefix("▫️ ")
