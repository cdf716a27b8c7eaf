"""`python -m benchmarks.telegram DELAY`: the local Telegram in a process of its own, every answer DELAY seconds late.

It prints its address, and ends when its standard input does.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.answering import TOKEN
from bot.demo import LocalTelegram

PEOPLE = range(1, 101)
"""The chats that may be written to."""


@contextmanager
def telegram_apart(delay: float = 0.0) -> Iterator[str]:
    """The address of a local Telegram that shares no interpreter with the caller."""
    command = [sys.executable, "-m", "benchmarks.telegram", str(delay)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


async def serve(delay: float) -> None:
    telegram = LocalTelegram(TOKEN, now=time.time)
    for number in PEOPLE:
        telegram.person(number, "Ann").command("/start")
    await telegram.start()
    telegram.delay = delay
    print(telegram.url, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await telegram.stop()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
