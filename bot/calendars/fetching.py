"""A calendar of somebody else's, fetched from wherever they say it lies: bounded, and never from inside this network.

The address is a stranger's word. Each address that is connected to is looked at right before connecting, whatever it
was written as and whoever resolved it, on each hop of a redirect: nothing can change in between.
"""

import asyncio
import ipaddress
import socket
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from bot.model import Trouble

LARGEST = 5_000_000
"""Bytes, as they come and unpacked."""
SECONDS = 10.0
"""For all of it, redirects too."""
REDIRECTS = 3
Allowed = Callable[[str], bool]
"""Whether an IP address may be connected to: `is_public` or `is_anywhere`."""
_A_BITE = 1 << 16
_MOVED = frozenset({301, 302, 303, 307, 308})
_HEADERS = {"Accept": "text/calendar, */*;q=0.1", "Accept-Encoding": "gzip", "User-Agent": "calendar-reader"}


class Unfetched(Exception):
    """Why it could not be fetched, as one word of `bot.model.Trouble`."""

    def __init__(self, why: Trouble) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Fetched:
    """A calendar's text, and by what its keeper knows this state of it: headers to ask with the next time."""

    content: bytes
    marks: Mapping[str, str]


async def fetch(url: str, marks: Mapping[str, str], allowed: Allowed, *, seconds: float = SECONDS) -> Fetched | None:
    """The calendar at an http or https address; None where it is as it was at `marks`. Raises Unfetched."""
    watch = _Watch(allowed)
    try:
        async with asyncio.timeout(seconds), _session(watch) as session:
            return await _followed(session, URL(url), marks, watch)
    except TimeoutError:
        raise Unfetched("slow") from None
    except (aiohttp.ClientSSLError, aiohttp.ClientConnectorCertificateError):
        raise Unfetched("insecure") from None
    except (aiohttp.ClientError, OSError, ValueError):
        raise Unfetched("private" if watch.refused else "down") from None


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet's: none of this machine's or network's, nor one that leads
    there in IPv6's clothes."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inside = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inside is None and (ip in _TRANSLATED or ip in _COMPATIBLE):
            inside = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inside is not None:
            return is_public(str(inside))
        if ip.is_site_local:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_loopback or ip.is_link_local)


def is_anywhere(address: str) -> bool:
    """Any will do: for a practice that keeps calendars inside its own network."""
    return True


_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv4 behind a translator (RFC 6052)."""
_COMPATIBLE = ipaddress.IPv6Network("::/96")


class _Forbidden(OSError):
    """An address of this network."""


class _Watch:
    """Makes the sockets, and so sees where each connection goes."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed
        self.refused = False

    def __call__(self, info: Any) -> socket.socket:
        family, kind, protocol, _, address = info
        if not self._allowed(address[0]):
            self.refused = True
            raise _Forbidden
        return socket.socket(family, kind, protocol)


def _session(watch: _Watch) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        socket_factory=watch, use_dns_cache=False, force_close=True, resolver=aiohttp.ThreadedResolver()
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        max_line_size=16384,
        max_field_size=16384,
    )


async def _followed(
    session: aiohttp.ClientSession, url: URL, marks: Mapping[str, str], watch: _Watch
) -> Fetched | None:
    for _ in range(REDIRECTS + 1):
        if url.scheme not in ("http", "https") or not url.host:
            raise Unfetched("refused")
        watch.refused = False
        async with session.get(url, headers={**_HEADERS, **marks}, allow_redirects=False) as answer:
            if answer.status in _MOVED and "Location" in answer.headers:
                url = url.join(URL(answer.headers["Location"]))
                if url.scheme == "webcal":
                    url = url.with_scheme("https")
                continue
            if answer.status == 304 and marks:
                return None
            if answer.status != 200:
                raise Unfetched(_REFUSALS.get(answer.status, "refused"))
            content = await _content(answer)
            _is_calendar(content)
            return Fetched(content, _marks(answer))
    raise Unfetched("redirects")


_REFUSALS: Mapping[int, Trouble] = {401: "forbidden", 403: "forbidden", 404: "not_found", 410: "not_found"}


async def _content(answer: aiohttp.ClientResponse) -> bytes:
    if (answer.content_length or 0) > LARGEST:
        raise Unfetched("too_large")
    packed = bytearray()
    async for bite in answer.content.iter_chunked(_A_BITE):
        packed += bite
        if len(packed) > LARGEST:
            raise Unfetched("too_large")
    encoding = answer.headers.get("Content-Encoding", "").strip().lower()
    return _unpacked(bytes(packed)) if encoding in ("gzip", "x-gzip", "deflate") else bytes(packed)


def _unpacked(packed: bytes) -> bytes:
    unpacking = zlib.decompressobj(wbits=47)  # gzip or zlib, as the first bytes say
    try:
        content = unpacking.decompress(packed, LARGEST + 1)
    except zlib.error:
        raise Unfetched("not_calendar") from None
    if len(content) > LARGEST:
        raise Unfetched("too_large")
    return content


def _is_calendar(content: bytes) -> None:
    begins = content[:2048].removeprefix(b"\xef\xbb\xbf").lstrip()[:64].lower()
    if begins.startswith(b"begin:vcalendar"):
        return
    raise Unfetched("page" if begins.startswith(b"<") else "not_calendar")


def _marks(answer: aiohttp.ClientResponse) -> dict[str, str]:
    told = {"If-None-Match": answer.headers.get("ETag"), "If-Modified-Since": answer.headers.get("Last-Modified")}
    return {name: text for name, text in told.items() if text and len(text) <= 256}
