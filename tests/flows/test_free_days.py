"""Which days a patient is offered: those the practice keeps, within its horizon."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from bot.flows.diary import Diary
from bot.flows.flow import Turn
from bot.model import Account, Facts, TimeOff
from tests.house import practice

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
GOOD_FRIDAY, EASTER_MONDAY = date(2026, 4, 3), date(2026, 4, 6)


def offered(diary: Diary, now: datetime) -> set[date]:
    turn = Turn("booking", "visit", Facts(now, Account(1, 11, "en")), {"visit": "first"})
    return {start.astimezone(diary.clinic.zone).date() for start in diary.free(turn)}


def test_no_patient_is_offered_a_holiday_or_a_day_the_practice_is_closed() -> None:
    diary, week = Diary(practice().content.clinic), timedelta(days=7)
    spring = offered(diary, NOW)
    assert not spring & {GOOD_FRIDAY, EASTER_MONDAY}
    assert spring >= {GOOD_FRIDAY - week, GOOD_FRIDAY + week, EASTER_MONDAY - week, EASTER_MONDAY + week}
    winter = offered(diary, datetime(2026, 12, 1, 9, tzinfo=UTC))
    assert not {day for day in winter if date(2026, 12, 24) <= day <= date(2027, 1, 1)}
    assert date(2026, 12, 23) in winter


def test_nothing_is_offered_while_the_practitioner_is_away() -> None:
    diary = Diary(practice().content.clinic)
    away = TimeOff(1, "practitioner", "example", NOW + timedelta(days=1), NOW + timedelta(days=21), "calendar")
    facts = Facts(
        NOW, Account(1, 11, "en"), off=(away, replace(away, ref="somebody else", ends_at=NOW + timedelta(days=60)))
    )
    starts = list(diary.free(Turn("booking", "visit", facts, {"visit": "first"})))
    hour = timedelta(hours=1)
    assert not [start for start in starts if away.starts_at < start + hour and start < away.ends_at]
    assert min(starts) < away.starts_at or min(starts) - away.ends_at < timedelta(days=1)
