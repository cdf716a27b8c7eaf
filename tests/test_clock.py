"""The ticks and the walking clock."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot import clock
from bot.clock import Ticks, WalkingClock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Diary:
    """Reminders planned, and when each was decided."""

    def __init__(self, *planned: datetime) -> None:
        self.planned = sorted(planned)
        self.now: Callable[[], datetime] = lambda: NOON
        self.deeds: list[tuple[str, datetime]] = []

    def due(self) -> "Future[int]":
        """One a batch."""
        decided = [instant for instant in self.planned[:1] if instant <= self.now()]
        self.planned = self.planned[len(decided) :]
        self.deeds += [("due", self.now())] * len(decided)
        return _done(len(decided))

    def prune(self) -> "Future[None]":
        self.deeds.append(("prune", self.now()))
        return _done(None)

    async def claim(self) -> None:
        self.deeds.append(("claim", self.now()))

    async def look(self) -> None:
        self.deeds.append(("look", self.now()))

    def upcoming(self, limit: int) -> "Future[list[tuple[datetime, str, int]]]":
        return _done([(instant, "advice", 1) for instant in self.planned[:limit]])


def _done(value: Any) -> "Future[Any]":
    future: Future[Any] = Future()
    future.set_result(value)
    return future


def test_every_tick_runs_in_order_and_due_ones_until_none_is_left() -> None:
    diary = Diary(NOON, NOON, NOON + HOUR)
    asyncio.run(Ticks(diary, diary.claim, diary.look).run_all_once())
    assert [deed for deed, _ in diary.deeds] == ["due", "due", "claim", "look", "prune"]
    assert diary.planned == [NOON + HOUR]


def test_a_tick_that_fails_is_a_line_and_the_others_run(caplog: pytest.LogCaptureFixture) -> None:
    diary = Diary()

    async def claim() -> None:
        raise ConnectionError("with words of a patient")

    caplog.set_level(logging.WARNING)
    asyncio.run(Ticks(diary, claim, diary.look).run_all_once())
    assert [deed for deed, _ in diary.deeds] == ["look", "prune"]
    assert caplog.messages == ["tick claim failed: ConnectionError"]


def test_ticks_come_by_themselves_until_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DUE_SECONDS", "CLAIM_SECONDS"):
        monkeypatch.setattr(clock, name, 0.01)

    async def run() -> None:
        diary = Diary(NOON, NOON)
        enough = asyncio.Event()

        async def claim() -> None:
            await diary.claim()
            if len(diary.deeds) >= 5:
                enough.set()

        ticks = Ticks(diary, claim, diary.look)
        ticks.start()
        await asyncio.wait_for(enough.wait(), 5)
        ticks.stop()
        assert [deed for deed, _ in diary.deeds].count("due") == 2
        ticks.stop()

    asyncio.run(run())


def walked(diary: Diary, act: Callable[[WalkingClock, Ticks], Awaitable[None]]) -> WalkingClock:
    walking = WalkingClock(lambda: NOON)
    diary.now = walking.now

    async def run() -> None:
        await act(walking, Ticks(diary, diary.claim, diary.look))

    asyncio.run(run())
    return walking


def test_the_walking_clock_stops_at_each_due_instant_in_order() -> None:
    diary = Diary(NOON + 3 * HOUR, NOON + HOUR, NOON + 2 * HOUR, NOON + 9 * HOUR)
    walking = walked(diary, lambda walking, ticks: walking.skip_to(NOON + 4 * HOUR, diary.upcoming, ticks))
    assert [at for deed, at in diary.deeds if deed == "due"] == [NOON + HOUR, NOON + 2 * HOUR, NOON + 3 * HOUR]
    assert diary.deeds[-1] == ("prune", NOON + 4 * HOUR)
    assert walking.now() == NOON + 4 * HOUR


def test_what_is_planned_at_a_stop_is_stopped_at_too() -> None:
    class Recurring(Diary):
        def due(self) -> "Future[int]":
            future = super().due()
            if future.result() and self.now() < NOON + 3 * HOUR:
                self.planned.append(self.now() + HOUR)
            return future

    diary = Recurring(NOON + HOUR)
    walked(diary, lambda walking, ticks: walking.skip_to(NOON + 5 * HOUR, diary.upcoming, ticks))
    assert [at - NOON for deed, at in diary.deeds if deed == "due"] == [HOUR, 2 * HOUR, 3 * HOUR]


def test_a_reminder_nobody_decides_does_not_hold_the_clock_for_ever() -> None:
    class Stuck(Diary):
        def due(self) -> "Future[int]":
            return _done(0)

    diary = Stuck(NOON + HOUR)
    walking = walked(diary, lambda walking, ticks: walking.skip_to(NOON + 2 * HOUR, diary.upcoming, ticks))
    assert walking.now() == NOON + 2 * HOUR


def test_the_clock_never_goes_back() -> None:
    diary = Diary()
    walking = walked(diary, lambda walking, ticks: walking.skip_to(NOON - HOUR, diary.upcoming, ticks))
    assert walking.now() == NOON
