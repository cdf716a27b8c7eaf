"""Advice under whatever patients, the practice and clocks may do, at random but each time the same."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from benchmarks.at_work import reception_of
from bot.flows.tips import Tips
from bot.markup import length
from bot.model import Arrival, Command, Event, Facts, Media, Needs, Parcel, Tap, Text
from bot.practice import tailoring
from bot.practice.advice import AGAIN_AFTER
from bot.practice.rhythm import UNDISTURBED
from bot.reception import Reception
from storage.database import open_database
from storage.dialogue import Dialogue
from storage.transaction import Actor
from storage.work import Work
from tests.end_to_end.patients import harmless, item_asked, ticks
from tests.flows.paper import coded
from tests.house import practice

BEGIN = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
"""Nine days before clocks go forward in London."""
MOVES = 160
DESK, PATIENTS = 900, (1001, 1002)
EXPECTING = 1002
"""One to whom much of the advice must not come."""
ADVICE = ("advice", "again", "aftercare")
COMMANDS = ("plan", "checkin", "flare", "check", "assessment", "book", "settings", "learn", "menu", "cancel", "mydata")
TYPED = ("9:00", "20:45", "23:00", "Sydney", "Azores", "3", "no", "<b>&", "😀" * 2000, "Bring your walking shoes")
KNOWN = ("patient", "record", "sent", "check", "checks", "flags", "consents", "plan", "topics")


@dataclass
class Town:
    """Two patients and the practice on one database."""

    url: str
    chance: random.Random
    now: datetime = BEGIN
    shown: dict[int, list[tuple[int, Parcel]]] = field(default_factory=dict)
    """The messages of a chat with their ids, the newest last."""
    blocked: set[int] = field(default_factory=set)
    due: dict[str, str] = field(default_factory=dict)
    """What came by itself: the kinds of reminders, by the keys of their messages."""
    runs: int = 0

    def __post_init__(self) -> None:
        self.content = practice().content
        self.tips = Tips(self.content)
        self._updates, self._messages = count(1), count(100)
        self._at_once: list[Parcel] = []
        self._reception = self._opened()

    def _opened(self) -> Reception:
        self._database = open_database(self.url)
        reception = reception_of(
            self._database,
            practice(),
            now=lambda: self.now,
            run_id=f"run{self.runs}",
            hand_over=self._at_once.extend,
        )
        reception.start()
        return reception

    def close(self) -> None:
        self._reception.stop()
        self._database.close()

    def rows(self, query: str, **named: Any) -> list[Any]:
        with self._database.read() as connection:
            return list(connection.execute(text(query), named))

    def knows(self, chat: int) -> tuple[Dialogue, Facts]:
        """Where somebody's dialogue stands, and what is known of them."""

        def look(work: Work) -> tuple[Dialogue, Facts]:
            dialogue = work.dialogues.by_chat({chat: "en-GB"})[chat]
            actor = Actor(dialogue.account, dialogue.staff, practice().words.digest)
            return dialogue, Facts(self.now, dialogue.account, **work.gather(Needs(frozenset(KNOWN)), actor))

        return self._reception.do(look).result(30)

    # --- what is said

    def hear(self, chat: int, *events: Event) -> None:
        arrivals = [Arrival(chat, each, bot_id=1, update_id=next(self._updates), locale="en-GB") for each in events]
        self._reception.receive(arrivals).result(30)
        self._deliver()

    def _deliver(self) -> None:
        while parcels := [*self._at_once, *self._reception.claim(500).result(30)]:
            self._at_once.clear()
            for parcel in parcels:
                if parcel.chat_id in self.blocked:
                    self._reception.settled(parcel, "refused", reason="blocked")
                    continue
                message = parcel.body.get("edit") or next(self._messages)
                self._reception.settled(parcel, "sent", message_id=message)
                fits(parcel)
                self.shown.setdefault(parcel.chat_id, []).append((message, parcel))
            self._reception.receive([]).result(30)

    def offers(self, chat: int, last: int) -> list[tuple[int, str]]:
        """The buttons of the last so many messages that have any: on which message, and what they send."""
        found = [one for one in self.shown.get(chat, []) if one[1].body.get("rows")][-last:]
        return [(on, data) for on, parcel in found for row in parcel.body["rows"] for _, data in row]

    def tap(self, chat: int, *codes: str) -> None:
        """These of the newest buttons, one after the other, as far as they are there."""
        for code in codes:
            at = next(((on, data) for on, data in self.offers(chat, 1) if code in data.split(":")[1:4]), None)
            if at:
                self.hear(chat, Tap(at[1], "c", at[0]))

    # --- moves

    def opens(self) -> None:
        """Somebody of the practice is linked."""
        code, until = "c" * 32, self.now + timedelta(days=1)
        self._reception.do(lambda work: work.people.make_invite(code, "practitioner", "example", until)).result(30)
        self.hear(DESK, Command("start", code))

    def assess(self, chat: int) -> None:
        self.hear(chat, Command("start"))
        self.tap(chat, "go_on", "go_on", "agree")
        self.hear(chat, Command("assessment"))
        self.answer(chat, 100, odd=0.1)

    def answer(self, chat: int, most: int, odd: float) -> None:
        """Up to so many questions of a form, some of them oddly; then it is sent, if it can be."""
        for _ in range(most):
            conversation = self.knows(chat)[0].conversation
            draft = conversation.drafts.get(conversation.flow or "")
            if draft is None or draft.step != "asking":
                break
            item = item_asked(draft.data["place"].partition("@")[0])
            given = harmless(item)
            if item.options and self.chance.random() < odd:
                given = ticks(item, coded(self.chance.choice(item.options).value))
            if item.link_id == "expecting" and chat == EXPECTING:
                given = ticks(item, "trying")
            if isinstance(given, str):
                self.hear(chat, Text(given))
            else:
                self.tap(chat, *given)
        self.tap(chat, "send")

    def plan(self, chat: int) -> None:
        self.hear(chat, Command("plan"))
        self.tap(chat, "yes", *self.chance.sample(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), 3), "done")
        self.hear(chat, Text(f"{self.chance.randint(8, 20)}:{self.chance.choice(('00', '45'))}"))
        if self.chance.random() < 0.5:
            self.tap(chat, "elsewhere")
            self.hear(chat, Text(self.chance.choice(TYPED)))
            self.tap(chat, "Australia/Sydney", "Atlantic/Azores")
        self.tap(chat, "yes", str(self.chance.randint(1, 7)))

    def taps_anything(self, chat: int) -> None:
        """A button of the newest message, or a standing one of an old; once, or twice at once, or with another."""
        found = self.offers(chat, 1)
        if self.chance.random() < 0.6:
            found = [one for one in self.offers(chat, 30) if one[1].startswith("s:")]
        taps = [Tap(data, "c", on) for on, data in self.chance.choices(found, k=2)] if found else []
        self.hear(chat, *self.chance.choice((taps, taps[:1], taps[:1], taps[:1] * 2)))

    def says_anything(self, chat: int) -> None:
        somewhere = Media("location", near=(self.chance.uniform(-60, 70), self.chance.uniform(-180, 180)))
        words = Text(self.chance.choice(TYPED))
        self.hear(chat, self.chance.choice((words, words, somewhere, Command(self.chance.choice(COMMANDS)))))

    def books(self, chat: int) -> None:
        self.hear(chat, Command("book"))
        for _ in range(6):
            if found := [one for one in self.offers(chat, 1) if one[1].startswith("q:booking")]:
                self.hear(chat, Tap(found[0][1], "c", found[0][0]))

    def desk(self, chat: int) -> None:
        """The practitioner releases signs, stops advice, or adds a line of their own."""
        cards = [data for _, data in self.offers(DESK, 40) if data.split(":")[1] in ("release", "tips")]
        if cards:
            self.hear(DESK, Tap(self.chance.choice(cards), "c", 1))
            self.tap(DESK, self.chance.choice(("add", "add_all", "stop", "keep")))
            self.hear(DESK, Text("Bring <b>your</b> walking shoes & water"))

    def blocks(self, chat: int) -> None:
        if chat in self.blocked:
            self.blocked.discard(chat)
            self.hear(chat, Command("menu"))
        else:
            self.blocked.add(chat)

    def begins_anew(self, chat: int) -> None:
        """The process is stopped and started."""
        self.close()
        self.runs += 1
        self._at_once.clear()
        self._reception = self._opened()

    def puts_off(self, chat: int) -> None:
        """A tip to the evening; then something rules it out, or not."""
        tips = [one for one in self.offers(chat, 8) if one[1].startswith("s:more:")]
        if tips:
            on, data = self.chance.choice(tips)
            self.hear(chat, Tap(data, "c", on))
            self.tap(chat, "evening")
            self.hear(chat, Tap(data.replace("more", self.chance.choice(("not_mine", "pause", "later"))), "c", on))

    def withdraws(self, chat: int) -> None:
        self.hear(chat, Command("settings"))
        self.tap(chat, "withdraw")
        self.plan(chat)
        if self.chance.random() < 0.5:
            self.hear(chat, Command("start"))
            self.tap(chat, "go_on", "go_on", "agree")

    def clock_jumps(self, chat: int) -> None:
        """Nobody is at work for a while when something is due; or the clock is set back."""
        if ahead := self._reception.upcoming(1).result(30):
            self.now = max(self.now, ahead[0][0]) if self.chance.random() < 0.7 else self.now
        self.now += timedelta(minutes=self.chance.choice((10, 100, 130, 600, 2000, -1, -90)))
        self.comes_due()

    def is_interrupted(self, chat: int) -> None:
        """Something comes due while a question is in hand."""
        if ahead := self._reception.upcoming(1).result(30):
            self.now = max(self.now, ahead[0][0] - timedelta(minutes=5))
            self.hear(chat, Command(self.chance.choice(COMMANDS[:7])))
            self.answer(chat, 2, odd=0.5)
            self.walks(chat)

    def walks(self, chat: int) -> None:
        until = self.now + timedelta(days=self.chance.choice((0.1, 1, 3)))
        while (ahead := self._reception.upcoming(1).result(30)) and ahead[0][0] <= until:
            self.now = max(self.now, ahead[0][0])
            self.comes_due()
        self.now = until

    def comes_due(self) -> None:
        """Everything that is due, and whether it may come."""
        before = {chat: self.knows(chat) for chat in PATIENTS}
        self._reception.due().result(30)
        self._deliver()
        for key, kind, chat in self.rows(
            "SELECT o.key, r.kind, o.chat_id FROM outbox o JOIN reminder r"
            " ON o.key LIKE 'reminder:' || r.id || '.%' WHERE o.state = 'sent'"
        ):
            if key not in self.due and chat != DESK:
                self.due[key] = kind
                self.may_come(kind, *before[chat], self.knows(chat)[1])

    # --- what must hold

    def may_come(self, kind: str, dialogue: Dialogue, before: Facts, after: Facts) -> None:
        """What came by itself, though it is of a kind that waits: not at night, not into a question, and it fits."""
        if kind not in (*ADVICE, "checkin", "review"):
            return
        plan, said = before.plan, dialogue.conversation
        zone = ZoneInfo(plan.zone) if plan else self.content.clinic.zone
        assert not self.content.clinic.quiet_hours.at(self.now, zone), kind
        is_asked = said.flow not in ("menu", None) and said.flow in said.drafts
        assert not (is_asked and said.heard_at and self.now - said.heard_at < UNDISTURBED), (kind, said.flow)
        assert "intake" in before.consents
        new = {one for one, at in after.topics.items() if at == self.now} if kind in ADVICE else set()
        for topic in filter(None, map(self.content.advice.topic, new)):
            assert plan
            assert "reminders" in before.consents
            codes = [flag.code for flag in before.flags]
            told = tailoring.tags_of(self.content.advice, self.content.safety, self.tips.told(before), codes)
            assert topic.only <= told, topic.id
            assert not topic.never & told, topic.id
            assert not {topic.id, topic.group} & plan.left_out, topic.id
            assert not before.signs_stand
            last = before.topics.get(topic.id)
            assert kind == "again" or last is None or self.now - last >= AGAIN_AFTER, topic.id

    def holds(self) -> None:
        """What holds after every move."""
        assert self.rows("SELECT reason FROM set_aside") == []
        planned = "SELECT count(*) FROM reminder WHERE state = 'planned' AND kind = 'advice' AND patient_id = :patient"
        for patient, state in self.rows("SELECT patient_id, state FROM plan"):
            ((found,),) = self.rows(planned, patient=patient)
            assert found == (state in ("on", "paused")), state
        twice = "SELECT patient_id FROM reminder WHERE state = 'planned' AND kind IN ('again', 'checkin')"
        assert self.rows(f"{twice} GROUP BY patient_id, kind HAVING count(*) > 1") == []
        assert all(key.endswith(".0") for key, kind in self.due.items() if kind in ADVICE), "one message for each"


def fits(parcel: Parcel) -> None:
    """Telegram takes it."""
    assert length(parcel.body.get("text", "")) <= (1024 if parcel.body.get("photo") else 4096)
    assert all(len(data.encode()) <= 64 for row in parcel.body.get("rows", ()) for _, data in row)


@pytest.mark.parametrize("seed", [2, 9])
def test_whatever_is_tapped_and_however_clocks_go_advice_keeps_its_promises(sqlite_database: str, seed: int) -> None:
    town = Town(sqlite_database, random.Random(seed))
    moves: Sequence[tuple[int, Callable[[int], None]]] = (
        (20, town.taps_anything),
        (8, town.says_anything),
        (15, town.walks),
        (6, town.plan),
        (3, town.books),
        (8, town.desk),
        (2, town.blocks),
        (1, town.begins_anew),
        (6, town.clock_jumps),
        (8, town.puts_off),
        (2, town.withdraws),
        (10, town.is_interrupted),
        (8, lambda chat: town.answer(chat, 20, odd=0.2)),
    )
    try:
        town.opens()
        for chat in PATIENTS:
            town.assess(chat)
            town.plan(chat)
        weights, deeds = zip(*moves, strict=True)
        for deed in town.chance.choices(deeds, weights, k=MOVES):
            deed(town.chance.choice(PATIENTS))
            town.holds()
        assert town.due, "something came"
    finally:
        town.close()
