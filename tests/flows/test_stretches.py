"""Time off as it is typed."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.flows.stretches import read_hours, read_stretch

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)  # a Monday


def read(text: str, now: datetime = NOW) -> str:
    """From when until when by the practice's clock."""
    found = read_stretch(text, now, LONDON)
    if found is None:
        return ""
    start, end = (one.astimezone(LONDON) for one in (found.start, found.end))
    return f"{start:%d.%m.%y %H:%M} {end:%d.%m.%y %H:%M}"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tomorrow 14-16", "03.03.26 14:00 03.03.26 16:00"),
        ("Tomorrow, 2pm to 4pm", "03.03.26 14:00 03.03.26 16:00"),
        ("Tue 15:00 to 17:00", "03.03.26 15:00 03.03.26 17:00"),
        ("Tue 15:00–17:00", "03.03.26 15:00 03.03.26 17:00"),
        ("tuesday from 15.00 until 17.30", "03.03.26 15:00 03.03.26 17:30"),
        ("next Tuesday 9 to 11", "10.03.26 09:00 10.03.26 11:00"),
        ("fri 3-5", "06.03.26 15:00 06.03.26 17:00"),
        ("fri 3-5pm", "06.03.26 15:00 06.03.26 17:00"),
        ("fri 11-1pm", "06.03.26 11:00 06.03.26 13:00"),
        ("fri 9-1", "06.03.26 09:00 06.03.26 13:00"),
        ("14-16", "02.03.26 14:00 02.03.26 16:00"),
        ("2 to 4 on Friday", "06.03.26 14:00 06.03.26 16:00"),
        ("5 March 14-16", "05.03.26 14:00 05.03.26 16:00"),
        ("5 March, between 10 and 11:30", "05.03.26 10:00 05.03.26 11:30"),
        ("fri 17 to midnight", "06.03.26 17:00 07.03.26 00:00"),
        ("fri afternoon", "06.03.26 12:00 07.03.26 00:00"),
        ("this afternoon", "02.03.26 12:00 03.03.26 00:00"),
        ("tomorrow morning", "03.03.26 00:00 03.03.26 12:00"),
        ("friday evening", "06.03.26 17:00 07.03.26 00:00"),
        ("today from 3pm", "02.03.26 15:00 03.03.26 00:00"),
        ("from 3pm", "02.03.26 15:00 03.03.26 00:00"),
        ("I'm off from 15:30", "02.03.26 15:30 03.03.26 00:00"),
        ("from 14 to 16", "02.03.26 14:00 02.03.26 16:00"),
        ("tomorrow between 2 and 4", "03.03.26 14:00 03.03.26 16:00"),
        ("today after 3", "02.03.26 15:00 03.03.26 00:00"),
        ("tomorrow until noon", "03.03.26 00:00 03.03.26 12:00"),
        ("I'm off tomorrow", "03.03.26 00:00 04.03.26 00:00"),
        ("today", "02.03.26 00:00 03.03.26 00:00"),
        ("5 March all day", "05.03.26 00:00 06.03.26 00:00"),
        ("24 Dec to 3 Jan", "24.12.26 00:00 04.01.27 00:00"),
        ("from 24/12 to 3/1", "24.12.26 00:00 04.01.27 00:00"),
        ("24-28 dec", "24.12.26 00:00 29.12.26 00:00"),
        ("the 24th to the 28th of december", "24.12.26 00:00 29.12.26 00:00"),
        ("30 March to 20 April", "30.03.26 00:00 21.04.26 00:00"),
        ("2026-12-24 to 2027-01-03", "24.12.26 00:00 04.01.27 00:00"),
        ("2026-12-24", "24.12.26 00:00 25.12.26 00:00"),
        ("wed to fri", "04.03.26 00:00 07.03.26 00:00"),
        ("fri to mon", "06.03.26 00:00 10.03.26 00:00"),
        ("tomorrow till friday", "03.03.26 00:00 07.03.26 00:00"),
        ("Fri 14:00 to Mon 10:00", "06.03.26 14:00 09.03.26 10:00"),
        ("next week", "09.03.26 00:00 16.03.26 00:00"),
        ("the rest of the week", "02.03.26 00:00 09.03.26 00:00"),
        ("6 April for three weeks", "06.04.26 00:00 27.04.26 00:00"),
        ("tomorrow for 2 days", "03.03.26 00:00 05.03.26 00:00"),
        ("tomorrow at 10 for 2 hours", "03.03.26 10:00 03.03.26 12:00"),
        ("for two hours", "02.03.26 09:30 02.03.26 11:30"),
    ],
)
def test_time_off_is_read_as_it_is_meant(typed: str, meant: str) -> None:
    assert read(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        *("", "soon", "31 Feb", "31 Feb to 2 March", "tomorrow 16-14", "tomorrow 25-26", "7", "today until 9:00", "14"),
        *("next year for 2000 days", "from", "x to y", "3 - - 5", "2 Jan 2020", "2 Jan 2020 to 4 Jan 2020"),
        *("mon and wed", "5 and 12 March", "5 March and 12 March", "tomorrow and friday"),
        *("to", "9" * 5000, "tomorrow 14-16 " * 400),
    ],
)
def test_what_cannot_be_is_not_read(typed: str) -> None:
    assert read(typed) == ""


def test_a_day_is_as_long_as_the_clocks_make_it() -> None:
    found = read_stretch("29 March", NOW, LONDON)
    assert found
    assert (found.end - found.start).total_seconds() == 23 * 3600


def test_hours_of_a_day_already_chosen() -> None:
    day = date(2026, 3, 5)
    for typed, hours in [("14-16", (14, 16)), ("from 3pm", (15, 24)), ("until noon", (0, 12)), ("afternoon", (12, 24))]:
        found = read_hours(typed, day, LONDON)
        assert found, typed
        begins = datetime(2026, 3, 5, tzinfo=UTC)
        assert [(one - begins).total_seconds() / 3600 for one in (found.start, found.end)] == list(hours)
    assert read_hours("friday", day, LONDON) is None
    assert read_hours("16-14", day, LONDON) is None
