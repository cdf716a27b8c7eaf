"""How fast Telegram lets a bot write, and how long a text may be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Messages at once and a second, in one chat and over all chats. Telegram asks for at most one a second in a chat,
    short bursts aside, and 30 a second in all (core.telegram.org/bots/faq#my-bot-is-hitting-limits)."""

    chat_burst: float = 3.0
    chat_rate: float = 1.0
    burst: float = 25.0
    rate: float = 25.0


TEXT = 4096
CAPTION = 1024
TOAST = 200
"""Characters after the markup is read (core.telegram.org/bots/api#sendmessage, #senddocument, #answercallbackquery)."""


class Bucket:
    """Tokens that fill up at `rate` a second to at most `burst`. `now` is monotonic time in seconds."""

    __slots__ = ("at", "burst", "rate", "tokens")

    def __init__(self, burst: float, rate: float, now: float) -> None:
        self.burst = burst
        self.rate = rate
        self.tokens = burst
        self.at = now

    def wait(self, now: float) -> float:
        """Seconds until a token is there; 0.0 if one is."""
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        # Short of one by a rounding error is one: else a timer that fires a nanosecond early is set anew for nothing.
        return 0.0 if self.tokens >= 0.999999 else (1.0 - self.tokens) / self.rate

    def spend(self) -> None:
        """Take a token, on credit if need be."""
        self.tokens -= 1.0
