"""A parcel's rows of buttons as Telegram takes them."""

from collections.abc import Sequence
from typing import Any

ADDRESSES = ("https://", "http://", "tg://")
ASKS_CONTACT = "contact:"


def markup(rows: Sequence[Sequence[Sequence[str]]]) -> dict[str, Any]:
    """The `reply_markup` of rows of (label, data or address).

    Data that is an address makes a link. Data that begins with `contact:` makes the whole a keyboard in place of the
    phone's own, whose button shares the sender's number; the labels beside it are typed when tapped.
    """
    if any(data.startswith(ASKS_CONTACT) for row in rows for _, data in row):
        keyboard = [[_reply_button(label, data) for label, data in row] for row in rows]
        return {"keyboard": keyboard, "resize_keyboard": True, "one_time_keyboard": True}
    return {"inline_keyboard": [[_inline_button(label, data) for label, data in row] for row in rows]}


def _inline_button(label: str, data: str) -> dict[str, str]:
    return {"text": label, "url" if data.startswith(ADDRESSES) else "callback_data": data}


def _reply_button(label: str, data: str) -> dict[str, Any]:
    return {"text": label, "request_contact": True} if data.startswith(ASKS_CONTACT) else {"text": label}
