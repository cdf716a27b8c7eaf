"""What an update says: Telegram's raw JSON read into the events of the house, or turned away.

Raw JSON, because making the library's objects costs more than everything else a tap does. Nothing here raises,
whatever comes.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.model import Arrival, Command, Contact, Event, Media, Reach, Tap, Text, Unreadable

ALLOWED = ("message", "callback_query", "my_chat_member")
"""The kinds of update Telegram is asked for."""
MEDIA = (
    "animation", "audio", "paid_media", "photo", "sticker", "story", "video", "video_note", "voice", "document",
    "venue", "location", "poll", "dice", "game", "checklist",
)  # fmt: skip
"""What a message may hold in place of text (core.telegram.org/bots/api#message). An animation also comes as a
document and a venue as a location: the first that fits is meant."""
ENVELOPE = frozenset({
    "message_id", "from", "chat", "date", "message_thread_id", "direct_messages_topic", "sender_chat",
    "sender_business_bot", "business_connection_id", "is_topic_message", "is_automatic_forward", "is_from_offline",
    "is_paid_post", "forward_origin", "reply_to_message", "external_reply", "quote", "reply_to_story",
    "reply_to_checklist_task_id", "via_bot", "edit_date", "has_protected_content", "media_group_id",
    "author_signature", "paid_star_count", "effect_id", "reply_markup", "link_preview_options", "sender_boost_count",
})  # fmt: skip
SERVICE = frozenset({
    "pinned_message", "message_auto_delete_timer_changed", "write_access_allowed", "users_shared", "chat_shared",
    "connected_website", "passport_data", "proximity_alert_triggered", "boost_added", "chat_background_set",
    "gift", "unique_gift", "gift_upgrade_sent", "web_app_data", "successful_payment", "refunded_payment", "invoice",
    "giveaway", "giveaway_created", "giveaway_winners", "giveaway_completed", "paid_message_price_changed",
    "video_chat_scheduled", "video_chat_started", "video_chat_ended", "video_chat_participants_invited",
    "forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened", "new_chat_title",
    "new_chat_photo", "delete_chat_photo", "checklist_tasks_done", "checklist_tasks_added",
})  # fmt: skip
"""What Telegram itself writes into a chat: nobody waits for an answer to it."""
UNKNOWN = "unknown"
"""The kind of content this list of kinds is too old for."""
FORWARDED = "forwarded"
"""The kind of what somebody else has said or sent, whatever it holds: it is nobody's own answer."""


@dataclass(frozen=True, slots=True)
class Leave:
    """The bot was put into a group or a channel: it speaks in private chats only."""

    chat_id: int


def read_update(raw: Mapping[str, Any], bot_id: int) -> Arrival | Leave | None:
    """The event an update is, a chat to leave, or None where it calls for nothing (edits, service messages).

    What cannot be read is an `Arrival` of `Unreadable`, with the failure's class for a reason. One without a sound
    `update_id` gets a negative one made from its content, so that the same twice is still once.
    """
    try:
        update_id = _number(raw["update_id"])
        if (query := raw.get("callback_query")) is not None:
            return _tap(query, bot_id, update_id)
        if (message := raw.get("message")) is not None:
            return _message(message, bot_id, update_id)
        if (change := raw.get("my_chat_member")) is not None:
            return _membership(change, bot_id, update_id)
        if (post := raw.get("channel_post")) is not None:
            return Leave(_number(post["chat"]["id"]))
        return None
    except Exception as failure:  # noqa: BLE001 -- one odd update never stands in its neighbours' way
        return _set_aside(raw, bot_id, type(failure).__name__)


def _tap(query: Mapping[str, Any], bot_id: int, update_id: int) -> Arrival | Leave:
    sender, message = query["from"], query["message"]
    chat = message["chat"]
    chat_id = _number(chat["id"])
    if chat["type"] != "private":
        return Leave(chat_id)
    event = Tap(clean(query["data"]), _text(query["id"]), _number(message["message_id"]))
    return Arrival(chat_id, event, bot_id, update_id, _locale(sender))


def _message(message: Mapping[str, Any], bot_id: int, update_id: int) -> Arrival | Leave | None:
    chat = message["chat"]
    chat_id = _number(chat["id"])
    if chat["type"] != "private":
        return None if "left_chat_member" in message else Leave(chat_id)
    sender = message["from"]
    event = _content(message, sender)
    return None if event is None else Arrival(chat_id, event, bot_id, update_id, _locale(sender))


def _content(message: Mapping[str, Any], sender: Mapping[str, Any]) -> Event | None:
    if (contact := message.get("contact")) is not None:
        return Contact(clean(contact["phone_number"]), contact.get("user_id") == _number(sender["id"]))
    if message.get("forward_origin") is not None:
        return Media(FORWARDED)
    text = message.get("text")
    if text is not None:
        entities = message.get("entities")
        return (entities and _command(text, entities[0])) or Text(clean(text))
    for kind in MEDIA:
        if (content := message.get(kind)) is not None:
            if kind in ("venue", "location"):
                return Media(kind, near=_near(message["location"]))
            return _media(kind, content, message.get("caption"))
    content_keys = message.keys() - ENVELOPE
    return None if not content_keys or content_keys & SERVICE else Media(UNKNOWN)


def _command(text: str, entity: Mapping[str, Any]) -> Command | None:
    """`/name@bot argument`. Offsets count UTF-16 units, which for a command at the start are characters."""
    if entity["type"] != "bot_command" or entity["offset"] != 0:
        return None
    length = _number(entity["length"])
    name = text[1:length].partition("@")[0].lower()
    return Command(name, clean(text[length:]).strip()) if name.isascii() else None


def _media(kind: str, content: Any, caption: Any) -> Media:
    """What was sent, called as whoever sent it called it. A photo comes in several sizes, the largest last."""
    if isinstance(content, list):
        content = content[-1]
    size = content.get("file_size", 0)
    return Media(
        kind,
        _text(content.get("file_id", "")),
        _text(content.get("mime_type", "")),
        _number(size) if size is not None else 0,
        clean(caption) if caption else _text(content.get("file_name", "")),
    )


def _near(place: Mapping[str, Any]) -> tuple[float, float]:
    """Where it is to a tenth of a degree: enough for the time that clocks show there."""
    return round(float(place["latitude"]), 1), round(float(place["longitude"]), 1)


def _membership(change: Mapping[str, Any], bot_id: int, update_id: int) -> Arrival | Leave | None:
    chat = change["chat"]
    chat_id = _number(chat["id"])
    status = change["new_chat_member"]["status"]
    if chat["type"] != "private":
        return None if status in ("left", "kicked") else Leave(chat_id)
    if status not in ("member", "kicked"):
        return None
    return Arrival(chat_id, Reach(status == "member"), bot_id, update_id, _locale(change["from"]))


def _set_aside(raw: object, bot_id: int, reason: str) -> Arrival:
    try:
        body = json.dumps(raw, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError):
        body = b""
    try:
        update_id = _number(raw["update_id"])  # type: ignore[index]
    except (TypeError, KeyError, ValueError):
        update_id = -1 - zlib.crc32(body)
    return Arrival(0, Unreadable(body, reason), bot_id, update_id)


def clean(text: str) -> str:
    """Without NUL and halves of surrogate pairs, which neither UTF-8 nor PostgreSQL can hold."""
    if not isinstance(text, str):
        raise TypeError("text is no string")
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return text.replace("\0", "") if "\0" in text else text


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("an id is no string")
    return clean(value)


def _number(value: object) -> int:
    """A 64-bit id."""
    if type(value) is not int:
        raise TypeError("an id is no number")
    if not -(2**63) <= value < 2**63:
        raise ValueError("an id has more than 64 bits")
    return value


def _locale(sender: Mapping[str, Any]) -> str:
    code = sender.get("language_code")
    return clean(code)[:16] if isinstance(code, str) else ""
