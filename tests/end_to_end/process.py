"""The bot as an operator runs it: `python -m bot run` in a process of its own, on a local Telegram in this one."""

import asyncio
import base64
import os
import re
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import monotonic, time

from bot.demo import LocalTelegram
from tests.house import KEY, TOKEN

START_SECONDS = 20.0


class Bot:
    """One bot: its database and its log stay when the process is killed and started again."""

    def __init__(self, telegram: LocalTelegram, folder: Path, more: Mapping[str, str] | None = None) -> None:
        self.telegram = telegram
        self.log = folder / "bot.log"
        self.database = folder / "acuback.db"
        self.url = f"sqlite:///{self.database}"
        self._environment = {name: text for name, text in os.environ.items() if not name.startswith("ACUBACK_")}
        self._environment |= {
            "ACUBACK_TOKEN": TOKEN,
            "ACUBACK_API_URL": telegram.url,
            "ACUBACK_DATABASE_URL": self.url,
            "ACUBACK_KEY": base64.b64encode(KEY).decode(),
            "PYTHONUNBUFFERED": "1",
            **(more or {}),
        }
        self._process: Process | None = None

    async def invite(self, role: str = "practitioner") -> str:
        """The code in what `acuback invite` prints."""
        command = [sys.executable, "-m", "bot", "invite", role]
        printing = await asyncio.create_subprocess_exec(
            *command, env=self._environment, stdout=asyncio.subprocess.PIPE, stderr=DEVNULL
        )
        said, _ = await printing.communicate()
        assert printing.returncode == 0, said
        return re.split(r"start[= ]", said.decode())[1].strip()

    async def launch(self) -> None:
        """Start it; it need not be ready yet."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", env=self._environment, stdout=log, stderr=log
            )

    async def start(self) -> None:
        """Start it, and wait until it asks for updates or has told where to bring them."""
        seen = len(self.telegram.calls)
        await self.launch()
        until = monotonic() + START_SECONDS
        while not any(call["method"] in ("getUpdates", "setWebhook") for call in self.telegram.calls[seen:]):
            assert self._process
            assert self._process.returncode is None, self.log.read_text()
            assert monotonic() < until, self.log.read_text()
            with suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self.telegram.pulse.wait()

    async def kill(self) -> None:
        """End it in the middle of whatever it does."""
        assert self._process
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def terminate(self) -> tuple[int, float]:
        """SIGTERM: the exit code, and how many seconds it took."""
        assert self._process
        began = monotonic()
        self._process.send_signal(signal.SIGTERM)
        code = await self._process.wait()
        return code, monotonic() - began

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None


@asynccontextmanager
async def bot_on(folder: Path, more: Mapping[str, str] | None = None) -> AsyncIterator[Bot]:
    """A bot that is not started yet, on a local Telegram that is; ended however it goes."""
    telegram = LocalTelegram(TOKEN, now=time)
    await telegram.start()
    bot = Bot(telegram, folder, more)
    try:
        yield bot
    finally:
        if bot.alive:
            await bot.kill()
        await telegram.stop()
