"""The menu of commands in each chat: the patients' everywhere, the practice's own in the chats of its people."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator

from bot.model import Account
from bot.reception import Reception
from bot.telegram.commands import Menu
from bot.words import Words
from storage.work import Work

logger = logging.getLogger(__name__)


class Menus:
    """Shows the menus once, and again where somebody is linked to the practice or no longer is."""

    def __init__(
        self, show: Callable[[Iterable[Menu]], Awaitable[None]], reception: Reception, words: Words, locale: str
    ) -> None:
        """`show` tells Telegram. `locale` is the practice's: phones in a language without words show its menu."""
        self._show = show
        self._reception = reception
        self._words = words
        self._locale = locale
        self._shown: dict[int, str] | None = None

    async def refresh(self) -> None:
        """Brings the menus in line with who is linked now. What Telegram does not take comes with the next run."""
        try:
            linked = await asyncio.wrap_future(self._reception.do(_linked))
        except Exception as failure:  # noqa: BLE001 -- the database is away: the next tick asks again
            logger.warning("menus not looked up: %s", type(failure).__name__)
            return
        roles = {account.chat_id: role for account, role in linked}
        if roles == self._shown:
            return
        menus = list(self._menus(linked))
        self._shown = roles
        await self._show(menus)

    def _menus(self, linked: list[tuple[Account, str]]) -> Iterator[Menu]:
        if self._shown is None:
            yield Menu(self._words.commands(self._locale, "patient"))
            for locale in self._words.locales:
                yield Menu(self._words.commands(locale, "patient"), locale)
        before = self._shown or {}
        now = {account.chat_id: role for account, role in linked}
        for account, role in linked:
            if before.get(account.chat_id) != role:
                yield Menu(self._words.commands(account.locale, role), chat_id=account.chat_id)
        for chat_id in before.keys() - now.keys():
            yield Menu(self._words.commands(self._locale, "patient"), chat_id=chat_id)


def _linked(work: Work) -> list[tuple[Account, str]]:
    staff = work.people.practice()
    accounts = work.dialogues.recipients({each.account_id for each in staff})
    return [(accounts[each.account_id][0], each.role) for each in staff if each.account_id in accounts]
