"""What goes wrong between the bot, Telegram and the people, over the whole house."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from datetime import datetime
from io import BytesIO
from pathlib import Path

import aiohttp
import psycopg
import pytest

from bot.app import Door
from bot.demo import LocalTelegram
from tests.end_to_end.patients import Patient, ticks, view
from tests.end_to_end.process import bot_on
from tests.end_to_end.test_kill import check, check_once, ends_in_peace, opened_by_a_practitioner
from tests.end_to_end.test_secrecy import TYPED, assessed, at_the_first_sign, tap
from tests.house import House, house, practice

BEGINS = datetime(2026, 3, 2, 9, 30, tzinfo=practice().content.clinic.zone)
Play = Callable[[Callable[[House], Awaitable[None]]], None]
SECRET = "only-Telegram-says-this"


@pytest.fixture
def play(sqlite_database: str) -> Play:
    """Runs a scene in the whole house, on SQLite."""

    async def run(scene: Callable[[House], Awaitable[None]]) -> None:
        async with house(sqlite_database, BEGINS) as whole:
            await scene(whole)

    return lambda scene: asyncio.run(run(scene))


def test_a_stop_in_the_middle_of_traffic_is_quick_and_loses_nothing(tmp_path: Path) -> None:
    async def scene() -> None:
        async with bot_on(tmp_path) as bot:
            await opened_by_a_practitioner(bot)
            patients = [Patient(bot.telegram.person(100 + number, f"P{number}"), number) for number in range(5)]
            await asyncio.gather(*(patient.begin() for patient in patients))
            answering = [asyncio.create_task(patient.answer()) for patient in patients]
            await ends_in_peace(bot)
            check(bot, patients)
            await bot.start()
            await asyncio.gather(*answering)
            await ends_in_peace(bot)
            check(bot, patients)
            check_once(bot, patients)

    asyncio.run(scene())


def test_whoever_blocked_the_bot_is_told_of_to_the_practice(
    play: Play,
) -> None:
    async def scene(whole: House) -> None:
        alex, maria = await whole.link(99, "Alex"), whole.person(7, "Maria")
        await assessed(maria, TYPED, "none")
        await maria.wait_for("Which visit would you like?")
        whole.telegram.faults.next("sendMessage", status=403, chat_id=7)
        maria.command("/help")
        await alex.wait_for("Zephyrine has blocked the bot")
        maria.command("/help")
        await maria.wait_for("In an emergency call")

    play(scene)


def test_an_alarm_that_cannot_reach_the_first_person_goes_to_the_next(
    play: Play,
) -> None:
    async def scene(whole: House) -> None:
        alex, sam = await whole.link(99, "Alex"), await whole.link(98, "Sam", "contact", "reception")
        maria = whole.person(7, "Maria")
        whole.telegram.faults.next("sendMessage", status=403, chat_id=99)
        await at_the_first_sign(maria, "unsteady")
        await sam.wait_for("Urgent. Please read now.")
        await maria.wait_for("The practice has been told.")
        assert "Urgent" not in alex.last.text

    play(scene)


def test_an_alarm_that_reaches_nobody_is_said_to(play: Play) -> None:
    async def scene(whole: House) -> None:
        await whole.link(99, "Alex")
        maria = whole.person(7, "Maria")
        whole.telegram.faults.next("sendMessage", status=403, chat_id=99)
        await at_the_first_sign(maria, "unsteady")
        await maria.wait_for("I could not reach the practice. Get help first")
        await whole.at_rest()
        assert not any("has been told" in message.text for message in maria.messages)

    play(scene)


def test_what_the_practitioner_may_have_had_already_says_so(
    play: Play,
) -> None:
    async def scene(whole: House) -> None:
        alex, maria = await whole.link(99, "Alex"), whole.person(7, "Maria")
        whole.telegram.faults.lose_reply("sendMessage", chat_id=99)
        await assessed(maria, TYPED, "none")
        await alex.wait_for("New first assessment")
        cards = [message.text for message in alex.messages if "Called: Zephyrine" in message.text]
        assert len(cards) == 2
        assert cards[1] == f"Sent again: you may have had this already.\n\n{cards[0]}"

    play(scene)


def test_nobody_answers_for_somebody_else(play: Play) -> None:
    """Buttons of another patient, and the practice's own, do nothing for whoever forges them."""

    async def scene(whole: House) -> None:
        alex, maria, eve = await whole.link(99, "Alex"), whole.person(7, "Maria"), whole.person(6, "Eve")
        await at_the_first_sign(maria, "unsteady")
        await alex.wait_for("Urgent")
        eve.command("/start")
        shown = await eve.wait_for("I am a program")
        for data in ("s:release:1", "s:dispute:1", "s:record:1", "s:seen:1", "s:done:1", "s:stop:1"):
            eve.tap_data(data, shown)
            toast = await eve.wait_for_toast()
            assert toast.text.startswith(("That is settled already", "That has been said already"))
            eve.chat.toasts.clear()
        maria.command("/book")
        await maria.wait_for("Please get help first")
        assert "mistaken" not in alex.last.text

    play(scene)


def test_whatever_is_typed_the_card_fits_one_message(play: Play) -> None:
    typed = {
        "full-name": "<b>&amp;</b> " * 9,
        "call-me": "\u05de\u05e8\u05d9\u05d4 \u202e" * 8,
        "phone": "01632 960777",
        "story": "\U0001f4a5" * 2000,
        "goal": "&lt;" * 120,
    }

    async def scene(whole: House) -> None:
        alex, maria = await whole.link(99, "Alex"), whole.person(7, "Maria")
        await assessed(maria, typed, "cancer")
        await alex.wait_for("New first assessment")
        card = next(message.text for message in alex.messages if "Pain now" in message.text)
        assert typed["full-name"].strip() in card
        assert "\U0001f4a5" in card
        assert len(card.encode("utf-16-le")) // 2 <= 4096

    play(scene)


def test_of_two_devices_that_answer_at_once_one_counts_and_the_other_hears_so(play: Play) -> None:
    async def scene(whole: House) -> None:
        await whole.link(99, "Alex")
        maria = whole.person(7, "Maria")
        await at_the_first_sign(maria, "none")
        shown = await maria.wait_for("How it began, and how you feel")
        item = practice().content.form.item("sudden")
        asked = view(shown)
        assert asked
        none, unsure = (ticks(item, code)[0] for code in ("none", "unsure"))
        for code in (none, unsure):
            maria.tap_data(f"q:intake:asking:{code}:{asked.asking}", shown)
        toast = await maria.wait_for_toast()
        assert toast.text.startswith("That button is from earlier")
        await maria.wait_for("Your health: is any of this true?")
        maria.command("/mydata")
        told = await maria.wait_for("What is kept about you")
        assert "How it began, and how you feel: is any of this true?\nNone of these" in told.text

    play(scene)


# --- the webhook ---


def door_to(port: int) -> Callable[[LocalTelegram], Door]:
    return lambda telegram: Door(f"http://127.0.0.1:{port}/telegram", SECRET, "127.0.0.1", port)


@pytest.fixture
def port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_telegram_brings_updates_and_nobody_else_does(sqlite_database: str, port: int) -> None:
    async def scene() -> None:
        async with house(sqlite_database, BEGINS, door_to(port)) as whole:
            await whole.link(99, "Alex")
            await assessed(whole.person(7, "Maria"), TYPED, "none")
            await whole.at_rest()
            calls = [call["method"] for call in whole.telegram.calls]
            assert "setWebhook" in calls
            assert "getUpdates" not in calls
            assert await posted(port, b"{}", "somebody-else-says-that") == 401
            assert await posted(port, b"x" * (1 << 20) + b"x", SECRET) == 413
            assert await posted(port, b"no json", SECRET) == 400

    asyncio.run(scene())


def test_a_database_that_is_away_loses_no_update(postgres_database: str, postgres_url: str, port: int) -> None:
    name = postgres_database.partition("?")[0].rpartition("/")[2]

    def administer(*statements: str) -> None:
        with psycopg.connect(postgres_url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    async def scene() -> None:
        async with house(postgres_database, BEGINS, door_to(port)) as whole:
            whole.telegram.updates.webhook_retry = 0.05
            maria = whole.person(7, "Maria")
            maria.command("/start")
            await maria.wait_for("I am a program")
            administer(
                f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
            )
            await tap(maria, "go_on")
            webhook = whole.telegram.updates.webhook
            assert webhook
            await whole.until(lambda: "503" in webhook.last_error_message, "the update was taken", 10.0)
            administer(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
            await maria.wait_for("Who sees what you write?", 10.0)

    asyncio.run(scene())


async def posted(port: int, body: bytes, secret: str) -> int:
    """The status of an update that does not come from Telegram."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"http://127.0.0.1:{port}/telegram", data=BytesIO(body), headers={"X-Telegram-Bot-Api-Secret-Token": secret}
        ) as answer,
    ):
        return answer.status
