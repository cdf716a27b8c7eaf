"""The writer: one thread, one kept connection, whatever is waiting in one transaction, one commit."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from bot.model import Arrival, Parcel
from bot.practice.clinic import Clinic
from bot.reception.due import REMINDERS, due_steps, upcoming
from bot.reception.group import Advance, Group, House, Settlement, Step
from bot.reception.letters import Words
from storage.database import Database, away, conflict
from storage.post import Fate
from storage.vault import Vault
from storage.work import Pen, Work

log = logging.getLogger(__name__)

T = TypeVar("T")

GROUP = 256
"""How many events share a transaction at most."""
TRIES = 5
"""How often something is decided at most, while somebody else is first each time."""
SETTLE_SECONDS = 0.05
"""How long the courier's word waits for a group to ride along with."""
AGAIN_SECONDS = 1.0
"""How long the courier's word waits for a database that was away."""
PLACE = "practice"
"""The one place of a practice with one address."""


class Away(Exception):
    """The database cannot serve now, and nothing was acknowledged: whatever came will come again."""


@dataclass(frozen=True, slots=True)
class _Batch:
    steps: Sequence[Step]
    answer: Future[None]


@dataclass(frozen=True, slots=True)
class _Job(Generic[T]):
    deed: Callable[[Work], T]
    answer: Future[T]


@dataclass(frozen=True, slots=True)
class _Tick:
    answer: Future[int]
    decided: int


@dataclass(frozen=True, slots=True)
class _Postponed:
    parcel: Parcel


_Item = _Batch | _Job[Any] | _Tick | _Postponed | Settlement | None


class Reception:
    """Everything that is written goes through here. Made once a process; any thread may ask."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        *,
        advance: Advance,
        words: Words,
        clinic: Clinic,
        now: Callable[[], datetime],
        run_id: str,
        hand_over: Callable[[Sequence[Parcel]], None],
    ) -> None:
        """`run_id` names this process's run among all there were. `hand_over` gets, in the writer's thread and
        after each commit, the parcels that may be sent at once; what it does not get, `claim` will.
        """
        self._pen = Pen(database, vault, run_id=run_id)
        self._house = House(advance, words, clinic)
        self._now = now
        self._hand_over = hand_over
        self._queue: SimpleQueue[_Item] = SimpleQueue()
        self._gate = threading.Lock()
        self._open = False
        self._thread = threading.Thread(target=self._run, name="writer")
        self._settlements: list[Settlement] = []
        self._postponed: list[Parcel] = []
        self._settle_at: float | None = None
        self._synced = False

    # --- for every thread ---

    def start(self) -> None:
        """Starts the writer."""
        self._open = True
        self._thread.start()

    def stop(self) -> None:
        """Finishes everything that was asked before, and ends the writer. What is asked later is `Away`."""
        with self._gate:
            self._open = False
            self._queue.put(None)
        self._thread.join()

    def receive(self, arrivals: Sequence[Arrival]) -> Future[None]:
        """Decides what arrived; resolves once all of it is committed. Raises Away through the future."""
        answer = _promise()
        self._put(_Batch([Step(arrival) for arrival in arrivals], answer), answer)
        return answer

    def do(self, job: Callable[[Work], T]) -> Future[T]:
        """Any other work in the writer's thread, and its answer once it is committed.

        The job may be run again if its transaction was rolled back: it touches nothing but the `Work`.
        """
        answer: Future[T] = _promise()
        self._put(_Job(job, answer), answer)
        return answer

    def settled(self, parcel: Parcel, state: Fate, *, message_id: int | None = None, reason: str = "") -> None:
        """What became of a parcel; written with the next group, or within 50 ms. `reason` "blocked": by the person."""
        self._queue.put(Settlement(parcel, state, message_id, reason))

    def postpone(self, parcel: Parcel) -> None:
        """Gives a parcel back that certainly did not arrive; whoever claims next will send it."""
        self._queue.put(_Postponed(parcel))

    def claim(self, limit: int) -> Future[list[Parcel]]:
        """Takes what waits in the outbox; see `storage.post.Post.claim`. Renews this run's leases too."""
        return self.do(lambda work: work.claim(limit))

    def due(self) -> Future[int]:
        """Decides every alarm, reminder and page that is due now, in bounded transactions; how many there were."""
        answer: Future[int] = _promise()
        self._put(_Tick(answer, 0), answer)
        return answer

    def prune(self) -> Future[None]:
        """Deletes what is kept for a time only, and whose time is over."""
        return self.do(lambda work: work.prune())

    def upcoming(self, limit: int) -> Future[list[tuple[datetime, str, int]]]:
        """The next planned reminders, alarms and morning pages: when, of what kind, to which account (0: nobody may
        know)."""
        return self.do(lambda work: upcoming(work, self._house.clinic, limit))

    def _put(self, item: _Item, answer: Future[Any]) -> None:
        with self._gate:
            if self._open:
                self._queue.put(item)
                return
        answer.set_exception(Away("the reception is closed"))

    # --- the writer's thread ---

    def _run(self) -> None:
        while self._round():
            pass
        while not self._queue.empty():
            self._round()
        if self._settlements or self._postponed:
            self._decide([])
        self._pen.close()

    def _round(self) -> bool:
        """Works on whatever is waiting, never waiting for more; False where somebody asked to stop."""
        items = self._waiting()
        batches = [item for item in items if isinstance(item, _Batch)]
        self._settlements += [item for item in items if isinstance(item, Settlement)]
        self._postponed += [item.parcel for item in items if isinstance(item, _Postponed)]
        if self._settle_at is None and (self._settlements or self._postponed):
            self._settle_at = time.monotonic() + SETTLE_SECONDS
        if batches or (self._settle_at is not None and time.monotonic() >= self._settle_at):
            self._decide(batches)
        jobs = [item for item in items if isinstance(item, _Job)]
        if jobs:
            self._do(jobs)
        for item in items:
            if isinstance(item, _Tick):
                self._tick(item)
        return None not in items

    def _waiting(self) -> list[_Item]:
        patience = None if self._settle_at is None else max(0.0, self._settle_at - time.monotonic())
        items: list[_Item] = []
        events = 0
        try:
            items.append(self._queue.get(timeout=patience))
            while events < GROUP:
                items.append(item := self._queue.get_nowait())
                events += len(item.steps) if isinstance(item, _Batch) else 0
        except Empty:
            pass
        return items

    def _decide(self, batches: Sequence[_Batch]) -> None:
        """Everything the courier said and all that arrived in one transaction; one by one if that fails."""
        self._settle_at = None
        steps = [step for batch in batches for step in batch.steps]
        try:
            self._anew(self._settlements, steps)
        except Away as gone:
            self._settle_at = time.monotonic() + AGAIN_SECONDS
            for batch in batches:
                batch.answer.set_exception(gone)
        except Exception as fault:  # noqa: BLE001 - whose fault it was shows when each is decided alone
            log.warning("a group of %d was rolled back (%s)", len(steps), type(fault).__name__)
            self._one_by_one(batches)
        else:
            self._settlements.clear()
            for batch in batches:
                batch.answer.set_result(None)

    def _one_by_one(self, batches: Sequence[_Batch]) -> None:
        while self._settlements:
            try:
                self._alone(self._settlements[:1], [])
            except Away:
                self._settle_at = time.monotonic() + AGAIN_SECONDS
                break
            except Exception as fault:  # noqa: BLE001 - the writer outlives it; the row is claimed by a later run
                log.warning("parcel %d could not be settled (%s)", self._settlements[0].parcel.id, type(fault).__name__)
            del self._settlements[0]
        for batch in batches:
            try:
                for step in batch.steps:
                    self._alone([], [step])
            except Exception as fault:  # noqa: BLE001 - the writer outlives it, and whoever asked is told
                batch.answer.set_exception(fault)
            else:
                batch.answer.set_result(None)

    def _anew(self, settlements: Sequence[Settlement], steps: Sequence[Step]) -> None:
        """Decided together, and again with fresh facts while somebody else is first."""
        for _ in range(TRIES - 1):
            try:
                self._together(settlements, steps)
            except Exception as fault:
                if not conflict(fault):
                    raise
            else:
                return
        self._together(settlements, steps)

    def _together(self, settlements: Sequence[Settlement], steps: Sequence[Step]) -> None:
        parcels: Sequence[Parcel] = ()
        try:
            with self._work() as work:
                group = Group(work, self._house)
                parcels = group.decide([*group.settle(settlements), *steps])
        except Away:
            # If only the reply to the COMMIT was lost they are written, as in hand: nobody else would ever take them.
            self._postponed += parcels
            raise
        self._give(parcels)

    def _alone(self, settlements: Sequence[Settlement], steps: Sequence[Step]) -> None:
        """One event, decided again while somebody else is first; set aside if it cannot be decided at all."""
        try:
            self._anew(settlements, steps)
        except Away:
            raise
        except Exception as fault:  # noqa: BLE001 - set aside below
            reason = type(fault).__name__
        else:
            return
        try:
            self._instead(settlements, steps, lambda group, step: group.set_aside(step, reason))
        except Away:
            raise
        except Exception as fault:  # noqa: BLE001 - then without a word to anybody
            log.warning("nobody could be told of what was set aside (%s)", type(fault).__name__)
            self._instead(settlements, steps, lambda group, step: group.put_away(step, reason))

    def _instead(
        self,
        settlements: Sequence[Settlement],
        steps: Sequence[Step],
        deed: Callable[[Group, Step], Sequence[Parcel]],
    ) -> None:
        with self._work() as work:
            group = Group(work, self._house)
            parcels = [parcel for step in [*group.settle(settlements), *steps] for parcel in deed(group, step)]
        self._give(parcels)

    def _do(self, jobs: Sequence[_Job[Any]]) -> None:
        try:
            with self._work() as work:
                answers = [job.deed(work) for job in jobs]
        except Exception as fault:  # noqa: BLE001 - whoever asked is told
            if len(jobs) == 1 or isinstance(fault, Away):
                for job in jobs:
                    job.answer.set_exception(fault)
                return
            for job in jobs:
                self._do([job])
        else:
            for job, answer in zip(jobs, answers, strict=True):
                job.answer.set_result(answer)

    def _tick(self, tick: _Tick) -> None:
        try:
            count = self._remind()
        except Exception as fault:  # noqa: BLE001 - whoever asked is told
            tick.answer.set_exception(fault)
            return
        if count < REMINDERS:
            tick.answer.set_result(tick.decided + count)
        else:
            # More may be due, but first whoever wrote meanwhile.
            self._queue.put(_Tick(tick.answer, tick.decided + count))

    def _remind(self) -> int:
        try:
            with self._work() as work:
                due = due_steps(work, self._house.clinic)
                parcels = Group(work, self._house).decide(due)
            self._give(parcels)
        except Away:
            raise
        except Exception as fault:  # noqa: BLE001 - whose fault it was shows when each is decided alone
            log.warning("a group of reminders was rolled back (%s)", type(fault).__name__)
            with self._work() as work:
                due = due_steps(work, self._house.clinic)
            for step in due:
                self._alone([], [step])
        return len(due)

    @contextmanager
    def _work(self) -> Iterator[Work]:
        """A transaction on the kept connection. Raises Away where the database is, and connects anew the next time."""
        try:
            with self._pen.work(self._now()) as work:
                if not self._synced:
                    self._sync(work)
                # First of all: on SQLite the ids of rows that were not written go to the next ones.
                postponed = len(self._postponed)
                work.post.postpone([parcel.id for parcel in self._postponed])
                yield work
            self._synced = True
            del self._postponed[:postponed]
        except Exception as fault:
            if not away(fault):
                raise
            self._pen.close()
            raise Away("the database cannot serve now") from fault

    def _sync(self, work: Work) -> None:
        clinic = self._house.clinic
        practitioners, rooms = [each.id for each in clinic.practitioners], [each.id for each in clinic.rooms]
        work.resources.sync(practitioners, rooms, PLACE, clinic.zone.key)

    def _give(self, parcels: Sequence[Parcel]) -> None:
        if not parcels:
            return
        try:
            self._hand_over(parcels)
        except Exception as fault:  # noqa: BLE001 - what is committed is committed: it goes with a later claim
            log.warning("%d parcels could not be handed over (%s)", len(parcels), type(fault).__name__)
            self._postponed += parcels
            self._settle_at = time.monotonic() + SETTLE_SECONDS


def _promise() -> Future[Any]:
    """A future nobody can cancel: what is in the queue will be done."""
    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()
    return future
