"""How Telegram says no."""

from typing import Any


class Refusal(Exception):
    """One refused call: what stands in Telegram's answer beside `"ok": false`.

    The words are Telegram's own, taken from the sources of its Bot API server (tdlib/telegram-bot-api,
    Client.cpp) and of TDLib, because bots read them.
    """

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters

    def as_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {"ok": False, "error_code": self.status, "description": self.description}
        return body | ({"parameters": self.parameters} if self.parameters else {})


def bad(reason: str) -> Refusal:
    """400: the request itself is wrong; `reason` is lower case as Telegram writes it, or a CONSTANT of its
    servers."""
    return Refusal(400, f"Bad Request: {reason}")


def blocked() -> Refusal:
    """403: the person blocked the bot."""
    return Refusal(403, "Forbidden: bot was blocked by the user")


def conflict(reason: str) -> Refusal:
    """409: somebody else receives this bot's updates."""
    return Refusal(409, f"Conflict: {reason}")


def too_many(retry_after: int) -> Refusal:
    """429, with the seconds to wait."""
    return Refusal(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)
