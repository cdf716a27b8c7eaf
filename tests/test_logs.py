"""What the log may hold: ids and classes. No token, and nothing somebody wrote."""

import logging
import subprocess
import sys

from bot.logs import Redacting, outline

TOKEN = "7000000000:AAE-only-the-local-Telegram-knows-this"


def _line(message: str, *arguments: object, error: BaseException | None = None, secrets: tuple[str, ...] = ()) -> str:
    info = (type(error), error, error.__traceback__) if error else None
    return Redacting(secrets).format(logging.LogRecord("bot", logging.INFO, "a.py", 1, message, arguments, info))


def _failure() -> BaseException:
    try:
        try:
            raise ValueError("numb since Tuesday")
        except ValueError as cause:
            raise LookupError(f"{TOKEN} and numb since Tuesday") from cause
    except LookupError as failure:
        return failure


def test_what_looks_like_a_token_is_never_written() -> None:
    line = _line("GET https://api.telegram.org/bot%s/getMe", TOKEN)
    assert TOKEN.partition(":")[2] not in line
    assert "/bot[hidden]/getMe" in line


def test_the_secrets_named_are_never_written() -> None:
    assert "between-us" not in _line("said %s", "between-us", secrets=("between-us",))


def test_the_address_of_a_feed_is_never_written() -> None:
    line = _line("GET /bot/calendar/%s.ics", "Zm9vYmFyYmF6cXV4eHl6enk_")
    assert "GET /bot/calendar/[hidden].ics" in line


def test_a_password_in_an_address_is_never_written() -> None:
    line = _line("at postgresql+psycopg://acuback:hush@db.example/acuback")
    assert "hush" not in line
    assert "postgresql+psycopg://acuback:[hidden]@db.example" in line


def test_an_exception_is_told_by_class_and_place_and_not_by_what_it_quotes() -> None:
    line = _line("message %d", 7, error=_failure())
    assert "numb" not in line
    assert "builtins.LookupError" in line
    assert "builtins.ValueError" in line
    assert "in _failure" in line


def test_an_outline_of_a_circle_ends() -> None:
    first, second = ValueError(), LookupError()
    first.__cause__, second.__cause__ = second, first
    assert list(outline(first)) == ["builtins.ValueError", "builtins.LookupError"]


def test_what_a_conflict_leaves_on_a_line_is_no_news_to_operators() -> None:
    said = """
import logging
import subprocess
import sys
from bot import logs
logs.set_up("INFO")
logging.getLogger("psycopg").warning("error ignored terminating a pipeline")
logging.getLogger("sqlalchemy.pool").warning("a connection was lost")
logging.getLogger("bot").info("a group was decided again")
"""
    written = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True).stderr
    assert [line.partition(" WARNING ")[2] or line.partition(" INFO ")[2] for line in written.splitlines()] == [
        "sqlalchemy.pool: a connection was lost",
        "bot: a group was decided again",
    ]
