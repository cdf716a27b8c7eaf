"""The courier: carries the rows of the outbox into the chats, each chat's in order, as fast as Telegram allows.

Telegram has no idempotency key: where a connection is lost after a call was sent, the message is either lost or there
twice. What matters is sent once more, and said to be a repeat; edits repeat for free; the rest is left uncertain.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Literal, Protocol

from telegram import Bot
from telegram.error import TelegramError

from bot.model import Parcel
from bot.telegram.lanes import Errand, Lane, Lanes
from bot.telegram.letters import (
    EDIT,
    PHOTO,
    REDRAW,
    SEND,
    Call,
    anew,
    answer,
    bared,
    calls,
    drawn,
    noted,
    unmarked,
    without_picture,
)
from bot.telegram.limits import Limits
from bot.telegram.transport import TooMany
from bot.telegram.verdicts import Verdict, verdict

logger = logging.getLogger(__name__)

CLAIM = 500
"""Parcels in hand up to which more are claimed from the database."""
PATIENCE = 60.0
"""Seconds. Whoever must wait longer waits in the database."""
LONGEST_BACK_OFF = 30.0
ANSWER_PAUSES = (0.5, 1.0, None)
"""Seconds between the tries to answer a tap: later the circle on the button has stopped by itself."""
BLOCKED = "blocked"
CALLBACK_ONLY = {"callback"}

State = Literal["sent", "refused", "uncertain"]


class Ships(Protocol):
    """The reception, as the courier sees it. Every method may be called from any thread."""

    def settled(self, parcel: Parcel, state: State, *, message_id: int | None = None, reason: str = "") -> None: ...

    def postpone(self, parcel: Parcel) -> None: ...

    def claim(self, limit: int, /) -> Future[list[Parcel]]: ...

    def do(self, job: Callable[[Any], Any], /) -> Future[Any]: ...


class Courier:
    """One for the process, in the event loop that `run()` is called in.

    `monotonic` gives seconds; `render_document(kind, data)` makes the bytes of a document or a picture and is called in
    a worker thread.
    """

    def __init__(
        self,
        bot: Bot,
        reception: Ships,
        *,
        monotonic: Callable[[], float],
        render_document: Callable[[str, Any], bytes],
        limits: Limits | None = None,
    ) -> None:
        self._bot = bot
        self._reception = reception
        self._monotonic = monotonic
        self._render_document = render_document
        self._limits = limits or Limits()
        self._inbox: deque[Sequence[Parcel]] = deque()
        self._in_hand: set[int] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lanes: Lanes
        self._wanted = asyncio.Event()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._stop_at: float | None = None
        self._stopped = False

    # --- for others ---------------------------------------------------------------------------------------------------

    def hand_over(self, parcels: Sequence[Parcel]) -> None:
        """Take rows that were just committed as `sending`. Any thread; returns at once."""
        if self._stopped:
            for parcel in parcels:
                self._reception.postpone(parcel)
            return
        self._inbox.append(parcels)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._open_inbox)

    def wake(self) -> None:
        """Look for unsent rows in the database soon. To be called in the event loop."""
        self._wanted.set()

    async def collect(self) -> None:
        """Take unsent rows from the database now: what an earlier run left, what was postponed, what a replica without
        a courier wrote. With no room for more it asks for none: asking renews the leases of what is in hand."""
        if self._loop is None or self._stop_at is not None:
            return
        room = 0 if self._lanes.held else max(CLAIM - len(self._in_hand), 0)
        try:
            parcels = await asyncio.wrap_future(self._reception.claim(room))
        except Exception as failure:  # noqa: BLE001 -- the database is away: the next tick asks again
            logger.warning("unsent messages not looked up: %s", type(failure).__name__)
            return
        if self._stopped:
            self.hand_over(parcels)
        else:
            self._accept(parcels)

    async def quiet(self) -> None:
        """Until nothing is in hand."""
        self._open_inbox()
        await self._quiet.wait()

    async def run(self) -> None:
        """Carry, until cancelled; `stop()` first, to finish what is in hand. Begins with what an earlier run left."""
        self._loop = asyncio.get_running_loop()
        self._lanes = Lanes(self._limits, self._monotonic, self._loop, self._start)
        self._open_inbox()
        self._wanted.set()
        while self._stop_at is None:
            await self._wanted.wait()
            self._wanted.clear()
            await self.collect()

    async def stop(self, deadline: float) -> None:
        """Send what can be sent within `deadline` seconds; the rest goes back to the database for the next run.

        A call cut off by the deadline stays `sending`: the next run repeats it as one whose first may have arrived.
        """
        self._stop_at = self._monotonic() + deadline
        self._wanted.set()
        if self._loop is not None:
            self._open_inbox()
            for lane in self._lanes:
                self._give_back(lane)
            try:
                async with asyncio.timeout(deadline):
                    await self._quiet.wait()
            except TimeoutError:
                logger.info("%d messages unfinished at the end of the run", len(self._in_hand))
        self._stopped = True
        if self._loop is not None:
            self._lanes.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            for lane in self._lanes:
                self._give_back(lane)
        while self._inbox:
            for parcel in self._inbox.popleft():
                self._reception.postpone(parcel)

    # --- taking in ----------------------------------------------------------------------------------------------------

    def _open_inbox(self) -> None:
        while self._loop is not None and self._inbox:
            self._accept(self._inbox.popleft())

    def _accept(self, parcels: Sequence[Parcel]) -> None:
        for parcel in parcels:
            if parcel.id in self._in_hand:
                continue
            self._in_hand.add(parcel.id)
            self._quiet.clear()
            errand = Errand(parcel)
            if parcel.body.keys() == CALLBACK_ONLY:
                _ = self._spawn(self._answer_only(errand))
                continue
            lane = self._lanes.of(parcel.chat_id)
            queue = lane.queue(errand)
            if queue:
                self._clear_way(queue, errand)
            queue.append(errand)
            self._lanes.stir(lane)
            if not errand.started:
                # The circle on the button stops turning now, however long the message must wait.
                if "callback" in parcel.body:
                    errand.answering = self._spawn(self._answer(parcel.body["callback"]))
                self._give_back(lane)

    def _clear_way(self, queue: deque[Errand], errand: Errand) -> None:
        """Settle what the errand would overwrite: nobody needs to see it."""
        for older in [other for other in queue if errand.replaces(other)]:
            queue.remove(older)
            self._settle(older, "sent")

    def _give_back(self, lane: Lane) -> None:
        """Leave to the database what would wait here for too long."""
        now = self._monotonic()
        patience = PATIENCE if self._stop_at is None else max(self._stop_at - now, 0.0)
        if not self._stopped and self._lanes.wait(lane, now) <= patience:
            return
        for queue in (lane.replies, lane.bulk):
            for errand in [errand for errand in queue if errand.untouched]:
                queue.remove(errand)
                self._drop(errand)
                self._reception.postpone(errand.parcel)

    # --- carrying -----------------------------------------------------------------------------------------------------

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        assert self._loop is not None
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _start(self, lane: Lane, errand: Errand) -> None:
        _ = self._spawn(self._walk(lane, errand))

    async def _walk(self, lane: Lane, errand: Errand | None) -> None:
        """Carry the lane's errands as long as they may go one after the other."""
        while errand is not None:
            try:
                await self._carry(lane, errand)
            except Exception as failure:  # noqa: BLE001 -- one odd parcel must not silence the chat behind it
                logger.error("message %d not sent: %s", errand.parcel.id, type(failure).__name__)  # noqa: TRY400
                self._settle(errand, "refused", type(failure).__name__)
            errand = self._lanes.next(lane)
        self._lanes.done(lane)

    async def _carry(self, lane: Lane, errand: Errand) -> None:
        body = errand.parcel.body
        if "callback" in body and not errand.answered:
            await (errand.answering or self._answer(body["callback"]))
            errand.answered = True
        if errand.letter is None and not await self._write(errand):
            self._settle(errand, "sent")
            return
        assert errand.letter is not None
        while errand.step < len(errand.letter):
            call = errand.letter[errand.step]
            if call.draws:
                if (whole := await self._rendered(errand, call)) is None:
                    continue
                call = whole
            if errand.step:
                self._lanes.spend(lane)
            try:
                result = await self._bot.do_api_request(call.endpoint, call.params)
            except TelegramError as failure:
                if not self._goes_on(lane, errand, call, failure):
                    return
            else:
                if errand.message_id is None and isinstance(result, Mapping):
                    errand.message_id = result["message_id"]
                errand.step += 1
        lane.failures = 0
        self._settle(errand, "sent", errand.reason)

    async def _write(self, errand: Errand) -> bool:
        """Make the errand's calls, as things stand now. False where a newer revision of its card is on its way."""
        parcel = errand.parcel
        edit = parcel.body.get("edit")
        if parcel.card_id is not None:
            card_id = parcel.card_id
            message_id, newest = await asyncio.wrap_future(self._reception.do(lambda work: work.card(card_id)))
            if parcel.card_revision is not None and newest > parcel.card_revision:
                return False
            edit = edit if message_id is None else message_id
        errand.letter = calls(parcel.chat_id, parcel.body, edit)
        note = parcel.body.get("again_note")
        if errand.again and note and errand.letter and errand.letter[0].endpoint in (SEND, PHOTO):
            errand.letter = calls(parcel.chat_id, noted(parcel.body, note), edit)
        return True

    async def _rendered(self, errand: Errand, call: Call) -> Call | None:
        """The call with what it draws; None where that cannot be made: then the words go without."""
        assert errand.letter is not None
        parcel = errand.parcel
        wanted = parcel.body[call.draws]
        try:
            content = await asyncio.to_thread(self._render_document, wanted["kind"], wanted["data"])
        except Exception as failure:  # noqa: BLE001 -- see above
            errand.reason = f"{call.draws}: {type(failure).__name__}"
            logger.warning("message %d goes without its %s: %s", parcel.id, call.draws, type(failure).__name__)
            words = without_picture(parcel.chat_id, parcel.body, call)
            errand.letter[errand.step : errand.step + 1] = words
            return None
        return drawn(call, content, wanted.get("name") or f"{wanted['kind']}.png")

    def _goes_on(self, lane: Lane, errand: Errand, call: Call, failure: TelegramError) -> bool:
        """Whether the errand's next call, as it stands now, is to be made at once. Else it is settled or put back."""
        assert errand.letter is not None
        parcel = errand.parcel
        means = verdict(failure)
        logger.debug("message %d: %s (%s)", parcel.id, means.name, type(failure).__name__)
        if means is Verdict.DONE:
            errand.message_id = errand.message_id or call.params.get("message_id")
            errand.step += 1
            return True
        if means in (Verdict.ANEW, Verdict.INSTEAD) and call.endpoint in (EDIT, REDRAW):
            written = errand.letter[errand.step]
            left = [bared(written)] if means is Verdict.INSTEAD else []
            errand.letter[errand.step : errand.step + 1] = [anew(written, parcel.body), *left]
            return True
        if means is Verdict.UNMARKED and "parse_mode" in call.params:
            logger.warning("message %d goes without markup", parcel.id)
            errand.letter[errand.step : errand.step + 1] = unmarked(errand.letter[errand.step])
            return True
        if means is Verdict.REFUSED and call.draws == "photo" and "caption" in errand.letter[errand.step].params:
            errand.reason = f"photo: {type(failure).__name__}"
            errand.letter[errand.step : errand.step + 1] = without_picture(parcel.chat_id, parcel.body, call)
            return True
        if means is Verdict.REFUSED and errand.step:
            errand.reason = f"in part: {type(failure).__name__}"
            errand.step += 1
            return True
        if means is Verdict.SLOWER:
            self._lanes.slow_down(lane, failure.seconds if isinstance(failure, TooMany) else 1.0)
            self._put_back(lane, errand)
        elif means is Verdict.AGAIN or (means is Verdict.DOUBT and call.endpoint in (EDIT, REDRAW)):
            self._lanes.back_off(lane, LONGEST_BACK_OFF)
            self._put_back(lane, errand)
        elif means is Verdict.DOUBT and parcel.matters and not errand.again:
            errand.again = True
            self._lanes.back_off(lane, LONGEST_BACK_OFF)
            self._put_back(lane, errand)
        elif means is Verdict.BLOCKED:
            self._settle(errand, "refused", BLOCKED)
        elif errand.step:
            self._settle(errand, "sent", f"in part: {type(failure).__name__}")
        elif means is Verdict.DOUBT:
            self._settle(errand, "uncertain", type(failure).__name__)
        else:
            self._settle(errand, "refused", type(failure).__name__)
        return False

    def _put_back(self, lane: Lane, errand: Errand) -> None:
        """To the head of its lane, to be written anew unless part of it has gone."""
        queue = lane.queue(errand)
        if any(newer.replaces(errand) for newer in queue):
            self._settle(errand, "sent")
            return
        if errand.step == 0:
            errand.letter = None
        queue.appendleft(errand)
        self._give_back(lane)

    # --- answering taps -----------------------------------------------------------------------------------------------

    async def _answer_only(self, errand: Errand) -> None:
        reason = await self._answer(errand.parcel.body["callback"])
        self._settle(errand, "refused" if reason else "sent", reason)

    async def _answer(self, callback: Mapping[str, Any]) -> str:
        """Answer a tap, a few times if need be. The class of what kept it from being answered, or ''."""
        call = answer(callback)
        for pause in ANSWER_PAUSES:
            try:
                await self._bot.do_api_request(call.endpoint, call.params)
            except TelegramError as failure:
                reason = type(failure).__name__
                means = verdict(failure)
                if means is Verdict.DONE:
                    return ""
                if means not in (Verdict.AGAIN, Verdict.DOUBT) or pause is None:
                    return reason
                await asyncio.sleep(pause)
            else:
                return ""
        raise AssertionError("the last try answers")

    # --- letting go ---------------------------------------------------------------------------------------------------

    def _settle(self, errand: Errand, state: State, reason: str = "") -> None:
        self._drop(errand)
        self._reception.settled(errand.parcel, state, message_id=errand.message_id, reason=reason)

    def _drop(self, errand: Errand) -> None:
        self._in_hand.discard(errand.parcel.id)
        if not self._in_hand:
            self._quiet.set()
