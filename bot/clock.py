"""Time: the ticks that make due things happen, and the demo's clock that walks."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from apscheduler.schedulers.asyncio import AsyncIOScheduler

logger = logging.getLogger(__name__)

DUE_SECONDS = 5
CLAIM_SECONDS = 10
CALENDAR_SECONDS = 30
PRUNE_SECONDS = 3600
LOOKAHEAD = 100

Deed = Callable[[], Awaitable[object]]
Upcoming = Callable[[int], "Future[list[tuple[datetime, str, int]]]"]


class Decides(Protocol):
    """The reception, as the clock sees it."""

    def due(self) -> Future[int]:
        """Decides a batch of reminders due now; resolves to how many."""

    def prune(self) -> Future[None]:
        """Removes what need not be kept."""


class Ticks:
    """What is done again and again: due reminders every 5 s, unsent messages every 10 s, practitioners' own calendars
    every 30 s, pruning every hour.

    `claim` has the courier look for unsent rows, `look` whoever reads calendars for those whose time has come. No tick
    runs twice at a time; missed ones count as one; a failed one is a line in the log and comes again. The scheduler
    holds nothing but these intervals: a reminder is a row.
    """

    def __init__(self, reception: Decides, claim: Deed, look: Deed) -> None:
        self._reception = reception
        self._ticks: tuple[tuple[str, int, Deed], ...] = (
            ("due", DUE_SECONDS, self._due),
            ("claim", CLAIM_SECONDS, claim),
            ("look", CALENDAR_SECONDS, look),
            ("prune", PRUNE_SECONDS, self._prune),
        )
        self._scheduler: Any = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        """Begin ticking, in the running event loop; each tick comes first after its interval."""
        for name, seconds, deed in self._ticks:
            self._scheduler.add_job(_tick, "interval", (name, deed), id=name, seconds=seconds)
        self._scheduler.start()

    def stop(self) -> None:
        """No more ticks."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def run_all_once(self) -> None:
        """Every tick now, in order."""
        for name, _, deed in self._ticks:
            await _tick(name, deed)

    async def _due(self) -> None:
        while await asyncio.wrap_future(self._reception.due()):
            pass

    async def _prune(self) -> None:
        await asyncio.wrap_future(self._reception.prune())


async def _tick(name: str, deed: Deed) -> None:
    try:
        await deed()
    except Exception as failure:  # noqa: BLE001 -- whatever it was, the next tick tries again
        logger.warning("tick %s failed: %s", name, type(failure).__name__)


class WalkingClock:
    """The demo's clock: it goes as `real` does, and can be moved forward, never back."""

    def __init__(self, real: Callable[[], datetime]) -> None:
        self._real = real
        self._ahead = timedelta()
        self._walking = asyncio.Lock()

    def now(self) -> datetime:
        return self._real() + self._ahead

    async def skip_to(self, at: datetime, upcoming: Upcoming, ticks: Ticks) -> None:
        """Move forward to `at`, stopping at each due instant on the way, in order, and running every tick there.

        `upcoming(n)` tells the next n planned reminders. One that is planned still after its instant was passed is not
        waited for again.
        """
        async with self._walking:
            while (stop := await self._next_stop(at, upcoming)) is not None:
                self._move(stop)
                await ticks.run_all_once()
            self._move(at)
            await ticks.run_all_once()

    async def _next_stop(self, at: datetime, upcoming: Upcoming) -> datetime | None:
        now = self.now()
        planned = await asyncio.wrap_future(upcoming(LOOKAHEAD))
        return min((instant for instant, *_ in planned if now < instant <= at), default=None)

    def _move(self, at: datetime) -> None:
        self._ahead = max(self._ahead, at - self._real())
