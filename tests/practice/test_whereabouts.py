"""Zones of places named or shown: only what the packages know, several offered, none guessed."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.practice.whereabouts import FIRST, MOST, NEAREST, city, named, near

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "zones"),
    [
        ("London", ["Europe/London"]),
        ("  new   YORK ", ["America/New_York"]),
        ("São Paulo", ["America/Sao_Paulo"]),
        ("sao paulo", ["America/Sao_Paulo"]),
        ("uk", ["Europe/London"]),
        ("Wales", ["Europe/London"]),
        ("Germany", ["Europe/Berlin"]),
        ("Spain", ["Europe/Madrid", "Atlantic/Canary"]),
        ("berl", ["Europe/Berlin"]),
        ("Côte d’Ivoire", ["Africa/Abidjan"]),
        ("x", []),
        ("", []),
        ("Nowhere at all", []),
        ("١٢٣", []),
    ],
)
def test_a_city_or_a_country_names_its_zones(said: str, zones: list[str]) -> None:
    assert list(named(said, NOW)) == zones


@pytest.mark.parametrize(
    ("country", "cities"),
    [
        ("Australia", ["Sydney", "Brisbane", "Perth", "Adelaide", "Darwin"]),
        ("Brazil", ["Sao Paulo", "Manaus", "Rio Branco"]),
        ("Canada", ["Toronto", "Vancouver", "Edmonton", "Halifax"]),
        ("Indonesia", ["Jakarta", "Makassar", "Jayapura"]),
        ("Russia", ["Moscow", "Yekaterinburg", "Novosibirsk", "Samara"]),
        ("Ukraine", ["Kyiv"]),
        ("USA", ["New York", "Chicago", "Los Angeles", "Denver"]),
    ],
)
def test_a_wide_country_is_offered_by_where_most_of_its_people_live(country: str, cities: list[str]) -> None:
    assert [city(zone) for zone in named(country, NOW)][: len(cities)] == cities


def test_no_clock_of_a_country_is_left_out() -> None:
    assert {"Europe/Kaliningrad", "Asia/Kamchatka", "Asia/Vladivostok"} <= set(named("Russia", NOW))


def test_the_zones_that_come_first_are_zones_in_use() -> None:
    assert [zone for zone in FIRST if named(city(zone), NOW) != (zone,)] == []


def test_of_a_wide_country_each_clock_is_offered_once() -> None:
    found = named("usa", NOW)
    assert {"America/New_York", "America/Chicago", "America/Los_Angeles", "Pacific/Honolulu"} <= set(found)
    assert len(found) <= MOST
    assert not [zone for zone in named("Australia", NOW) if zone.startswith("Antarctica/")]


@pytest.mark.parametrize(
    ("place", "zone"),
    [((53.5, -2.2), "Europe/London"), ((35.7, 139.7), "Asia/Tokyo"), ((33.4, -112.1), "America/Phoenix")],
)
def test_a_place_on_the_map_offers_the_nearest(place: tuple[float, float], zone: str) -> None:
    found = near(*place, NOW)
    assert found[0] == zone
    assert len(found) == len(set(found)) <= NEAREST


@pytest.mark.parametrize("place", [(90.0, 0.0), (-90.0, 180.0), (0.0, -180.0)])
def test_any_place_on_earth_has_a_zone(place: tuple[float, float]) -> None:
    assert all(ZoneInfo(zone) for zone in near(*place, NOW))


def test_a_zone_is_called_by_its_city() -> None:
    assert city("America/Argentina/Buenos_Aires") == "Buenos Aires"
    assert city("Europe/Isle_of_Man") == "Isle of Man"
    assert city("UTC") == "UTC"
