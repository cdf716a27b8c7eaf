"""The column types every table is built from."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, LargeBinary
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(instant: datetime) -> int:
    """Whole microseconds from 1970-01-01T00:00:00Z to `instant`, exact (no floating point).

    Raises ValueError for a datetime without a zone: it names no instant.
    """
    if instant.utcoffset() is None:
        raise ValueError("an instant needs a time zone; a naive datetime was given")
    return (instant - _EPOCH) // _MICROSECOND


class Instant(TypeDecorator[datetime]):
    """A moment in time: an aware datetime in Python (UTC when read), microseconds since 1970 in the database.

    The same 64-bit integer on SQLite and PostgreSQL, so that comparison, indexes, ranges and triggers mean
    the same on both, and no session time zone or text format can come between. In psql:
    `to_timestamp(starts_at / 1e6)`; in sqlite3: `datetime(starts_at / 1000000, 'unixepoch')`.
    A naive datetime is refused with ValueError.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else microseconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(microseconds=value)


Id = BigInteger().with_variant(Integer(), "sqlite")
"""A 64-bit id. As a single primary key it counts by itself: BIGSERIAL, or SQLite's 64-bit INTEGER PRIMARY KEY.

Give such a table `sqlite_autoincrement=True`: without it SQLite hands the id of a deleted last row out again,
and an old button or an old ciphertext would name a stranger's row.
"""

Sealed = LargeBinary
"""Bytes sealed by `storage.vault`; nothing but a vault can read them."""
