"""What Telegram lets a bot put on buttons."""

from typing import Any
from urllib.parse import urlsplit

from bot.demo.chats import JSON, Button
from bot.demo.links import checked_link
from bot.demo.refusal import bad

MOST_BUTTONS = 100
LONGEST_DATA = 64
"""Bytes of callback_data (core.telegram.org/bots/api#inlinekeyboardbutton)."""
ACTIONS = (
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay",
)  # fmt: skip


def checked_inline(markup: Any) -> JSON | None:
    """The inline keyboard to keep, empty rows left out; nothing where it holds no button.

    Raises `Refusal` (400) in Telegram's words. One rule is stricter than Telegram, which quietly takes the
    first of several actions: a button must have exactly one, as the Bot API's documentation asks.
    """
    rows = _rows(markup, "inline_keyboard")
    kept = [[_inline_button(button) for button in row] for row in rows if row]
    _check_size(kept)
    return {"inline_keyboard": kept} if kept else None


def checked_reply(markup: Any) -> list[list[Button]]:
    """The rows of a keyboard shown in place of the phone's own. Raises `Refusal` (400)."""
    rows = [[_reply_button(button) for button in row] for row in _rows(markup, "keyboard") if row]
    _check_size(rows)
    return rows


def _rows(markup: Any, key: str) -> list[list[Any]]:
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    rows = markup.get(key)
    if not isinstance(rows, list):
        raise bad(f'field "{key}" must be of type Array')
    if not all(isinstance(row, list) for row in rows):
        raise bad(f'field "{key}" must be an Array of Arrays')
    return rows


def _check_size(rows: list[list[Any]]) -> None:
    if sum(map(len, rows)) > MOST_BUTTONS:
        raise bad("reply markup is too long")


def _inline_button(button: Any) -> JSON:
    if not isinstance(button, dict):
        raise bad("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    if not isinstance(button.get("text"), str):
        raise bad("can't parse inline keyboard button: Can't find field \"text\"")
    actions = [name for name in ACTIONS if button.get(name) is not None]
    if not actions:
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad(f"can't parse inline keyboard button: exactly one action is allowed, not {' and '.join(actions)}")
    if not button["text"].strip():
        raise bad("inline keyboard button text must be non-empty")
    _check_action(actions[0], button[actions[0]])
    return button


def _check_action(action: str, value: Any) -> None:
    if action == "callback_data" and not (isinstance(value, str) and 1 <= len(value.encode()) <= LONGEST_DATA):
        raise bad("BUTTON_DATA_INVALID")
    if action == "url" and not (isinstance(value, str) and checked_link(value)):
        raise bad(f"inline keyboard button URL '{value}' is invalid: Wrong HTTP URL")
    if action in ("web_app", "login_url"):
        url = value.get("url", "") if isinstance(value, dict) else ""
        if urlsplit(url).scheme != "https":
            kind = "Web App" if action == "web_app" else "login"
            raise bad(f"inline keyboard button {kind} URL '{url}' is invalid: Only HTTPS links are allowed")
    if action == "copy_text":
        copied = value.get("text", "") if isinstance(value, dict) else ""
        if not 1 <= len(copied) <= 256:
            raise bad("BUTTON_COPY_TEXT_INVALID")


def _reply_button(button: Any) -> Button:
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise bad("can't parse keyboard button: KeyboardButton must be a String or an Object")
    if not button["text"].strip():
        raise bad("keyboard button text must be non-empty")
    return Button(
        button["text"],
        asks_contact=bool(button.get("request_contact")),
        asks_location=bool(button.get("request_location")),
    )
