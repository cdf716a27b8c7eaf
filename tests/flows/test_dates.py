"""Dates and times as people type them."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from bot.flows.dates import read_date, read_day, read_moment, read_time

TODAY = date(2026, 11, 23)
LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    "said",
    [
        *(
            "3 May 1980",
            "3.5.1980",
            "03/05/1980",
            "1980-05-03",
            "1980/5/3",
            "May 3, 1980",
            "3rd of may 1980",
            " 3 5 1980 ",
        ),
        *("3May1980", "3-May-1980", "3 may '80", "3.5.80", "03051980", "19800503", "Sat 3 May 1980", "1980 May 3"),
        *("on the 3rd of May, 1980", "٣/٥/١٩٨٠", "May the 3rd 1980", "Saturday, 3 May 1980."),
    ],
)
def test_a_date_is_read_however_it_is_commonly_written(said: str) -> None:
    assert read_date(said, TODAY) == "1980-05-03"


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("24/05/1968", "1968-05-24"),
        ("05/24/1968", "1968-05-24"),
        ("May 2024", "2024-05"),
        ("sept 2020", "2020-09"),
        ("05/2024", "2024-05"),
        ("2024-05", "2024-05"),
        ("2024", "2024"),
        ("in 2019", "2019"),
        ("around May 2024", "2024-05"),
        ("3.5.27", "2027-05-03"),
        ("3.5.28", "1928-05-03"),
        ("today", "2026-11-23"),
        ("yesterday", "2026-11-22"),
        ("2 weeks ago", "2026-11-09"),
        ("three months ago", "2026-08"),
        ("11 months ago", "2025-12"),
        ("a year ago", "2025"),
        ("last month", "2026-10"),
        ("last year", "2025"),
    ],
)
def test_a_date_says_as_much_as_was_said(said: str, written: str) -> None:
    assert read_date(said, TODAY) == written


@pytest.mark.parametrize(
    "said",
    [
        *("31 Feb 1980", "3/5", "0.0.0000", "13 Brumaire 1980", "99999-01-01", "", "Ma 2020", "13/13/2020", "1066"),
        *("ages ago", "ten", "7", "9" * 300, "3000 years ago", "-1 days ago", "x" * 5000, "29 Feb 2023"),
    ],
)
def test_what_is_no_date_is_not_taken_for_one(said: str) -> None:
    assert read_date(said, TODAY) is None


@pytest.mark.parametrize(
    ("said", "written"),
    [
        *(("9:30", "09:30:00"), ("9.30", "09:30:00"), ("0930", "09:30:00"), ("14h30", "14:30:00"), ("9h", "09:00:00")),
        *(
            ("9:30 pm", "21:30:00"),
            ("9pm", "21:00:00"),
            ("12am", "00:00:00"),
            ("12 p.m.", "12:00:00"),
            ("at 7", "07:00:00"),
        ),
        *(("noon", "12:00:00"), ("Midnight", "00:00:00"), ("9 o'clock", "09:00:00"), ("١٤:٣٠", "14:30:00")),
    ],
)
def test_a_time_is_read_however_it_is_commonly_written(said: str, written: str) -> None:
    assert read_time(said) == written


@pytest.mark.parametrize("said", ["24:00", "25", "9:60", "13pm", "0 am", "late", "", "9:5"])
def test_what_is_no_time_is_not_taken_for_one(said: str) -> None:
    assert read_time(said) is None


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("3 May 2024 14:30", "2024-05-03T14:30:00+01:00"),
        ("2024-05-03T14:30", "2024-05-03T14:30:00+01:00"),
        ("3 May 2024 at 2pm", "2024-05-03T14:00:00+01:00"),
        ("14:30 on 3 May 2024", "2024-05-03T14:30:00+01:00"),
        ("yesterday at 9pm", "2026-11-22T21:00:00+00:00"),
        ("3 Jan 2024, 14.30", "2024-01-03T14:30:00+00:00"),
        ("31 March 2024 1:30", "2024-03-31T02:30:00+01:00"),
        ("May 2024", "2024-05"),
        ("May 2024 at 2", None),
        ("x " * 3000, None),
    ],
)
def test_a_moment_is_a_date_and_a_time_on_the_clocks_of_its_zone(said: str, written: str | None) -> None:
    assert read_moment(said, TODAY, LONDON) == written


@pytest.mark.parametrize(
    ("said", "day"),
    [
        *((said, "2026-03-03") for said in ("3 March", "March 3rd", "3/3", "3.3.", "the 3rd", "3", "Tue 3 March")),
        *((said, "2026-03-03") for said in ("tomorrow", "Tuesday", "on tues", "this Tuesday", "in a day", "3.3.2026")),
        *(("next tuesday", "2026-03-10"), ("next Monday", "2026-03-09"), ("monday", "2026-03-09")),
        *(("in two weeks", "2026-03-16"), ("in 3 days' time", "2026-03-05"), ("today", "2026-03-02")),
        *(("1 March", "2027-03-01"), ("the 1st", "2026-04-01"), ("31st", "2026-03-31"), ("3/25", "2026-03-25")),
    ],
)
def test_a_day_to_come_is_read_as_people_say_one(said: str, day: str) -> None:
    assert read_day(said, date(2026, 3, 2)) == date.fromisoformat(day)


@pytest.mark.parametrize(
    "said", ["31 Feb", "31/2", "32", "0", "March", "next year", "soon", "in a while", "13/13", "3 Mai", "", "1e9"]
)
def test_what_is_no_day_to_come_is_none(said: str) -> None:
    assert read_day(said, date(2026, 3, 2)) is None
