"""Visits the practitioner agrees to first: decided without a database."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot import flows
from bot.engine import Engine
from bot.flows.approving import answer_by
from bot.flows.content import Content
from bot.model import (
    ApproveBooking,
    Book,
    Booking,
    CancelBooking,
    Flag,
    Outcome,
    Patient,
    PlanReminder,
    PutOff,
    Record,
    Tap,
)
from tests.flows.diary import taken_by
from tests.flows.paper import ALEX, NOW, Paper
from tests.house import practice

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FLAG = Flag("RF12", "doctor", "open")


def with_approval() -> Content:
    content = practice().content
    visits = tuple(replace(one, approve=True, approve_within_hours=6) for one in content.clinic.visits)
    return replace(content, clinic=replace(content.clinic, visits=visits))


ENGINE = Engine(flows.build(with_approval()))


class Asking(Paper):
    """Maria at a practice that agrees first."""

    @property
    def engine(self) -> Engine:
        return ENGINE


def maria(*flags: Flag) -> Asking:
    made = Asking()
    sent = Record(1, 1, practice().content.form.canonical, "completed", {}, submitted_at=NOW - HOUR)
    patient = Patient(7, "active", "Maria")
    made.facts = replace(made.facts, record=sent, sent=sent, patient=patient, flags=flags)
    return made


def asks(made: Asking) -> Booking:
    for code in ("first", "20260305", "20260305T1000"):
        made.taps(code)
    (deed,) = (one for one in made.taps("book").effects if isinstance(one, Book))
    assert (deed.state, deed.approve_until) == ("awaiting_release", NOW + 6 * HOUR)
    (booked,) = made.facts.bookings
    made.facts = replace(made.facts, bookings=(replace(booked, id=5),), visit=replace(booked, id=5))
    return made.facts.bookings[0]


def request(*flags: Flag) -> tuple[Asking, Booking]:
    made = maria(*flags)
    made.command("book")
    visit = asks(made)
    made.due("approval")
    return made, visit


def answers(made: Asking, verb: str) -> Outcome:
    return made.hear(Tap(f"s:{verb}:5", "c", 1), ALEX)


def test_a_request_is_said_to_be_one_and_until_when() -> None:
    made, _ = request()
    assert "You will hear by Monday 2 March, 15:30" in made.heard("booking.requested", 1)
    assert made.heard("desk.booked") == ""
    (asked,) = (say for to, say, _ in made.told if say.key == "desk.requested")
    assert [offer.data for row in asked.offers for offer in row] == ["s:approve:5", "s:decline:5"]
    ends = [one for one in made.planned if isinstance(one, PlanReminder) and one.kind == "approval"][-1]
    assert (ends.due_at, ends.booking_id) == (NOW + 6 * HOUR, 5)
    made.command("book")
    assert "It is a request" in made.told[-1][2]


def test_agreed_it_is_firm_and_the_patient_hears_so_once() -> None:
    made, _ = request()
    assert ApproveBooking(5, "booked") in answers(made, "approve").effects
    assert made.heard("booking.approved", 1)
    (firm,) = made.facts.bookings
    assert (firm.state, firm.approve_until) == ("booked", None)
    made.facts = replace(made.facts, visit=firm)
    for verb in ("approve", "decline"):
        again = answers(made, verb)
        assert again.effects == ()
        assert again.toast
        assert again.toast.key == "common.gone"


@pytest.mark.parametrize(
    ("verb", "told"), [("approve", "✅ Agreed: <b>Maria</b>"), ("decline", "Declined: <b>Maria</b>")]
)
def test_the_message_that_asks_says_what_became_of_it_and_has_no_buttons_any_more(verb: str, told: str) -> None:
    made, asked = request()
    (shown,) = (say for say in answers(made, verb).says if say.edit)
    assert (shown.edit, shown.offers) == (1, ())
    assert f"{told}, Thursday 5 March, 10:00" in made.heard(shown.key)
    made.facts = replace(made.facts, visit=replace(asked, state="cancelled", approve_until=None))
    assert [say.key for say in answers(made, verb).says] == ["desk.request_settled"]
    assert not [say for say in made.hear(Tap(f"s:{verb}_one:5", "c", 1), ALEX).says if say.edit]


def test_declined_its_time_is_free_and_the_patient_hears_so() -> None:
    made, _ = request()
    assert CancelBooking(5) in answers(made, "decline").effects
    (told,) = (say for to, say, _ in made.told if say.key == "booking.declined")
    assert (told.to, told.document, told.values["document"]["state"]) == (1, "ics", "cancelled")


def test_without_an_answer_its_time_is_free_and_both_hear_so() -> None:
    made, _ = request()
    outcome = made.due("approval")
    assert CancelBooking(5) in outcome.effects
    assert made.heard("booking.request_expired", 1)
    assert "Maria" in made.heard("desk.request_expired", ALEX.account_id)


@pytest.mark.parametrize(
    ("asked", "until"),
    [
        (NOW + 12.5 * HOUR, NOW + DAY - 1.5 * HOUR),  # at ten in the evening: by eight in the morning
        (NOW + 2 * DAY + 12 * HOUR, NOW + 2 * DAY + 22.5 * HOUR),
    ],
)
def test_nobody_is_told_at_night_that_there_was_no_answer(asked: datetime, until: datetime) -> None:
    made = maria()
    made.facts = replace(made.facts, now=asked)
    visit = with_approval().clinic.visits[0]
    assert answer_by(with_approval().clinic, visit, NOW + 3 * DAY, made.facts) == until


def test_of_a_visit_early_in_the_morning_it_is_said_the_evening_before() -> None:
    made, visit = maria(), with_approval().clinic.visits[0]
    made.facts = replace(made.facts, now=NOW + 6 * HOUR)
    evening = NOW + 11.5 * HOUR
    assert answer_by(with_approval().clinic, visit, NOW + 22 * HOUR, made.facts) == evening
    made.facts = replace(made.facts, now=evening)
    early = NOW + 14 * HOUR
    assert answer_by(with_approval().clinic, visit, early, made.facts) == early


def test_a_request_whose_end_finds_the_night_waits_for_its_end() -> None:
    made, _ = request()
    end = [one for one in made.planned if isinstance(one, PlanReminder) and one.kind == "approval"][-1]
    outcome = made.comes(end, late=10 * HOUR)
    assert not [one for one in outcome.effects if isinstance(one, CancelBooking)]
    assert [one.due_at for one in outcome.effects if isinstance(one, PutOff)] == [NOW + 22.5 * HOUR]
    assert made.heard("booking.request_expired") == ""
    assert CancelBooking(5) in made.comes(end, late=16.5 * HOUR).effects
    assert made.heard("booking.request_expired", 1)


@pytest.mark.parametrize("state", ["booked", "cancelled"])
def test_one_that_was_answered_or_cancelled_does_not_end(state: str) -> None:
    made, visit = request()
    left = () if state == "cancelled" else (replace(visit, state="booked", approve_until=None),)
    made.facts = replace(made.facts, bookings=left)
    outcome = made.due("approval")
    assert not [one for one in outcome.effects if isinstance(one, CancelBooking)]
    assert made.heard("booking.request_expired") == ""


def test_a_warning_sign_and_a_request_are_let_go_one_by_one() -> None:
    made, _ = request(FLAG)
    assert "looked at by a doctor first" in made.heard("booking.waiting", 1)
    assert "You will hear by" in made.heard("booking.waiting", 1)
    assert ApproveBooking(5, "awaiting_release") in answers(made, "approve").effects
    assert made.heard("booking.approved") == ""
    made.desk("release")
    assert [one.state for one in made.facts.bookings] == ["booked"]


def test_a_sign_released_first_leaves_the_request_standing() -> None:
    made, _ = request(FLAG)
    made.desk("release")
    assert [one.state for one in made.facts.bookings] == ["awaiting_release"]
    assert "You will hear about the time you asked for" in made.heard("intake.released_request", 1)
    assert ApproveBooking(5, "booked") in answers(made, "approve").effects


def test_who_asks_for_another_time_hears_what_is_given_up_and_can_take_it_back() -> None:
    made = maria()
    stands = Booking(3, 7, "first", "example", NOW + 8 * DAY, NOW + 8 * DAY + HOUR, "Europe/London", "booked", "u")
    made.facts = replace(made.facts, bookings=(stands,), visit=stands, busy=taken_by(stands))
    made.command("book")
    for code in ("move", "20260312", "20260312T1000"):
        made.taps(code)
    assert "I give back your visit on Tuesday 10 March, 09:30 at once, and ask the practitioner" in made.heard(
        "booking.confirm"
    )
    made.taps("book")
    told = [say.key for to, say, _ in made.told if to == ALEX.account_id and not say.card]
    assert told == ["desk.given_up"]
    assert "Gives up: <b>Maria</b>, Tuesday 10 March, 09:30" in made.heard("desk.given_up")
    assert "You can undo this until 09:33." in made.heard("booking.requested")
    asked, gone = replace(made.facts.bookings[0], id=5), replace(stands, state="cancelled")
    made.facts = replace(made.facts, visit=gone, bookings=(asked,), busy=taken_by(asked))
    (again,) = (one for one in made.taps("undo").effects if isinstance(one, Book))
    assert (again.state, again.starts_at, again.replaces) == ("booked", stands.starts_at, 5)


def test_a_request_goes_with_whoever_is_forgotten() -> None:
    made, _ = request()
    made.command("forget")
    outcome = made.taps("forget")
    assert CancelBooking(5) in outcome.effects
    assert "Cancelled: <b>Maria</b>, Thursday 5 March, 10:00" in made.heard("desk.cancelled", ALEX.account_id)


def test_a_request_alone_is_nothing_to_release() -> None:
    made, _ = request()
    outcome = made.desk("release")
    assert outcome.toast
    assert outcome.toast.key == "desk.nothing_held"
