"""A year of lifestyle advice: what a slow look at every quarter of an hour has, the house sends, and nothing else."""

import os
import random
from datetime import datetime, time, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest

from tests.end_to_end.year import BEGIN, NIGHT_BEGINS, NIGHT_ENDS, YEAR, Life, Outage, Year, expected, zones

PATIENTS = {"long": 1000, "short": 40}
SEED = 20_260_105
AWAY = 24
"""Outages in the year, from half an hour to three days."""


@pytest.mark.prove
def test_in_a_year_everything_expected_goes_out_once_in_its_hour_and_nothing_at_night(
    sqlite_database: str, short_proof: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    begun, chance = perf_counter(), random.Random(SEED)
    outages = away(chance)
    lives = [a_life(number, chance, outages) for number in range(PATIENTS["short" if short_proof else "long"])]
    year = Year(sqlite_database, lives, outages)
    year.run()
    sent = 0
    for life in lives:
        wanted = list(expected(life, outages))
        assert year.sent.get(life.chat, []) == wanted, life
        sent += len(wanted)
        if not life.moves:
            shown = [moment.astimezone(ZoneInfo(life.zone)).time() for moment in wanted]
            assert not [at for at in shown if at >= NIGHT_BEGINS or at < NIGHT_ENDS]
    with capsys.disabled():
        print(  # noqa: T201 - the figures of the proof
            f"\na year of {len(lives)} patients in {len({life.zone for life in lives})} zones, {AWAY} outages, "
            f"{year.restarts} restarts, {sum(len(life.moves) for life in lives)} moves, "
            f"{sum(len(life.pauses) for life in lives)} pauses: {sent} messages, each once and in its hour; "
            f"{perf_counter() - begun:.0f} s [load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores]"
        )


def away(chance: random.Random) -> list[Outage]:
    """One every fortnight or so, on the quarter of an hour."""
    starts = [BEGIN + timedelta(days=14 * n + 3, minutes=15 * chance.randrange(96)) for n in range(1, AWAY + 1)]
    return [(start, start + timedelta(minutes=15 * chance.choice((2, 6, 8, 9, 20, 100, 288)))) for start in starts]


def a_life(number: int, chance: random.Random, outages: list[Outage]) -> Life:
    """Somebody in one zone after the other, so that every zone is lived in."""
    everywhere = zones()
    zone = everywhere[(number * 97) % len(everywhere)]
    days = frozenset(chance.sample(range(7), chance.randint(1, 7)))
    at = time(chance.randrange(8, 21), 15 * chance.randrange(4))
    taps = number % 10 != 3
    moves = tuple((when(chance, outages), chance.choice(everywhere)) for _ in range(chance.choice((0, 0, 0, 1, 2))))
    pauses = tuple(when(chance, outages) for _ in range(chance.choice((0, 0, 1))))
    weekly = chance.randint(1, len(days))
    return Life(1001 + number, days, at, zone, weekly, moves if taps else (), pauses if taps else (), taps)


def when(chance: random.Random, outages: list[Outage]) -> datetime:
    """A minute of the year in which the bot runs, and at which nothing is due."""
    while True:
        moment = BEGIN + timedelta(minutes=15 * chance.randrange(int(YEAR.total_seconds()) // 900) + 7)
        if not any(down <= moment < up for down, up in outages):
            return moment
