"""Patients who book at the same moment, each reception with a share of them, as processes on one database have."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from time import perf_counter
from typing import Any, Literal

from benchmarks.at_work import reception_of
from bot.model import (
    Arrival,
    CloseRecord,
    Conversation,
    Draft,
    GiveConsent,
    LinkStaff,
    Needs,
    OpenRecord,
    Parcel,
    Tap,
)
from storage.database import open_database
from storage.transaction import Actor
from storage.work import Work
from tests.house import practice

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY = "20260305"
TIMES = ("T1000", "T1030", "T1100")
"""Starts of which any two overlap: the first visit takes an hour and a quarter."""
ALEX = 99
ASKING = 3

Kind = Literal["one time", "overlapping times", "a time to keep"]
Told = Literal["won", "gone", "full", "stale", "nothing"]


@dataclass(frozen=True, slots=True)
class Answered:
    """What one of them was told, and how many seconds it took from the tap to the commit."""

    chat: int
    told: Told
    seconds: float


class Bookers:
    """Some of the patients, at a reception of their own."""

    def __init__(
        self, url: str, chats: Iterable[int], run_id: str = "run", now: Callable[[], datetime] = lambda: NOW
    ) -> None:
        self.chats = tuple(chats)
        self._database = open_database(url)
        self._parcels: list[Parcel] = []
        self._updates = count(1_000_000 * (1 + sum(run_id.encode())))
        self.reception = reception_of(self._database, practice(), now=now, run_id=run_id, hand_over=self._hand_over)

    def __enter__(self) -> "Bookers":
        self.reception.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.reception.stop()
        self._database.close()

    def _hand_over(self, parcels: Sequence[Parcel]) -> None:
        self._parcels += parcels
        for parcel in parcels:
            self.reception.settled(parcel, "sent")

    def open_the_practice(self) -> None:
        """Alex, who hears of every visit, is linked."""

        def link(work: Work) -> None:
            work.people.make_invite("code", "practitioner", "example", NOW + timedelta(days=1))
            alex = _actor(work, ALEX)
            invited = work.gather(Needs(frozenset({"invite"}), code="code"), alex)["invite"]
            work.carry_out([LinkStaff(invited)], alex)

        self.reception.do(link).result(20)

    def move_in(self) -> None:
        """Everybody has agreed, and sent the first assessment."""
        form = practice().content.form.canonical
        deeds = (GiveConsent("intake", "welcome.agree"), OpenRecord(form), CloseRecord("completed"))

        def settle(work: Work) -> None:
            for chat in self.chats:
                work.carry_out(deeds, _actor(work, chat))

        self.reception.do(settle).result(20)

    def stand_at(self, step: str, data: Mapping[int, Mapping[str, Any]]) -> None:
        """Everybody is asked this question of booking, with answers given before."""

        def stand(work: Work) -> None:
            dialogues = work.dialogues.by_chat(dict.fromkeys(data, "en"))
            for chat, dialogue in dialogues.items():
                draft = Draft(step, {"visit": "first", "day": DAY, **data[chat]}, ("visit", "day"))
                dialogue.conversation = Conversation("booking", {"booking": draft}, ASKING)
            work.dialogues.save(list(dialogues.values()))

        self.reception.do(stand).result(20)

    def line_up(self, kind: Kind) -> list[Arrival]:
        """Everybody is asked the last question before a race of this kind; the taps that are their answers."""
        if kind == "a time to keep":
            self.stand_at("time", {chat: {} for chat in self.chats})
            return [self.tap(chat, f"q:booking:time:{DAY}{TIMES[0]}:{ASKING}") for chat in self.chats]
        times = TIMES if kind == "overlapping times" else TIMES[:1]
        self.stand_at("confirm", {chat: {"time": DAY + times[chat % len(times)]} for chat in self.chats})
        return [self.tap(chat, f"q:booking:confirm:book:{ASKING}") for chat in self.chats]

    def tap(self, chat: int, data: str) -> Arrival:
        update = next(self._updates)
        return Arrival(chat, Tap(data, f"cb{update}", 50), bot_id=1, update_id=update, locale="en")

    def race(self, arrivals: Sequence[Arrival]) -> list[Answered]:
        """All of them at once, as an edge brings them; what each was told."""
        self._parcels.clear()
        ended: dict[int, float] = {}

        def ends(number: int) -> Any:
            return lambda future: ended.__setitem__(number, perf_counter())

        begun, futures = [], list[Future[None]]()
        for number, arrival in enumerate(arrivals):
            begun.append(perf_counter())
            future = self.reception.receive([arrival])
            future.add_done_callback(ends(number))
            futures.append(future)
        for future in futures:
            future.result(30)
        said = self.said()
        return [
            Answered(arrival.chat_id, _told(said.get(arrival.chat_id, "")), ended[number] - begun[number])
            for number, arrival in enumerate(arrivals)
        ]

    def said(self) -> dict[int, str]:
        """What was said to each chat since the last race began."""
        said: dict[int, str] = {}
        for parcel in list(self._parcels):
            toast = (parcel.body.get("callback") or {}).get("toast") or ""
            said[parcel.chat_id] = f"{said.get(parcel.chat_id, '')}\n{parcel.body.get('text', '')}\n{toast}"
        return said


def _told(said: str) -> Told:
    if "Your visit is booked" in said or "I keep this time for you until" in said:
        return "won"
    if "has just been taken" in said:
        return "gone"
    if "I can find no free time" in said:
        return "full"
    return "stale" if "That button is from earlier" in said else "nothing"


def _actor(work: Work, chat: int) -> Actor:
    dialogue = work.dialogues.by_chat({chat: "en"})[chat]
    if not dialogue.version:
        work.dialogues.save([dialogue])
    return Actor(dialogue.account, dialogue.staff, practice().words.digest)
