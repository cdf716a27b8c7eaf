"""The practitioners' morning pages: of which day each got the last one. One row a practitioner, so that two processes,
or one that was started again, turn a page once."""

from datetime import date

from sqlalchemy import bindparam, or_, select
from sqlalchemy.dialects.postgresql import insert as insert_or_change

from storage.tables import account, page, staff
from storage.transaction import Transaction

_READERS = (
    select(staff.c.account_id)
    .join(account, account.c.id == staff.c.account_id)
    .outerjoin(page, page.c.account_id == staff.c.account_id)
    .where(
        staff.c.role == "practitioner",
        staff.c.revoked_at.is_(None),
        account.c.chat_id.is_not(None),
        account.c.reachable,
        or_(page.c.day.is_(None), page.c.day < bindparam("day")),
    )
    .order_by(staff.c.id)
    .limit(bindparam("limit"))
)
# PostgreSQL's construct; SQLite's is spelt the same and takes it too.
_ADD = insert_or_change(page)
_TURN = _ADD.on_conflict_do_update(
    index_elements=[page.c.account_id],
    set_={"day": _ADD.excluded.day},
    where=page.c.day < _ADD.excluded.day,
).returning(page.c.account_id)


class Pages:
    """Who waits for the page of a day, and that they got it."""

    def __init__(self, transaction: Transaction) -> None:
        self._tx = transaction

    def waiting(self, day: date, limit: int) -> list[int]:
        """The accounts of practitioners in reach who have not had this day's page."""
        return [row[0] for row in self._tx.rows(_READERS, {"day": day.isoformat(), "limit": limit})]

    def turn(self, account_id: int, day: date) -> bool:
        """This day's page is decided now; False where it was before. Another process that asks waits for this one."""
        return self._tx.row(_TURN, {"account_id": account_id, "day": day.isoformat()}) is not None
