"""Polling over real HTTP: acknowledged after commit, never before."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.model import Text, Unreadable
from bot.telegram.polling import Polling
from bot.telegram.receiving import GivenUp
from tests.telegram.conftest import BOT_ID, House, Scene

Play = Callable[[Scene], None]


@asynccontextmanager
async def polling(house: House) -> Any:
    loop = Polling(house.bot, house.reception, bot_id=BOT_ID, wait=5)
    run = asyncio.create_task(loop.run())
    try:
        yield run
    finally:
        loop.stop()
        await run


def texts(house: House) -> list[str]:
    return [arrival.event.text for arrival in house.reception.arrivals if isinstance(arrival.event, Text)]


def test_updates_arrive_in_order_and_are_acknowledged_at_the_end(play: Play) -> None:
    async def scene(house: House) -> None:
        async with polling(house):
            house.ann.send_text("one")
            house.ann.send_text("two")
            await house.telegram.settled()
            assert texts(house) == ["one", "two"]
            house.ann.send_text("three")
            while texts(house) != ["one", "two", "three"]:
                await house.telegram.pulse.wait()
        assert not len(house.telegram.updates), "stopping acknowledges what was committed"
        assert "offset" not in house.sent("getUpdates")[0]

    play(scene)


def test_while_the_database_is_away_nothing_is_acknowledged_and_nothing_lost(play: Play) -> None:
    async def scene(house: House) -> None:
        house.reception.away = 1
        seen: list[int] = []
        house.reception.before_commit = lambda: seen.append(len(house.telegram.updates))
        house.ann.send_text("kept")
        async with polling(house):
            await house.telegram.settled()
        assert texts(house) == ["kept"]
        assert seen == [2], "both were still with Telegram when they were committed"

    play(scene)


def test_one_that_cannot_be_read_does_not_stand_in_its_neighbours_way(play: Play) -> None:
    async def scene(house: House) -> None:
        house.telegram.raw_update({"message": {"text": "\ud800", "surprise": [None]}})
        house.ann.send_text("after")
        async with polling(house):
            await house.telegram.settled()
        assert texts(house) == ["after"]
        assert isinstance(house.reception.arrivals[1].event, Unreadable)

    play(scene)


def test_a_group_is_left_once_and_nothing_of_it_is_kept(play: Play) -> None:
    async def scene(house: House) -> None:
        house.telegram.group_message(-5, house.ann, "hello all")
        house.telegram.group_message(-5, house.ann, "anybody?")
        async with polling(house):
            await house.telegram.settled()
        assert house.sent("leaveChat") == [{"chat_id": -5}]
        assert texts(house) == []

    play(scene)


def test_trouble_on_the_way_is_waited_out(play: Play) -> None:
    async def scene(house: House) -> None:
        house.telegram.faults.next("deleteWebhook", status=502)
        house.telegram.faults.lose_reply("getUpdates")
        house.ann.send_text("late")
        async with polling(house):
            await house.telegram.settled()
        assert texts(house) == ["late"]

    play(scene)


def test_a_webhook_left_behind_is_taken_down_and_what_waits_there_is_kept(play: Play) -> None:
    async def scene(house: House) -> None:
        await house.bot.set_webhook("http://127.0.0.1:9/nobody")
        house.ann.send_text("waiting")
        async with polling(house):
            await house.telegram.settled()
        assert texts(house) == ["waiting"]

    play(scene)


def test_numbering_that_starts_anew_loses_nothing(play: Play) -> None:
    async def scene(house: House) -> None:
        async with polling(house):
            await house.telegram.settled()
            house.telegram.restart_ids(50)
            house.ann.send_text("after a week")
            await house.telegram.settled()
        assert texts(house) == ["after a week"]

    play(scene)


def test_another_copy_ends_it_with_one_line(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.telegram.receiving.Pauses.next", lambda self: 0.01)

    async def scene(house: House) -> None:
        house.telegram.faults.next("getUpdates", status=409, times=None)
        with pytest.raises(GivenUp, match="another copy of this bot"):
            await Polling(house.bot, house.reception, bot_id=BOT_ID).run()
        assert len(house.sent("getUpdates")) == 4

    play(scene)


def test_a_refused_token_ends_it_with_one_line_that_does_not_hold_it(play: Play) -> None:
    async def scene(house: House) -> None:
        house.telegram.faults.next("getUpdates", status=401)
        with pytest.raises(GivenUp, match="ACUBACK_TOKEN is refused") as ended:
            await Polling(house.bot, house.reception, bot_id=BOT_ID).run()
        assert house.bot.token not in str(ended.value)

    play(scene)


def test_what_people_type_is_never_logged(play: Play, caplog: pytest.LogCaptureFixture) -> None:
    async def scene(house: House) -> None:
        house.reception.away = 1
        house.ann.send_text("my secret ache")
        async with polling(house):
            await house.telegram.settled()

    caplog.set_level(logging.INFO)
    play(scene)
    assert "not stored: ConnectionError" in caplog.text
    assert "secret" not in caplog.text
