"""How a patient chooses who, on which day and at what time: a month as buttons, the earliest, or a typed day."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bot import flows
from bot.engine import Engine
from bot.flows.content import Content
from bot.flows.diary import Diary
from bot.flows.flow import Turn
from bot.model import Book, Booking, Busy, Hold, Outcome, Record, Say, Text
from tests.flows.paper import NOW, Paper, ended
from tests.house import practice

AT_TEN = datetime(2026, 3, 5, 10, tzinfo=UTC)
VISIT = Booking(5, 7, "first", "example", AT_TEN, AT_TEN + timedelta(hours=1), "Europe/London", "booked", "uid")
UNTIL = AT_TEN + timedelta(minutes=75)
OWN = (Busy("practitioner", "example", AT_TEN, UNTIL, 5), Busy("room", "room-1", AT_TEN, UNTIL, 5))


@dataclass
class Of(Paper):
    """Maria at a practice of its own making."""

    made: Content | None = None

    @property
    def engine(self) -> Engine:
        return Engine(flows.build(self.made or practice().content))


def asked(made: Content | None = None, **facts: Any) -> Of:
    """Maria, assessed, asked what she would like to book."""
    paper = Of(made=made)
    sent = Record(1, 1, practice().content.form.canonical, "completed", {})
    paper.facts = replace(paper.facts, record=sent, sent=sent, **facts)
    paper.command("book")
    return paper


def asked_for_a_day() -> Of:
    paper = asked()
    paper.taps("first")
    return paper


def moving() -> Of:
    paper = asked(bookings=(VISIT,), busy=OWN)
    paper.taps("move")
    return paper


def card(paper: Paper) -> Say:
    return next(say for to, say, _ in reversed(paper.told) if to == 1 and say.offers)


def codes(paper: Paper) -> list[str]:
    return [offer.code for row in card(paper).offers for offer in row]


def test_whoever_was_never_here_is_offered_first_visits_only() -> None:
    shown = codes(asked())
    assert "first" in shown
    assert "follow-up" not in shown


def test_whoever_comes_back_is_offered_follow_ups_first() -> None:
    assert codes(asked(past=(ended(NOW - timedelta(days=30)),)))[:2] == ["follow-up", "first"]


def test_what_to_expect_of_a_visit_is_told_where_the_practice_says_so() -> None:
    paper = asked()
    assert "<b>First visit:</b> We talk about your answers" in paper.told[-1][2]


def test_the_month_is_a_calendar_with_its_free_days_to_tap() -> None:
    paper = asked_for_a_day()
    rows = card(paper).offers
    assert [offer.label for offer in rows[2]] == [("dayhead", number) for number in range(7)]
    first_week = [offer.code for offer in rows[3]]
    assert first_week == ["closed", "20260303", "20260304", "20260305", "20260306", "closed", "closed"]
    assert all(len(row) <= 8 for row in rows)
    assert all(len(offer.data.encode()) <= 64 for row in rows for offer in row)


def test_a_day_that_is_closed_answers_in_passing_and_nothing_changes() -> None:
    paper = asked_for_a_day()
    before = paper.conversation
    outcome = paper.taps("closed")
    assert outcome.toast == Say("booking.no_time")
    assert (outcome.says, outcome.conversation) == ((), before)


def test_a_head_of_the_calendar_that_is_typed_is_answered_too() -> None:
    paper = asked_for_a_day()
    data = next(offer.data for row in card(paper).offers for offer in row if offer.code == "closed")
    paper.conversation = replace(paper.conversation, labels={"Mo": data})
    paper.hear(Text("Mo"))
    assert "The days with a number have free times" in paper.told[-1][2]


def test_months_are_turned_within_the_horizon() -> None:
    paper = asked_for_a_day()
    assert "m20260201" not in codes(paper)
    paper.taps("m20260401")
    assert "20260407" in codes(paper)
    assert "20260406" not in codes(paper), "Easter Monday"
    paper.taps("m20260501")
    assert card(paper).values["month"] == date(2026, 5, 1)
    assert "m20260601" not in codes(paper)
    paper.taps("m20260401")
    assert card(paper).values["month"] == date(2026, 4, 1)


def test_the_earliest_is_one_tap_from_being_confirmed_and_kept() -> None:
    paper = asked_for_a_day()
    outcome = paper.taps(codes(paper)[0])
    assert [one.starts_at for one in outcome.effects if isinstance(one, Hold)] == [datetime(2026, 3, 3, 9, tzinfo=UTC)]
    assert card(paper).key == "booking.confirm"
    booked = paper.taps("book")
    assert [one.starts_at for one in booked.effects if isinstance(one, Book)] == [datetime(2026, 3, 3, 9, tzinfo=UTC)]


def test_the_earliest_that_is_just_being_taken_is_said_to_be() -> None:
    paper = asked_for_a_day()
    earliest = codes(paper)[0]
    nine = datetime(2026, 3, 3, 9, tzinfo=UTC)
    paper.facts = replace(paper.facts, busy=(Busy("practitioner", "example", nine, nine + timedelta(hours=1)),))
    outcome = paper.taps(earliest)
    assert not outcome.effects
    assert paper.heard("booking.day").startswith("Tuesday 3 March, 09:00 has just been taken.")


def test_parts_of_the_day_leave_out_the_other_times_and_days() -> None:
    paper = asked_for_a_day()
    paper.taps("evenings")
    assert [code for code in codes(paper) if code.startswith("202603")][:2] == ["20260303T1700", "20260303"]
    assert "20260305" in codes(paper), "Thursday is open until six: an hour from five fits"
    assert "20260306" not in codes(paper), "Friday closes at one"
    paper.taps("20260304")
    assert {code[-4:] for code in codes(paper) if "T" in code} == {"1700", "1730", "1800", "1830", "1900"}
    paper.command("back")
    paper.taps("evenings")
    assert "20260306" in codes(paper)


@pytest.mark.parametrize("said", ["5 March", "thursday", "5/3", "5", "Thu 5 March 2026"])
def test_a_day_that_is_typed_is_answered_by_its_times(said: str) -> None:
    paper = asked_for_a_day()
    paper.types(said)
    assert card(paper).key == "booking.time"
    assert "20260305T1000" in codes(paper)


def test_a_day_that_is_typed_shows_its_times_whatever_part_of_it_was_ticked() -> None:
    paper = asked_for_a_day()
    paper.taps("evenings")
    paper.types("6 March")
    assert "20260306T0900" in codes(paper)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("31 Feb", "I cannot find that day in the calendar."),
        ("whenever", "I cannot find that day in the calendar."),
        ("Sunday", "Nothing is free on Sunday 8 March."),
        ("1 March 2026", "Nothing is free on Sunday 1 March."),
        ("6 April", "Nothing is free on Monday 6 April."),
        ("next christmas", "I cannot find that day in the calendar."),
        ("3 June", "You can book up to Friday 1 May. 3 June 2026 is not open yet."),
    ],
)
def test_a_typed_day_that_cannot_be_had_is_one_clear_sentence(said: str, answer: str) -> None:
    paper = asked_for_a_day()
    paper.types(said)
    assert paper.told[-1][2].startswith(answer)
    assert card(paper).key == "booking.day"


# --- a move


def test_whoever_moves_may_have_what_they_have_already() -> None:
    paper = moving()
    paper.taps("20260305")
    shown = codes(paper)
    assert {"20260305T0930", "20260305T1030"} <= set(shown)
    assert "20260305T1000" not in shown, "that is when it is now"


@pytest.mark.parametrize(
    ("to", "since", "until"), [("T1030", "11:15", "11:45"), ("T0930", "09:30", "10:00"), ("T1130", "11:30", "12:45")]
)
def test_only_what_is_not_theirs_already_is_kept_for_whoever_moves(to: str, since: str, until: str) -> None:
    paper = moving()
    paper.taps("20260305")
    (hold,) = (one for one in paper.taps(f"20260305{to}").effects if isinstance(one, Hold))
    assert (f"{hold.starts_at:%H:%M}", f"{hold.free_at:%H:%M}") == (since, until)
    assert "I keep this time for you until" in paper.told[-1][2]


# --- more than one practitioner


def of_two() -> Content:
    content = practice().content
    alex = content.clinic.practitioners[0]
    return replace(
        content, clinic=replace(content.clinic, practitioners=(alex, replace(alex, id="kim", name="Kim Example")))
    )


def booked(outcome: Outcome) -> str:
    return next(one.practitioner for one in outcome.effects if isinstance(one, Book))


def all_day(ref: str) -> Busy:
    return Busy("practitioner", ref, NOW, datetime(2026, 3, 5, tzinfo=UTC))


@pytest.mark.parametrize(("who", "day"), [("example", "20260305"), ("kim", "20260303"), ("_anyone", "20260303")])
def test_one_of_several_practitioners_is_chosen_or_whoever_is_free_first(who: str, day: str) -> None:
    paper = asked(of_two(), busy=(all_day("example"),))
    paper.taps("first")
    assert card(paper).key == "booking.practitioner"
    paper.taps(who)
    earliest = codes(paper)[0]
    assert earliest.startswith(day)
    paper.taps(earliest)
    name = "Alex" if who == "example" else "Kim"
    assert f"First visit with {name} Example" in paper.told[-1][2]
    assert booked(paper.taps("book")) == ("example" if who == "example" else "kim")


def test_a_practice_of_one_asks_for_no_practitioner() -> None:
    assert card(asked_for_a_day()).key == "booking.day"


# --- what it costs


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    days: list[int] = []
    before = Diary._free_of

    def count(self: Diary, turn: Turn, one: str, first: date, last: date) -> list[datetime]:
        days.append((last - first).days + 1)
        return before(self, turn, one, first, last)

    monkeypatch.setattr(Diary, "_free_of", count)
    yield days


def test_free_times_are_looked_up_a_month_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    paper = asked_for_a_day()
    with counted(monkeypatch) as days:
        paper.taps("m20260401")
    assert days
    assert max(days) <= 31
