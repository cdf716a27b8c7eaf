"""From nothing to ready, beside the mere import of what every bot of this kind imports; and what that weighs.

Ready is the line of `acuback run`: settings, practice and words checked, the database open at its revision, Telegram
asked who we are, the writer and the courier at work.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import IO

import psutil

from benchmarks.answering import TOKEN
from benchmarks.report import Target, in_turns, table
from benchmarks.telegram import telegram_apart
from storage.schema import migrate
from storage.vault import new_key

FLOOR = "import telegram.ext, sqlalchemy"
OURS = "acuback run, until ready"
IMPORTS = [sys.executable, "-c", "import telegram.ext, sqlalchemy; print('ready', flush=True)"]
RUN = ["-m", "bot", "run"]

MOST_MEMORY = 110
RARE = ("typst", "icalendar", "alembic", "psycopg", "bot.documents", "bot.demo", "bot.stage", "aiohttp.web", "mako")
"""What is heavy and seldom needed, or needed by another way of running: a run on SQLite that polls has none of it."""
SHOWN = 20


def run(rounds: int) -> None:
    """Prints the times, the memory, and what was imported."""
    with telegram_apart() as api_url, tempfile.TemporaryDirectory(prefix="acuback-benchmark-") as folder:
        database_url = f"sqlite:///{folder}/acuback.db"
        migrate(database_url)
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ACUBACK_")},
            "ACUBACK_TOKEN": TOKEN,
            "ACUBACK_API_URL": api_url,
            "ACUBACK_DATABASE_URL": database_url,
            "ACUBACK_KEY": new_key(os.urandom),
        }
        memory: list[float] = []

        def imports() -> float:
            return _seconds(IMPORTS, environment, [])

        def ready() -> float:
            return _seconds([sys.executable, *RUN], environment, memory)

        imports(), ready()
        figures = in_turns(rounds, {FLOOR: imports, OURS: ready})
        milliseconds = {name: [seconds * 1000 for seconds in taken] for name, taken in figures.items()}
        table("startup: a fresh interpreter", "ms", milliseconds, FLOOR, {OURS: Target(most=2.0)})
        resident = median(memory)
        print(f"resident at ready: {resident:.0f} MB  {Target(most=MOST_MEMORY).verdict(resident)}")
        _print_imports(environment, Path(folder) / "imports.txt")


@contextmanager
def _started(command: Sequence[str], environment: dict[str, str], errors: IO[str] | int) -> Iterator[psutil.Popen]:
    """A process that has printed its first line; told to stop afterwards."""
    process = psutil.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        line = process.stdout.readline()
        assert "ready" in line, f"{' '.join(command)} did not get ready: {line}"
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(20)
        process.stdout.close()


def _seconds(command: Sequence[str], environment: dict[str, str], memory: list[float]) -> float:
    """How long it takes to get ready; what is resident then is added to `memory`, in MB."""
    begun = time.perf_counter()
    with _started(command, environment, subprocess.DEVNULL) as process:
        taken = time.perf_counter() - begun
        if command is not IMPORTS:
            memory.append(process.memory_info().rss / 2**20)
    return taken


def _print_imports(environment: dict[str, str], log: Path) -> None:
    """The dearest imports, each with what it brings along, and what should not be among them."""
    with (
        log.open("w", encoding="utf-8") as errors,
        _started([sys.executable, "-X", "importtime", *RUN], environment, errors),
    ):
        pass
    imported = dict(_imported(log.read_text(encoding="utf-8")))
    dearest = sorted(imported.items(), key=lambda item: -item[1][1])[:SHOWN]
    print(f"\nimports until ready: {len(imported)} modules; the dearest, in ms under -X importtime")
    print(f"{'':40}  {'itself':>8} {'with its own':>12}")
    for name, (itself, together) in dearest:
        print(f"{name:40}  {itself / 1000:8.1f} {together / 1000:12.1f}")
    strange = [name for name in RARE if name in imported]
    print(f"heavy and rare, and not needed here: {', '.join(strange) if strange else 'none imported'}")


def _imported(log: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Module -> microseconds for itself, and with what it imports in turn."""
    for line in log.splitlines():
        itself, _, rest = line.removeprefix("import time:").partition("|")
        together, _, name = rest.partition("|")
        if itself.strip().isdigit():
            yield name.strip(), (int(itself), int(together))
