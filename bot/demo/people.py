"""The people on the other side: what they do in the chat, and what their phone shows."""

from collections.abc import Callable

from bot.demo.chats import JSON, Button, Chat, Chats, Message, Tap, Toast
from bot.demo.files import StoredFile, Upload
from bot.demo.links import spotted
from bot.demo.sending import LONGEST_TEXT

Wanted = str | Callable[[Message], bool]
"""A part of the text waited for, or a question to ask each message."""
PATIENCE = 5.0
"""Seconds a wait lasts unless told otherwise."""


class Person:
    """One Telegram user in their private chat with the bot.

    Everything they do reaches the bot as an update. Everything they see is read from the chat as it stands
    now.
    """

    def __init__(self, chats: Chats, user: JSON) -> None:
        self.user = user
        self.chat: Chat = chats.private(user)
        self._chats = chats
        self._acted = 0

    @property
    def user_id(self) -> int:
        return int(self.user["id"])

    @property
    def messages(self) -> list[Message]:
        """What the chat shows now, oldest first."""
        return list(self.chat.messages.values())

    @property
    def last(self) -> Message:
        """The newest message of the bot. Raises `LookupError` while there is none."""
        for message in reversed(self.chat.messages.values()):
            if message.from_bot:
                return message
        raise LookupError(f"the bot has written nothing to {self.user['first_name']}")

    @property
    def toasts(self) -> list[str]:
        """What answered taps, oldest first."""
        return [toast.text for toast in self.chat.toasts]

    @property
    def reply_keyboard(self) -> list[list[Button]]:
        """The rows of the keyboard shown in place of the phone's own; empty where it shows none."""
        return self.chat.reply_keyboard

    def send_text(self, text: str, reply_to: Message | None = None) -> Message:
        """Type and send. A text over 4096 characters goes as several messages, as phones do it; the last is
        answered.

        Raises `ValueError` for a blank text, which no phone sends.
        """
        text = text.strip()
        if not text:
            raise ValueError("a phone sends no blank message")
        parts = [text[start : start + LONGEST_TEXT] for start in range(0, len(text), LONGEST_TEXT)]
        return [self._send(_plain(part), reply_to) for part in parts][-1]

    def command(self, command: str) -> Message:
        """Send a command, such as "/start abc". Raises `ValueError` where it is none."""
        if not command.startswith("/"):
            raise ValueError(f"a command starts with a slash: {command}")
        return self.send_text(command)

    def tap(self, button: str, message: Message | None = None) -> str:
        """Tap the button with this label or callback_data: in that message, else in the newest that has it,
        else on the keyboard under the chat.

        The answer is the id of the callback query, empty where a reply keyboard's button was tapped. Raises
        `LookupError`, naming every button there is.
        """
        candidates = [message] if message else list(reversed(self.chat.messages.values()))
        for candidate in candidates:
            for row in candidate.keyboard:
                for shown in row:
                    if button in (shown.text, shown.data) and shown.data:
                        return self.tap_data(shown.data, candidate)
        for row in self.chat.reply_keyboard if message is None else []:
            for shown in row:
                if shown.text == button:
                    self._tap_reply(shown)
                    return ""
        labels = [label for candidate in reversed(candidates) for label in candidate.labels]
        labels += [shown.text for row in self.chat.reply_keyboard for shown in row]
        raise LookupError(f"{self.user['first_name']} has no button {button!r}; there are {labels}")

    def tap_data(self, data: str, message: Message) -> str:
        """Tap with this callback_data on a message, whether or not it (still) shows such a button."""
        self._act()
        tap = Tap(str(4_000_000_000_000 + self._chats.touches), message, self._chats.now())
        self._chats.taps[tap.tap_id] = tap
        query = {
            "id": tap.tap_id,
            "from": self.user,
            "message": message.as_json(),
            "chat_instance": str(-self.user_id),
            "data": data,
        }
        self._chats.updates.push("callback_query", query, self.user_id)
        return tap.tap_id

    def share_contact(self, *, own: bool = True) -> Message:
        """Share a phone number: one's own, which carries one's user id, or somebody else's, which carries
        none."""
        contact: JSON = {"phone_number": f"447700{900_000 + self.user_id % 100_000:06d}"}
        contact |= {"first_name": self.user["first_name"], "user_id": self.user_id} if own else {"first_name": "Sam"}
        return self._send({"contact": contact})

    def share_location(self, latitude: float, longitude: float) -> Message:
        return self._send({"location": {"latitude": latitude, "longitude": longitude}})

    def send_photo(self, content: bytes, caption: str = "") -> Message:
        """A PNG or JPEG. Raises `Refusal` where it is neither."""
        stored = self._chats.files.keep_photo(Upload("", content, "image/jpeg"))
        return self._send({"photo": stored.as_photo()} | ({"caption": caption} if caption else {}), file=stored)

    def send_document(self, content: bytes, name: str, mime_type: str = "", caption: str = "") -> Message:
        """Any file, as it is. Raises `Refusal` where it is empty or over 50 MB."""
        stored = self._chats.files.keep_document(Upload(name, content, mime_type))
        return self._send({"document": stored.as_document()} | ({"caption": caption} if caption else {}), file=stored)

    def send_content(self, content: JSON) -> Message:
        """Anything else a phone sends, in Bot API shape: {"sticker": {...}}, {"voice": {...}}."""
        return self._send(content)

    def edit(self, message: Message, text: str) -> None:
        """Change the text of a message of one's own."""
        if message.from_bot:
            raise ValueError("people edit their own messages only")
        self._act()
        message.content = _plain(text)
        message.edit_date = int(self._chats.now())
        self._chats.updates.push("edited_message", message.as_json(), self.user_id)
        self._chats.touch(message)

    def forward(self, message: Message) -> Message:
        """Send on a message of this or another chat."""
        origin = {"type": "user", "date": message.date, "sender_user": message.sender}
        return self._send(message.content | {"forward_origin": origin}, file=message.file)

    def react(self, message: Message, emoji: str) -> None:
        """React to a message; the bot hears of it where it asked for message_reaction."""
        self._act()
        reaction = {"type": "emoji", "emoji": emoji}
        self._chats.updates.push(
            "message_reaction",
            {"chat": self.chat.as_json(), "message_id": message.message_id, "user": self.user,
             "date": int(self._chats.now()), "old_reaction": [], "new_reaction": [reaction]},
            self.user_id,
        )  # fmt: skip

    def block(self) -> None:
        """Stop the bot: what it sends is refused from now on (403)."""
        self._membership("member", "kicked")
        self.chat.blocked = True

    def unblock(self) -> None:
        """Let the bot write again. Phones send /start with it; call `command` for that."""
        self.chat.blocked = False
        self._membership("kicked", "member")

    async def wait_for(self, wanted: Wanted, timeout: float = PATIENCE) -> Message:
        """The newest message of the bot, sent or edited since this person last did something, that is as
        wanted.

        Raises `TimeoutError`, telling what the chat shows.
        """

        def look() -> Message | None:
            for message in reversed(self.chat.changes.values()):
                if message.touched <= self._acted:
                    return None
                if message.from_bot and not message.deleted and _fits(message, wanted):
                    return message
            return None

        try:
            return await self._chats.pulse.until(look, timeout)
        except TimeoutError:
            raise TimeoutError(f"{self.user['first_name']} never saw {wanted!r}; {self.transcript()}") from None

    async def wait_for_toast(self, part: str = "", timeout: float = PATIENCE) -> Toast:
        """The newest answer to a tap that holds this text. Raises `TimeoutError`."""

        def look() -> Toast | None:
            return next((toast for toast in reversed(self.chat.toasts) if part in toast.text), None)

        return await self._chats.pulse.until(look, timeout)

    def transcript(self) -> str:
        """The chat as one reads it, for a failing test to show."""
        lines = [
            ("bot: " if message.from_bot else f"{self.user['first_name']}: ")
            + (message.text or str(sorted(message.content)))
            + "".join(f" [{label}]" for label in message.labels)
            for message in self.chat.messages.values()
        ]
        return "the chat shows:\n" + "\n".join(lines[-12:])

    def _tap_reply(self, button: Button) -> None:
        if button.asks_contact:
            self.share_contact()
        elif button.asks_location:
            self.share_location(51.5074, -0.1278)
        else:
            self.send_text(button.text)

    def _send(self, content: JSON, reply_to: Message | None = None, file: StoredFile | None = None) -> Message:
        self._act()
        message = self._chats.post(self.chat, self.user, content)
        message.reply_to, message.file = reply_to, file
        self._acted = self._chats.touches
        self._chats.updates.push("message", message.as_json(), self.user_id)
        return message

    def _act(self) -> None:
        self.chat.open = True
        self._chats.touches += 1
        self._acted = self._chats.touches

    def _membership(self, old: str, new: str) -> None:
        self._act()
        change = {
            "chat": self.chat.as_json(),
            "from": self.user,
            "date": int(self._chats.now()),
            "old_chat_member": self._bot_as(old),
            "new_chat_member": self._bot_as(new),
        }
        self._chats.updates.push("my_chat_member", change, self.user_id)

    def _bot_as(self, status: str) -> JSON:
        member = {"status": status, "user": self._chats.bot}
        return member | ({"until_date": 0} if status == "kicked" else {})


def _plain(text: str) -> JSON:
    return {"text": text} | ({"entities": found} if (found := spotted(text)) else {})


def _fits(message: Message, wanted: Wanted) -> bool:
    return wanted in message.text if isinstance(wanted, str) else wanted(message)
