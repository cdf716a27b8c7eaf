"""HTTP to Telegram: aiohttp behind python-telegram-bot's `BaseRequest`.

The library's own client looks through its whole pool at every request and collapses under concurrency; aiohttp keeps
its connections by host. No exception raised here holds an address, for the address holds the token.
"""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from telegram import Bot
from telegram.error import InvalidToken, NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData
from yarl import URL

CONNECT_SECONDS = 5.0
IDLE_SECONDS = 15.0
"""An idle connection is dropped well before the server drops it: a request sent into a closing one has an unknown
fate."""


class Unapplied(NetworkError):
    """The call was surely not carried out: no connection, or a server turned it away. It may be repeated freely."""

    __slots__ = ()


class UnappliedTimeout(Unapplied, TimedOut):
    """No connection came about in time."""

    __slots__ = ()


class TooMany(TelegramError):
    """429: nothing was carried out, and nothing is to be asked for `seconds` seconds.

    In place of the library's `RetryAfter`, which warns of a deprecation whenever it is made.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Too many requests: retry after {seconds:g} s")
        self.seconds = seconds


class Transport(BaseRequest):
    """One pool of kept connections. `connections` is how many calls may be under way at once (0: any number);
    `read_timeout` how many seconds an answer may take."""

    def __init__(self, *, connections: int = 256, read_timeout: float = 15.0) -> None:
        self._connections = connections
        self._read_timeout = read_timeout
        self._session: aiohttp.ClientSession | None = None
        self._timeouts: dict[tuple[object, object], aiohttp.ClientTimeout] = {}
        self._urls: dict[str, URL] = {}

    @property
    def read_timeout(self) -> float:
        """Seconds an answer may take unless a call says otherwise."""
        return self._read_timeout

    async def initialize(self) -> None:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=IDLE_SECONDS)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    async def shutdown(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Status and body of the answer.

        Raises `Unapplied` and `TooMany` where the call surely was not carried out; `TimedOut` and `NetworkError` where
        nobody can tell.
        """
        if self._session is None:
            raise RuntimeError("the transport is used before it is initialized")
        payload, kind = _encoded(request_data)
        address = self._urls.get(url) or self._urls.setdefault(url, URL(url, encoded=True))
        try:
            async with self._session.request(
                method,
                address,
                data=payload,
                headers=kind,
                timeout=self._timeout(read_timeout, connect_timeout),
                allow_redirects=False,
            ) as answer:
                status, body = answer.status, await answer.read()
        except aiohttp.ConnectionTimeoutError:
            raise UnappliedTimeout("No connection to Telegram in time") from None
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as failure:
            raise Unapplied(f"No connection to Telegram ({type(failure).__name__})") from None
        except TimeoutError:
            raise TimedOut("No answer from Telegram in time") from None
        except (aiohttp.ClientError, OSError) as failure:
            raise NetworkError(f"Connection to Telegram lost ({type(failure).__name__})") from None
        if status == 429:
            raise TooMany(_retry_after(self.parse_json_payload(body)))
        if status == 504:
            raise TimedOut("Telegram's front door gave up waiting (504)")
        if status >= 500:
            raise Unapplied(f"Telegram is not working ({status})")
        return status, body

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """As in the library, but an answer that is no JSON is not logged: it may quote what somebody wrote."""
        try:
            parsed: dict[str, Any] = json.loads(payload)
        except (ValueError, RecursionError):
            raise TelegramError("Telegram's answer is no JSON") from None
        return parsed

    def _timeout(self, read: object, connect: object) -> aiohttp.ClientTimeout:
        key = (read, connect)
        if key not in self._timeouts:
            self._timeouts[key] = aiohttp.ClientTimeout(
                total=None,
                sock_connect=connect if isinstance(connect, int | float) else CONNECT_SECONDS,
                sock_read=read if isinstance(read, int | float) else self._read_timeout,
            )
        return self._timeouts[key]


def _retry_after(refusal: Mapping[str, Any]) -> float:
    parameters = refusal.get("parameters")
    seconds = parameters.get("retry_after") if isinstance(parameters, Mapping) else None
    return max(float(seconds), 1.0) if isinstance(seconds, int | float) else 1.0


_JSON = {"Content-Type": "application/json"}


def _encoded(request: RequestData | None) -> tuple[bytes | aiohttp.FormData | None, dict[str, str] | None]:
    if request is None:
        return None, None
    if not request.contains_files:
        return json.dumps(request.parameters, separators=(",", ":")).encode(), _JSON
    form = aiohttp.FormData(request.json_parameters)
    for name, (filename, content, kind) in request.multipart_data.items():
        file = io.BytesIO(content) if isinstance(content, bytes) else content
        form.add_field(name, file, filename=filename, content_type=kind)
    return form, None


def endpoint(method: str) -> str:
    """A Bot API method as `Bot.do_api_request` takes it in silence.

    It warns, at every call, of names the class has a method of its own for; those would parse the answer into objects
    nobody looks at. The underscore goes when it writes the name in camel case.
    """
    return f"{method}_"


class BadToken(Exception):
    """Telegram refuses the token. `str()` is the line for the operator."""


@asynccontextmanager
async def connection(token: str, api_url: str, *, connections: int = 256) -> AsyncIterator[Bot]:
    """A bot whose calls go to `{api_url}/bot{token}/{method}`, its connections open; `bot.username` is known.

    Polling has a pool of its own, so that sending never waits for it. Raises `BadToken`, and `NetworkError` where
    Telegram cannot be reached.
    """
    bot = Bot(
        token,
        base_url=f"{api_url}/bot",
        base_file_url=f"{api_url}/file/bot",
        request=Transport(connections=connections),
        get_updates_request=Transport(connections=2),
    )
    try:
        await bot.initialize()
    except InvalidToken:
        await asyncio.shield(bot.shutdown())
        raise BadToken("ACUBACK_TOKEN is refused by Telegram: ask @BotFather for the bot's token") from None
    except BaseException:
        await asyncio.shield(bot.shutdown())
        raise
    try:
        yield bot
    finally:
        await bot.shutdown()
