"""Which addresses Telegram makes a link of, how it writes them, and what it finds in plain text by itself.

Rules of TDLib's LinkManager and HttpUrl: http, https, tg, ton and tonsite only; a host with a dot;
lower-cased host.
"""

import re
from ipaddress import IPv6Address
from typing import Any

_SCHEME = re.compile(r"(tg|ton|tonsite):(?://)?(.*)", re.IGNORECASE | re.DOTALL)
_URL = re.compile(r"(?:(https?)://)?([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(?:(.*)@)?([^@]*?)(?::0*([0-9]+))?", re.DOTALL)
_PART = re.compile(r"(?:[A-Za-z0-9.\-_!$,~*'();&+=]|%[0-9A-Fa-f]{2}|[^\x00-\x7f])+")
_FOREIGN = re.compile(r"[^:/?#@\[\]]*://")
_USER = re.compile(r"tg:(?://)?user/?\?([^#]*)")

FOUND_BY_ITSELF = (
    (
        "url",
        re.compile(r"(?<![\w@./])(?:https?://|t\.me/|www\.)[^\s<>\"']*[^\s<>\"'.,:;!?)\]]", re.IGNORECASE),
    ),
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("bot_command", re.compile(r"(?<![\w/<>@])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])")),
    ("mention", re.compile(r"(?<![\w@./])@[A-Za-z][A-Za-z0-9_]{3,31}(?!\w)")),
    ("hashtag", re.compile(r"(?<![\w#&/])#(?=\w*[^\W\d])\w{1,256}")),
    ("phone_number", re.compile(r"(?<![\w+])\+[0-9](?:[ ()\-]*[0-9]){6,14}(?!\w)")),
)


def checked_link(link: str) -> str:
    """The address as Telegram keeps it in a text link or a button; empty where it makes no link of it."""
    if special := _SCHEME.fullmatch(link):
        return _special(special[1].lower(), special[2])
    parts = _parts(link)
    if parts is None:
        return ""
    scheme, user, host, port, rest = parts
    if "." not in host and not host.startswith("["):
        return ""
    return f"{scheme}://{user + '@' if user else ''}{host}{':' + port if port else ''}{rest}"


def _special(scheme: str, rest: str) -> str:
    parts = _parts(rest)
    if parts is None or parts[1] or parts[3] or re.match(r"https?://", rest, re.IGNORECASE):
        return ""
    host, query = parts[2], parts[4]
    if not re.fullmatch(r"[A-Za-z0-9_.-]*" if scheme == "tonsite" else r"[A-Za-z0-9_-]*", host):
        return ""
    return f"{scheme}://{host}{query.removeprefix('/') if query.startswith('/?') else query}"


def _parts(url: str) -> tuple[str, str, str, str, str] | None:
    """Scheme, user, host, port, and path with query; nothing where it is no HTTP address."""
    found = _URL.fullmatch(url)
    if found is None or (found[1] is None and _FOREIGN.match(url)):
        return None
    authority = _AUTHORITY.fullmatch(found[2])
    if authority is None:
        return None
    user, host, port = authority[1] or "", authority[2].lower(), authority[3] or ""
    plain = _PART.fullmatch(host) and _PART.fullmatch(user.replace(":", "") or "-")
    if host == "." or not (plain or _is_ipv6(host)):
        return None
    if port and not 0 < int(port) <= 65535:
        return None
    rest = found[3].rstrip(" \t\r\n\v\0") or "/"
    rest = "".join(f"%{ord(char):02X}" if char <= " " else char for char in rest)
    return (found[1] or "http").lower(), user, host, port, rest if rest.startswith("/") else "/" + rest


def _is_ipv6(host: str) -> bool:
    try:
        return host[:1] + host[-1:] == "[]" and bool(IPv6Address(host[1:-1]))
    except ValueError:
        return False


def mentioned_user(link: str) -> int:
    """The id in `tg://user?id=...`, which mentions a person; 0 where the link is another."""
    if found := _USER.match(link.lower()):
        for parameter in found[1].split("&"):
            key, _, value = parameter.partition("=")
            if key == "id":
                number = int(value) if re.fullmatch(r"[0-9]{1,16}", value) else 0
                return number if number < 1 << 40 else 0
    return 0


def spotted(text: str) -> list[dict[str, Any]]:
    """What Telegram marks in plain text unasked: addresses, commands, mentions, hashtags, phone numbers.

    Simpler than Telegram's own search (which knows every top-level domain), enough for what bots act on:
    commands.
    """
    if not any(sign in text for sign in "/@#+") and "www." not in text:
        return []
    found: list[tuple[int, int, str]] = []
    for kind, pattern in FOUND_BY_ITSELF:
        for match in pattern.finditer(text):
            if all(match.end() <= start or end <= match.start() for start, end, _ in found):
                found.append((match.start(), match.end(), kind))

    def offset(index: int) -> int:
        return len(text[:index].encode("utf-16-le", "surrogatepass")) // 2

    return [{"type": kind, "offset": offset(start), "length": offset(end) - offset(start)}
            for start, end, kind in sorted(found)]  # fmt: skip
