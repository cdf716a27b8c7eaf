"""The dialogue with each chat: what has been received, where it stands, and what could not be understood."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import and_, bindparam, delete, exists, insert, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from bot.model import Account, Conversation, Staff
from storage.database import Conflict
from storage.tables import account, conversation, data_key, key_of, outbox, received, set_aside, staff
from storage.transaction import PRACTICE, Transaction

KEEP_RECEIVED = timedelta(days=14)
"""How long an update's id is kept: Telegram itself keeps an unacknowledged update for 24 hours."""

# PostgreSQL's construct; SQLite's is spelt the same and takes it too.
_RECEIVED = insert_or_skip(received).on_conflict_do_nothing().returning(received.c.bot_id, received.c.update_id)
_PRUNE = delete(received).where(received.c.at < bindparam("before"))

# A reply may not overtake one of the same chat that another run has in hand, or that went back to be sent later.
_QUEUED = exists().where(
    literal_column("outbox.state IN ('pending', 'sending')"),
    outbox.c.chat_id == account.c.chat_id,
    outbox.c.lane == literal_column("0"),
    outbox.c.claimed_by.is_distinct_from(bindparam("run")),
)
_LOAD = (
    select(
        account.c.id,
        account.c.chat_id,
        account.c.locale,
        account.c.zone,
        account.c.reachable,
        staff.c.role,
        staff.c.ref,
        conversation.c.version,
        conversation.c.body,
        _QUEUED,
        data_key.c.wrapped,
    )
    .outerjoin(staff, and_(staff.c.account_id == account.c.id, staff.c.revoked_at.is_(None)))
    .outerjoin(conversation, conversation.c.account_id == account.c.id)
    .outerjoin(data_key, key_of("account", account.c.id))
    .order_by(account.c.chat_id)
)
# Locked before it is read: PostgreSQL reads what stood when the statement began, and of a row it had to wait for only
# that row anew, not the conversation beside it.
_LOCK = select(account.c.id).order_by(account.c.chat_id).with_for_update()
_LOCK_CHAT = _LOCK.where(account.c.chat_id.in_(bindparam("chats", expanding=True)))
_LOCK_ID = _LOCK.where(account.c.id.in_(bindparam("accounts", expanding=True)))
# A list of any length is spelt out at every execution; the lone tap is spared that.
_BY_ONE_CHAT = _LOAD.where(account.c.chat_id == bindparam("chat"))
_BY_CHAT = _LOAD.where(account.c.chat_id.in_(bindparam("chats", expanding=True)))
_BY_ID = _LOAD.where(account.c.id.in_(bindparam("accounts", expanding=True)), account.c.chat_id.is_not(None))
_RECIPIENTS = select(
    account.c.id, account.c.chat_id, account.c.locale, account.c.zone, account.c.reachable, _QUEUED
).where(account.c.id.in_(bindparam("accounts", expanding=True)), account.c.chat_id.is_not(None))
_ADD_ACCOUNT = insert(account)
_BEGIN = insert(conversation)
_SAVE = (
    update(conversation)
    .where(conversation.c.account_id == bindparam("account"), conversation.c.version == bindparam("expected"))
    .values(version=bindparam("version_now"), body=bindparam("body_now"))
)
_DROP = delete(conversation).where(conversation.c.account_id == bindparam("account"))
_FORGET_CHAT = update(account).where(account.c.id == bindparam("account")).values(chat_id=None, zone=None)
_SET_ASIDE = insert(set_aside).returning(set_aside.c.id)
_SEAL_ASIDE = update(set_aside).where(set_aside.c.id == bindparam("aside")).values(body=bindparam("body_now"))
_ASIDE = select(set_aside.c.id, set_aside.c.at, set_aside.c.reason, set_aside.c.body).order_by(set_aside.c.id)


@dataclass(slots=True)
class Dialogue:
    """One account's dialogue as it was loaded: `version` 0 if it has never been saved.

    `queued`: older replies to this chat wait elsewhere, and new ones must not be sent before them.
    """

    account: Account
    staff: Staff | None
    conversation: Conversation
    version: int
    queued: bool


class Dialogues:
    """Loads and saves many dialogues at once."""

    def __init__(self, transaction: Transaction) -> None:
        self._tx = transaction

    def received(self, keys: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
        """Notes these (bot id, update id); answers which of them were not known yet."""
        if not keys:
            return set()
        new = [{"bot_id": bot, "update_id": update, "at": self._tx.now} for bot, update in keys]
        return {(row[0], row[1]) for row in self._tx.rows(_RECEIVED, new)}

    def by_chat(self, chats: Mapping[int, str]) -> dict[int, Dialogue]:
        """The dialogues with these chats (id -> locale), locked in their ids' order; a new one gets an account."""
        found = self._by_chat(list(chats))
        strangers = [chat for chat in chats if chat not in found]
        if strangers:
            made = [{"chat_id": chat, "locale": chats[chat], "made_at": self._tx.now} for chat in sorted(strangers)]
            self._tx.run(_ADD_ACCOUNT, made)
            found |= self._by_chat(strangers)
        return found

    def by_account(self, accounts: Iterable[int]) -> dict[int, Dialogue]:
        """The dialogues of these accounts, by chat; those without a chat are left out."""
        wanted = list(accounts)
        if self._tx.shared:
            self._tx.rows(_LOCK_ID, {"accounts": wanted})
        return self._loaded(_BY_ID, {"accounts": wanted, "run": self._tx.run_id})

    def recipients(self, accounts: Iterable[int]) -> dict[int, tuple[Account, bool]]:
        """Whom else to write to, by account, and whether older replies to them wait elsewhere. Locks nothing."""
        rows = self._tx.rows(_RECIPIENTS, {"accounts": list(accounts), "run": self._tx.run_id})
        return {row[0]: (Account(*row[:5]), row[5]) for row in rows}

    def save(self, dialogues: Sequence[Dialogue]) -> None:
        """Writes these conversations, each as the version after the one it was loaded at.

        Raises Conflict if somebody else wrote one of them since.
        """
        tx = self._tx
        begun, saved = [], []
        for dialogue in dialogues:
            own = dialogue.account.id
            version = dialogue.version + 1 if dialogue.version else tx.first_revision()
            body = tx.seal(f"account:{own}", "conversation", own, version, "body", dialogue.conversation.dumps())
            if dialogue.version:
                saved.append({"account": own, "expected": dialogue.version, "version_now": version, "body_now": body})
            else:
                begun.append({"account_id": own, "version": version, "body": body})
            dialogue.version = version
        if begun:
            tx.run(_BEGIN, begun)
        if saved and tx.count(_SAVE, saved) != len(saved):
            raise Conflict("a conversation went on elsewhere")

    def forget(self, account_id: int) -> None:
        """Deletes the conversation and the account's Telegram id."""
        self._tx.run(_DROP, {"account": account_id})
        self._tx.run(_FORGET_CHAT, {"account": account_id})

    def put_aside(self, key: tuple[int, int], reason: str, raw: bytes) -> None:
        """Keeps, sealed, what could not be understood."""
        tx = self._tx
        row = {"bot_id": key[0], "update_id": key[1], "at": tx.now, "reason": reason[:120], "body": b""}
        made = cast(int, tx.scalar(_SET_ASIDE, row))
        body = tx.seal(PRACTICE, "set_aside", made, 1, "body", raw)
        tx.run(_SEAL_ASIDE, {"aside": made, "body_now": body})

    def aside(self) -> list[tuple[int, str, bytes]]:
        """What was set aside: id, reason, and the event as it came."""
        return [
            (row.id, row.reason, self._tx.open(PRACTICE, "set_aside", row.id, 1, "body", row.body))
            for row in self._tx.rows(_ASIDE)
        ]

    def prune(self) -> None:
        """Deletes the ids of updates too old to come again."""
        self._tx.run(_PRUNE, {"before": self._tx.now - KEEP_RECEIVED})

    def _by_chat(self, chats: Sequence[int]) -> dict[int, Dialogue]:
        if self._tx.shared:
            self._tx.rows(_LOCK_CHAT, {"chats": list(chats)})
        if len(chats) == 1:
            return self._loaded(_BY_ONE_CHAT, {"chat": chats[0], "run": self._tx.run_id})
        return self._loaded(_BY_CHAT, {"chats": chats, "run": self._tx.run_id})

    def _loaded(self, statement: Any, wanted: Mapping[str, Any]) -> dict[int, Dialogue]:
        tx = self._tx
        found = {}
        for own, chat, locale, zone, reachable, role, ref, version, body, queued, wrapped in tx.rows(statement, wanted):
            owner = f"account:{own}"
            tx.learn(owner, wrapped)
            conversation = Conversation()
            if body is not None:
                conversation = Conversation.loads(tx.open(owner, "conversation", own, version, "body", body))
            linked = None if role is None else Staff(own, role, ref, reachable)
            person = Account(own, chat, locale, zone, reachable)
            found[chat] = Dialogue(person, linked, conversation, version or 0, queued)
        return found
