"""Cancelling and moving can be taken back for three minutes: the old time is kept as long, for this person."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

import pytest

from bot.model import Book, Busy, Flag, Hold, Outcome, PlanReminder, Say, Tap, TimeOff
from tests.flows.diary import AT_TEN, BUFFER, WithDiary, assessed, taken_by, visit_at
from tests.flows.paper import NOW, Paper

VISIT = visit_at(AT_TEN)


def cancelled() -> WithDiary:
    paper = assessed(VISIT)
    paper.command("book")
    paper.taps("cancel")
    return paper


def moved(to: str) -> WithDiary:
    paper = assessed(VISIT)
    paper.command("book")
    paper.taps("move")
    paper.picks(to)
    paper.taps("book")
    return paper


def held(paper: Paper) -> tuple[datetime, datetime, datetime] | None:
    hold = paper.facts.hold
    return (hold.starts_at, hold.free_at, hold.until) if hold else None


def booked(outcome: Outcome) -> list[Book]:
    return [one for one in outcome.effects if isinstance(one, Book)]


def test_cancelling_keeps_the_time_for_three_minutes_and_says_so() -> None:
    paper = cancelled()
    assert held(paper) == (AT_TEN, VISIT.ends_at + BUFFER, NOW + timedelta(minutes=3))
    assert "You can undo this until 09:33." in paper.heard("booking.cancelled")


def test_undo_books_it_again_as_the_same_visit_and_the_practice_hears_once() -> None:
    paper = cancelled()
    paper.waits(minutes=2)
    paper.told.clear()
    paper.planned.clear()
    (again,) = booked(paper.hear(Tap("s:undo:5", "c", 1)))
    assert (again.starts_at, again.ends_at, again.uid, again.room) == (AT_TEN, VISIT.ends_at, "uid-5", "room-1")
    (stands,) = paper.facts.bookings
    assert (stands.state, stands.sequence) == ("booked", VISIT.sequence + 2)
    said = next(say for _, say, _ in paper.told if say.key == "booking.undone")
    assert said.values["document"]["sequence"] == stands.sequence
    assert said.values["document"]["state"] == "booked"
    assert "keeps Thursday 5 March, 10:00, First visit" in paper.heard("desk.undone", to=2)
    assert [say.key for to, say, _ in paper.told if to == 2] == ["desk.card", "desk.undone"]
    assert [one for one in paper.planned if isinstance(one, PlanReminder)], "its reminders are planned anew"
    assert paper.facts.hold is None


def test_undoing_twice_is_once() -> None:
    paper = cancelled()
    paper.hear(Tap("s:undo:5", "c", 1))
    again = paper.hear(Tap("s:undo:5", "c", 1))
    assert (again.effects, again.says, again.toast) == ((), (), Say("booking.undone_already"))


def test_after_three_minutes_it_is_kindly_said_that_it_is_too_late() -> None:
    paper = cancelled()
    paper.waits(minutes=3)
    assert booked(paper.taps("undo")) == []
    assert "It may still be free" in paper.heard("booking.undo_gone")
    paper.taps("book")
    assert paper.conversation.flow == "booking"


@pytest.mark.parametrize(("kind", "ref"), [("practitioner", "example"), ("room", "room-1")])
def test_a_time_that_somebody_has_is_not_booked_twice(kind: Literal["practitioner", "room"], ref: str) -> None:
    paper = cancelled()
    taken = Busy(kind, ref, AT_TEN, AT_TEN + timedelta(minutes=30))
    paper.facts = replace(paper.facts, busy=(taken,))
    assert booked(paper.taps("undo")) == []
    assert "It may still be free" in paper.heard("booking.undo_gone")


def test_whoever_chose_another_time_meanwhile_has_given_the_old_one_back() -> None:
    paper = cancelled()
    paper.command("book")
    paper.taps("first")
    paper.picks("20260306T1000")
    assert booked(paper.hear(Tap("s:undo:5", "c", 1))) == []
    assert paper.heard("booking.undo_gone")


def test_a_moved_visit_goes_back_in_place_of_the_new_one() -> None:
    paper = moved("20260306T1000")
    assert "You can undo this until 09:33." in paper.heard("booking.moved")
    (new,) = paper.facts.bookings
    (again,) = booked(paper.taps("undo"))
    assert (again.replaces, again.starts_at, again.uid) == (new.id, AT_TEN, "uid-5")
    (stands,) = paper.facts.bookings
    assert stands.sequence == new.sequence + 1


@pytest.mark.parametrize("became", ["cancelled", "moved"])
def test_what_the_practice_did_with_the_new_time_is_not_undone(became: str) -> None:
    paper = moved("20260306T1000")
    (new,) = paper.facts.bookings
    paper.waits(minutes=1)
    later = replace(new, id=9, starts_at=new.starts_at + timedelta(days=3), made_at=paper.facts.now)
    paper.rows[5] = replace(paper.rows[5], overtaken=True)
    paper.stands(*((later,) if became == "moved" else ()))
    paper.rows[5] = replace(paper.rows[5], state="cancelled")
    stood = paper.facts.bookings
    assert booked(paper.hear(Tap("s:undo:5", "c", 1))) == []
    assert "changed once more after that" in paper.heard("booking.undo_overtaken")
    assert paper.facts.bookings == stood
    paper.taps("book")
    assert paper.conversation.flow == "booking"


def test_a_new_time_the_practice_agreed_to_can_still_be_taken_back() -> None:
    paper = moved("20260306T1000")
    paper.rows[5] = replace(paper.rows[5], overtaken=True)
    (again,) = booked(paper.hear(Tap("s:undo:5", "c", 1)))
    assert (again.starts_at, again.uid) == (AT_TEN, "uid-5")


def test_of_a_time_half_taken_by_the_new_one_the_other_half_is_kept() -> None:
    paper = moved("20260305T1030")
    assert held(paper) == (AT_TEN, AT_TEN + timedelta(minutes=30), NOW + timedelta(minutes=3))
    (again,) = booked(paper.taps("undo"))
    assert (again.starts_at, again.free_at) == (AT_TEN, VISIT.ends_at + BUFFER)


def test_a_visit_that_a_sign_held_back_waits_again() -> None:
    paper = assessed(replace(VISIT, state="awaiting_release"))
    paper.facts = replace(paper.facts, flags=(Flag("steroids", "doctor", "open"),))
    paper.command("book")
    paper.taps("cancel")
    (again,) = booked(paper.taps("undo"))
    assert again.state == "awaiting_release"
    assert "It is not firm yet" in paper.heard("booking.undone_waits")


@pytest.mark.parametrize(
    "changes",
    [{"consents": frozenset()}, {"flags": (Flag("RF01", "emergency", "open"),)}],
    ids=["agreement withdrawn", "an emergency"],
)
def test_nothing_is_booked_again_where_nothing_may_be_booked(changes: dict[str, Any]) -> None:
    paper = cancelled()
    paper.facts = replace(paper.facts, **changes)
    assert booked(paper.taps("undo")) == []


@pytest.mark.parametrize("row", [6, 77])
def test_a_forged_undo_names_nothing_of_anybody_elses(row: int) -> None:
    """A row that is not this person's is not told of; one that stands was never cancelled."""
    paper = cancelled()
    other = visit_at(AT_TEN + timedelta(days=4), row=6, kind="follow-up")
    paper.stands(other)
    outcome = paper.hear(Tap(f"s:undo:{row}", "c", 1))
    assert (outcome.effects, outcome.says, outcome.toast) == ((), (), Say("common.gone"))


def test_a_visit_nobody_knows_the_room_of_is_cancelled_without_undo() -> None:
    paper = assessed(VISIT)
    paper.command("book")
    paper.facts = replace(paper.facts, busy=())
    outcome = paper.taps("cancel")
    assert not any(isinstance(one, Hold) for one in outcome.effects)
    assert "undo" not in [offer.code for row in outcome.says[-1].offers for offer in row]


def test_what_is_kept_is_what_the_visit_took_though_such_visits_take_more_by_now() -> None:
    """The practice wants longer pauses since: what such a visit takes by now reaches into the next one's."""
    paper = assessed(VISIT)
    paper.command("book")
    took = tuple(replace(busy, ends_at=VISIT.ends_at) for busy in paper.facts.busy)
    next_one = tuple(
        replace(one, starts_at=VISIT.ends_at, ends_at=VISIT.ends_at + BUFFER, booking_id=77) for one in took
    )
    paper.facts = replace(paper.facts, busy=(*took, *next_one))
    paper.taps("cancel")
    assert held(paper) == (AT_TEN, VISIT.ends_at, NOW + timedelta(minutes=3))
    (again,) = booked(paper.taps("undo"))
    assert (again.starts_at, again.free_at) == (AT_TEN, VISIT.ends_at)


@pytest.mark.parametrize("ref", ["example", "room-1"])
def test_nothing_is_kept_where_nobody_is_there_to_give_it_any_more(ref: str) -> None:
    paper = assessed(VISIT)
    kind: Literal["practitioner", "room"] = "room" if ref == "room-1" else "practitioner"
    paper.facts = replace(paper.facts, off=(TimeOff(1, kind, ref, AT_TEN, VISIT.ends_at),))
    paper.command("book")
    outcome = paper.taps("cancel")
    assert paper.facts.hold is None
    assert "undo" not in [offer.code for row in outcome.says[-1].offers for offer in row]


def test_somebody_away_only_in_the_pause_after_a_visit_stands_in_no_undos_way() -> None:
    paper = cancelled()
    paper.facts = replace(
        paper.facts, off=(TimeOff(1, "practitioner", "example", VISIT.ends_at, VISIT.ends_at + BUFFER),)
    )
    assert booked(paper.taps("undo"))


def test_the_diary_on_paper_is_as_the_practice_takes_it() -> None:
    """What these tests stand on: a visit takes its practitioner and its room, its buffer with it."""
    assert {(busy.kind, busy.ends_at) for busy in taken_by(VISIT)} == {
        ("practitioner", AT_TEN + timedelta(minutes=75)),
        ("room", AT_TEN + timedelta(minutes=75)),
    }
