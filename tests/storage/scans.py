"""What is asked of SQLite, and which of it goes through a whole table."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.event import listen, remove

from storage.database import Database


@contextmanager
def scans(database: Database, *small: str, least: int = 1) -> Iterator[list[str]]:
    """Fills up, at the end, with each way through a whole table or index that was taken meanwhile, but of the `small`
    ones: as SQLite tells it, and the statement. Of those there are `least` so many."""
    asked: dict[str, Any] = {}
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if statement.split(maxsplit=1)[0] in {"SELECT", "UPDATE", "DELETE"}:
            asked[statement] = parameters[0] if many else parameters

    listen(database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        remove(database.engine, "before_cursor_execute", note)
    assert len(asked) >= least
    with database.read() as connection:
        for statement, parameters in asked.items():
            steps = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", tuple(parameters))]
            whole = [step for step in steps if step.startswith("SCAN") and not any(name in step for name in small)]
            found += [f"{step}: {statement}" for step in whole]
