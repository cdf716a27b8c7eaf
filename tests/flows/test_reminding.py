"""Reminders of a visit: which are planned, what is held against the diary when one comes, what its buttons do."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.flows.reminding import FIRST, planned
from bot.model import Account, Booking, ConfirmBooking, Flag, Outcome, PlanReminder, Record, Say, SettleReminder, Tap
from tests.flows.diary import visit_at
from tests.flows.paper import NOW, Paper
from tests.house import practice

CLINIC = practice().content.clinic
START = NOW + timedelta(days=4)
VISIT = Booking(5, 7, "first", "example", START, START + timedelta(hours=1), "Europe/London", "booked")
TWO_DAYS, ONE_DAY, TWO_HOURS, *_ = planned(CLINIC, VISIT, NOW)


def booked(visit: Booking = VISIT) -> Paper:
    """Maria has sent her assessment, and has a visit."""
    paper = Paper()
    paper.command("assessment")
    paper.answers()
    paper.taps("send")
    paper.command("cancel")
    paper.told.clear()
    paper.facts = replace(paper.facts, bookings=(visit,))
    return paper


def settled(outcome: Outcome) -> list[str]:
    return [one.state for one in outcome.effects if isinstance(one, SettleReminder)]


def reminders(paper: Paper) -> list[Say]:
    return [say for to, say, _ in paper.told if say.key == "booking.reminder" and to == 1]


def codes(say: Say) -> list[str]:
    return [offer.code for row in say.offers for offer in row]


def offered(paper: Paper) -> list[str]:
    return codes(reminders(paper)[-1])


def taps(paper: Paper, code: str) -> Outcome:
    """A button under the last reminder, whatever has been said since."""
    data = next(offer.data for row in reminders(paper)[-1].offers for offer in row if offer.code == code)
    return paper.hear(Tap(data, "c", 1))


def confirmations(outcome: Outcome) -> list[int]:
    return [one.booking_id for one in outcome.effects if isinstance(one, ConfirmBooking)]


# --- which are planned


@pytest.mark.parametrize(
    ("ahead", "hours"),
    [
        (timedelta(days=4), [48, 24, 2]),
        (timedelta(hours=48), [24, 2]),
        (timedelta(hours=25), [24, 2]),
        (timedelta(hours=3), [2]),
        (timedelta(hours=2), []),
    ],
    ids=str,
)
def test_each_reminder_still_ahead_is_planned_and_none_in_the_past(ahead: timedelta, hours: list[int]) -> None:
    visit = visit_at(NOW + ahead)
    *found, after, look_back = planned(CLINIC, visit, NOW)
    assert (look_back.kind, look_back.due_at) == ("review", NOW + ahead + timedelta(days=1))
    assert [NOW + ahead - one.due_at for one in found] == [timedelta(hours=each) for each in hours]
    assert [one.topic for one in found] == [FIRST, "", ""][: len(found)]
    assert (after.kind, after.due_at) == ("aftercare", visit.ends_at + timedelta(minutes=30))


def test_advice_for_after_a_visit_comes_after_it_however_long_it_is() -> None:
    long = replace(visit_at(NOW + timedelta(days=1)), ends_at=NOW + timedelta(days=1, hours=3))
    (after,) = [one for one in planned(CLINIC, long, NOW) if one.kind == "aftercare"]
    assert after.due_at > long.ends_at


def test_booking_plans_them() -> None:
    paper = booked()
    paper.facts = replace(paper.facts, bookings=())
    paper.command("book")
    for _ in range(3):
        say = next(say for to, say, _ in reversed(paper.told) if to == 1)
        paper.taps(say.offers[0][0].code)
    paper.taps("book")
    (visit,) = paper.facts.bookings
    kinds = ("visit", "aftercare", "review")
    found = [one for one in paper.planned if isinstance(one, PlanReminder) and one.kind in kinds]
    assert found
    assert found == list(planned(CLINIC, visit, NOW))


# --- when one comes


def test_the_first_carries_the_short_screen_and_later_ones_name_it_until_it_is_answered() -> None:
    paper = booked()
    assert settled(paper.comes(TWO_DAYS)) == ["sent"]
    assert "Please answer a few short questions first" in paper.heard("booking.reminder")
    assert offered(paper) == ["check", "confirm", "move", "cancel", "wrong"]
    paper.comes(ONE_DAY)
    assert "still wait for your answer" in paper.heard("booking.reminder")
    assert "check" in offered(paper)
    paper.taps("check")
    paper.answers()
    assert settled(paper.comes(TWO_HOURS)) == ["sent"]
    assert "questions" not in paper.heard("booking.reminder")
    assert "check" not in offered(paper)


def test_a_screen_answered_before_another_visit_does_not_count() -> None:
    paper = booked()
    old = Record(2, 1, "check", "completed", {}, submitted_at=START - timedelta(days=3))
    paper.facts = replace(paper.facts, checks=(old,))
    paper.comes(ONE_DAY)
    assert "check" in offered(paper)


def test_the_first_line_tells_a_locked_phone_nothing_of_health() -> None:
    paper = booked()
    paper.comes(TWO_DAYS)
    told = paper.heard("booking.reminder")
    first = told.split("\n")[0]
    assert "Before your visit" in first
    assert not any(word in told.casefold() for word in ("pain", "needle", "acupuncture", "warning"))
    assert ", ".join(CLINIC.address) in told


def test_none_comes_of_a_visit_that_was_cancelled_or_moved() -> None:
    cancelled, moved = booked(), booked()
    cancelled.facts = replace(cancelled.facts, bookings=())
    assert settled(cancelled.comes(ONE_DAY)) == ["cancelled"]
    moved.comes(TWO_DAYS)
    moved.told.clear()
    moved.facts = replace(moved.facts, bookings=(replace(VISIT, id=6, starts_at=START + timedelta(days=1)),))
    taps_of_old = moved.hear(Tap("s:confirm:1", "c", 1))
    assert confirmations(taps_of_old) == []
    assert taps_of_old.toast == Say("booking.visit_gone")
    for paper in (cancelled, moved):
        assert reminders(paper) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"consents": frozenset()},
        {"flags": (Flag("W01", "emergency", "open"),)},
    ],
    ids=["agreement withdrawn", "an emergency"],
)
def test_none_comes_where_nothing_should_be_said_of_a_visit(changes: dict[str, Any]) -> None:
    paper = booked()
    paper.facts = replace(paper.facts, **changes)
    assert settled(paper.comes(ONE_DAY)) == ["cancelled"]
    assert reminders(paper) == []


def test_none_goes_to_somebody_who_blocked_the_bot_until_they_let_it_in_again() -> None:
    paper = booked()
    paper.facts = replace(paper.facts, account=Account(1, 11, "en", reachable=False))
    assert settled(paper.comes(TWO_DAYS)) == ["missed"]
    paper.facts = replace(paper.facts, account=Account(1, 11, "en"))
    assert settled(paper.comes(ONE_DAY)) == ["sent"]
    assert "check" in offered(paper), "the screen goes with the first that is sent"


def test_one_that_is_late_beyond_its_sense_is_missed() -> None:
    paper = booked()
    assert settled(paper.comes(TWO_DAYS, late=timedelta(hours=24))) == ["missed"], "the next has come due"
    assert settled(paper.comes(TWO_HOURS, late=timedelta(hours=2))) == ["missed"], "the visit has begun"
    assert reminders(paper) == []
    assert settled(paper.comes(TWO_DAYS, late=timedelta(hours=23))) == ["sent"]
    assert len(reminders(paper)) == 1


# --- what its buttons do


def test_confirming_is_kept_and_marked_on_the_card_and_twice_is_once() -> None:
    paper = booked()
    paper.comes(TWO_DAYS)
    paper.told.clear()
    first = paper.hear(Tap("s:confirm:1", "c", 1))
    assert confirmations(first) == [5]
    assert [(to, say.key) for to, say, _ in paper.told] == [(2, "desk.card"), (1, "booking.confirmed")]
    assert "is coming" in paper.heard("desk.card", to=2)
    again = paper.hear(Tap("s:confirm:1", "c", 1))
    assert (again.effects, again.says, again.toast) == ((), (), Say("booking.confirmed"))
    paper.comes(ONE_DAY)
    assert offered(paper) == ["check", "move", "cancel", "wrong"]


@pytest.mark.parametrize("code", ["confirm", "move", "cancel"])
def test_after_a_cancel_every_button_says_so_and_all_of_them_go(code: str) -> None:
    paper = booked()
    paper.comes(TWO_DAYS)
    paper.facts = replace(paper.facts, bookings=())
    before = paper.conversation
    outcome = taps(paper, code)
    (shown,) = outcome.says
    assert (outcome.effects, outcome.toast) == ((), Say("booking.visit_gone"))
    assert (shown.key, shown.edit, codes(shown)) == ("booking.reminder_gone", 1, ["wrong"])
    assert paper.conversation == before


@pytest.mark.parametrize("code", ["confirm", "late", "move", "cancel"])
def test_once_the_visit_is_over_every_button_says_so_and_all_of_them_go(code: str) -> None:
    paper = booked()
    paper.comes(TWO_HOURS)
    paper.facts = replace(paper.facts, now=VISIT.ends_at, bookings=(), past=(VISIT,))
    before = paper.conversation
    outcome = taps(paper, code)
    assert (outcome.effects, outcome.toast) == ((), Say("booking.visit_over"))
    assert (outcome.says[0].edit, codes(outcome.says[0])) == (1, ["wrong"])
    assert "This visit has begun, or is over" in paper.heard("booking.reminder_over")
    assert paper.conversation == before


def test_a_visit_that_waits_cannot_be_confirmed_and_its_reminder_says_that_it_waits() -> None:
    paper = booked(replace(VISIT, state="awaiting_release"))
    paper.comes(TWO_DAYS)
    assert "waits for the practitioner" in paper.heard("booking.reminder")
    assert "confirm" not in offered(paper)
    assert confirmations(paper.hear(Tap("s:confirm:1", "c", 1))) == []


def test_a_visit_that_has_begun_cannot_be_confirmed() -> None:
    paper = booked()
    paper.comes(TWO_HOURS)
    paper.waits(hours=2)
    outcome = taps(paper, "confirm")
    assert (confirmations(outcome), outcome.toast) == ([], Say("booking.visit_over"))


@pytest.mark.parametrize("code", ["move", "cancel"])
def test_move_and_cancel_go_to_the_visit_where_the_rules_of_notice_stand(code: str) -> None:
    paper = booked()
    paper.comes(TWO_DAYS)
    taps(paper, code)
    assert paper.conversation.drafts["booking"].step == "mine"
    paper.taps("cancel")
    assert "Your visit is cancelled" in paper.heard("booking.cancelled")
    late = booked()
    late.comes(TWO_HOURS)
    taps(late, code)
    late.taps(code)
    assert "too close to your visit" in late.heard("booking.inside")
    assert late.facts.bookings == (VISIT,)


def test_confirming_leaves_the_question_in_hand_as_it_is() -> None:
    paper = booked()
    paper.comes(TWO_DAYS)
    paper.taps("check")
    before = paper.conversation
    taps(paper, "confirm")
    assert paper.conversation == before


def test_a_moved_visit_is_to_be_confirmed_anew() -> None:
    paper = booked(replace(VISIT, confirmed=True))
    paper.command("book")
    paper.taps("move")
    for _ in range(2):
        say = next(say for to, say, _ in reversed(paper.told) if to == 1)
        paper.taps(say.offers[0][0].code)
    paper.taps("book")
    (visit,) = paper.facts.bookings
    assert visit.starts_at != START
    assert not visit.confirmed
