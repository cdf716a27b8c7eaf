"""The time zone of somebody who names a place or shows it on a map.

What is known of places comes with the packages `tzdata` (IANA's zone.tab: each zone's country, its greatest city and
where that lies) and `babel` (CLDR's names of countries and cities). Nobody's zone is guessed: several are offered.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from babel import Locale

MOST, NEAREST = 11, 4
"""So many zones to choose from at most: those of a country (Russia has eleven clocks, none has more), and those about a
place."""

_A_HALF_YEAR = timedelta(days=182)
_COORDINATES = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?([+-])(\d{3})(\d{2})(\d{2})?")
_LEAST = 2


@dataclass(frozen=True, slots=True)
class Place:
    """A zone by its greatest city: degrees, and the names it goes by."""

    zone: str
    city: str
    latitude: float
    longitude: float
    cities: frozenset[str]
    countries: frozenset[str]


def city(zone: str) -> str:
    """What a zone is called on a button: its greatest city."""
    return next((place.city for place in _places() if place.zone == zone), _city(zone))


def named(text: str, now: datetime) -> tuple[str, ...]:
    """The zones a place may lie in: a city that names one, or a country; those that differ."""
    wanted = _plain(text)
    if len(wanted) < _LEAST:
        return ()
    places = _places()
    ways = (
        [place for place in places if wanted in place.cities],
        [place for place in _leading() if wanted in place.countries],
        [place for place in places if any(name.startswith(wanted) for name in place.cities)],
        [place for place in _leading() if any(name.startswith(wanted) for name in place.countries)],
    )
    found = next((way for way in ways if way), [])
    return tuple(place.zone for place in _different(found, now, MOST))


def near(latitude: float, longitude: float, now: datetime) -> tuple[str, ...]:
    """The zones whose greatest cities lie nearest; those that differ."""
    here = math.radians(latitude), math.radians(longitude)

    def apart(place: Place) -> float:
        there = math.radians(place.latitude), math.radians(place.longitude)
        between = math.cos(here[0]) * math.cos(there[0]) * math.cos(here[1] - there[1])
        return -(math.sin(here[0]) * math.sin(there[0]) + between)

    return tuple(place.zone for place in _different(sorted(_greatest(), key=apart), now, NEAREST))


def _different(places: Iterable[Place], now: datetime, most: int) -> Iterator[Place]:
    """The first of those whose clocks show the same now and half a year on, so many at most."""
    seen: set[tuple[timedelta | None, ...]] = set()
    for place in places:
        zone = ZoneInfo(place.zone)
        shown = tuple((now + later).astimezone(zone).utcoffset() for later in (timedelta(), _A_HALF_YEAR))
        if shown not in seen:
            seen.add(shown)
            yield place
        if len(seen) == most:
            return


def _listed(name: str) -> list[list[str]]:
    lines = (files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


@cache
def _greatest() -> tuple[Place, ...]:
    """One place for all that have kept the same time since 1970."""
    zones = {zone for _, _, zone, *_ in _listed("zone1970.tab")}
    return tuple(place for place in _places() if place.zone in zones)


@cache
def _places() -> tuple[Place, ...]:
    names = Locale("en").territories
    return tuple(
        Place(
            zone,
            _city(zone),
            *_degrees(coordinates),
            frozenset({_plain(_city(zone))}),
            frozenset(() if zone.startswith(_NOBODY) else {_plain(names[country]), *_ALSO.get(country, ())}),
        )
        for country, coordinates, zone, *_ in _listed("zone.tab")
    )


@cache
def _leading() -> tuple[Place, ...]:
    """The places a country is known by before its others."""
    order = {zone: index for index, zone in enumerate(FIRST)}
    return tuple(sorted(_places(), key=lambda place: order.get(place.zone, len(order))))


_NOBODY = "Antarctica/"
"""Research stations: nobody who names a country means one of its."""
FIRST = (
    *("Australia/Sydney", "Australia/Brisbane", "Australia/Perth", "Australia/Adelaide", "Australia/Darwin"),
    *("America/Sao_Paulo", "America/Manaus", "America/Rio_Branco"),
    *("America/Toronto", "America/Vancouver", "America/Edmonton", "America/Halifax", "America/Winnipeg"),
    *("Europe/Moscow", "Asia/Yekaterinburg", "Asia/Novosibirsk", "Europe/Samara", "Asia/Irkutsk", "Asia/Vladivostok"),
    "Europe/Kyiv",
    *("America/New_York", "America/Chicago", "America/Los_Angeles", "America/Denver", "America/Phoenix"),
    *("Pacific/Honolulu", "America/Anchorage"),
)
"""The zones by which most people of a country live, those of the most first, for countries that zone.tab goes through
from one side to the other: it begins Australia with an island of 400 people. It does not say how many live where."""
_ALSO = {"GB": ("uk", "england", "scotland", "wales", "great britain", "northern ireland"), "US": ("usa", "america")}
"""What people call a country besides its name."""


def _city(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")


def _plain(name: str) -> str:
    """In small letters, without accents and signs."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    return " ".join("".join(sign if sign.isalnum() else " " for sign in bare.casefold()).split())


def _degrees(written: str) -> tuple[float, float]:
    """ISO 6709 as zone.tab has it: +5130-00007."""
    match = _COORDINATES.fullmatch(written)
    assert match is not None, written
    sign, degrees, minutes, seconds, *rest = match.groups()
    return _degree(sign, degrees, minutes, seconds), _degree(*rest)


def _degree(sign: str, degrees: str, minutes: str, seconds: str | None) -> float:
    size = int(degrees) + int(minutes) / 60 + int(seconds or 0) / 3600
    return -size if sign == "-" else size
