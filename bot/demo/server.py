"""A Telegram of our own: the Bot API over HTTP, people to talk to the bot, and trouble on demand."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web

from bot.demo.chats import JSON, Chats, Message
from bot.demo.faults import Fault, Faults
from bot.demo.files import LARGEST_DOCUMENT, MEGABYTE, Upload
from bot.demo.methods import METHODS, RECEIVING
from bot.demo.page import Page, Phone, Stage
from bot.demo.params import Call
from bot.demo.people import PATIENCE, Person
from bot.demo.profile import Profile
from bot.demo.pulse import Pulse
from bot.demo.refusal import Refusal
from bot.demo.updates import Updates

GATEWAY = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"
QUIET = 0.05
"""Seconds without a call after which the bot is taken to have nothing more to say."""


class LocalTelegram:
    """One bot's Telegram.

    `token` is the one the bot uses; `now` gives unix time for dates (a demo's clock may walk); updates are
    numbered from `first_update_id`. After `start()`, `url` is the base address a bot calls:
    `{url}/bot{token}/{method}`, and files at `{url}/file/bot{token}/{path}`.
    """

    def __init__(
        self,
        token: str,
        bot_username: str = "acuback_demo_bot",
        *,
        now: Callable[[], float],
        first_update_id: int = 584_201_337,
    ) -> None:
        self.token = token
        self.username = bot_username
        self.bot: JSON = {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": "acuback",
                          "username": bot_username}  # fmt: skip
        self.pulse = Pulse()
        self.updates = Updates(first_update_id, now, self.pulse)
        self.chats = Chats(self.bot, now, self.updates, self.pulse)
        self.profile = Profile()
        self.faults = Faults()
        self.delay = 0.0
        """Seconds every answer but that of getUpdates takes, for benchmarks."""
        self.calls: list[JSON] = []
        """Every call that reached us: {"method", "params", "t"}, uploads as {"_file", "size"}."""
        self.application = web.Application(client_max_size=LARGEST_DOCUMENT + MEGABYTE)
        self.application.router.add_get("/file/bot{token}/{path:.+}", self._download)
        self.application.router.add_route("*", "/bot{token}/{method}", self._answer)
        self.url = ""
        self._people: dict[int, Person] = {}
        self._runner: web.AppRunner | None = None
        self._in_hand = 0
        self._last_call_at = 0.0

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one. Raises `OSError` where the port is taken."""
        self._runner = web.AppRunner(self.application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Let go of whoever waits, and stop listening."""
        await self.updates.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def serve_page(self, stage: Stage, phones: Sequence[Phone], first_taps: Mapping[str, str] | None = None) -> None:
        """Serve the demo's page at `{url}/`, with these phones on it; to be called before `start()`.

        `first_taps` gives, by phone key, the command an opening button on that phone sends, such as an
        invitation.
        """
        page = Page(self.chats, self.profile, self.person, stage, phones, first_taps or {})
        self.application.add_subapp("/page/", page.application)
        self.application.router.add_get("/", _to_page)

    def person(self, user_id: int, first_name: str, language_code: str = "en") -> Person:
        """The person with this id, made at the first call. The bot may write to them once they wrote to
        it."""
        if user_id not in self._people:
            user = {"id": user_id, "is_bot": False, "first_name": first_name, "language_code": language_code}
            self.chats.people[user_id] = user
            self._people[user_id] = Person(self.chats, user)
        return self._people[user_id]

    def group_message(self, chat_id: int, person: Person, text: str) -> Message:
        """A message in a group the bot was put into; `chat_id` is negative."""
        chat = self.chats.shared({"id": chat_id, "type": "group", "title": "A group"})
        message = self.chats.post(chat, person.user, {"text": text})
        self.updates.push("message", message.as_json(), chat_id)
        return message

    def channel_post(self, chat_id: int, text: str) -> Message:
        """A post in a channel the bot was put into; `chat_id` is negative."""
        about = {"id": chat_id, "type": "channel", "title": "A channel"}
        message = self.chats.post(self.chats.shared(about), self.bot, {"text": text})
        body = {name: value for name, value in message.as_json().items() if name != "from"}
        self.updates.push("channel_post", body | {"sender_chat": about}, chat_id)
        return message

    def raw_update(self, update: JSON, chat_id: int = 0) -> int:
        """Deliver an update as it is, however odd; the answer is its update_id, kept where the update names
        one. `chat_id` says behind which chat's updates a webhook gets it."""
        return self.updates.put(update, chat_id)

    def restart_ids(self, first_update_id: int) -> None:
        """Number updates anew, as Telegram does at random after a week of silence; what waited has
        expired."""
        self.updates.restart(first_update_id)

    async def settled(self, timeout: float = PATIENCE) -> None:
        """Until the bot confirmed every update, no call is in hand, and none came for 50 ms.

        Where a test can say what it waits for, `Person.wait_for` is the surer wait. Raises `TimeoutError`.
        """
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(timeout):
            while True:
                idle = not len(self.updates) and not self._in_hand
                rest = self._last_call_at + QUIET - loop.time()
                if idle and rest <= 0:
                    return
                if idle:
                    await asyncio.sleep(rest)
                else:
                    await self.pulse.wait()

    def write_calls(self, path: Path) -> None:
        """The recorded calls as JSON lines."""
        path.write_text("".join(json.dumps(call, ensure_ascii=False) + "\n" for call in self.calls), encoding="utf-8")

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        try:
            self._check_token(request.match_info["token"])
            call = Call(request.match_info["method"], *await _read(request), self.chats, self.profile)
        except Refusal as refusal:
            return _refused(refusal)
        receiving = RECEIVING.get(call.method.lower())
        self.calls.append({"method": call.method, "params": call.as_record(), "t": self.chats.now()})
        if receiving is None:
            self._in_hand += 1
        try:
            return await self._applied(request, call)
        finally:
            if receiving is None:
                self._in_hand -= 1
                self._last_call_at = asyncio.get_running_loop().time()
                self.pulse.beat()

    async def _applied(self, request: web.Request, call: Call) -> web.StreamResponse:
        fault = self.faults.take(call.method, call.params.get("chat_id"))
        pause = fault.seconds if fault else 0.0
        if call.method.lower() not in RECEIVING:
            pause += self.delay
        if pause:
            await asyncio.sleep(pause)
        if fault is not None and fault.trouble in ("answer", "lose request"):
            return _troubled(request, fault)
        try:
            result = await self._result(call)
        except Refusal as refusal:
            return _refused(refusal)
        if fault is not None and fault.trouble == "lose reply":
            return _troubled(request, fault)
        return web.json_response({"ok": True, "result": result})

    async def _result(self, call: Call) -> Any:
        name = call.method.lower()
        call.check()
        if name in METHODS:
            return METHODS[name](call)
        if name in RECEIVING:
            return await RECEIVING[name](call)
        raise Refusal(404, "Not Found: method not found")

    async def _download(self, request: web.Request) -> web.StreamResponse:
        try:
            self._check_token(request.match_info["token"])
        except Refusal as refusal:
            return _refused(refusal)
        stored = self.chats.files.by_path.get(request.match_info["path"])
        if stored is None:
            return _refused(Refusal(404, "Not Found"))
        return web.Response(body=stored.content, content_type="application/octet-stream")

    def _check_token(self, token: str) -> None:
        if token != self.token:
            number, _, secret = token.partition(":")
            raise Refusal(401, "Unauthorized") if number.isdecimal() and secret else Refusal(404, "Not Found")


async def _to_page(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/page/")


async def _read(request: web.Request) -> tuple[JSON, dict[str, Upload]]:
    """The parameters of a call, from address and body, and the files that came with it."""
    params: JSON = dict(request.query)
    files: dict[str, Upload] = {}
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.read() or b"{}")
        except ValueError:
            raise Refusal(400, "Bad Request: can't parse request body as JSON object") from None
        if not isinstance(body, Mapping):
            raise Refusal(400, "Bad Request: object expected as request body")
        params |= body
    elif request.content_type == "multipart/form-data":
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            content = bytes(await part.read())
            if part.filename is None:
                params[part.name or ""] = content.decode("utf-8", "replace")
            else:
                files[part.name or ""] = Upload(part.filename, content, part.headers.get("Content-Type", ""))
    elif request.can_read_body:
        params |= parse_qsl((await request.read()).decode("utf-8", "replace"), keep_blank_values=True)
    return params, files


def _refused(refusal: Refusal) -> web.Response:
    return web.json_response(refusal.as_json(), status=refusal.status)


def _troubled(request: web.Request, fault: Fault) -> web.Response:
    refusal = fault.refusal
    if refusal is None:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()
    if refusal.status in (502, 503, 504):
        page = GATEWAY.format(f"{refusal.status} {refusal.description}")
        return web.Response(status=refusal.status, text=page, content_type="text/html")
    return _refused(refusal)
