"""The composed bot as a process: how it starts, who may run beside it, whom it takes for the practice, how it ends."""

import asyncio
import base64
import gc
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, time

import aiohttp
import psutil
import pytest

from bot.app import Live, Run, demo, serve
from bot.config import KEY_BYTES, load_settings
from bot.demo import LocalTelegram, Person
from bot.furnishing import furnish
from bot.office import INVITATION_LASTS, Office
from storage.schema import migrate

KEY = bytes(range(KEY_BYTES))
TOKEN = "7000000000:only-the-local-Telegram-knows-this-one"
ROOT = Path(__file__).parents[1]
PATIENCE = 20.0


class Copy:
    """One `acuback run`, or another command."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def line(self) -> str:
        """The next line on standard output."""
        assert self.process.stdout
        async with asyncio.timeout(PATIENCE):
            return (await self.process.stdout.readline()).decode()

    async def end(self) -> tuple[int, str, str]:
        """Exit code, standard output and standard error, once it has ended."""
        async with asyncio.timeout(PATIENCE):
            out, err = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, out.decode(), err.decode()

    async def terminated(self, told: signal.Signals = signal.SIGTERM) -> tuple[int, str, float]:
        """Exit code, standard error, and how many seconds it took."""
        began = monotonic()
        self.process.send_signal(told)
        code, _, err = await self.end()
        return code, err, monotonic() - began


Starts = Callable[..., Awaitable[Copy]]


@asynccontextmanager
async def starting(folder: Path, database_url: str, token: str = TOKEN) -> AsyncIterator[tuple[LocalTelegram, Starts]]:
    """A local Telegram, and what starts commands on it; whatever still runs at the end is killed."""
    telegram = LocalTelegram(TOKEN, now=time)
    await telegram.start()
    copies: list[Copy] = []

    async def start(*arguments: str, **settings: str) -> Copy:
        known = {"token": token, "api_url": telegram.url, "database_url": database_url}
        known |= {"key": base64.b64encode(KEY).decode()} | settings
        environment = {f"ACUBACK_{name.upper()}": text for name, text in known.items()}
        environment |= {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT)}
        environment |= {"PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "error", "XDG_CACHE_HOME": str(folder / "cache")}
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", *arguments, env=environment, cwd=folder, stdout=pipe, stderr=pipe
        )
        copies.append(Copy(process))
        return copies[-1]

    try:
        yield telegram, start
    finally:
        for copy in copies:
            if copy.process.returncode is None:
                copy.process.kill()
                await copy.process.communicate()
        await telegram.stop()


def sqlite(folder: Path) -> str:
    return f"sqlite:///{folder / 'practice' / 'acuback.db'}"


async def greeted(telegram: LocalTelegram, user_id: int = 11) -> Person:
    """Somebody the bot has answered."""
    person = telegram.person(user_id, "Pat")
    person.command("/start")
    await person.wait_for("Willow Lane", PATIENCE)
    return person


def test_sigterm_ends_a_run_in_peace_within_ten_seconds(tmp_path: Path) -> None:
    async def scene() -> None:
        async with starting(tmp_path, sqlite(tmp_path)) as (telegram, start):
            copy = await start("run")
            assert await copy.line() == "acuback is ready: @acuback_demo_bot, receiving by polling\n"
            person = await greeted(telegram)
            person.command("/menu")  # in hand, or waiting at Telegram for the next run
            code, err, seconds = await copy.terminated()
            assert (code, err) == (0, "")
            assert seconds < 10
            again = await start("run")
            await again.line()
            await person.wait_for("What would you like to do?", PATIENCE)

    asyncio.run(scene())


def test_a_second_copy_on_the_same_file_ends_with_a_line(tmp_path: Path) -> None:
    async def scene() -> None:
        async with starting(tmp_path, sqlite(tmp_path)) as (telegram, start):
            first = await start("run")
            await first.line()
            code, out, err = await (await start("run")).end()
            assert (code, out) == (1, "")
            assert err == f"another acuback is already running on {tmp_path}/practice/acuback.db\n"
            await greeted(telegram)

    asyncio.run(scene())


def test_a_refused_token_ends_with_a_line_that_does_not_show_it(tmp_path: Path) -> None:
    wrong = "7000000000:this-one-is-not-the-token-of-any-bot"

    async def scene() -> None:
        async with starting(tmp_path, sqlite(tmp_path), wrong) as (_, start):
            code, _, err = await (await start("run", "--log", "info")).end()
            assert code == 2
            assert err == "ACUBACK_TOKEN is refused by Telegram: ask @BotFather for the bot's token\n"

    asyncio.run(scene())


def test_a_telegram_out_of_reach_is_one_line(tmp_path: Path) -> None:
    async def scene() -> None:
        async with starting(tmp_path, sqlite(tmp_path)) as (_, start):
            code, _, err = await (await start("run", api_url="http://127.0.0.1:9")).end()
            assert code == 1
            assert err.startswith("Telegram cannot be reached at http://127.0.0.1:9")
            assert len(err.splitlines()) == 1
            assert TOKEN not in err

    asyncio.run(scene())


def test_a_run_refuses_content_with_faults_and_names_them(tmp_path: Path) -> None:
    (tmp_path / "own" / "en").mkdir(parents=True)
    (tmp_path / "own" / "en" / "menu.yaml").write_text("menu.chose:\n  say: Stray\n")

    async def scene() -> None:
        async with starting(tmp_path, sqlite(tmp_path)) as (_, start):
            code, out, err = await (await start("run", content="own")).end()
            assert (code, out) == (1, "")
            assert "own/en/menu.yaml:2: nothing says menu.chose" in err

    asyncio.run(scene())


def test_a_run_is_light(tmp_path: Path) -> None:
    async def scene() -> None:
        async with starting(tmp_path, sqlite(tmp_path)) as (telegram, start):
            migrate(sqlite(tmp_path))
            copy = await start("run")
            await copy.line()
            await greeted(telegram)
            assert psutil.Process(copy.process.pid).memory_info().rss < 110 * 1024 * 1024

    asyncio.run(scene())


def test_looking_for_garbage_is_put_off_no_longer_than_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    settings, _ = load_settings({})
    assert settings is not None
    looked_for: list[bool] = []

    def at_work(_: str) -> None:
        looked_for.append(gc.isenabled())
        os.kill(os.getpid(), signal.SIGTERM)

    gc.disable()
    try:
        demo(settings, 0, lambda _: None, at_work)
    finally:
        gc.enable()
        gc.unfreeze()
    assert looked_for == [True]


def test_telegram_brings_updates_to_a_webhook(tmp_path: Path) -> None:
    async def scene() -> None:
        async with starting(tmp_path, sqlite(tmp_path)) as (telegram, start):
            listen = f"127.0.0.1:{_free_port()}"
            settings = {"listen": listen, "public_url": f"http://{listen}", "webhook_secret": "between-us"}
            copy = await start("run", "--webhook", **settings)
            assert f"receiving at http://{listen}/telegram" in await copy.line()
            await greeted(telegram)
            await _serves_feeds(listen)
            assert not any(call["method"] == "getUpdates" for call in telegram.calls)
            code, err, _ = await copy.terminated(signal.SIGINT)
            assert (code, err) == (0, "")

    asyncio.run(scene())


def test_whoever_polls_serves_feeds_too_where_there_is_a_public_address(tmp_path: Path) -> None:
    async def scene() -> None:
        async with starting(tmp_path, sqlite(tmp_path)) as (telegram, start):
            with socket.create_server(("127.0.0.1", 0)) as taken:
                busy = f"127.0.0.1:{taken.getsockname()[1]}"
                code, _, err = await (await start("run", listen=busy, public_url="https://practice.example")).end()
                assert (code, err) == (2, f"ACUBACK_LISTEN: nobody can listen at {busy}: Address already in use\n")
            listen = f"127.0.0.1:{_free_port()}"
            copy = await start("run", listen=listen, public_url="https://practice.example/bot")
            assert "by polling" in await copy.line()
            await greeted(telegram)
            await _serves_feeds(f"{listen}/bot")
            code, err, _ = await copy.terminated()
            assert (code, err) == (0, "")

    asyncio.run(scene())


async def _serves_feeds(at: str) -> None:
    """An address that was never given is answered by the feed, not by a server that has none."""
    async with aiohttp.ClientSession() as session, session.get(f"http://{at}/calendar/{24 * 'x'}.ics") as answer:
        assert (answer.status, answer.headers["Cache-Control"]) == (404, "no-store")


def test_postgresql_that_is_behind_is_refused_with_the_command_to_type(tmp_path: Path, empty_postgres: str) -> None:
    async def scene() -> None:
        async with starting(tmp_path, empty_postgres) as (_, start):
            code, _, err = await (await start("run")).end()
            assert code == 2
            assert err.endswith("type: acuback migrate\n")
            assert (await (await start("migrate")).end())[0] == 0
            assert "acuback is ready" in await (await start("run")).line()

    asyncio.run(scene())


def test_on_postgresql_a_second_copy_stands_by_and_takes_over(tmp_path: Path, postgres_database: str) -> None:
    async def scene() -> None:
        async with starting(tmp_path, postgres_database) as (telegram, start):
            first = await start("run")
            await first.line()
            await greeted(telegram)
            second = await start("run")
            await second.line()
            await greeted(telegram, 12)
            first.process.kill()
            await first.end()
            await greeted(telegram, 13)
            assert (await second.terminated())[0] == 0

    asyncio.run(scene())


def test_the_demo_is_a_practice_of_its_own_whatever_the_environment_says(tmp_path: Path) -> None:
    async def scene() -> None:
        async with starting(tmp_path, sqlite(tmp_path)) as (telegram, start):
            copy = await start("demo", "--no-browser")
            assert (await copy.line()).startswith("acuback demo: http://127.0.0.1:")
            other = await start("demo", "--no-browser")
            assert (await other.end())[0] == 1
            code, err, seconds = await copy.terminated(signal.SIGINT)
            assert (code, err) == (0, "")
            assert seconds < 10
            assert not telegram.calls
            assert not (tmp_path / "practice").exists()

    asyncio.run(scene())


class Clock:
    """Stands still until moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def unix(self) -> float:
        return self.at.timestamp()


def in_the_house(folder: Path, scene: Callable[[LocalTelegram, Run, Office, Clock], Awaitable[None]]) -> None:
    """The composed bot in this process, and an office beside it."""

    async def play() -> None:
        clock, stop = Clock(), asyncio.Event()
        telegram = LocalTelegram(TOKEN, now=clock.unix)
        await telegram.start()
        practice = furnish(None, None).practice
        assert practice

        async def opened(run: Run) -> None:
            async def played() -> None:
                try:
                    await scene(telegram, run, Office(sqlite(folder), (KEY,), os.urandom), clock)
                finally:
                    stop.set()

            playing.append(asyncio.ensure_future(played()))

        playing: list[asyncio.Future[None]] = []
        try:
            await serve(Live(practice, sqlite(folder), (KEY,), TOKEN, telegram.url, clock), stop, opened)
            await playing[0]
        finally:
            await telegram.stop()

    asyncio.run(play())


def test_an_invitation_links_one_chat_once(tmp_path: Path) -> None:
    async def scene(telegram: LocalTelegram, run: Run, office: Office, clock: Clock) -> None:
        code = office.invite("practitioner", "example", clock())
        alex, eve = telegram.person(1, "Alex"), telegram.person(2, "Eve")
        alex.command(f"/start {code}")
        await alex.wait_for("Alex Example")
        eve.command(f"/start {code}")
        await eve.wait_for("expired")
        ((person, since),) = office.people(clock())
        assert (person.role, person.ref, since) == ("practitioner", "example", clock())
        assert office.revoke(person.account_id, clock())
        assert not office.people(clock())
        assert not office.revoke(person.account_id, clock())

    in_the_house(tmp_path, scene)


def test_an_invitation_expires(tmp_path: Path) -> None:
    async def scene(telegram: LocalTelegram, run: Run, office: Office, clock: Clock) -> None:
        code = office.invite("contact", "reception", clock())
        clock.at += INVITATION_LASTS + timedelta(seconds=1)
        sam = telegram.person(1, "Sam")
        sam.command(f"/start {code}")
        await sam.wait_for("expired")
        assert not office.people(clock())

    in_the_house(tmp_path, scene)


def test_whoever_is_linked_gets_the_practices_menu_and_whoever_is_not_any_more_the_patients(tmp_path: Path) -> None:
    async def scene(telegram: LocalTelegram, run: Run, office: Office, clock: Clock) -> None:
        alex = telegram.person(1, "Alex")
        alex.command(f"/start {office.invite('practitioner', 'example', clock())}")
        await alex.wait_for("Alex Example")
        await run.collect()
        assert "today" in _menu(telegram, 1)
        assert "book" in _menu(telegram, 2)
        office.revoke(office.people(clock())[0][0].account_id, clock())
        await run.collect()
        assert "today" not in _menu(telegram, 1)
        assert "book" in _menu(telegram, 1)

    in_the_house(tmp_path, scene)


def _menu(telegram: LocalTelegram, user_id: int) -> set[str]:
    return {command["command"] for command in telegram.profile.commands_for(user_id, "en")}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
