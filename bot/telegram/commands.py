"""The menu of commands a chat shows."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from telegram import Bot
from telegram.error import TelegramError

from bot.telegram.transport import endpoint

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Menu:
    """Commands (name without slash, description) for one chat, or for every private chat without a menu of its own.

    `locale` says whose phones show it: only its language counts; '' is for phones in every other language.
    """

    commands: Sequence[tuple[str, str]]
    locale: str = ""
    chat_id: int | None = None


async def show_menus(bot: Bot, menus: Iterable[Menu]) -> None:
    """Tell Telegram the menus. One it refuses, or cannot be told now, is a line in the log: the bot runs without."""
    for menu in menus:
        wishes = {
            "commands": [{"command": name, "description": description} for name, description in menu.commands],
            "scope": {"type": "all_private_chats"}
            if menu.chat_id is None
            else {"type": "chat", "chat_id": menu.chat_id},
            "language_code": menu.locale[:2].lower(),
        }
        try:
            await bot.do_api_request(endpoint("setMyCommands"), wishes)
        except TelegramError as failure:
            logger.warning("menu of commands for %s not set: %s", menu.chat_id or "all", type(failure).__name__)
