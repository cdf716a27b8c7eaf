"""The diary as a calendar to subscribe to: served under an address nobody can guess, to whoever has it.

The address is the only key, so it is treated as one: the database keeps its SHA-256, nothing logs it, and one that was
never given is answered as one that was taken back.
"""

import asyncio
import hashlib
import socket
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import urlsplit

from aiohttp import web

from bot.model import Say
from bot.practice.clinic import Clinic
from bot.reception import Away, Reception
from bot.words import Words
from storage.calendars import Sheet

PATH = "/calendar/{secret}.ics"
BACK = timedelta(days=30)
"""How much of what is over is served."""
REFRESH = timedelta(minutes=15)
AT_ONCE, A_SECOND = 20.0, 2.0
"""How many answers there are at once, and how many a second after that: of those who have an address, and apart from
them of those who try one."""
KNOWN = 256
"""How many addresses are remembered with what was last served there."""

_SHUT = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
_SERVED = {**_SHUT, "Cache-Control": "private, no-cache", "Content-Disposition": 'inline; filename="visits.ics"'}


@dataclass(frozen=True, slots=True)
class _Issue:
    """What was last served at an address, and since when it is so."""

    tag: str
    since: datetime


class _Bucket:
    """Tokens that fill up at `A_SECOND` to at most `AT_ONCE`."""

    def __init__(self) -> None:
        self._tokens = AT_ONCE
        self._at = time.monotonic()

    def take(self) -> bool:
        """Whether there was one left."""
        now = time.monotonic()
        self._tokens = min(AT_ONCE, self._tokens + (now - self._at) * A_SECOND)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Feed:
    """The answers to whoever asks for a diary."""

    def __init__(self, reception: Reception, words: Words, clinic: Clinic, now: Callable[[], datetime]) -> None:
        self._reception = reception
        self._words = words
        self._clinic = clinic
        self._now = now
        self._issues: OrderedDict[bytes, _Issue] = OrderedDict()
        self._known, self._strangers = _Bucket(), _Bucket()

    def mount(self, application: web.Application, public_url: str) -> None:
        """Serve GET and HEAD under the path of the public address."""
        application.router.add_get(urlsplit(public_url).path.rstrip("/") + PATH, self._serve)

    async def _serve(self, request: web.Request) -> web.Response:
        opens = hashlib.sha256(request.match_info["secret"].encode("utf-8", "surrogateescape")).digest()
        if not (self._known if opens in self._issues else self._strangers).take():
            return web.Response(status=429, headers={**_SHUT, "Retry-After": "60"})
        ahead = timedelta(days=self._clinic.policies.horizon_days + 1)
        try:
            sheet = await asyncio.wrap_future(self._reception.do(lambda work: work.calendars.sheet(opens, BACK, ahead)))
        except Away:
            return web.Response(status=503, headers={**_SHUT, "Retry-After": "60"})
        if sheet is None:
            self._issues.pop(opens, None)
            return web.Response(status=404, headers={**_SHUT, "Cache-Control": "no-store"})
        body = await asyncio.to_thread(self._written, sheet)
        issue = self._issue(opens, body)
        headers = {
            **_SERVED,
            "ETag": f'"{issue.tag}"',
            "Last-Modified": format_datetime(issue.since, usegmt=True),
        }
        if self._has(request, issue):
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type="text/calendar", charset="utf-8", headers=headers)

    def _written(self, sheet: Sheet) -> bytes:
        from bot.practice.ical import written_feed  # takes a library that only those who serve calendars need

        zone = self._clinic.zone.key
        names = {visit.id: visit.called for visit in self._clinic.visits}
        visits = []
        for visit in sheet.visits:
            assert visit.made_at is not None
            values = {"visit": names.get(visit.visit, visit.visit), "name": initials(visit.name)}
            visits.append(
                {
                    "uid": visit.uid,
                    "sequence": visit.sequence,
                    "starts_at": visit.starts_at.isoformat(),
                    "ends_at": visit.ends_at.isoformat(),
                    "made_at": visit.made_at.isoformat(),
                    "zone": visit.zone,
                    "title": self._words.bare(Say("calendar.entry", values), sheet.locale, zone),
                }
            )
        return written_feed(self._words.bare(Say("calendar.name"), sheet.locale, zone), visits, REFRESH)

    def _issue(self, opens: bytes, body: bytes) -> _Issue:
        """What is served now, under a tag and a time of its own: of two in a second the second is a second later."""
        tag = hashlib.sha256(body).hexdigest()[:32]
        known = self._issues.pop(opens, None)
        if known is None or known.tag != tag:
            now = self._now().astimezone(UTC).replace(microsecond=0)
            known = _Issue(tag, now if known is None else max(now, known.since + timedelta(seconds=1)))
        self._issues[opens] = known
        while len(self._issues) > KNOWN:
            self._issues.popitem(last=False)
        return known

    def _has(self, request: web.Request, issue: _Issue) -> bool:
        """Whether whoever asks has this very issue (RFC 9110, 13.2.2: a tag goes before a time)."""
        if tags := request.if_none_match:
            return any(tag.value in (issue.tag, "*") for tag in tags)
        since = request.if_modified_since
        return since is not None and issue.since <= since


class FeedServer:
    """A web server for the feed alone, on a socket that is bound already, where no webhook brings one along."""

    def __init__(self, feed: Feed, public_url: str, site: socket.socket) -> None:
        application = web.Application(client_max_size=1024)
        feed.mount(application, public_url)
        application.router.add_get("/health", _health)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=2.0)
        self._site = site

    async def start(self) -> None:
        """Listen."""
        await self._runner.setup()
        await web.SockSite(self._runner, self._site).start()

    async def stop(self) -> None:
        """Answer what is in hand, then stop listening."""
        await self._runner.cleanup()


async def _health(_: web.Request) -> web.Response:
    return web.Response(text="ok\n")


def initials(name: str) -> str:
    """The first letters of the first three parts of a name: a calendar's keeper need not know who comes."""
    return " ".join(f"{part[0].upper()}." for part in name.split()[:3])
