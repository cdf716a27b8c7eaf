"""A practitioner says when they are away, and what becomes of the visits in it: decided without a database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.flows.foreseen import foreseen
from bot.model import (
    AddTimeOff,
    AskToMove,
    Book,
    Booking,
    Command,
    DropTimeOff,
    Event,
    Morning,
    Outcome,
    Record,
    Tap,
    Text,
    TimeOff,
)
from tests.flows.paper import ALEX, NOW, Paper

DAY = timedelta(days=1)


def visit(number: int, starts: datetime, name: str, **other: Any) -> Booking:
    made = Booking(number, number, "first", "example", starts, starts + timedelta(hours=1), "Europe/London", "booked")
    return replace(made, name=name, accounts=(20 + number,), **other)


class AtTheDesk:
    """Alex, whose conversation goes on from event to event."""

    def __init__(self, *visits: Booking, off: Sequence[TimeOff] = ()) -> None:
        self.paper = Paper()
        self.paper.facts = replace(self.paper.facts, diary=visits, off=tuple(off))
        self.done: list[object] = []

    def hear(self, event: Event) -> Outcome:
        paper = self.paper
        outcome = paper.hear(event, ALEX)
        paper.desk_conversation = outcome.conversation
        self.done += outcome.effects
        paper.facts = foreseen(paper.facts, outcome.effects)
        return outcome

    def off(self) -> None:
        self.hear(Command("off"))

    def types(self, text: str) -> Outcome:
        return self.hear(Text(text))

    def taps(self, code: str) -> Outcome:
        for to, say, _ in reversed(self.paper.told):
            found = [offer for row in say.offers for offer in row if code in (offer.code, offer.data)]
            if to == ALEX.account_id and found:
                return self.hear(Tap(found[0].data, "c", 1))
        raise AssertionError(f"nothing offers {code}")

    @property
    def last(self) -> str:
        return next(text for to, _, text in reversed(self.paper.told) if to == ALEX.account_id)


def london(day: int, hour: int, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def test_a_line_is_read_back_before_it_is_kept() -> None:
    desk = AtTheDesk()
    desk.off()
    assert "None ahead." in desk.last
    desk.types("tomorrow 14-16")
    assert "Tuesday 3 March, 14:00–16:00" in desk.last
    assert desk.done == []
    desk.taps("keep_it")
    assert desk.done == [AddTimeOff("example", london(3, 14), london(3, 16))]
    desk.off()
    assert "Tuesday 3 March, 14:00–16:00" in desk.last


def test_a_stretch_behind_the_command_is_read_at_once() -> None:
    desk = AtTheDesk()
    desk.hear(Command("off", "tomorrow 14-16"))
    assert [say.key for _, say, _ in desk.paper.told] == ["off.confirm"]
    desk.hear(Command("off", "whenever"))
    assert "I cannot read that" in desk.last
    patient = Paper()
    patient.hear(Command("off", "tomorrow 14-16"))
    assert not any(say.key.startswith("off.") for _, say, _ in patient.told)


@pytest.mark.parametrize(
    ("taps", "told", "kept"),
    [
        (("today", "afternoon"), "Monday 2 March, from 12:00", (london(2, 12), london(3, 0))),
        (("tomorrow", "whole_day"), "Tuesday 3 March, all day", (london(3, 0), london(4, 0))),
        (("tomorrow", "morning"), "Tuesday 3 March, until 12:00", (london(3, 0), london(3, 12))),
        (("another_day", "20260312", "whole_day"), "Thursday 12 March, all day", (london(12, 0), london(13, 0))),
        (
            ("another_day", "20260309", "until", "20260327"),
            "Monday 9 March to Friday 27 March",
            (london(9, 0), london(28, 0)),
        ),
    ],
)
def test_an_hour_or_three_weeks_by_buttons(taps: tuple[str, ...], told: str, kept: tuple[datetime, datetime]) -> None:
    desk = AtTheDesk()
    desk.off()
    for code in taps:
        desk.taps(code)
    assert told in desk.last
    desk.taps("keep_it")
    assert desk.done == [AddTimeOff("example", *kept)]


def test_hours_of_a_day_are_typed_and_what_cannot_be_read_is_said() -> None:
    desk = AtTheDesk()
    desk.off()
    desk.types("whenever")
    assert "I cannot read that" in desk.last
    desk.taps("tomorrow")
    desk.taps("hours")
    desk.types("16-14")
    assert "I cannot read those hours" in desk.last
    desk.types("3 to 5")
    assert "Tuesday 3 March, 15:00–17:00" in desk.last
    desk.taps("change")
    desk.taps("another_day")
    desk.types("31 Feb")
    assert "I cannot use that day" in desk.last
    assert desk.done == []


def test_a_day_of_next_year_is_read_back_with_its_year() -> None:
    desk = AtTheDesk()
    desk.hear(Command("off", "1 March"))
    assert "Monday 1 March, all day (2027)" in desk.last
    desk.hear(Command("off", "24 Dec to 3 Jan"))
    assert "(20" not in desk.last


def test_the_morning_that_is_over_is_not_offered() -> None:
    desk = AtTheDesk()
    desk.paper.waits(hours=3)
    desk.off()
    desk.taps("today")
    offered = {offer.code for row in desk.paper.told[-1][1].offers for offer in row}
    assert "afternoon" in offered
    assert "morning" not in offered


def test_what_was_said_is_taken_back_and_what_a_calendar_says_is_not() -> None:
    said = TimeOff(4, "practitioner", "example", london(3, 14), london(3, 16))
    read = replace(said, id=5, starts_at=london(4, 14), ends_at=london(4, 16), source="calendar")
    other = replace(said, id=6, ref="somebody else")
    desk = AtTheDesk(off=(said, read, other))
    desk.off()
    assert "Wednesday 4 March, 14:00–16:00 (your calendar)" in desk.last
    desk.taps("remove")
    codes = {offer.code for row in desk.paper.told[-1][1].offers for offer in row}
    assert "4" in codes
    assert not codes & {"5", "6"}
    desk.taps("4")
    assert desk.done == [DropTimeOff(4)]


MARIA, SAMI = visit(1, london(10, 10), "Maria"), visit(2, london(12, 15), "Sami")
AWAY = TimeOff(4, "practitioner", "example", london(9, 0), london(14, 0))


def test_visits_in_it_are_named_before_and_after_it_is_kept() -> None:
    over, later = visit(3, london(2, 8), "Lee"), visit(4, london(20, 10), "Bea")
    desk = AtTheDesk(over, MARIA, SAMI, later, visit(5, london(10, 10), "Kim", practitioner="other"))
    desk.off()
    desk.types("2 march to 13 march")
    read_back = desk.last
    desk.taps("keep_it")
    for shown in (read_back, desk.last):
        assert "Visits in your time off: 2" in shown
        assert [name for name in ("Lee", "Maria", "Sami", "Bea", "Kim") if name in shown] == ["Maria", "Sami"]
    offered = [offer.data for row in desk.paper.told[-1][1].offers for offer in row if offer.code.startswith("offer")]
    assert offered == ["s:offer_times:1", "s:offer_times:2", f"s:offer_all:{int(london(2, 0).timestamp())}"]


def test_one_tap_asks_a_patient_to_choose_another_time_once() -> None:
    desk = AtTheDesk(MARIA, SAMI, off=(AWAY,))
    outcome = desk.hear(Tap("s:offer_times:1", "c", 1))
    assert outcome.toast
    assert "Maria" in desk.last
    assert desk.done == [AskToMove(1)]
    (asked,) = (say for to, say, _ in desk.paper.told if to == 21)
    assert [offer.data for row in asked.offers for offer in row] == ["s:move_visit:1", "n:wrong"]
    assert "10 March, 10:00" in desk.paper.heard("booking.please_move")
    again = desk.hear(Tap("s:offer_times:1", "c", 1))
    assert again.effects == ()
    assert again.toast
    assert again.toast.key == "off.asked_before"


def test_all_are_asked_at_once_but_whom_messages_do_not_reach_is_to_be_called() -> None:
    asked = visit(3, london(13, 9), "Bea", move_asked=True)
    desk = AtTheDesk(MARIA, replace(SAMI, accounts=()), asked, off=(AWAY,))
    desk.hear(Tap("s:offer_all:0", "c", 1))
    assert desk.done == [AskToMove(1)]
    assert "do not reach Sami" in desk.paper.heard("off.no_reach")
    assert [to for to, say, _ in desk.paper.told if say.key == "booking.please_move"] == [21]


def test_all_are_those_of_the_time_off_in_hand() -> None:
    lee, kim = visit(3, london(24, 9), "Lee"), visit(4, london(25, 9), "Kim")
    desk = AtTheDesk(MARIA, SAMI, lee, kim, off=(AWAY,))
    desk.hear(Command("off", "23 march to 27 march"))
    desk.taps("keep_it")
    desk.taps("offer_all")
    assert [one for one in desk.done if isinstance(one, AskToMove)] == [AskToMove(3), AskToMove(4)]


def test_a_visit_that_is_gone_has_begun_or_was_cancelled_is_not_offered_again() -> None:
    for one in (visit(1, NOW - timedelta(minutes=5), "Maria"), replace(MARIA, state="arrived"), replace(MARIA, id=9)):
        desk = AtTheDesk(one, off=(AWAY,))
        outcome = desk.hear(Tap("s:offer_times:1", "c", 1))
        assert outcome.effects == ()
        assert outcome.toast
        assert outcome.toast.key == "common.gone"


def test_nobody_is_asked_to_move_once_the_time_off_is_taken_back() -> None:
    desk = AtTheDesk(MARIA)
    outcome = desk.hear(Tap("s:offer_times:1", "c", 1))
    assert outcome.effects == ()
    assert outcome.toast
    assert outcome.toast.key == "common.gone"


def test_the_morning_page_keeps_naming_visits_in_a_time_off() -> None:
    desk = AtTheDesk(MARIA, replace(SAMI, move_asked=True), off=(AWAY,))
    desk.hear(Morning(NOW.date()))
    shown = desk.paper.heard("desk.morning")
    assert "Tuesday 10 March, 10:00 <b>Maria</b>" in shown
    assert "<b>Sami</b>, First visit (asked to move, no answer yet)" in shown
    offers = [offer.data for row in desk.paper.told[-1][1].offers for offer in row]
    assert "s:offer_times:1" in offers
    assert "s:offer_times:2" not in offers


def test_a_visit_put_into_a_time_off_knowingly_is_no_conflict_but_one_that_was_there_before_it_is() -> None:
    hour = timedelta(hours=1)
    away = replace(AWAY, made_at=NOW - hour)
    desk = AtTheDesk(replace(MARIA, made_at=NOW), replace(SAMI, made_at=NOW - 2 * hour), off=(away,))
    desk.hear(Morning(NOW.date()))
    shown = desk.paper.heard("desk.morning")
    assert "Visits in your time off: 1" in shown
    assert [name for name in ("Maria", "Sami") if name in shown] == ["Sami"]
    desk.hear(Command("off", "9 march to 13 march"))
    assert "Visits in your time off: 2" in desk.last, "what is said now was not known then"


def asked(paper: Paper, visit: Booking) -> None:
    paper.facts = replace(paper.facts, bookings=(visit,), visit=visit)


def asked_to_move(is_asked: bool) -> Paper:
    """Maria, in care, taps the button under a visit of two hours from now."""
    paper = Paper()
    sent = Record(1, 1, paper.content.form.canonical, "completed", {}, submitted_at=NOW)
    paper.facts = replace(paper.facts, record=sent, sent=sent)
    asked(paper, visit(1, NOW + timedelta(hours=2), "Maria", move_asked=is_asked))
    paper.hear(Tap("s:move_visit:1", "c", 1))
    return paper


def test_whoever_was_asked_to_move_goes_on_to_another_time_inside_the_notice_too() -> None:
    assert asked_to_move(False).told[-1][1].key == "booking.mine"
    paper = asked_to_move(True)
    assert paper.told[-1][1].key == "booking.day"
    paper.picks("20260305T1000")
    outcome = paper.taps("book")
    assert [one.replaces for one in outcome.effects if isinstance(one, Book)] == [1]


def test_the_button_of_a_visit_that_moved_since_says_so() -> None:
    paper = Paper()
    asked(paper, replace(MARIA, id=8))
    outcome = paper.hear(Tap("s:move_visit:1", "c", 1))
    assert outcome.toast
    assert outcome.toast.key == "common.gone"
