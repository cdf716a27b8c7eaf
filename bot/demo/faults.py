"""What goes wrong on demand, so that tests can see how a bot takes it."""

from dataclasses import dataclass
from typing import Literal

from bot.demo.refusal import Refusal, blocked, too_many

Trouble = Literal["answer", "lose request", "lose reply", "delay"]
WORDS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden: user is deactivated",
    404: "Not Found",
    409: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


@dataclass(slots=True, eq=False)
class Fault:
    """One scripted trouble. `hits` counts the calls it has met; `times` is how many it still waits for,
    None: all."""

    method: str
    chat_id: int | None
    times: int | None
    trouble: Trouble
    refusal: Refusal | None = None
    seconds: float = 0.0
    hits: int = 0

    def meets(self, method: str, chat_id: object) -> bool:
        return self.method in ("*", method) and self.chat_id in (None, chat_id)


class Faults:
    """The script. `method` is a Bot API method or "*"; `times=None` lasts until `clear()`."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def next(
        self,
        method: str,
        *,
        status: int,
        retry_after: int = 1,
        description: str = "",
        times: int | None = 1,
        chat_id: int | None = None,
    ) -> Fault:
        """Answer with an error, the call not applied. 403 says the bot was blocked unless described
        otherwise; 502, 503 and 504 come as the HTML page of the server in front of Telegram's."""
        if description:
            refusal = Refusal(status, description)
        elif status == 429:
            refusal = too_many(retry_after)
        elif status == 403:
            refusal = blocked()
        else:
            refusal = Refusal(status, WORDS.get(status, "Error"))
        return self._add(Fault(method, chat_id, times, "answer", refusal))

    def lose_request(self, method: str, *, times: int | None = 1, chat_id: int | None = None) -> Fault:
        """Reset the connection before the call is applied."""
        return self._add(Fault(method, chat_id, times, "lose request"))

    def lose_reply(self, method: str, *, times: int | None = 1, chat_id: int | None = None) -> Fault:
        """Apply the call, then reset the connection: the bot cannot know."""
        return self._add(Fault(method, chat_id, times, "lose reply"))

    def delay(self, method: str, seconds: float, *, times: int | None = 1, chat_id: int | None = None) -> Fault:
        """Answer late; the call is applied when it is answered."""
        return self._add(Fault(method, chat_id, times, "delay", seconds=seconds))

    def clear(self) -> None:
        self._waiting.clear()

    def take(self, method: str, chat_id: object) -> Fault | None:
        """The fault this call meets, counted; the earliest scripted first."""
        for fault in self._waiting:
            if fault.meets(method, chat_id):
                fault.hits += 1
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times == 0:
                        self._waiting.remove(fault)
                return fault
        return None

    def _add(self, fault: Fault) -> Fault:
        self._waiting.append(fault)
        return fault
