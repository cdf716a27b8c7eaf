"""What calendars of others have to do with: the diary as they may read it."""

from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import bindparam, delete, insert, select, update

from bot.model import Booking, Feed, MakeFeed, RevokeFeed
from storage.diary import BOOKING
from storage.people import People
from storage.tables import account, booking, feed, resource, staff
from storage.transaction import Actor, Transaction

_FEED = select(feed.c.made_at, feed.c.read_at).where(feed.c.account_id == bindparam("account"))
_OPENS = (
    select(feed.c.account_id, staff.c.ref, account.c.locale)
    .join(account, account.c.id == feed.c.account_id)
    .join(staff, staff.c.account_id == feed.c.account_id)
    .where(feed.c.hash == bindparam("hash"), staff.c.role == "practitioner", staff.c.revoked_at.is_(None))
)
_READ = update(feed).where(feed.c.account_id == bindparam("account")).values(read_at=bindparam("now"))
_DROP = delete(feed).where(feed.c.account_id == bindparam("account"))
_ADD = insert(feed)
_VISITS = BOOKING.where(
    resource.c.ref == bindparam("practitioner"),
    booking.c.starts_at > bindparam("since"),
    booking.c.starts_at < bindparam("until"),
    booking.c.state != "cancelled",
).order_by(booking.c.starts_at, booking.c.id)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The diary of a practitioner as their calendar may have it: visits with names."""

    locale: str
    visits: tuple[Booking, ...]


class Calendars:
    """Feeds: to whom the diary is served."""

    def __init__(self, transaction: Transaction, people: People) -> None:
        self._tx = transaction
        self._people = people

    def secret(self) -> str:
        """Fresh chance for an address: drawn for each event that asks, known to nobody before."""
        return self._tx.secret()

    # --- the diary for others to read ---

    def feed(self, actor: Actor) -> Feed | None:
        """Under what the actor's diary is served, if it is."""
        row = self._tx.row(_FEED, {"account": actor.account.id})
        return Feed(*row) if row else None

    def make_feed(self, actor: Actor, effect: MakeFeed) -> None:
        """For a practitioner only: an account has one address at most."""
        tx, account_id = self._tx, actor.account.id
        if actor.practitioner is None:
            return
        self.drop_feed(account_id)
        tx.run(_ADD, {"account_id": account_id, "hash": effect.hash, "made_at": tx.now})
        tx.audit(account_id, "feed.make", f"account:{account_id}")

    def revoke_feed(self, actor: Actor, effect: RevokeFeed) -> None:
        if self.drop_feed(actor.account.id):
            self._tx.audit(actor.account.id, "feed.revoke", f"account:{actor.account.id}")

    def drop_feed(self, account_id: int) -> bool:
        """Whatever address this account had opens nothing any more; False where it had none."""
        return self._tx.count(_DROP, {"account": account_id}) > 0

    def sheet(self, hash: bytes, back: timedelta, ahead: timedelta) -> Sheet | None:
        """What whoever knows the secret with this SHA-256 may read: the practitioner's own visits that stand, of so
        long ago and so far ahead. None for an address that was never given or was taken back, and of somebody who is
        not of the practice any more."""
        tx = self._tx
        found = tx.row(_OPENS, {"hash": hash})
        if found is None:
            return None
        tx.run(_READ, {"account": found.account_id, "now": tx.now})
        rows = tx.rows(_VISITS, {"practitioner": found.ref, "since": tx.now - back, "until": tx.now + ahead})
        known = self._people.patients({row.patient_id for row in rows}) if rows else {}
        return Sheet(found.locale, tuple(replace(Booking(*row), name=known[row.patient_id].name) for row in rows))
