"""People on the waitlist, and others who want the same times: each reception with a share of both, on one database."""

import random
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from bot.model import Arrival, Book, CancelBooking, Wait
from storage.database import open_database
from storage.work import Work
from tests.end_to_end.bookers import ASKING, DAY, NOW, Bookers, _actor

STARTS = (datetime.fromisoformat("2026-03-05T10:00Z"), datetime.fromisoformat("2026-03-06T10:00Z"))
"""The times that are given back: two, so that somebody may be in line for both."""
WEEK, PARTS = frozenset(range(7)), frozenset({"mornings", "afternoons", "evenings"})
_ANSWERS = ("take", "no_thanks", "no_thanks", "", "", "")
"""How often somebody says what, or nothing at all."""


class Waiters(Bookers):
    """`chats` wait, `rivals` do not, and book whatever they find."""

    def __init__(
        self, url: str, chats: Iterable[int], rivals: Iterable[int], run_id: str, now: Callable[[], datetime]
    ) -> None:
        self.waiting, self.rivals = tuple(chats), tuple(rivals)
        super().__init__(url, (*self.waiting, *self.rivals), run_id, now)
        self._url = url

    def __enter__(self) -> "Waiters":
        super().__enter__()
        return self

    def give_back(self, holders: Iterable[int]) -> None:
        """Somebody had each of the times, and cancels."""

        def leaves(work: Work) -> None:
            for chat, start in zip(holders, STARTS, strict=True):
                actor = _actor(work, chat)
                ends, free = start + timedelta(hours=1), start + timedelta(minutes=75)
                work.carry_out(
                    [Book("first", "example", "room-1", start, ends, free, "Europe/London", "booked", "x")], actor
                )
                work.carry_out([CancelBooking(actor.booking_id or 0)], actor)

        self.reception.do(leaves).result(20)

    def line_up_to_wait(self) -> None:
        """Everybody waits; who does longer has the smaller chat."""
        for chat in self.waiting:

            def waits(work: Work, chat: int = chat) -> None:
                work.carry_out([Wait(WEEK, PARTS)], _actor(work, chat))

            self.reception.do(waits).result(20)
        database = open_database(self._url)
        with database.connect() as connection, database.write(connection):
            connection.execute(
                text(
                    "UPDATE waiting SET since = since - 1000000 * (100000 - (SELECT chat_id FROM account"
                    " WHERE account.id = waiting.account_id))"
                )
            )
        database.close()

    def phase(self, chance: random.Random) -> None:
        """All at once: the clock ticks, whoever was offered a time answers or does not, a rival books."""
        taps = [tap for chat, opening in self.offered() if (tap := self._answer(chat, opening, chance))]
        if chance.random() < 0.3 and self.rivals:
            taps += self._rivals_book(chance)
        chance.shuffle(taps)
        futures: list[Future[Any]] = [self.reception.due()]
        for tap in taps:
            futures.append(self.reception.receive([tap]))
            futures.append(self.reception.due())
        for future in futures:
            future.result(60)
        while self.reception.due().result(60):
            pass

    def offered(self) -> list[tuple[int, int]]:
        """Who of those here has an offer now, and of which opening."""
        found = rows(
            self._url,
            "SELECT account.chat_id, offer.opening_id FROM offer JOIN account ON account.id = offer.account_id"
            " WHERE offer.state = 'offered'",
        )
        return [(chat, opening) for chat, opening in found if chat in self.waiting]

    def _answer(self, chat: int, opening: int, chance: random.Random) -> Arrival | None:
        verb = chance.choice(_ANSWERS)
        return self.tap(chat, f"s:{verb}:{opening}") if verb else None

    def _rivals_book(self, chance: random.Random) -> list[Arrival]:
        times = {chat: {"time": f"{DAY}T{chance.choice(('0930', '1000', '1030'))}"} for chat in self.rivals}
        self.stand_at("confirm", times)
        return [self.tap(chat, f"q:booking:confirm:book:{ASKING}") for chat in self.rivals]


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    database = open_database(url)
    with database.read() as connection:
        found = [tuple(row) for row in connection.execute(text(query))]
    database.close()
    return found


__all__ = ["NOW", "STARTS", "Waiters", "rows"]
