"""A Telegram inside the process: it answers every call at once, and says to whom something went out."""

import json
from collections.abc import Callable
from typing import Any

from telegram.request import BaseRequest, RequestData

TOKEN = "123456:benchmark"
BOT_ID = 123456
BOT = {"id": BOT_ID, "is_bot": True, "first_name": "acuback", "username": "acuback_bot"}
NOW = 1_764_000_000

_TRUE = b'{"ok":true,"result":true}'
_ME = json.dumps({"ok": True, "result": BOT}).encode()
_MESSAGE = json.dumps(
    {
        "ok": True,
        "result": {
            "message_id": 1001,
            "from": BOT,
            "chat": {"id": 1, "first_name": "Ann", "type": "private"},
            "date": NOW,
            "text": "What is said here is of no account, but it is about as long as a question usually is.",
        },
    }
).encode()

Sent = Callable[[int, dict[str, Any]], None]
"""Called with the chat and the parameters of every message that goes out."""


class Answering(BaseRequest):
    """Behind a `telegram.Bot`, in the place of HTTP."""

    def __init__(self, sent: Sent) -> None:
        self._sent = sent

    @property
    def read_timeout(self) -> float:
        return 5.0

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        if url.endswith("/getMe"):
            return 200, _ME
        params = request_data.parameters if request_data else {}
        if "chat_id" not in params:
            return 200, _TRUE
        chat_id = params["chat_id"]
        assert isinstance(chat_id, int)
        self._sent(chat_id, params)
        return 200, _MESSAGE
