"""Our bot at work inside this process: the real reception, engine, words, vault and courier on a real database."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from telegram import Bot

from benchmarks.answering import BOT_ID, TOKEN, Answering
from benchmarks.visitors import OPENING, TAPS, Shown, Step, Visit, of, tapped, typed
from bot.furnishing import Practice, furnish
from bot.model import Arrival, Parcel
from bot.reception import Reception
from bot.telegram.letters import plain
from bot.telegram.limits import Limits
from bot.telegram.outbound import Courier
from bot.telegram.receiving import committed
from bot.telegram.updates import read_update
from storage.database import Database, open_database
from storage.vault import Vault

KEY = bytes(range(32))
UNLIMITED = Limits(chat_burst=1e9, chat_rate=1e9, burst=1e9, rate=1e9)
PRACTITIONER = 5_000_000_005


@cache
def practice() -> Practice:
    """The built-in example practice."""
    furnished = furnish(None, None)
    assert furnished.practice is not None, furnished.faults
    return furnished.practice


def reception_of(
    database: Database,
    own: Practice,
    *,
    now: Callable[[], datetime],
    run_id: str,
    hand_over: Callable[[Sequence[Parcel]], None],
) -> Reception:
    """A practice's reception on this database, as the composition root makes it; to be started."""
    return Reception(
        database,
        Vault([KEY], os.urandom),
        advance=own.engine.advance,
        words=own.words,
        clinic=own.content.clinic,
        now=now,
        run_id=run_id,
        hand_over=hand_over,
    )


class AtWork:
    """Takes updates as the webhook does: each is committed, then acknowledged; its reply goes out on its own."""

    def __init__(self, reception: Reception, bot: Bot, shown: dict[int, dict[str, Any]]) -> None:
        self.reception = reception
        self.courier = Courier(
            bot, reception, monotonic=time.monotonic, render_document=lambda kind, data: b"", limits=UNLIMITED
        )
        self._shown = shown
        self._expected: dict[int, asyncio.Future[None]] = {}

    def sent(self, chat_id: int, params: dict[str, Any]) -> None:
        """A message has gone out."""
        self._shown[chat_id] = params
        expected = self._expected.pop(chat_id, None)
        if expected is not None:
            expected.set_result(None)

    async def tap(self, step: Step) -> None:
        """From the raw update to the commit and the reply."""
        expected = self._expected[step.chat_id] = asyncio.get_running_loop().create_future()
        arrival = read_update(json.loads(step.raw), BOT_ID)
        assert isinstance(arrival, Arrival)
        assert await committed(self.reception, [arrival])
        await expected

    def sees(self, chat_id: int) -> Shown:
        """What this patient sees now."""
        params = self._shown[chat_id]
        return Shown(plain(params["text"]), params["reply_markup"]["inline_keyboard"])

    async def at_rest(self) -> None:
        """Until everything is sent, and that is written down."""
        await self.courier.quiet()
        await asyncio.wrap_future(self.reception.do(lambda work: None))

    async def link_practitioner(self) -> None:
        """Without one no assessment begins."""
        code = "the-practitioner-of-the-benchmark"
        ref = practice().content.clinic.practitioners[0].id
        until = datetime.now(UTC) + timedelta(days=1)
        await asyncio.wrap_future(
            self.reception.do(lambda work: work.people.make_invite(code, "practitioner", ref, until))
        )
        await self.tap(of(typed(f"/start {code}"), PRACTITIONER))

    async def visit(self, chat_id: int) -> Visit:
        """One patient's whole visit, and what was sent in it."""
        sent: list[str] = []
        for wanted in (*OPENING, *TAPS):
            if wanted.startswith(("/", "'")):
                sent.append(typed(wanted.lstrip("'")))
            else:
                shown = self.sees(chat_id)
                sent.append(tapped(shown, shown.data(wanted)))
            await self.tap(of(sent[-1], chat_id))
        return Visit(tuple(sent[: len(OPENING)]), tuple(sent[len(OPENING) :]))


@asynccontextmanager
async def at_work(url: str, house: Practice | None = None) -> AsyncIterator[AtWork]:
    """A practice, the example one if nothing is said, on this database, which stands at the head's revision."""
    database = open_database(url)
    own = house or practice()
    ours: AtWork

    def sent(chat_id: int, params: dict[str, Any]) -> None:
        ours.sent(chat_id, params)

    def hand_over(parcels: Sequence[Parcel]) -> None:
        ours.courier.hand_over(parcels)

    answering = Answering(sent)
    async with Bot(TOKEN, request=answering, get_updates_request=answering) as bot:
        reception = reception_of(database, own, now=lambda: datetime.now(UTC), run_id="benchmark", hand_over=hand_over)
        ours = AtWork(reception, bot, {})
        reception.start()
        carrying = asyncio.create_task(ours.courier.run())
        try:
            yield ours
        finally:
            await ours.courier.stop(5.0)
            carrying.cancel()
            await asyncio.to_thread(reception.stop)
            database.close()
