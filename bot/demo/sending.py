"""The methods that put something into a chat."""

from typing import Any

from bot.demo.chats import JSON, Button, Chat, Message
from bot.demo.files import StoredFile
from bot.demo.keyboards import checked_inline, checked_reply
from bot.demo.markup import Marked
from bot.demo.params import Call
from bot.demo.refusal import bad

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
"""Characters after the markup is read, counted in code points: `message_length_max` and
`caption_length_max` of Telegram's server configuration (core.telegram.org/constructor/config)."""
ACTIONS = frozenset(
    {"typing", "choose_sticker", "find_location", "upload_photo"}
    | {f"{verb}_{kind}" for verb in ("record", "upload") for kind in ("video", "voice", "video_note")}
    | {"upload_document"}
)


def send_message(call: Call) -> JSON:
    chat = call.chat()
    return _post(call, chat, text_content(call)).as_json()


def send_photo(call: Call) -> JSON:
    chat = call.chat()
    stored = kept_file(call, "photo", call.params.get("photo"), "photo")
    return _post(call, chat, {"photo": stored.as_photo(), **caption_content(call)}, stored).as_json()


def send_document(call: Call) -> JSON:
    chat = call.chat()
    stored = kept_file(call, "document", call.params.get("document"), "document")
    return _post(call, chat, {"document": stored.as_document(), **caption_content(call)}, stored).as_json()


def send_location(call: Call) -> JSON:
    chat = call.chat()
    return _post(call, chat, {"location": _place(call)}).as_json()


def send_venue(call: Call) -> JSON:
    chat = call.chat()
    place = _place(call)
    venue = {"location": place, "title": call.required("title"), "address": call.required("address")}
    return _post(call, chat, {"venue": venue, "location": place}).as_json()


def send_contact(call: Call) -> JSON:
    chat = call.chat()
    contact = {"phone_number": call.required("phone_number"), "first_name": call.required("first_name")}
    contact |= {name: call.text(name) for name in ("last_name", "vcard") if call.text(name)}
    return _post(call, chat, {"contact": contact}).as_json()


def send_chat_action(call: Call) -> bool:
    if call.text("action") not in ACTIONS:
        raise bad("wrong parameter action in request")
    chat = call.chat()
    chat.action = call.text("action")
    chat.action_count += 1
    call.chats.pulse.beat()
    return True


def text_content(call: Call) -> JSON:
    """The text of a message. Raises `Refusal` (400) where it is empty, too long or its markup broken."""
    if not call.text("text"):
        raise bad("message text is empty")
    marked = call.marked("text", "entities")
    if not marked.text:
        raise bad("text must be non-empty")
    if len(marked.text) > LONGEST_TEXT:
        raise bad("message is too long")
    return _content(marked, "text", "entities")


def caption_content(call: Call, source: JSON | None = None) -> JSON:
    """The caption of a picture or document, which may be empty. Raises `Refusal` (400)."""
    marked = call.marked("caption", "caption_entities", source)
    if len(marked.text) > LONGEST_CAPTION:
        raise bad("message caption is too long")
    return _content(marked, "caption", "caption_entities") if marked.text else {}


def kept_file(call: Call, kind: str, reference: Any, part: str) -> StoredFile:
    """The file a call sends: uploaded with it, or known by its file_id. Raises `Refusal` (400)."""
    files = call.chats.files
    if upload := call.upload(reference, part):
        return files.keep_photo(upload) if kind == "photo" else files.keep_document(upload)
    if not isinstance(reference, str) or not reference:
        raise bad(f"there is no {kind} in the request")
    stored = files.named(reference)
    if (kind == "photo") is not bool(stored.width):
        raise bad("type of file mismatch")
    return stored


def _content(marked: Marked, text: str, entities: str) -> JSON:
    return {text: marked.text} | ({entities: marked.entities} if marked.entities else {})


def _place(call: Call) -> JSON:
    place = {"latitude": call.number("latitude"), "longitude": call.number("longitude")}
    if not (-90 <= place["latitude"] <= 90 and -180 <= place["longitude"] <= 180):
        raise bad("wrong location specified")
    return place


def _post(call: Call, chat: Chat, content: JSON, file: StoredFile | None = None) -> Message:
    """Nothing is posted unless everything about the call stands."""
    answered = _answered(call, chat)
    markup = call.params.get("reply_markup") or {}
    inline: JSON | None = None
    rows: list[list[Button]] | None = None
    if isinstance(markup, dict) and not markup.keys() & {"inline_keyboard", "keyboard"}:
        rows = [] if markup.get("remove_keyboard") else None
    elif isinstance(markup, dict) and "keyboard" in markup:
        rows = checked_reply(markup)
    else:
        inline = checked_inline(markup)
    if call.flag("protect_content"):
        content["has_protected_content"] = True
    if rows is not None:
        chat.reply_keyboard = rows
    chat.action = ""
    message = call.chats.post(chat, call.chats.bot, content, inline)
    message.file, message.reply_to = file, answered
    return message


def _answered(call: Call, chat: Chat) -> Message | None:
    reply = call.params.get("reply_parameters")
    if reply is None:
        return None
    if not isinstance(reply, dict) or not isinstance(reply.get("message_id"), int):
        raise bad("can't parse reply parameters JSON object")
    answered = chat.messages.get(reply["message_id"])
    if answered is None and not reply.get("allow_sending_without_reply"):
        raise bad("message to be replied not found")
    return answered
