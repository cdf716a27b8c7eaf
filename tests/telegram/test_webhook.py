"""The webhook over real HTTP."""

import asyncio
import io
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from bot.model import Text
from bot.telegram.receiving import GivenUp
from bot.telegram.webhook import LARGEST_BODY, SECRET_HEADER, Webhook
from tests.telegram.conftest import BOT_ID, House, Scene

Play = Callable[[Scene], None]
SECRET = "s3cret_-"
GOOD = {SECRET_HEADER: SECRET}


@asynccontextmanager
async def webhook(house: House, port: int) -> AsyncIterator[str]:
    url = f"http://127.0.0.1:{port}/telegram"
    hook = Webhook(house.bot, house.reception, bot_id=BOT_ID, url=url, secret=SECRET, host="127.0.0.1", port=port)
    await hook.start()
    try:
        yield url
    finally:
        await hook.stop()


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


def test_updates_come_in_and_are_confirmed_after_commit(play: Play, port: int) -> None:
    async def scene(house: House) -> None:
        house.telegram.updates.webhook_retry = 0.02
        house.reception.away = 1
        async with webhook(house, port):
            house.ann.send_text("hello")
            await house.telegram.settled()
            assert [a.event for a in house.reception.arrivals][1:] == [Text("hello")]
            info = await house.bot.get_webhook_info()
            assert info.last_error_message == "Wrong response from the webhook: 503 Service Unavailable"
            assert info.allowed_updates == ("callback_query", "message", "my_chat_member")

    play(scene)


def test_strangers_and_nonsense_are_turned_away(play: Play, port: int) -> None:
    async def scene(house: House) -> None:
        async def chunks(size: int) -> AsyncIterator[bytes]:
            for _ in range(size // 65536 + 1):
                yield b" " * 65536

        async with webhook(house, port) as url, aiohttp.ClientSession() as session:

            async def status(**request: Any) -> int:
                try:
                    async with session.post(url, **request) as answer:
                        return answer.status
                except (aiohttp.ClientConnectionError, OSError):
                    return 413  # the connection ended before all was sent

            await house.telegram.pulse.until(lambda: True if not len(house.telegram.updates) else None, 5)
            kept = len(house.reception.arrivals)
            assert await status(json={"update_id": 1}) == 401
            assert await status(json={"update_id": 1}, headers={SECRET_HEADER: "sécret"}) == 401
            assert await status(data=io.BytesIO(b"x" * (LARGEST_BODY + 1)), headers=GOOD) == 413
            assert await status(data=chunks(LARGEST_BODY), headers=GOOD) == 413
            assert await status(data=b"{", headers=GOOD) == 400
            assert await status(data=b"[" * 100_000, headers=GOOD) == 400
            assert await status(data=b"[1]", headers=GOOD) == 400
            assert await status(data=b"\xff", headers=GOOD) == 400
            assert len(house.reception.arrivals) == kept
            async with session.get(url, headers=GOOD) as answer:
                assert answer.status == 405
            async with session.get(url.replace("/telegram", "/health")) as answer:
                assert (answer.status, await answer.text()) == (200, "ok\n")

    play(scene)


def test_an_address_or_token_that_telegram_refuses_ends_with_a_line(play: Play, port: int) -> None:
    async def scene(house: House) -> None:
        house.telegram.faults.next("setWebhook", status=400, description="Bad Request: bad webhook: port is wrong")
        with pytest.raises(GivenUp, match="ACUBACK_WEBHOOK_URL is refused by Telegram: Bad webhook: port is wrong"):
            async with webhook(house, port):
                pass
        house.telegram.faults.next("setWebhook", status=401)
        with pytest.raises(GivenUp, match="ACUBACK_TOKEN"):
            async with webhook(house, port):
                pass

    play(scene)


def test_a_group_is_left(play: Play, port: int) -> None:
    async def scene(house: House) -> None:
        async with webhook(house, port):
            house.telegram.group_message(-5, house.ann, "hello all")
            await house.telegram.settled()
        assert house.sent("leaveChat") == [{"chat_id": -5}]

    play(scene)


def test_a_body_announced_as_too_large_is_refused_before_any_of_it_came(play: Play, port: int) -> None:
    async def scene(house: House) -> None:
        async with webhook(house, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            head = (
                f"POST /telegram HTTP/1.1\r\nHost: x\r\n{SECRET_HEADER}: {SECRET}\r\nContent-Length: {LARGEST_BODY + 1}"
            )
            writer.write(f"{head}\r\n\r\n".encode())
            assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
            writer.close()
            await writer.wait_closed()

    play(scene)
