"""The demo's stage: the clock that walks and what is due, in words for the page beside the phones."""

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.clock import Ticks, WalkingClock
from bot.demo import Upcoming
from bot.reception import Reception

SHOWN = 8
WHAT = {
    "advice": "Lifestyle advice",
    "again": "Advice, again",
    "aftercare": "Advice after a visit",
    "visit": "Word of a visit",
    "nudge": "Word of an assessment half done",
    "checkin": "The weekly check-in",
    "review": "A look back together",
    "hold": "The end of a time kept",
    "approval": "The end of a request",
    "alarm": "An alarm nobody has answered",
    "morning": "The morning page",
    "waitlist": "The waitlist",
}


class Stage:
    """The clock as the page sees it, in the practice's zone. Empty until `open`."""

    def __init__(self, clock: WalkingClock, zone: ZoneInfo) -> None:
        self._clock = clock
        self._zone = zone
        self._reception: Reception | None = None
        self._ticks: Ticks | None = None
        self._names: dict[int, str] = {}

    def open(self, reception: Reception, ticks: Ticks, names: dict[int, str]) -> None:
        """The bot is at work; `names` are those of the phones, by chat."""
        self._reception, self._ticks, self._names = reception, ticks, names

    def now(self) -> datetime:
        """By the demo's clock."""
        return self._clock.now().astimezone(self._zone)

    async def upcoming(self) -> list[Upcoming]:
        """What is planned next."""
        if self._reception is None:
            return []
        planned = await asyncio.wrap_future(self._reception.upcoming(SHOWN))
        ids = {account_id for *_, account_id in planned}
        people = await asyncio.wrap_future(self._reception.do(lambda work: work.dialogues.recipients(ids)))
        chats = {account_id: account.chat_id for account_id, (account, _) in people.items()}
        names = {account_id: self._names.get(chat_id, "A patient") for account_id, chat_id in chats.items()}
        return [
            Upcoming(due_at.astimezone(self._zone), WHAT[kind], names.get(account_id, ""))
            for due_at, kind, account_id in planned
        ]

    async def skip_to(self, at: datetime) -> None:
        """Forward, everything due on the way going out."""
        if self._reception is not None and self._ticks is not None:
            await self._clock.skip_to(at, self._reception.upcoming, self._ticks)
