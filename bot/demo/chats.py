"""The chats of the local Telegram: who is in them, what they show now, and what the bot has said of
itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.demo.files import Files, StoredFile
from bot.demo.markup import Entity
from bot.demo.pulse import Pulse
from bot.demo.refusal import bad, blocked
from bot.demo.updates import Updates

JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Button:
    """A button as a chat shows it; `data` is empty unless a tap is answered by the bot."""

    text: str
    data: str = ""
    url: str = ""
    asks_contact: bool = False
    asks_location: bool = False


@dataclass(slots=True, eq=False)
class Message:
    """One message as its chat shows it now. `content` holds what differs by kind, in Bot API shape."""

    message_id: int
    chat: "Chat"
    sender: JSON
    date: int
    content: JSON
    markup: JSON | None = None
    reply_to: "Message | None" = None
    edit_date: int | None = None
    file: StoredFile | None = None
    reaction: str = ""
    deleted: bool = False
    touched: int = 0

    @property
    def from_bot(self) -> bool:
        return bool(self.sender["is_bot"])

    @property
    def text(self) -> str:
        """The text, or the caption of a picture or document; empty where there is neither."""
        return str(self.content.get("text", self.content.get("caption", "")))

    @property
    def entities(self) -> list[Entity]:
        found: list[Entity] = self.content.get("entities") or self.content.get("caption_entities") or []
        return found

    @property
    def edited(self) -> bool:
        return self.edit_date is not None

    @property
    def document(self) -> StoredFile | None:
        return self.file if "document" in self.content else None

    @property
    def photo(self) -> StoredFile | None:
        return self.file if "photo" in self.content else None

    @property
    def keyboard(self) -> list[list[Button]]:
        """The rows of inline buttons under the message."""
        rows = (self.markup or {}).get("inline_keyboard", [])
        return [[Button(b["text"], b.get("callback_data", ""), b.get("url", "")) for b in row] for row in rows]

    @property
    def labels(self) -> list[str]:
        """What stands on the inline buttons, row after row."""
        return [button.text for row in self.keyboard for button in row]

    def as_json(self) -> JSON:
        """The Bot API's `Message`."""
        body = {
            "message_id": self.message_id,
            "from": self.sender,
            "chat": self.chat.as_json(),
            "date": self.date,
        }
        body |= self.content
        if self.edit_date is not None:
            body["edit_date"] = self.edit_date
        if self.reply_to is not None:
            body["reply_to_message"] = {k: v for k, v in self.reply_to.as_json().items() if k != "reply_to_message"}
        if self.markup and "inline_keyboard" in self.markup:
            body["reply_markup"] = self.markup
        return body


@dataclass(frozen=True, slots=True)
class Toast:
    """What answerCallbackQuery showed: a line that passes, or an alert that asks for OK."""

    text: str
    alert: bool


@dataclass(slots=True, eq=False)
class Tap:
    """A tap on an inline button that waits for its answer."""

    tap_id: str
    message: Message
    asked_at: float


@dataclass(slots=True, eq=False)
class Chat:
    """One chat. `messages` is what it shows, oldest first; `changes` is in the order of the last change,
    and keeps deleted messages, so that whoever looks again finds what is new without reading everything."""

    about: JSON
    open: bool = False
    blocked: bool = False
    messages: dict[int, Message] = field(default_factory=dict)
    changes: dict[int, Message] = field(default_factory=dict)
    reply_keyboard: list[list[Button]] = field(default_factory=list)
    toasts: list[Toast] = field(default_factory=list)
    answered: int = 0
    action: str = ""
    action_count: int = 0

    @property
    def chat_id(self) -> int:
        return int(self.about["id"])

    @property
    def private(self) -> bool:
        return bool(self.about["type"] == "private")

    def as_json(self) -> JSON:
        return self.about


class Chats:
    """All chats, and the numbering of what happens in them. `now` gives unix time and may be a demo's
    clock."""

    def __init__(self, bot: JSON, now: Callable[[], float], updates: Updates, pulse: Pulse) -> None:
        self.bot = bot
        self.now = now
        self.updates = updates
        self.pulse = pulse
        self.files = Files()
        self.by_id: dict[int, Chat] = {}
        self.people: dict[int, JSON] = {}
        self.taps: dict[str, Tap] = {}
        self.touches = 0
        self._last_message_id = 0

    def private(self, user: JSON) -> Chat:
        """The private chat with a person, which exists for the bot once they wrote first."""
        about = {k: v for k, v in user.items() if k in ("id", "first_name", "last_name", "username")}
        return self.by_id.setdefault(user["id"], Chat(about | {"type": "private"}))

    def shared(self, about: JSON) -> Chat:
        """A group or a channel the bot is in."""
        return self.by_id.setdefault(about["id"], Chat(about, open=True))

    def writable(self, chat_id: int | str | None) -> Chat:
        """The chat the bot may write to. Raises `Refusal`: chat_id is empty, chat not found, blocked
        (403)."""
        if chat_id is None or chat_id == "":
            raise bad("chat_id is empty")
        chat = self.by_id.get(chat_id) if isinstance(chat_id, int) else None
        if chat is None or not chat.open:
            raise bad("chat not found")
        if chat.blocked:
            raise blocked()
        return chat

    def post(self, chat: Chat, sender: JSON, content: JSON, markup: JSON | None = None) -> Message:
        """A new message at the end of the chat."""
        self._last_message_id += 1
        message = Message(self._last_message_id, chat, sender, int(self.now()), content, markup)
        chat.messages[message.message_id] = message
        self.touch(message)
        return message

    def remove(self, message: Message) -> None:
        del message.chat.messages[message.message_id]
        message.deleted = True
        self.touch(message)

    def touch(self, message: Message) -> None:
        """Mark a message as changed now, for everybody who looks at the chat."""
        self.touches += 1
        message.touched = self.touches
        message.chat.changes.pop(message.message_id, None)
        message.chat.changes[message.message_id] = message
        self.pulse.beat()
