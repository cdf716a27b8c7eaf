"""A process of its own that reads a stranger's calendar, with so much time and memory and nothing else at hand.

Text of five megabytes that repeats every second for ever is a few hundred bytes: what it makes of a program that
reads it nobody can foresee, and a thread cannot be stopped. A process can. It gets no environment, and so no key.
"""

import asyncio
import json
import os
import sys
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.model import Stretch, Trouble

SECONDS = 30
MEMORY = 1 << 30
_ROOT = Path(__file__).parents[2]
_UNREADABLE, _TOO_MUCH = 3, 4


class Unread(Exception):
    """Why it could not be read, as one word of `bot.model.Trouble`."""

    def __init__(self, why: Trouble) -> None:
        super().__init__(why)
        self.why = why


async def read(
    content: bytes,
    *,
    zone: ZoneInfo,
    since: datetime,
    until: datetime,
    own: Collection[str] = (),
    seconds: float = SECONDS,
) -> tuple[list[Stretch], bool]:
    """What `bot.practice.outside.busy` makes of a calendar, within `seconds`. Raises Unread."""
    wanted = {"zone": zone.key, "since": since.isoformat(), "until": until.isoformat(), "own": sorted(own)}
    reader = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=_ROOT,
        env={},
    )
    try:
        async with asyncio.timeout(seconds):
            said, _ = await reader.communicate(json.dumps(wanted).encode() + b"\n" + content)
    except TimeoutError:
        raise Unread("too_much") from None
    finally:
        if reader.returncode is None:
            reader.kill()
            await reader.wait()
    code = reader.returncode or 0
    if code == _TOO_MUCH or code < 0:  # it gave up, or was ended for what it took
        raise Unread("too_much")
    if code:
        raise Unread("unreadable")
    told = json.loads(said)
    stretches = [(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in told["busy"]]
    return stretches, told["whole"]


def _bounded() -> None:
    """Whatever goes on for longer, or takes more, is ended by the system; and everybody else goes first."""
    import resource

    for kind, most in ((resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_AS, MEMORY)):
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):
            continue  # not every system bounds all of it: whoever waits ends it anyway
    os.nice(10)


def _main() -> int:
    _bounded()
    wanted = json.loads(sys.stdin.buffer.readline())
    content = sys.stdin.buffer.read()
    from bot.practice.outside import TooMuch, Unreadable, busy

    try:
        since, until = datetime.fromisoformat(wanted["since"]), datetime.fromisoformat(wanted["until"])
        own = frozenset(wanted["own"])
        stretches, whole = busy(content, zone=ZoneInfo(wanted["zone"]), since=since, until=until, own=own)
    except Unreadable:
        return _UNREADABLE
    except (TooMuch, MemoryError):
        return _TOO_MUCH
    told = {"busy": [[start.isoformat(), end.isoformat()] for start, end in stretches], "whole": whole}
    sys.stdout.write(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(_main())
