"""The log: ids and classes, never words; and never a token, whatever somebody logs."""

import logging
import re
import sys
from collections.abc import Iterator
from types import TracebackType

_TOKEN = re.compile(r"[0-9]{5,}:[A-Za-z0-9_-]{20,}")
_FEED = re.compile(r"(/calendar/)[A-Za-z0-9_-]{16,}")
_SECRET_URL = re.compile(r"(://[^\s:/@]*:)[^\s@/]+@")
_HIDDEN = "[hidden]"


class Redacting(logging.Formatter):
    """Lines with every token taken out: what looks like a bot's, a feed's address, passwords in addresses, and
    the secrets named.

    Of an exception it tells classes and places. Its message may quote what somebody wrote, and is left out.
    """

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = [secret for secret in secrets if secret]

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None
        return self.redacted(super().format(record))

    def formatException(self, ei: object) -> str:  # noqa: N802 -- the library's name
        error = ei[1] if isinstance(ei, tuple) else None
        return "\n".join(outline(error)) if isinstance(error, BaseException) else ""

    def redacted(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        text = _FEED.sub(rf"\1{_HIDDEN}", _TOKEN.sub(_HIDDEN, text))
        return _SECRET_URL.sub(rf"\1{_HIDDEN}@", text)


def outline(error: BaseException) -> Iterator[str]:
    """An exception and what caused it, newest first, as classes and the places they passed through."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield f"{type(cause).__module__}.{type(cause).__qualname__}"
        yield from (f"  {place}" for place in _places(cause.__traceback__))
        cause = cause.__cause__ or cause.__context__


def _places(trace: TracebackType | None) -> Iterator[str]:
    while trace is not None:
        code = trace.tb_frame.f_code
        yield f"{code.co_filename}:{trace.tb_lineno} in {code.co_name}"
        trace = trace.tb_next


def set_up(level: str, secrets: tuple[str, ...] = ()) -> None:
    """Everything from `level` on to standard error, one handler for all; what libraries say from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Redacting(secrets))
    handler.setLevel(level)
    logging.basicConfig(level="WARNING", handlers=[handler], force=True)
    for name in ("bot", "storage"):
        logging.getLogger(name).setLevel(level)
    # It warns of the line a conflict leaves behind, which is foreseen and tried again; what matters it raises.
    logging.getLogger("psycopg").setLevel("ERROR")
