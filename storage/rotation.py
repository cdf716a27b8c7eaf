"""Rotating the practice's key: what older keys have wrapped is wrapped anew by the newest, and they can then go."""

from sqlalchemy import bindparam, func, select, update

from storage.database import Database
from storage.tables import data_key
from storage.vault import KEY_ID, Vault

_AT_ONCE = 1000

_OUTDATED = (
    select(data_key.c.owner, data_key.c.wrapped)
    .where(func.substr(data_key.c.wrapped, KEY_ID.start + 1, KEY_ID.stop - KEY_ID.start) != bindparam("newest"))
    .order_by(data_key.c.owner)
    .limit(_AT_ONCE)
)
_REWRAP = update(data_key).where(data_key.c.owner == bindparam("whose")).values(wrapped=bindparam("wrapped_now"))


def rewrap_all(database: Database, vault: Vault) -> int:
    """Wrap every data key by the newest practice key; how many were not. What they seal stays as it is.

    A thousand a transaction, so that taps are not kept waiting; ended half-way, the next start goes on. Raises
    `storage.vault.UnknownKey` for a data key none of the practice's keys has wrapped: nothing it seals can be read.
    """
    done = 0
    with database.connect() as connection:
        while True:
            with database.write(connection):
                rows = connection.execute(_OUTDATED, {"newest": vault.newest}).all()
                anew = [{"whose": row.owner, "wrapped_now": vault.rewrap(row.wrapped, owner=row.owner)} for row in rows]
                if anew:
                    connection.execute(_REWRAP, anew)
            done += len(anew)
            if len(rows) < _AT_ONCE:
                return done
