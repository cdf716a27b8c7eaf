"""Rounds taken in turns, their medians as a table, and the machine they were taken on."""

import gc
import os
import platform
import sqlite3
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

LIBRARIES = ("python-telegram-bot", "httpx", "aiohttp", "SQLAlchemy", "psycopg", "cryptography", "transitions")

Figures = Mapping[str, Sequence[float]]
"""A figure of every round, by contestant."""


def in_turns(rounds: int, contestants: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Each contestant's figures. They take turns, each round in another order, so that what else the machine does
    falls on all of them."""
    figures: dict[str, list[float]] = {name: [] for name in contestants}
    names = list(contestants)
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            gc.collect()
            figures[name].append(contestants[name]())
    return figures


def ratio(figures: Figures, name: str, base: str) -> float:
    """The median of the rounds' ratios: neighbours in time are compared with each other."""
    return median(one / other for one, other in zip(figures[name], figures[base], strict=True))


@dataclass(frozen=True, slots=True)
class Target:
    """What a ratio is to reach: at least `least`, or at most `most`."""

    least: float = 0.0
    most: float = float("inf")

    def verdict(self, reached: float) -> str:
        """In words, for the last column."""
        wanted = f">= {self.least:g}" if self.least else f"<= {self.most:g}"
        return f"{wanted}: {'reached' if self.least <= reached <= self.most else 'MISSED'}"


def table(title: str, unit: str, figures: Figures, base: str, targets: Mapping[str, Target]) -> None:
    """Prints medians, the range they come from, and the ratio to `base`."""
    width = max(len(name) for name in figures)
    rounds = len(figures[base])
    print(f"\n{title} ({unit}; median, lowest and highest of {rounds} rounds)   {load()}")
    print(f"{'':{width}}  {'median':>9} {'lowest':>9} {'highest':>9} {'ratio':>7}")
    for name, taken in figures.items():
        reached = ratio(figures, name, base)
        shown = [f"{number:9,.1f}" if number < 100 else f"{number:9,.0f}" for number in _range(taken)]
        verdict = targets[name].verdict(reached) if name in targets else ""
        print(f"{name:{width}}  {' '.join(shown)} {reached:7.2f}  {verdict}".rstrip())


def _range(taken: Sequence[float]) -> tuple[float, float, float]:
    return median(taken), min(taken), max(taken)


def load() -> str:
    """How busy the machine has been in the last minute; its own part of the benchmark included."""
    return f"[load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores]"


def machine() -> list[str]:
    """The machine and the versions, as lines."""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return [
        f"{platform.platform()}, {os.cpu_count()} x {_processor()}, {_memory():.0f} GB",
        f"{platform.python_implementation()} {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {libraries}",
        f"4 KiB to the disk and synced in {_sync_seconds() * 1e6:.0f} us (in {tempfile.gettempdir()})   {load()}",
    ]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _sync_seconds() -> float:
    """What a durable commit costs at the very least on this disk."""
    taken = []
    with tempfile.TemporaryFile() as file:
        for _ in range(100):
            begun = time.perf_counter()
            file.write(b"\0" * 4096)
            file.flush()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - begun)
    return median(taken)
