"""One call as Telegram reads it: every value may come as JSON or as text in a form, and means the same."""

import json
from dataclasses import dataclass, field
from typing import Any

from bot.demo.chats import Chat, Chats, Message
from bot.demo.files import Upload
from bot.demo.links import spotted
from bot.demo.markup import Entity, Marked, parse_html, tidied, units
from bot.demo.profile import Profile
from bot.demo.refusal import Refusal, bad

JSON = dict[str, Any]
STRUCTURED = {
    "reply_markup": "reply keyboard markup", "reply_parameters": "reply parameters", "entities": "entities",
    "caption_entities": "caption entities", "link_preview_options": "link preview options", "media": "media",
    "commands": "commands", "scope": "scope", "menu_button": "menu button", "reaction": "reaction",
    "allowed_updates": "allowed updates",
}  # fmt: skip
INTEGERS = frozenset({"chat_id", "message_id", "offset", "limit", "timeout", "max_connections", "user_id"})
FLAGS = frozenset(
    {"show_alert", "drop_pending_updates", "disable_notification", "protect_content", "is_big",
     "disable_content_type_detection", "show_caption_above_media", "has_spoiler"}
)  # fmt: skip
LONGEST_SOURCE = 1 << 15
"""Bytes of a text before its markup is read (tdlib/telegram-bot-api)."""
UNTOUCHED = frozenset({"code", "pre", "text_link", "text_mention", "custom_emoji"})
"""Entities within which Telegram looks for no links or commands of its own."""


@dataclass(slots=True)
class Call:
    """One call of a Bot API method, its parameters decoded."""

    method: str
    params: JSON
    files: dict[str, Upload]
    chats: Chats
    profile: Profile
    unreadable: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.params = {name: self._decoded(name, value) for name, value in self.params.items() if value is not None}

    def _decoded(self, name: str, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if name in INTEGERS:
            digits = value.strip().removeprefix("-")
            return int(value) if digits.isdecimal() and len(digits) < 20 else value
        if name in FLAGS:
            return value.lower() in ("true", "yes", "t", "y", "1")
        if name in STRUCTURED and value:
            try:
                return json.loads(value)
            except ValueError:
                self.unreadable.append(name)
        return value

    def check(self) -> None:
        """Raises `Refusal` (400) where a parameter is no JSON that must be, or holds half a surrogate
        pair."""
        for name in self.unreadable:
            raise bad(f"can't parse {STRUCTURED[name]} JSON object")
        for value in self.params.values():
            if isinstance(value, str) and not value.isascii():
                try:
                    value.encode()
                except UnicodeEncodeError:
                    raise bad("strings must be encoded in UTF-8") from None

    def text(self, name: str, default: str = "") -> str:
        value = self.params.get(name, default)
        return value if isinstance(value, str) else json.dumps(value)

    def required(self, name: str) -> str:
        """A text that must not be missing. Raises `Refusal` (400)."""
        if not (value := self.text(name)):
            raise bad(f'parameter "{name}" is required')
        return value

    def integer(self, name: str, default: int = 0) -> int:
        value = self.params.get(name, default)
        return value if isinstance(value, int) else default

    def flag(self, name: str) -> bool:
        return bool(self.params.get(name, False))

    def number(self, name: str) -> float:
        """A coordinate. Raises `Refusal` (400) where it is missing or no number."""
        value = self.params.get(name, "")
        try:
            return float(value)
        except (TypeError, ValueError):
            raise bad(f"{name} is empty") from None

    def chat(self) -> Chat:
        """The chat to write to. Raises `Refusal` as `Chats.writable` does."""
        return self.chats.writable(self.params.get("chat_id"))

    def message(self, purpose: str) -> Message:
        """The message named by chat_id and message_id. Raises `Refusal` (400) "... not found"."""
        message = self.chat().messages.get(self.integer("message_id"))
        if message is None:
            raise bad(f"{purpose} not found")
        return message

    def marked(self, name: str, entities: str, source: JSON | None = None) -> Marked:
        """A text with its entities, as Telegram stores it. Raises `Refusal` (400) for broken markup."""
        given = self.params if source is None else source
        text = given.get(name, "")
        if not isinstance(text, str):
            text = json.dumps(text)
        if len(text.encode()) > LONGEST_SOURCE:
            raise bad("text is too long")
        mode = str(given.get("parse_mode", "")).lower()
        if mode == "html":
            marked = parse_html(text)
        elif mode in ("markdown", "markdownv2"):
            raise Refusal(400, "Bad Request: the local Telegram reads no Markdown; use parse_mode HTML")
        elif mode in ("", "none"):
            marked = Marked(text, _given_entities(text, given.get(entities)))
        else:
            raise bad("unsupported parse_mode")
        return self._completed(tidied(marked))

    def _completed(self, marked: Marked) -> Marked:
        entities = []
        for entity in marked.entities:
            if entity["type"] != "text_mention":
                entities.append(entity)
            elif person := self.chats.people.get(entity["user"]["id"]):
                entities.append(entity | {"user": person})
        kept = [e for e in entities if e["type"] in UNTOUCHED]
        for found in spotted(marked.text):
            end = found["offset"] + found["length"]
            if all(end <= e["offset"] or e["offset"] + e["length"] <= found["offset"] for e in kept):
                entities.append(found)
        return Marked(marked.text, sorted(entities, key=lambda e: (e["offset"], -e["length"])))

    def upload(self, reference: Any, part: str) -> Upload | None:
        """The file that came with the call: as the part of that name, or named `attach://part`."""
        if isinstance(reference, str) and reference.startswith("attach://"):
            part = reference.removeprefix("attach://")
            if part not in self.files:
                raise bad("wrong file identifier/HTTP URL specified")
        return self.files.get(part)

    def as_record(self) -> JSON:
        """The call as data: an uploaded parameter as {"_file": name, "size": bytes}."""
        if not self.files:
            return self.params
        said = json.dumps(self.params)
        uploads = {
            name: {"_file": upload.name, "size": len(upload.content)}
            for name, upload in self.files.items()
            if f"attach://{name}" not in said
        }
        return self.params | uploads


def _given_entities(text: str, entities: Any) -> list[Entity]:
    if not isinstance(entities, list):
        return []
    for entity in entities:
        if not isinstance(entity, dict) or not isinstance(entity.get("type"), str):
            raise bad("can't parse MessageEntity: MessageEntity must be an Object")
        offset, length = entity.get("offset"), entity.get("length")
        if not (isinstance(offset, int) and isinstance(length, int)):
            raise bad("can't parse MessageEntity: offset and length must be of type Number")
        if offset < 0 or length <= 0 or offset + length > units(text):
            raise bad("ENTITY_BOUNDS_INVALID")
    return entities
