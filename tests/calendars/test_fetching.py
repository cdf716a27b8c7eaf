"""A stranger's address is fetched: bounded in size and time, and never from inside this network."""

import asyncio
import gzip
import socket
import zlib
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

import pytest
from aiohttp import web

from bot.calendars.fetching import LARGEST, Allowed, Fetched, Unfetched, fetch, is_anywhere, is_public

CALENDAR = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def fetched(
    handler: Handler,
    path: str = "/a.ics",
    marks: dict[str, str] | None = None,
    allowed: Allowed = is_anywhere,
    seconds: float = 10.0,
) -> Fetched | None:
    """What is fetched from a server on this machine that answers so."""

    async def scene() -> Fetched | None:
        application = web.Application()
        application.router.add_get("/{any:.*}", handler)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            base = f"http://127.0.0.1:{runner.addresses[0][1]}"
            return await fetch(base + path, marks or {}, allowed, seconds=seconds)
        finally:
            await runner.cleanup()

    return asyncio.run(scene())


def why(*arguments: Any, **named: Any) -> str:
    with pytest.raises(Unfetched) as unfetched:
        fetched(*arguments, **named)
    return unfetched.value.why


def answering(body: bytes = CALENDAR, status: int = 200, **headers: str) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return web.Response(body=body, status=status, headers=named)

    return answer


def test_a_calendar_is_fetched_with_what_its_keeper_knows_it_by() -> None:
    got = fetched(answering(ETag='"7"', Last_Modified="Mon, 02 Mar 2026 09:00:00 GMT"))
    marks = {"If-None-Match": '"7"', "If-Modified-Since": "Mon, 02 Mar 2026 09:00:00 GMT"}
    assert got == Fetched(CALENDAR, marks)
    assert fetched(answering(b"\xef\xbb\xbf\r\n" + CALENDAR)) is not None


def test_one_that_has_not_changed_costs_nothing() -> None:
    async def answer(request: web.Request) -> web.Response:
        assert request.headers["If-None-Match"] == '"7"'
        return web.Response(status=304)

    assert fetched(answer, marks={"If-None-Match": '"7"'}) is None


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        (answering(b"<!DOCTYPE html><html>Sign in</html>"), "page"),
        (answering(b"  <html>"), "page"),
        (answering(b""), "not_calendar"),
        (answering(b'{"events": []}'), "not_calendar"),
        (answering(status=404), "not_found"),
        (answering(status=410), "not_found"),
        (answering(status=401), "forbidden"),
        (answering(status=403), "forbidden"),
        (answering(status=500), "refused"),
        (answering(status=304), "refused"),
        (answering(CALENDAR + b"X" * LARGEST), "too_large"),
        (answering(gzip.compress(CALENDAR + b"X" * LARGEST), Content_Encoding="gzip"), "too_large"),
        (answering(zlib.compress(b"\0" * 50_000_000), Content_Encoding="deflate"), "too_large"),
        (answering(b"not packed at all", Content_Encoding="gzip"), "not_calendar"),
    ],
)
def test_what_is_wrong_is_told(handler: Handler, said: str) -> None:
    assert why(handler) == said


def test_a_packed_calendar_is_unpacked() -> None:
    got = fetched(answering(gzip.compress(CALENDAR), Content_Encoding="gzip"))
    assert got is not None
    assert got.content == CALENDAR


def test_fifty_megabytes_are_not_waited_for() -> None:
    sent = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        stream = web.StreamResponse()
        await stream.prepare(request)
        try:
            for _ in range(800):
                await stream.write(CALENDAR.ljust(65536))
                sent += 65536
        except ConnectionError:
            pass
        return stream

    assert why(answer) == "too_large"
    assert sent < 3 * LARGEST


def test_whoever_drips_is_left() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse()
        await stream.prepare(request)
        try:
            while True:
                await stream.write(b"B")
                await asyncio.sleep(0.05)
        except ConnectionError:
            return stream

    began = monotonic()
    assert why(answer, seconds=0.5) == "slow"
    assert monotonic() - began < 3


def test_nobody_there_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        for given in (url, "http://no-such-name.invalid/"):
            with pytest.raises(Unfetched) as unfetched:
                asyncio.run(fetch(given, {}, is_anywhere))
            assert unfetched.value.why == "down"


def moved(*to: str) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        number = int(request.path.removeprefix("/") or 0) if request.path[1:].isdigit() else 0
        if number < len(to):
            return web.Response(status=302, headers={"Location": to[number]})
        return web.Response(body=CALENDAR)

    return answer


def test_three_redirects_are_followed_and_no_more() -> None:
    assert fetched(moved("/1", "/2", "3"), "/0") is not None
    assert why(moved("/1", "/2", "/3", "/4"), "/0") == "redirects"
    assert why(moved("/0"), "/0") == "redirects"
    assert why(moved("file:///etc/passwd"), "/0") == "refused"


PRIVATE = [
    "http://127.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://0.0.0.0:{port}/",
    "http://[::1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://10.0.0.1:{port}/",
    "http://169.254.169.254:{port}/latest/meta-data",
    "http://192.168.1.1:{port}/",
    "http://172.16.0.1:{port}/",
    "http://100.64.0.1:{port}/",
    "http://224.0.0.1:{port}/",
    "http://[fe80::1]:{port}/",
    "http://[fd00::1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
]


UNKNOWN_FORMS = ("127.1:", "2130706433", "0177")
"""What the client takes for no address at all."""


@pytest.mark.parametrize("url", PRIVATE)
def test_nothing_inside_this_network_is_asked(url: str) -> None:
    """Not even a connection is made: whatever the address is written as, and also after a redirect."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(body=CALENDAR)

    async def scene() -> None:
        application = web.Application()
        application.router.add_get("/{any:.*}", answer)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            port = runner.addresses[0][1]
            with pytest.raises(Unfetched) as unfetched:
                await fetch(url.format(port=port), {}, is_public, seconds=5)
            assert unfetched.value.why in ("private", "down")
            assert unfetched.value.why == "private" or any(form in url for form in UNKNOWN_FORMS)
        finally:
            await runner.cleanup()

    asyncio.run(scene())
    assert asked == []


def test_a_redirect_inside_is_refused() -> None:
    """The first hop is let through as if it were the open internet's; the second is looked at like the first."""
    looked_at: list[str] = []

    def only_the_first(ip: str) -> bool:
        looked_at.append(ip)
        return len(looked_at) == 1

    assert why(moved("/1"), "/0", allowed=only_the_first) == "private"
    assert looked_at == ["127.0.0.1", "127.0.0.1"]


def test_a_name_that_leads_inside_is_refused_whatever_it_said_before(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["127.0.0.1"] * 9)

    def resolve(host: str, port: int, *rest: object, **named: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(Unfetched) as unfetched:
        asyncio.run(fetch("http://calendar.example/a.ics", {}, is_public))
    assert unfetched.value.why == "private"


@pytest.mark.parametrize(
    ("ip", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("::ffff:93.184.216.34", True),
        ("127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:7f00:1::", False),
        ("2001:0:53aa:64c:0:0:80ff:fffe", False),
        ("64:ff9b::a00:1", False),
        ("::7f00:1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("fe80::1%eth0", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.1", False),
        ("198.18.0.1", False),
        ("100.64.0.1", False),
    ],
)
def test_which_addresses_are_the_open_internets(ip: str, public: bool) -> None:
    assert is_public(ip) is public
