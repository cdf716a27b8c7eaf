"""The demo's page: phones side by side, and the clock, over the same chats the Bot API serves.

Everything lies under `/page/`, is served to loopback names only and refuses other origins, so no page
elsewhere can reach into the demo through the browser.
"""

import asyncio
import json
import mimetypes
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import resources
from typing import Any, Protocol

from aiohttp import BodyPartReader, web
from yarl import URL

from bot.demo.chats import JSON, Chats, Message
from bot.demo.files import LARGEST_DOCUMENT, MEGABYTE, StoredFile
from bot.demo.people import Person
from bot.demo.profile import Profile
from bot.demo.refusal import Refusal

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SHOWN_IN_PLACE = frozenset({"image/png", "image/jpeg", "application/pdf", "text/plain"})
GUARDS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
HEARTBEAT = 15.0
"""Seconds after which a silent stream says it is still there."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Upcoming:
    """Something due: when, what, and whom it concerns, in words for the page."""

    at: datetime
    what: str
    who: str


class Stage(Protocol):
    """The clock of the demo, handed in by who runs it. Datetimes carry the zone the page shows them in."""

    def now(self) -> datetime: ...

    async def upcoming(self) -> list[Upcoming]:
        """What is due next, soonest first."""

    async def skip_to(self, at: datetime) -> None:
        """Walk the clock forward, everything due in between happening on the way."""


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone on the page, in one person's hand. `key` is its name in addresses, such as "patient"."""

    key: str
    user_id: int
    name: str
    role: str = "Patient"


@dataclass(slots=True)
class _Seen:
    """What one open page already shows of one phone."""

    touches: int = 0
    toasts: int = 0
    frame: JSON = field(default_factory=dict)


class Page:
    """The page's own JSON interface. `first_taps` gives, by phone key, the command its opening button
    sends."""

    def __init__(
        self,
        chats: Chats,
        profile: Profile,
        person: Callable[[int, str], Person],
        stage: Stage,
        phones: Sequence[Phone],
        first_taps: Mapping[str, str],
    ) -> None:
        self._chats = chats
        self._profile = profile
        self._person = person
        self._stage = stage
        self._first_taps = dict(first_taps)
        self._phones: dict[str, tuple[Phone, Person]] = {}
        self._skipping = asyncio.Lock()
        self._open = True
        for phone in phones:
            self._add(phone)
        self.application = web.Application(middlewares=[_guarded], client_max_size=LARGEST_DOCUMENT + MEGABYTE)
        self.application.on_shutdown.append(self._close)
        routes = self.application.router
        routes.add_get("/", self._asset)
        routes.add_get("/events", self._events)
        routes.add_get("/clock", self._clock)
        routes.add_post("/clock", self._skip)
        routes.add_post("/phones", self._add_patient)
        routes.add_post("/phones/{key}/file", self._send_file)
        routes.add_post("/phones/{key}/{deed}", self._act)
        routes.add_get("/files/{file_id}", self._file)
        routes.add_get("/{name}", self._asset)

    def _add(self, phone: Phone) -> None:
        self._phones[phone.key] = (phone, self._person(phone.user_id, phone.name))

    async def _close(self, _: web.Application) -> None:
        self._open = False
        self._chats.pulse.beat()

    async def _asset(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info.get("name", "index.html")
        asset = resources.files("bot.demo").joinpath("page", name)
        if "/" in name or not asset.is_file():
            raise web.HTTPNotFound
        kind = "text/javascript" if name.endswith(".js") else mimetypes.guess_type(name)[0]
        return web.Response(body=asset.read_bytes(), content_type=kind or "text/plain", charset="utf-8")

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: one `phone` event for each phone that has something new, beginning with all
        of it."""
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", **GUARDS})
        await stream.prepare(request)
        seen: dict[str, _Seen] = {}
        while self._open:
            news = [item for phone, person in list(self._phones.values()) if (item := self._news(phone, person, seen))]
            try:
                for item in news:
                    await stream.write(f"event: phone\ndata: {json.dumps(item)}\n\n".encode())
                if not news:
                    await self._next_beat(stream)
            except ConnectionError:
                break
        return stream

    async def _next_beat(self, stream: web.StreamResponse) -> None:
        try:
            async with asyncio.timeout(HEARTBEAT):
                await self._chats.pulse.wait()
        except TimeoutError:
            await stream.write(b": still here\n\n")

    def _news(self, phone: Phone, person: Person, seen_by_phone: dict[str, _Seen]) -> JSON | None:
        chat = person.chat
        first = phone.key not in seen_by_phone
        seen = seen_by_phone.setdefault(phone.key, _Seen(toasts=len(chat.toasts)))
        changed: list[Message] = []
        for message in reversed(chat.changes.values()):
            if message.touched <= seen.touches:
                break
            changed.append(message)
        frame = self._frame(phone, person)
        toasts = chat.toasts[seen.toasts :]
        if not (first or changed or toasts or frame != seen.frame):
            return None
        seen.touches = max([seen.touches, *(message.touched for message in changed)])
        seen.toasts, seen.frame = len(chat.toasts), frame
        changed.sort(key=lambda message: message.message_id)
        return frame | {
            "fresh": first,
            "messages": [self._shown(message) for message in changed if not message.deleted],
            "gone": [message.message_id for message in changed if message.deleted],
            "toasts": [{"text": toast.text, "alert": toast.alert} for toast in toasts],
        }

    def _frame(self, phone: Phone, person: Person) -> JSON:
        """What a phone shows around its messages."""
        chat, language = person.chat, person.user["language_code"]
        return {
            "key": phone.key,
            "name": phone.name,
            "role": phone.role,
            "bot": {"name": self._chats.bot["first_name"], "username": self._chats.bot["username"]},
            "empty": not chat.messages,
            "blocked": chat.blocked,
            "firstTap": self._first_taps.get(phone.key, ""),
            "about": self._profile.description_for(language),
            "commands": self._profile.commands_for(person.user_id, language),
            "keyboard": [[button.text for button in row] for row in chat.reply_keyboard],
            "action": [chat.action, chat.action_count],
            "answered": chat.answered,
        }

    def _shown(self, message: Message) -> JSON:
        at = datetime.fromtimestamp(message.date, self._stage.now().tzinfo)
        shown: JSON = {
            "id": message.message_id,
            "mine": not message.from_bot,
            "text": message.text,
            "entities": message.entities,
            "keyboard": (message.markup or {}).get("inline_keyboard", []),
            "time": f"{at:%H:%M}",
            "day": f"{at:%A} {at.day} {at:%B}",
            "edited": message.edited,
            "reaction": message.reaction,
            "forwarded": "forward_origin" in message.content,
        }
        if (file := message.file) is not None:
            shown["photo" if message.photo else "document"] = _attachment(file)
        if message.reply_to is not None:
            shown["reply"] = {"id": message.reply_to.message_id, "text": message.reply_to.text}
        return shown | {
            kind: message.content[kind] for kind in ("venue", "contact", "location") if kind in message.content
        }

    async def _act(self, request: web.Request) -> web.StreamResponse:
        """What a person does with the phone: say, tap, press, contact, forward, block, unblock."""
        person = self._holder(request)
        given = await _object(request)
        match request.match_info["deed"]:
            case "say":
                person.send_text(str(given.get("text", "")))
            case "tap":
                person.tap_data(str(given.get("data", "")), _message(person, given))
            case "press":
                person.tap(str(given.get("label", "")))
            case "contact":
                person.share_contact()
            case "forward":
                person.forward(_message(person, given))
            case "block":
                person.block()
            case "unblock":
                person.unblock()
            case _:
                raise web.HTTPNotFound
        return web.json_response({})

    async def _send_file(self, request: web.Request) -> web.StreamResponse:
        """A photo where it is a PNG or JPEG sent as one, else a document."""
        person = self._holder(request)
        part = await (await request.multipart()).next()
        if not isinstance(part, BodyPartReader) or part.name not in ("photo", "document"):
            raise ValueError("send one file, as photo or as document")
        content = bytes(await part.read())
        if part.name == "photo":
            person.send_photo(content)
        else:
            person.send_document(content, part.filename or "file")
        return web.json_response({})

    async def _add_patient(self, request: web.Request) -> web.StreamResponse:
        name = str((await _object(request)).get("name", "")).strip()[:64]
        if not name:
            raise ValueError("a patient needs a name")
        number = len(self._phones) + 1
        user_id = 1 + max(phone.user_id for phone, _ in self._phones.values())
        self._add(Phone(f"patient-{number}", user_id, name))
        self._chats.pulse.beat()
        return web.json_response({"key": f"patient-{number}"})

    async def _clock(self, request: web.Request) -> web.StreamResponse:
        now = self._stage.now()
        upcoming = await self._stage.upcoming()
        return web.json_response(
            {
                "now": now.isoformat(),
                "time": f"{now:%H:%M}",
                "day": f"{now:%A} {now.day} {now:%B %Y}",
                "skipping": self._skipping.locked(),
                "upcoming": [_due(item, now) for item in upcoming],
            }
        )

    async def _skip(self, request: web.Request) -> web.StreamResponse:
        """Walk the clock `by` so many seconds, or to `at`, an instant in ISO 8601; one walk at a time."""
        given = await _object(request)
        async with self._skipping:
            now = self._stage.now()
            at = (
                datetime.fromisoformat(str(given["at"])) if "at" in given else now + timedelta(seconds=int(given["by"]))
            )
            if at.tzinfo is None or at < now:
                raise ValueError("the clock walks forward only")
            await self._stage.skip_to(at)
        return await self._clock(request)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        stored = self._chats.files.by_id.get(request.match_info["file_id"])
        if stored is None:
            raise web.HTTPNotFound
        shown = stored.mime_type in SHOWN_IN_PLACE
        name = URL.build(path=stored.name).raw_path
        return web.Response(
            body=stored.content,
            content_type=stored.mime_type if shown else "application/octet-stream",
            headers={"Content-Disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{name}"},
        )

    def _holder(self, request: web.Request) -> Person:
        try:
            return self._phones[request.match_info["key"]][1]
        except KeyError:
            raise web.HTTPNotFound from None


@web.middleware
async def _guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Only this page, under a loopback name, gets an answer; what cannot be done is told in one line."""
    origin = request.headers.get("Origin")
    if request.url.host not in LOOPBACK:
        raise web.HTTPForbidden(text="The demo answers on this machine only.")
    if (origin is not None and URL(origin) != request.url.origin()) or (request.method == "POST" and origin is None):
        raise web.HTTPForbidden(text="The demo answers its own page only.")
    try:
        response = await handler(request)
    except (ValueError, LookupError, TypeError) as problem:
        response = web.json_response({"problem": str(problem)}, status=400)
    except Refusal as refusal:
        response = web.json_response({"problem": refusal.description}, status=400)
    if not response.prepared:
        response.headers.update(GUARDS)
    return response


async def _object(request: web.Request) -> JSON:
    given: Any = json.loads(await request.read() or b"{}")
    if not isinstance(given, dict):
        raise TypeError("send one JSON object")
    return given


def _message(person: Person, given: JSON) -> Message:
    try:
        return person.chat.messages[int(given["message"])]
    except KeyError:
        raise ValueError("that message is gone") from None


def _attachment(file: StoredFile) -> JSON:
    return {
        "address": f"files/{file.file_id}",
        "name": file.name,
        "size": len(file.content),
        "width": file.width,
        "height": file.height,
    }


def _due(item: Upcoming, now: datetime) -> JSON:
    at = item.at.astimezone(now.tzinfo)
    day = "Today" if at.date() == now.date() else f"{at:%a} {at.day} {at:%b}"
    return {"at": at.isoformat(), "when": f"{day} {at:%H:%M}", "what": item.what, "who": item.who}
