"""The same taps answered by python-telegram-bot alone: with nothing stored, and with its own ways of storing."""

import json
import sqlite3
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from telegram import Message, Update
from telegram.ext import (
    Application,
    BasePersistence,
    CallbackQueryHandler,
    ContextTypes,
    ConversationHandler,
    PersistenceInput,
    PicklePersistence,
)
from telegram.warnings import PTBUserWarning

from benchmarks.answering import TOKEN, Answering
from benchmarks.visitors import Step

ASKING = 1
ANSWER = "Thank you. Next question: how long have you had this pain? Less than two weeks, or more?"

Context = ContextTypes.DEFAULT_TYPE


class Rival:
    """An `Application` that is handed updates as its own loop would be, and that keeps what it stores after each."""

    def __init__(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        self._application = application

    async def tap(self, step: Step) -> None:
        """From the raw update to the reply, and to the disk where it stores anything."""
        application = self._application
        update = Update.de_json(json.loads(step.raw), application.bot)
        await application.process_update(update)
        if application.persistence is not None:
            await application.update_persistence()
            await application.persistence.flush()


@asynccontextmanager
async def storing_nothing() -> AsyncIterator[Rival]:
    """The floor: the update's objects made, one handler, one message sent."""

    async def answer(update: Update, context: Context) -> None:
        assert update.effective_chat is not None
        await context.bot.send_message(update.effective_chat.id, ANSWER)

    async with _running(None, answer) as rival:
        yield rival


@asynccontextmanager
async def as_many_calls() -> AsyncIterator[Rival]:
    """Nothing stored either, but the tap is answered and the question replaced by one with buttons, as ours does."""

    async def answer(update: Update, context: Context) -> None:
        query = update.callback_query
        assert query is not None
        await query.answer()
        assert isinstance(query.message, Message)
        await query.edit_message_text(ANSWER, parse_mode="HTML", reply_markup=query.message.reply_markup)

    async with _running(None, answer) as rival:
        yield rival


@asynccontextmanager
async def pickling(folder: Path) -> AsyncIterator[Rival]:
    """A `ConversationHandler` with `PicklePersistence`, written at every update (and never synced to the disk)."""
    persistence = PicklePersistence(folder / "conversations.pickle", on_flush=True)
    async with _conversing(persistence) as rival:
        yield rival


@asynccontextmanager
async def committing(folder: Path) -> AsyncIterator[Rival]:
    """A `ConversationHandler` whose every update is committed to SQLite."""
    async with _conversing(Committing(folder / "conversations.db")) as rival:
        yield rival


class Committing(BasePersistence[dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """Conversations and answers as rows; `flush` commits, synced to the disk."""

    def __init__(self, path: Path) -> None:
        super().__init__(store_data=PersistenceInput(bot_data=False, chat_data=False, callback_data=False))
        self._connection = sqlite3.connect(path)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("CREATE TABLE answers (person INTEGER PRIMARY KEY, body TEXT)")
        self._connection.execute("CREATE TABLE state (name TEXT, key TEXT, value INTEGER, PRIMARY KEY (name, key))")

    async def get_user_data(self) -> dict[int, dict[Any, Any]]:
        return {}

    async def get_conversations(self, name: str) -> dict[Any, Any]:
        return {}

    async def update_user_data(self, user_id: int, data: dict[Any, Any]) -> None:
        self._connection.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (user_id, json.dumps(data)))

    async def update_conversation(self, name: str, key: tuple[int | str, ...], new_state: object) -> None:
        row = (name, json.dumps(key), new_state)
        self._connection.execute("INSERT OR REPLACE INTO state VALUES (?, ?, ?)", row)

    async def flush(self) -> None:
        self._connection.commit()

    async def get_chat_data(self) -> dict[int, dict[Any, Any]]:
        return {}

    async def get_bot_data(self) -> dict[Any, Any]:
        return {}

    async def get_callback_data(self) -> None:
        return None

    async def update_chat_data(self, chat_id: int, data: dict[Any, Any]) -> None:
        """Not kept."""

    async def update_bot_data(self, data: dict[Any, Any]) -> None:
        """Not kept."""

    async def update_callback_data(self, data: object) -> None:
        """Not kept."""

    async def drop_chat_data(self, chat_id: int) -> None:
        """Not kept."""

    async def drop_user_data(self, user_id: int) -> None:
        """Nobody is dropped."""

    async def refresh_user_data(self, user_id: int, user_data: dict[Any, Any]) -> None:
        """Nobody else writes."""

    async def refresh_chat_data(self, chat_id: int, chat_data: dict[Any, Any]) -> None:
        """Not kept."""

    async def refresh_bot_data(self, bot_data: dict[Any, Any]) -> None:
        """Not kept."""


@asynccontextmanager
async def _conversing(persistence: BasePersistence[Any, Any, Any]) -> AsyncIterator[Rival]:
    async def answer(update: Update, context: Context) -> int:
        query = update.callback_query
        assert query is not None
        assert query.data is not None
        assert context.user_data is not None
        assert update.effective_chat is not None
        _, _, step, _, asking = query.data.split(":") if query.data.startswith("q:") else ["", "", query.data, "", ""]
        context.user_data[f"{step}.{asking}"] = query.data
        await context.bot.send_message(update.effective_chat.id, ANSWER)
        return ASKING

    async with _running(persistence, answer) as rival:
        yield rival


@asynccontextmanager
async def _running(persistence: BasePersistence[Any, Any, Any] | None, answer: Any) -> AsyncIterator[Rival]:
    request = Answering(lambda chat, params: None)
    builder = Application.builder().token(TOKEN).request(request).get_updates_request(request)
    builder = builder.updater(None)
    builder.job_queue(None)
    tapped = CallbackQueryHandler(answer)
    if persistence is None:
        application = builder.build()
        application.add_handler(tapped)
    else:
        application = builder.persistence(persistence).build()
        with warnings.catch_warnings():
            # It wants to be told whether a conversation is one of a chat or of a message; here it is of a chat.
            warnings.simplefilter("ignore", PTBUserWarning)
            application.add_handler(
                ConversationHandler([tapped], {ASKING: [tapped]}, [], name="intake", persistent=True)
            )
    await application.initialize()
    try:
        yield Rival(application)
    finally:
        await application.shutdown()
