"""Every Bot API method the local Telegram knows, by its name in lower case: Telegram does not mind the
case."""

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from bot.demo import editing, sending
from bot.demo.files import LARGEST_DOWNLOAD
from bot.demo.params import JSON, Call
from bot.demo.refusal import bad
from bot.demo.updates import Webhook


def get_me(call: Call) -> JSON:
    return call.chats.bot | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
    }


def get_chat(call: Call) -> JSON:
    return call.chat().as_json() | {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": {}}


def get_file(call: Call) -> JSON:
    stored = call.chats.files.by_id.get(call.text("file_id"))
    if stored is None:
        raise bad("invalid file_id")
    if len(stored.content) > LARGEST_DOWNLOAD:
        raise bad("file is too big")
    return stored.as_json() | {"file_path": stored.path}


def leave_chat(call: Call) -> bool:
    chat = call.chat()
    if chat.private:
        raise bad("chat member status can't be changed in private chats")
    chat.open = False
    call.chats.pulse.beat()
    return True


def _scope(call: Call) -> tuple[str, int, str]:
    scope = call.params.get("scope") or {"type": "default"}
    if not isinstance(scope, dict) or not isinstance(scope.get("type"), str):
        raise bad("can't parse BotCommandScope: BotCommandScope must be an Object")
    chat_id = scope.get("chat_id", 0)
    return (
        scope["type"],
        int(chat_id) if str(chat_id).removeprefix("-").isdecimal() else 0,
        call.text("language_code"),
    )


def set_my_commands(call: Call) -> bool:
    commands = call.params.get("commands")
    if not isinstance(commands, list):
        raise bad("expected an Array of BotCommand")
    if len(commands) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        name = str(command.get("command", "")).removeprefix("/") if isinstance(command, dict) else ""
        if not name:
            raise bad("command must be non-empty")
        if not re.fullmatch(r"[a-z0-9_]{1,32}", name):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command.get("description", "")).strip()) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    call.profile.commands[_scope(call)] = [
        {"command": c["command"].removeprefix("/"), "description": c["description"]} for c in commands
    ]
    call.chats.pulse.beat()
    return True


def get_my_commands(call: Call) -> list[JSON]:
    return call.profile.commands.get(_scope(call), [])


def delete_my_commands(call: Call) -> bool:
    call.profile.commands.pop(_scope(call), None)
    call.chats.pulse.beat()
    return True


def set_my_description(call: Call) -> bool:
    if len(call.text("description")) > 512:
        raise bad("description is too long")
    call.profile.descriptions[call.text("language_code")] = call.text("description")
    call.chats.pulse.beat()
    return True


def set_my_short_description(call: Call) -> bool:
    if len(call.text("short_description")) > 120:
        raise bad("short description is too long")
    call.profile.short_descriptions[call.text("language_code")] = call.text("short_description")
    return True


def get_my_description(call: Call) -> JSON:
    return {"description": call.profile.descriptions.get(call.text("language_code"), "")}


def get_my_short_description(call: Call) -> JSON:
    return {"short_description": call.profile.short_descriptions.get(call.text("language_code"), "")}


def set_chat_menu_button(call: Call) -> bool:
    button = call.params.get("menu_button") or {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in ("commands", "web_app", "default"):
        raise bad("can't parse MenuButton: MenuButton has unsupported type")
    call.profile.menu_buttons[call.integer("chat_id")] = button
    return True


def get_chat_menu_button(call: Call) -> JSON:
    buttons = call.profile.menu_buttons
    return buttons.get(call.integer("chat_id")) or buttons.get(0) or {"type": "commands"}


def get_webhook_info(call: Call) -> JSON:
    updates = call.chats.updates
    info: JSON = {"url": "", "has_custom_certificate": False, "pending_update_count": len(updates)}
    if hook := updates.webhook:
        info |= {"url": hook.url, "max_connections": hook.max_connections, "ip_address": "127.0.0.1"}
        if hook.last_error_date:
            info |= {"last_error_date": hook.last_error_date, "last_error_message": hook.last_error_message}
    return info | ({"allowed_updates": sorted(updates.allowed)} if updates.allowed else {})


def _wished(call: Call) -> list[str] | None:
    kinds = call.params.get("allowed_updates")
    if kinds is not None and not (isinstance(kinds, list) and all(isinstance(kind, str) for kind in kinds)):
        raise bad("can't parse allowed updates JSON object")
    return kinds


async def get_updates(call: Call) -> list[JSON]:
    updates = call.chats.updates
    updates.allow(_wished(call))
    return await updates.poll(call.integer("offset"), call.integer("limit", 100), call.integer("timeout"))


async def set_webhook(call: Call) -> bool:
    """Plain http is let pass, as Telegram's own server does when it runs locally."""
    url = call.text("url")
    if not url:
        return await delete_webhook(call)
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise bad("bad webhook: invalid webhook URL specified")
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", call.text("secret_token")):
        raise bad("secret token contains unallowed characters")
    updates = call.chats.updates
    updates.allow(_wished(call))
    if call.flag("drop_pending_updates"):
        updates.forget()
    connections = min(max(call.integer("max_connections", 40), 1), 100)
    await updates.hook(Webhook(url, call.text("secret_token"), connections))
    return True


async def delete_webhook(call: Call) -> bool:
    if call.flag("drop_pending_updates"):
        call.chats.updates.forget()
    await call.chats.updates.hook(None)
    return True


METHODS: dict[str, Callable[[Call], Any]] = {
    "getme": get_me,
    "getchat": get_chat,
    "getfile": get_file,
    "getwebhookinfo": get_webhook_info,
    "leavechat": leave_chat,
    "setmycommands": set_my_commands,
    "getmycommands": get_my_commands,
    "deletemycommands": delete_my_commands,
    "setmydescription": set_my_description,
    "getmydescription": get_my_description,
    "setmyshortdescription": set_my_short_description,
    "getmyshortdescription": get_my_short_description,
    "setchatmenubutton": set_chat_menu_button,
    "getchatmenubutton": get_chat_menu_button,
    "sendmessage": sending.send_message,
    "sendphoto": sending.send_photo,
    "senddocument": sending.send_document,
    "sendvenue": sending.send_venue,
    "sendcontact": sending.send_contact,
    "sendlocation": sending.send_location,
    "sendchataction": sending.send_chat_action,
    "editmessagetext": editing.edit_message_text,
    "editmessagecaption": editing.edit_message_caption,
    "editmessagereplymarkup": editing.edit_message_reply_markup,
    "editmessagemedia": editing.edit_message_media,
    "deletemessage": editing.delete_message,
    "setmessagereaction": editing.set_message_reaction,
    "answercallbackquery": editing.answer_callback_query,
}
"""Answered at once."""

RECEIVING: dict[str, Callable[[Call], Awaitable[Any]]] = {
    "getupdates": get_updates,
    "setwebhook": set_webhook,
    "deletewebhook": delete_webhook,
}
"""How updates are received; these take their time."""
