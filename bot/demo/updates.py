"""How a bot learns what happened: the queue of updates, long polling over it, and the webhook.

The manners are those of tdlib/telegram-bot-api and TDLib's TQueue: an update is kept until it is confirmed;
asking with an offset confirms all before it; a negative offset keeps that many from the end; an offset
further than ten beyond the newest is taken for one of another numbering and confirms nothing; a second
poller ends the first one's wait with 409.
"""

import asyncio
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import aiohttp

from bot.demo.pulse import Pulse
from bot.demo.refusal import conflict

LONGEST_POLL = 50
"""Seconds; a longer timeout is cut to this."""
UNASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds of update sent only to who names them in allowed_updates."""


@dataclass(slots=True)
class Webhook:
    """Where updates are posted to instead of being polled for."""

    url: str
    secret_token: str = ""
    max_connections: int = 40
    last_error_date: int = 0
    last_error_message: str = ""
    lanes: dict[int, deque[int]] = field(default_factory=lambda: defaultdict(deque))
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


class Updates:
    """Everything the bot has not confirmed yet, in order."""

    def __init__(self, first_id: int, now: Callable[[], float], pulse: Pulse) -> None:
        self.next_id = first_id
        self.allowed: frozenset[str] = frozenset()
        self.webhook: Webhook | None = None
        self.webhook_retry = 1.0
        """Seconds until an update the webhook refused is posted again; doubles each time, up to a minute."""
        self._pending: OrderedDict[int, tuple[int, dict[str, Any]]] = OrderedDict()
        self._poller: asyncio.Future[None] | None = None
        self._now = now
        self._pulse = pulse
        self._session: aiohttp.ClientSession | None = None

    def __len__(self) -> int:
        return len(self._pending)

    def push(self, kind: str, happening: dict[str, Any], chat_id: int) -> int | None:
        """Queue one update; the answer is its id, or nothing where the bot does not want that kind."""
        if kind in UNASKED if not self.allowed else kind not in self.allowed:
            return None
        return self.put({kind: happening}, chat_id)

    def put(self, update: dict[str, Any], chat_id: int) -> int:
        """Queue an update as it is, whatever it holds; it is numbered unless it names an update_id."""
        update_id = int(update.get("update_id", self.next_id))
        self.next_id = max(self.next_id, update_id + 1)
        self._pending[update_id] = (chat_id, {"update_id": update_id, **update})
        if self.webhook is not None:
            self._enqueue(self.webhook, chat_id, update_id)
        self._wake()
        self._pulse.beat()
        return update_id

    def restart(self, first_id: int) -> None:
        """Number anew from `first_id`, as Telegram does after a week without updates. What waited has
        expired."""
        self._pending.clear()
        self.next_id = first_id

    def forget(self) -> None:
        """Drop everything pending."""
        self._pending.clear()
        self._pulse.beat()

    def allow(self, kinds: list[str] | None) -> None:
        """What the bot wants from now on; nothing said leaves it as it was, an empty list is the usual
        kinds."""
        if kinds is not None:
            self.allowed = frozenset(kinds)

    async def poll(self, offset: int, limit: int, seconds: int) -> list[dict[str, Any]]:
        """getUpdates. Raises `Refusal` (409) while a webhook is set and when another poller comes."""
        if self.webhook is not None:
            raise conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            )
        self._confirm(offset)
        limit = min(max(limit, 1), 100)
        if not self._pending and seconds > 0:
            await self._wait(min(seconds, LONGEST_POLL))
        return [update for _, (_, update) in zip(range(limit), self._pending.values(), strict=False)]

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            while len(self._pending) > -offset:
                self._pending.popitem(last=False)
        elif offset <= self.next_id + 10:
            while self._pending and next(iter(self._pending)) < offset:
                self._pending.popitem(last=False)
        self._pulse.beat()

    async def _wait(self, seconds: float) -> None:
        self.end_poll("terminated by other getUpdates request; make sure that only one bot instance is running")
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._poller = future
        try:
            async with asyncio.timeout(seconds):
                await future
        except TimeoutError:
            return
        finally:
            if self._poller is future:
                self._poller = None

    def end_poll(self, reason: str) -> None:
        """End the waiting poller, if there is one, with 409."""
        if self._poller is not None and not self._poller.done():
            self._poller.set_exception(conflict(reason))

    def _wake(self) -> None:
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(None)

    async def hook(self, webhook: Webhook | None) -> None:
        """Post updates to this webhook from now on, those already waiting first; or, with none, to pollers
        again."""
        await self._unhook()
        if webhook is not None:
            self.end_poll("terminated by setWebhook request")
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
            self.webhook = webhook
            for update_id, (chat_id, _) in self._pending.items():
                self._enqueue(webhook, chat_id, update_id)

    async def close(self) -> None:
        """Let pollers go, empty-handed, and stop posting."""
        self._wake()
        await self._unhook()

    async def _unhook(self) -> None:
        webhook, self.webhook = self.webhook, None
        if webhook is not None:
            for task in webhook.tasks:
                task.cancel()
            await asyncio.gather(*webhook.tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _enqueue(self, webhook: Webhook, chat_id: int, update_id: int) -> None:
        idle = not webhook.lanes[chat_id]
        webhook.lanes[chat_id].append(update_id)
        if idle:
            task = asyncio.get_running_loop().create_task(self._deliver(webhook, chat_id))
            webhook.tasks.add(task)
            task.add_done_callback(webhook.tasks.discard)

    async def _deliver(self, webhook: Webhook, chat_id: int) -> None:
        """Post one chat's updates in order, each until it is taken."""
        lane = webhook.lanes[chat_id]
        while lane:
            pause = self.webhook_retry
            while (pending := self._pending.get(lane[0])) is not None and not await self._posted(webhook, pending[1]):
                await asyncio.sleep(pause)
                pause = min(2 * pause, 60.0)
            self._pending.pop(lane.popleft(), None)
            self._pulse.beat()
        del webhook.lanes[chat_id]

    async def _posted(self, webhook: Webhook, update: dict[str, Any]) -> bool:
        assert self._session is not None
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret_token} if webhook.secret_token else {}
        try:
            async with self._session.post(webhook.url, json=update, headers=headers) as answer:
                if answer.ok:
                    return True
                phrase = HTTPStatus(answer.status).phrase
                webhook.last_error_message = f"Wrong response from the webhook: {answer.status} {phrase}"
        except (aiohttp.ClientError, TimeoutError):
            webhook.last_error_message = "Connection refused"
        webhook.last_error_date = int(self._now())
        self._pulse.beat()
        return False
