"""The methods that change what a chat already shows, and answer taps."""

from bot.demo.chats import JSON, Message, Toast
from bot.demo.files import StoredFile
from bot.demo.keyboards import checked_inline
from bot.demo.params import Call
from bot.demo.refusal import bad
from bot.demo.sending import caption_content, kept_file, text_content

DELETABLE_FOR = 48 * 3600
"""Seconds after which a message can no longer be deleted (core.telegram.org/bots/api#deletemessage)."""
TAP_LIVES_FOR = 60.0
"""Seconds a tap waits for its answer. Telegram gives no number; bots meet the refusal after about a
minute."""
LONGEST_TOAST = 200
MEDIA = ("photo", "document")


def edit_message_text(call: Call) -> JSON:
    message = _own(call)
    if "text" not in message.content:
        raise bad("there is no text in the message to edit")
    return _changed(call, message, text_content(call), message.file)


def edit_message_caption(call: Call) -> JSON:
    message = _own(call)
    kept = {kind: message.content[kind] for kind in MEDIA if kind in message.content}
    if not kept:
        raise bad("there is no caption in the message to edit")
    return _changed(call, message, kept | caption_content(call), message.file)


def edit_message_reply_markup(call: Call) -> JSON:
    message = _own(call)
    return _changed(call, message, message.content, message.file)


def edit_message_media(call: Call) -> JSON:
    """Photos and documents, which may take each other's place and that of a text."""
    message = _own(call)
    media = call.params.get("media")
    if not isinstance(media, dict) or media.get("type") not in MEDIA:
        raise bad("can't parse InputMedia: media must be a photo or a document")
    if not any(kind in message.content for kind in ("text", *MEDIA)):
        raise bad("there is no media in the message to edit")
    kind = media["type"]
    stored = kept_file(call, kind, media.get("media"), "media")
    shown = stored.as_photo() if kind == "photo" else stored.as_document()
    return _changed(call, message, {kind: shown} | caption_content(call, media), stored)


def delete_message(call: Call) -> bool:
    message = call.message("message to delete")
    if call.chats.now() - message.date > DELETABLE_FOR:
        raise bad("message can't be deleted for everyone")
    call.chats.remove(message)
    return True


def set_message_reaction(call: Call) -> bool:
    message = call.message("message to react")
    reactions = call.params.get("reaction") or []
    if not isinstance(reactions, list) or not all(isinstance(r, dict) and r.get("type") == "emoji" for r in reactions):
        raise bad("REACTION_INVALID")
    message.reaction = "".join(str(reaction.get("emoji", "")) for reaction in reactions[:1])
    call.chats.touch(message)
    return True


def answer_callback_query(call: Call) -> bool:
    tap = call.chats.taps.pop(call.text("callback_query_id"), None)
    if tap is None or call.chats.now() - tap.asked_at > TAP_LIVES_FOR:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    if len(call.text("text")) > LONGEST_TOAST:
        call.chats.taps[tap.tap_id] = tap
        raise bad("MESSAGE_TOO_LONG")
    chat = tap.message.chat
    chat.answered += 1
    if call.text("text"):
        chat.toasts.append(Toast(call.text("text"), call.flag("show_alert")))
    call.chats.pulse.beat()
    return True


def _own(call: Call) -> Message:
    message = call.message("message to edit")
    if not message.from_bot:
        raise bad("message can't be edited")
    return message


def _changed(call: Call, message: Message, content: JSON, file: StoredFile | None) -> JSON:
    """The message with this content, and with the keyboard the call names or none."""
    given = call.params.get("reply_markup")
    if isinstance(given, dict) and given and "inline_keyboard" not in given:
        raise bad("inline keyboard expected")
    markup = checked_inline(given) if given else None
    if (content, markup) == (message.content, message.markup):
        raise bad(
            "message is not modified: specified new message content and reply markup are exactly the same "
            "as a current content and reply markup of the message"
        )
    message.content, message.markup, message.file = content, markup, file
    message.edit_date = int(call.chats.now())
    call.chats.touch(message)
    return message.as_json()
