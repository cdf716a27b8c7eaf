"""The transport: what went wrong, whether the call may have been carried out, and never the token."""

import asyncio
import socket
import traceback
from collections.abc import Callable

import pytest
from telegram import InputFile
from telegram.error import BadRequest, Forbidden, NetworkError, TimedOut

from bot.telegram.transport import (
    BadToken,
    TooMany,
    Transport,
    Unapplied,
    UnappliedTimeout,
    connection,
    endpoint,
)
from tests.telegram.conftest import TOKEN, House, Scene

Play = Callable[[Scene], None]


def test_the_library_speaks_through_it(play: Play) -> None:
    async def scene(house: House) -> None:
        assert house.bot.username == "acuback_demo_bot"
        message = await house.bot.send_message(7, "<b>hi</b>", parse_mode="HTML")
        sent = await house.bot.send_document(7, InputFile(b"%PDF", "a.pdf"), caption="Yours")
        assert (message.text, house.ann.last.text) == ("hi", "Yours")
        assert sent.document is not None
        file = await sent.document.get_file()
        assert bytes(await file.download_as_bytearray()) == b"%PDF"

    play(scene)


def test_what_surely_was_not_carried_out_is_told_from_what_may_have_been(play: Play) -> None:
    async def scene(house: House) -> None:
        async def failure() -> BaseException:
            with pytest.raises(NetworkError) as failed:
                await house.bot.do_api_request(endpoint("sendMessage"), {"chat_id": 7, "text": "x"}, read_timeout=0.2)
            assert TOKEN not in "".join(traceback.format_exception(failed.value))
            return failed.value

        faults = house.telegram.faults
        faults.next("sendMessage", status=503)
        assert isinstance(await failure(), Unapplied)
        faults.next("sendMessage", status=504)
        assert isinstance(await failure(), TimedOut)
        faults.lose_reply("sendMessage")
        lost = await failure()
        assert not isinstance(lost, Unapplied | TimedOut)
        faults.delay("sendMessage", 0.5)
        late = await failure()
        assert isinstance(late, TimedOut)
        assert not isinstance(late, Unapplied)
        faults.next("sendMessage", status=400)
        assert isinstance(await failure(), BadRequest)

    play(scene)


def test_refusals_that_are_no_network_errors(play: Play) -> None:
    async def scene(house: House) -> None:
        house.telegram.faults.next("sendMessage", status=429, retry_after=7)
        with pytest.raises(TooMany) as slow:
            await house.bot.send_message(7, "x")
        assert slow.value.seconds == 7
        house.telegram.faults.next("sendMessage", status=403)
        with pytest.raises(Forbidden):
            await house.bot.send_message(7, "x")

    play(scene)


def test_no_connection_is_surely_not_carried_out() -> None:
    async def run() -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            with pytest.raises(Unapplied) as failed:
                async with connection(TOKEN, f"http://127.0.0.1:{closed.getsockname()[1]}"):
                    pass
        assert TOKEN not in "".join(traceback.format_exception(failed.value))

    asyncio.run(run())


def test_a_connection_that_does_not_come_about_in_time_says_both() -> None:
    async def run() -> None:
        with socket.socket() as full:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            address = full.getsockname()
            clients = [socket.socket() for _ in range(2)]
            for client in clients:
                client.setblocking(False)
                client.connect_ex(address)
            async with Transport() as transport:
                with pytest.raises(UnappliedTimeout) as failed:
                    await transport.post(f"http://127.0.0.1:{address[1]}/x", connect_timeout=0.1)
            assert isinstance(failed.value, TimedOut)
            for client in clients:
                client.close()

    asyncio.run(run())


def test_a_refused_token_is_a_line_without_it(play: Play) -> None:
    wrong = TOKEN.replace("demo", "lost")

    async def scene(house: House) -> None:
        with pytest.raises(BadToken, match="ACUBACK_TOKEN is refused") as refused:
            async with connection(wrong, house.telegram.url):
                pass
        assert wrong not in "".join(traceback.format_exception(refused.value))

    play(scene)


def test_raw_calls_warn_of_nothing_and_keep_telegrams_spelling(play: Play) -> None:
    async def scene(house: House) -> None:
        assert await house.bot.do_api_request(endpoint("getMyCommands")) == []
        assert house.telegram.calls[-1]["method"] == "getMyCommands"

    play(scene)
