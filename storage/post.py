"""The outbox: messages on their way, and the living cards some of them keep current."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, and_, bindparam, delete, exists, insert, literal_column, or_, select, update

from bot.model import Parcel
from storage.tables import account, card, outbox
from storage.transaction import PRACTICE, Transaction
from storage.vault import Tampered

LEASE = timedelta(seconds=30)
"""How long a run may be silent before another takes over what it had in hand. A SQLite file has one run at a time."""
KEEP_SETTLED = timedelta(hours=1)
"""How long it is kept that a message went. Its words are erased at once; how many there were would tell as much: who
answers yes is asked more."""

IN_HAND = timedelta(minutes=1)
"""How long what is claimed may be in hand before it goes: what is wanted until then only is too late."""

Fate = Literal["sent", "refused", "uncertain", "lapsed"]

# Written out, not bound: a partial index is used only where the query repeats its condition.
_UNSENT: ColumnElement[bool] = literal_column("outbox.state IN ('pending', 'sending')")

_ADD = insert(outbox).returning(outbox.c.id, outbox.c.key)
_earlier = outbox.alias("earlier")
_LAPSED = and_(
    outbox.c.state == "sending",
    outbox.c.claimed_by != bindparam("run"),
    outbox.c.leased_until < bindparam("now"),
)
_FREE = and_(_UNSENT, or_(outbox.c.state == "pending", _LAPSED))
_BLOCKED = exists().where(
    literal_column("earlier.state IN ('pending', 'sending')"),
    _earlier.c.chat_id == outbox.c.chat_id,
    _earlier.c.id < outbox.c.id,
    _earlier.c.state == "sending",
    _earlier.c.claimed_by != bindparam("run"),
    _earlier.c.leased_until >= bindparam("now"),
)
_CHATS = (
    select(account.c.id)
    .where(
        account.c.id.in_(
            select(outbox.c.account_id).where(_FREE).order_by(outbox.c.lane, outbox.c.id).limit(bindparam("limit"))
        )
    )
    .order_by(account.c.id)
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    select(outbox, account.c.chat_id.is_(None).label("forgotten"))
    .join(account, account.c.id == outbox.c.account_id)
    .where(_FREE, ~_BLOCKED, outbox.c.account_id.in_(bindparam("accounts", expanding=True)))
    .order_by(outbox.c.lane, outbox.c.id)
    .limit(bindparam("limit"))
)
_TAKE = (
    update(outbox)
    .where(outbox.c.id == bindparam("row"))
    .values(
        state="sending",
        claimed_by=bindparam("run_now"),
        leased_until=bindparam("until"),
        attempts=outbox.c.attempts + 1,
    )
)
_RENEW = (
    update(outbox)
    .where(_UNSENT, outbox.c.state == "sending", outbox.c.claimed_by == bindparam("run"))
    .values(leased_until=bindparam("until"))
)
_SETTLE = (
    update(outbox)
    .where(outbox.c.id == bindparam("row"), _UNSENT)
    .values(state=bindparam("fate"), settled_at=bindparam("now"), body=None, leased_until=None)
)
_POSTPONE = (
    update(outbox)
    .where(outbox.c.id == bindparam("row"), outbox.c.state == "sending", outbox.c.claimed_by == bindparam("run"))
    .values(state="pending", claimed_by=None, leased_until=None, attempts=outbox.c.attempts - 1)
)
_SHOWN = update(card).where(card.c.id == bindparam("card")).values(message_id=bindparam("message"))
_CARD = select(card.c.message_id, card.c.revision).where(card.c.id == bindparam("card"))
_CARD_OF = select(card.c.id, card.c.message_id, card.c.revision).where(
    card.c.account_id == bindparam("account"), card.c.subject == bindparam("subject")
)
_ADD_CARD = insert(card).returning(card.c.id)
_RAISE_CARD = update(card).where(card.c.id == bindparam("card")).values(revision=card.c.revision + 1)
_PRUNE = delete(outbox).where(outbox.c.settled_at < bindparam("before"))
_PRUNE_FORGOTTEN = delete(outbox).where(
    outbox.c.settled_at.is_not(None),
    outbox.c.account_id.in_(select(account.c.id).where(account.c.chat_id.is_(None))),
)
_DROP_OUTBOX = delete(outbox).where(outbox.c.account_id == bindparam("account"))
_DROP_CARDS = delete(card).where(card.c.account_id == bindparam("account"))


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to put into the outbox. `key` is its identity, 'bot.update.n'; `held` leaves it for a later claim;
    after `until` it is of no use."""

    key: str
    account_id: int
    chat_id: int
    lane: int
    body: Mapping[str, Any]
    card_id: int | None = None
    card_revision: int | None = None
    matters: bool = True
    held: bool = False
    until: datetime | None = None


class Post:
    """Rows of the outbox: pending -> sending -> sent, refused, uncertain or lapsed. Settled rows keep no words."""

    def __init__(self, transaction: Transaction) -> None:
        self._tx = transaction

    def put(self, letters: Sequence[Letter]) -> list[Parcel]:
        """Writes many letters at once; answers those this run may send as soon as it has committed.

        Replies are claimed as they are written, so that the usual tap costs one transaction; bulk and held
        ones wait for `claim`.
        """
        tx = self._tx
        if not letters:
            return []
        until = tx.now + LEASE
        rows = []
        for letter in letters:
            at_once = letter.lane == 0 and not letter.held
            owner = _owner(letter.account_id)
            if tx.gone(owner):
                owner = PRACTICE
            rows.append(
                {
                    "key": letter.key,
                    "account_id": letter.account_id,
                    "chat_id": letter.chat_id,
                    "lane": letter.lane,
                    "state": "sending" if at_once else "pending",
                    "body": tx.seal(owner, "outbox", letter.key, 1, "body", _packed(letter.body)),
                    "card_id": letter.card_id,
                    "card_revision": letter.card_revision,
                    "matters": letter.matters,
                    "attempts": 1 if at_once else 0,
                    "claimed_by": tx.run_id if at_once else None,
                    "leased_until": until if at_once else None,
                    "made_at": tx.now,
                    "wanted_until": letter.until,
                }
            )
        ids = {key: row for row, key in tx.rows(_ADD, rows)}
        return [
            Parcel(
                id=ids[letter.key],
                account_id=letter.account_id,
                chat_id=letter.chat_id,
                lane=letter.lane,
                body=letter.body,
                card_id=letter.card_id,
                card_revision=letter.card_revision,
                matters=letter.matters,
                attempts=1,
            )
            for letter in letters
            if letter.lane == 0 and not letter.held
        ]

    def claim(self, limit: int) -> tuple[list[Parcel], list[str]]:
        """Takes over rows nobody has in hand, replies first, in order within a chat; renews this run's leases. Answers
        them, and the keys of those whose time was over.

        To be called at least every ten seconds by a run that has rows in hand. On SQLite, where one run works
        at a time, every other run is dead; elsewhere its lease must have lapsed.
        """
        tx = self._tx
        until = tx.now + LEASE
        tx.run(_RENEW, {"run": tx.run_id, "until": until})
        now = tx.now if tx.shared else tx.now + 2 * LEASE
        wanted = {"run": tx.run_id, "now": now, "limit": limit}
        # Locking the chats first, in a statement of its own: the second one then sees what others committed.
        accounts = [row[0] for row in tx.rows(_CHATS, wanted)]
        if not accounts:
            return [], []
        found = tx.rows(_CLAIM, {**wanted, "accounts": accounts})
        rows = [row for row in found if not _is_late(row, tx.now)]
        late = [row for row in found if _is_late(row, tx.now)]
        self.settle([(row.id, "lapsed") for row in late])
        if rows:
            tx.run(_TAKE, [{"row": row.id, "run_now": tx.run_id, "until": until} for row in rows])
        parcels = []
        for row in rows:
            try:
                parcels.append(self._parcel(row))
            except (Tampered, LookupError):
                # One row that does not open must not hold up everybody's post.
                self.settle([(row.id, "refused")])
        return parcels, [row.key for row in late]

    def settle(self, fates: Sequence[tuple[int, Fate]]) -> int:
        """Marks rows (id, what became of it) and erases their words; answers how many were not settled before."""
        if not fates:
            return 0
        return self._tx.count(_SETTLE, [{"row": row, "fate": fate, "now": self._tx.now} for row, fate in fates])

    def postpone(self, ids: Sequence[int]) -> None:
        """Gives rows back that certainly did not arrive."""
        if ids:
            self._tx.run(_POSTPONE, [{"row": row, "run": self._tx.run_id} for row in ids])

    def card(self, card_id: int) -> tuple[int | None, int]:
        """The message that shows a card, if there is one yet, and the card's newest revision."""
        row = self._tx.row(_CARD, {"card": card_id})
        return (row[0], row[1]) if row else (None, 0)

    def shown(self, messages: Sequence[tuple[int, int]]) -> None:
        """Notes which message shows a card: (card, message id)."""
        if messages:
            self._tx.run(_SHOWN, [{"card": card_id, "message": message} for card_id, message in messages])

    def card_message(self, account_id: int, subject: str) -> int | None:
        """The message that shows this account the card of a subject."""
        row = self._tx.row(_CARD_OF, {"account": account_id, "subject": subject})
        return row.message_id if row else None

    def raise_card(self, account_id: int, subject: str) -> tuple[int, int]:
        """The card of a subject, made or moved on: its id and the revision to be shown next."""
        tx = self._tx
        row = tx.row(_CARD_OF, {"account": account_id, "subject": subject})
        if row is None:
            new = {"account_id": account_id, "subject": subject, "revision": 1}
            return cast(int, tx.scalar(_ADD_CARD, new)), 1
        tx.run(_RAISE_CARD, {"card": row.id})
        return row.id, row.revision + 1

    def forget(self, account_id: int) -> None:
        """Deletes every message to this account, sent or not, and its cards."""
        self._tx.run(_DROP_OUTBOX, {"account": account_id})
        self._tx.run(_DROP_CARDS, {"account": account_id})

    def prune(self) -> None:
        """Deletes settled rows: old ones, and any of accounts that were forgotten."""
        self._tx.run(_PRUNE, {"before": self._tx.now - KEEP_SETTLED})
        self._tx.run(_PRUNE_FORGOTTEN)

    def _parcel(self, row: Any) -> Parcel:
        owner = PRACTICE if row.forgotten else _owner(row.account_id)
        opened = self._tx.open(owner, "outbox", row.key, 1, "body", row.body)
        return Parcel(
            id=row.id,
            account_id=row.account_id,
            chat_id=row.chat_id,
            lane=row.lane,
            body=json.loads(opened),
            card_id=row.card_id,
            card_revision=row.card_revision,
            matters=row.matters,
            attempts=row.attempts + 1,
            again=row.attempts > 0,
        )


def _is_late(row: Any, now: datetime) -> bool:
    return row.wanted_until is not None and row.wanted_until <= now + IN_HAND


def _owner(account_id: int) -> str:
    return f"account:{account_id}"


def _packed(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
