"""Telegram's HTML: a grammar of its own, which this reads exactly as Telegram does.

The rules are those of TDLib's parser (tdlib/td, MessageEntity.cpp): a fixed list of tags, strict nesting,
four named character references, offsets counted in UTF-16 units, errors placed at byte offsets. The tests
hold it against TDLib itself.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Never

from bot.demo.links import checked_link, mentioned_user
from bot.demo.refusal import bad

Entity = dict[str, Any]
"""A Bot API `MessageEntity`: type, offset and length in UTF-16 units, and what its type needs (url,
language...)."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A text without its markup, and where the markup stood."""

    text: str
    entities: list[Entity]


TAGS = {
    "b": "bold", "strong": "bold",
    "i": "italic", "em": "italic",
    "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
    "span": "spoiler", "tg-spoiler": "spoiler",
    "a": "text_link", "code": "code", "pre": "pre", "blockquote": "blockquote",
    "tg-emoji": "custom_emoji", "tg-time": "date_time",
}  # fmt: skip
NAMED = {b"lt": "<", b"gt": ">", b"amp": "&", b"quot": '"'}
PRIORITY = {
    "blockquote": 0, "expandable_blockquote": 0, "pre": 11, "code": 20, "text_link": 49, "text_mention": 49,
    "bold": 90, "italic": 91, "underline": 92, "strikethrough": 93, "spoiler": 94, "custom_emoji": 99,
}  # fmt: skip
"""Which of two entities at one place comes first."""

# The source ends with a NUL that stands in none of these classes, so every pattern stops there by itself.
_PLAIN = re.compile(rb"[^<&]+")
_TAG_NAME = re.compile(rb"[^ \t\r\n\0\v>]*")
_ATTRIBUTE = re.compile(rb"[^ \t\r\n\0\v=>/\"']*")
_SPACE = re.compile(rb"[ \t\r\n\v]*")
_TOKEN = re.compile(rb"[A-Za-z0-9.-]*")
_REFERENCE = re.compile(rb"&(?:#[xX]([0-9a-fA-F]*)|#([0-9]*)|([A-Za-z]*));?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ENDS_NAME = (b" ", b"\t", b"\r", b"\n", b"\0", b"\v", b">")
_TIME_FORMAT = re.compile(r"[rR]|[tTdDwW]*")


def units(text: str) -> int:
    """The length of a text as Telegram's offsets count it: in UTF-16 code units."""
    return len(text) + sum(char > "\uffff" for char in text)


def parse_html(source: str) -> Marked:
    """Read a text in parse mode HTML.

    Raises `Refusal` (400, "can't parse entities: ...") wherever Telegram would.
    """
    return _Reader(source).read()


@dataclass(slots=True)
class _Open:
    tag: str
    offset: int
    begins: int
    attributes: dict[str, str]


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source.encode("utf-8", "surrogatepass")
        self.size = len(self.source)
        self.source += b"\0"
        self.at = 0
        self.text = ""
        self.length = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def read(self) -> Marked:
        while self.at < self.size:
            if plain := _PLAIN.match(self.source, self.at, self.size):
                self.at = plain.end()
                self.write(plain[0].decode("utf-8", "surrogatepass"))
            elif self.source[self.at : self.at + 1] == b"&":
                self.write(self.reference() or self.ampersand())
            elif self.source[self.at + 1 : self.at + 2] == b"/":
                self.end_tag()
            else:
                self.start_tag()
        if self.open:
            fail(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        for entity in self.entities:
            entity.pop("_language", None)
        self.entities.sort(key=lambda e: (e["offset"], -e["length"], PRIORITY.get(e["type"], 50)))
        return Marked(self.whole(), self.entities)

    def write(self, text: str) -> None:
        self.text += text
        self.length += units(text)

    def whole(self) -> str:
        if not self.text.isascii() and _SURROGATE.search(self.text):
            fail(
                "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched "
                "surrogate code units"
            )
        return self.text

    def ampersand(self) -> str:
        self.at += 1
        return "&"

    def reference(self) -> str:
        """The character a reference stands for, read past; empty, and nothing read, where it is none."""
        found = _REFERENCE.match(self.source, self.at)
        if found is None:
            return ""
        hexadecimal, decimal, name = found.groups()
        if name is not None:
            char = NAMED.get(name, "")
        else:
            code = int(hexadecimal or b"0", 16) if hexadecimal is not None else int(decimal or b"0")
            length = len(found[0].removesuffix(b";"))
            char = chr(code) if 0 < code < 0x10FFFF and length < 10 else ""
        if char:
            self.at = found.end()
        return char

    def start_tag(self) -> None:
        begin = self.at
        name = self.take(_TAG_NAME, begin + 1)
        if self.peek() == b"\0":
            fail(f"Unclosed start tag at byte offset {begin}")
        tag = lower(name)
        if tag not in TAGS:
            fail(f'Unsupported start tag "{tag}" at byte offset {begin}')
        attributes = self.attributes(tag, begin)
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            fail(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self.at += 1
        self.open.append(_Open(tag, self.length, len(self.text), attributes))

    def attributes(self, tag: str, begin: int) -> dict[str, str]:
        found: dict[str, str] = {}
        while self.peek() != b">":
            self.take(_SPACE)
            if self.peek() == b">":
                break
            name = self.take(_ATTRIBUTE).decode("utf-8", "surrogatepass")
            if not name:
                fail(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
            self.take(_SPACE)
            value = ""
            if self.peek() == b"=":
                self.take(_SPACE, self.at + 1)
                if self.peek() == b"\0":
                    fail(f'Unclosed start tag "{tag}" at byte offset {begin}')
                value = self.value()
                if self.peek() == b"\0":
                    fail(f"Unclosed start tag at byte offset {begin}")
            elif self.peek() == b"\0":
                fail(f'Unclosed start tag "{tag}" at byte offset {begin}')
            if name != "class" or value.startswith(CLASS_OF.get(tag, "")):
                found[name] = value
        return found

    def value(self) -> str:
        quote = self.peek()
        if quote not in (b"'", b'"'):
            begin = self.at
            token = lower(self.take(_TOKEN))
            if self.peek() not in _ENDS_NAME:
                fail(f"Unexpected end of name token at byte offset {begin}")
            return token
        self.at += 1
        value = b""
        while self.peek() not in (quote, b"\0"):
            if self.peek() == b"&" and (char := self.reference()):
                value += char.encode("utf-8", "surrogatepass")
            else:
                value += self.peek()
                self.at += 1
        if self.peek() == quote:
            self.at += 1
        return value.decode("utf-8", "surrogatepass")

    def end_tag(self) -> None:
        begin = self.at
        if not self.open:
            fail(f"Unexpected end tag at byte offset {begin}")
        name = lower(self.take(_TAG_NAME, begin + 2))
        self.take(_SPACE)
        if self.peek() != b">":
            fail(f"Unclosed end tag at byte offset {begin}")
        self.at += 1
        opened = self.open.pop()
        if name and name != opened.tag:
            fail(f'Unmatched end tag at byte offset {begin}, expected "</{opened.tag}>", found "</{name}>"')
        if self.length > opened.offset:
            self.close(opened)

    def close(self, opened: _Open) -> None:
        entity: Entity = {
            "type": TAGS[opened.tag],
            "offset": opened.offset,
            "length": self.length - opened.offset,
        }
        inner = self.text[opened.begins :]
        if special := CLOSING.get(opened.tag):
            closed = special(entity, opened.attributes, inner, self.entities)
        else:
            closed = entity
        if closed is not None:
            self.entities.append(closed)

    def take(self, pattern: re.Pattern[bytes], start: int | None = None) -> bytes:
        found = pattern.match(self.source, self.at if start is None else start)
        assert found is not None  # every pattern also matches nothing
        self.at = found.end()
        return found[0]

    def peek(self) -> bytes:
        return self.source[self.at : self.at + 1]


CLASS_OF = {"code": "language-", "span": "tg-"}


def lower(name: bytes) -> str:
    """Lower case as TDLib has it: ASCII only."""
    return name.lower().decode("utf-8", "surrogatepass")


def fail(reason: str) -> Never:
    raise bad(f"can't parse entities: {reason}")


_Attributes = dict[str, str]


def _link(entity: Entity, attributes: _Attributes, inner: str, closed: list[Entity]) -> Entity | None:
    href = attributes.get("href") or inner
    if user := mentioned_user(href):
        return entity | {"type": "text_mention", "user": {"id": user}}
    url = checked_link(href)
    return entity | {"url": url} if url else None


def _quote(entity: Entity, attributes: _Attributes, inner: str, closed: list[Entity]) -> Entity | None:
    return entity | {"type": "expandable_blockquote"} if "expandable" in attributes else entity


def _emoji(entity: Entity, attributes: _Attributes, inner: str, closed: list[Entity]) -> Entity | None:
    number = attributes.get("emoji-id", "")
    if not re.fullmatch(r"-?[0-9]+", number) or int(number) == 0 or not -(1 << 63) <= int(number) < 1 << 63:
        fail("Invalid custom emoji identifier specified")
    return entity | {"custom_emoji_id": str(int(number))}


def _time(entity: Entity, attributes: _Attributes, inner: str, closed: list[Entity]) -> Entity | None:
    shape = attributes.get("format", "")
    if not _TIME_FORMAT.fullmatch(shape):
        fail("Invalid date format used")
    leading = re.match(r"[0-9]*", attributes.get("unix", ""))
    moment = int((leading and leading[0]) or "0")
    return entity | {"unix_time": moment, "date_time_format": shape} if 0 < moment < 1 << 31 else None


def _same_place(one: Entity, other: Entity) -> bool:
    return (one["offset"], one["length"]) == (other["offset"], other["length"])


def _pre(entity: Entity, attributes: _Attributes, inner: str, closed: list[Entity]) -> Entity | None:
    if closed and closed[-1]["type"] == "code" and _same_place(closed[-1], entity) and closed[-1].get("_language"):
        closed[-1].update(type="pre", language=closed[-1].pop("_language"))
        return None
    return entity


def _code(entity: Entity, attributes: _Attributes, inner: str, closed: list[Entity]) -> Entity | None:
    language = attributes.get("class", "").removeprefix("language-")
    if closed and closed[-1]["type"] == "pre" and _same_place(closed[-1], entity) and language:
        closed[-1]["language"] = language
        return None
    return entity | ({"_language": language} if language else {})


CLOSING: dict[str, Callable[[Entity, _Attributes, str, list[Entity]], Entity | None]] = {
    "a": _link, "blockquote": _quote, "tg-emoji": _emoji, "tg-time": _time, "pre": _pre, "code": _code,
}  # fmt: skip


def tidied(marked: Marked) -> Marked:
    """The text as Telegram stores it: control characters become spaces, blank ends fall away, marks move
    along."""
    if not _UNTIDY.search(marked.text):
        return marked
    kept: list[str] = []
    moved = [0]  # where each UTF-16 unit of the old text stands in the new one
    at = 0
    for char in marked.text:
        new = "" if char == "\r" else " " if char < " " and char != "\n" else char
        kept.append(new)
        at += units(new)
        moved += [at] * units(char)
    whole = "".join(kept)
    text = whole.strip(" \n")
    cut = len(whole) - len(whole.lstrip(" \n"))
    size = units(text)
    entities: list[Entity] = []
    for entity in marked.entities:
        start = min(max(moved[entity["offset"]] - cut, 0), size)
        end = min(max(moved[entity["offset"] + entity["length"]] - cut, 0), size)
        if start < end:
            entities.append(entity | {"offset": start, "length": end - start})
    return Marked(text, entities)


_UNTIDY = re.compile(r"[\x00-\x09\x0b-\x1f]|^[ \n]|[ \n]\Z")
