"""The webhook: Telegram brings updates, and is told 200 only once they are in the database.

python-telegram-bot's own answers 200 before an update is handled.
"""

import asyncio
import hmac
import json
import logging
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from telegram import Bot
from telegram.error import BadRequest, EndPointNotFound, InvalidToken, TelegramError

from bot.telegram.receiving import GivenUp, Pauses, Receives, committed, leave
from bot.telegram.transport import endpoint
from bot.telegram.updates import ALLOWED, Leave, read_update

logger = logging.getLogger(__name__)

LARGEST_BODY = 1 << 20
"""Bytes. Telegram's own updates are a hundredth of that."""
READ_SECONDS = 10.0
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 -- the name of a header


class Webhook:
    """A web server with two doors: the path of `url` for Telegram, and `/health` for whoever watches over the process.

    It listens on `host` and `port` (0 takes a free one; `self.port` then tells which), while `url` is what Telegram
    calls; `secret` is what it must say.
    """

    def __init__(
        self, bot: Bot, reception: Receives, *, bot_id: int, url: str, secret: str, host: str, port: int
    ) -> None:
        self._bot = bot
        self._reception = reception
        self._bot_id = bot_id
        self._url = url
        self._secret = secret
        self._host = host
        self.port = port
        self.application = web.Application(client_max_size=LARGEST_BODY)
        self.application.router.add_post(urlsplit(url).path or "/", self._receive)
        self.application.router.add_get("/health", _health)
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen, then tell Telegram where; tried again while Telegram cannot be reached.

        Raises `OSError` where the port is taken, `GivenUp` where Telegram refuses the token or the address.
        """
        self._runner = web.AppRunner(self.application, access_log=None, shutdown_timeout=5.0, lingering_time=0.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self.port).start()
            self.port = self._runner.addresses[0][1]
            await self._announce()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Answer what is in hand, then stop listening. Telegram keeps what comes meanwhile, and brings it again."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _announce(self) -> None:
        wishes: dict[str, Any] = {"url": self._url, "secret_token": self._secret, "allowed_updates": ALLOWED}
        pauses = Pauses()
        while True:
            try:
                await self._bot.do_api_request(endpoint("setWebhook"), wishes)
            except (InvalidToken, EndPointNotFound):
                raise GivenUp("ACUBACK_TOKEN is refused by Telegram: ask @BotFather for the bot's token") from None
            except BadRequest as refusal:
                raise GivenUp(f"ACUBACK_WEBHOOK_URL is refused by Telegram: {refusal}") from None
            except TelegramError as failure:
                pause = pauses.next()
                logger.warning("webhook not set, next try in %.1f s: %s", pause, type(failure).__name__)
                await asyncio.sleep(pause)
            else:
                return

    async def _receive(self, request: web.Request) -> web.Response:
        said = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(said.encode("utf-8", "surrogateescape"), self._secret.encode()):
            return _turned_away(401)
        if (request.content_length or 0) > LARGEST_BODY:
            return _turned_away(413)
        try:
            async with asyncio.timeout(READ_SECONDS):
                body = await request.read()
            raw = json.loads(body)
        except web.HTTPRequestEntityTooLarge:
            return _turned_away(413)
        except TimeoutError:
            return _turned_away(408)
        except (ValueError, RecursionError):
            return _turned_away(400)
        if not isinstance(raw, dict):
            return _turned_away(400)
        return web.Response(status=200 if await self._taken_in(raw) else 503)

    async def _taken_in(self, raw: dict[str, Any]) -> bool:
        read = read_update(raw, self._bot_id)
        if isinstance(read, Leave):
            await leave(self._bot, (read.chat_id,))
            return True
        return read is None or await committed(self._reception, (read,))


async def _health(_: web.Request) -> web.Response:
    return web.Response(text="ok\n")


def _turned_away(status: int) -> web.Response:
    """What may still be coming is not read: the connection ends."""
    refusal = web.Response(status=status)
    refusal.force_close()
    return refusal
