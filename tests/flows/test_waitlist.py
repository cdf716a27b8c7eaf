"""The waitlist as a person meets it: joining, what they are offered, and why they are not."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

import pytest

from bot.flows.waitlist import NEEDS
from bot.model import (
    Begun,
    Book,
    Booking,
    Busy,
    Flag,
    Hold,
    LetGo,
    MakeOffer,
    Opening,
    Outcome,
    PassOver,
    PlanReminder,
    Say,
    SettleOffer,
    StopWaiting,
    Tap,
    Vacancy,
    Wait,
    Waiting,
)
from bot.practice.waiting import PARTS
from tests.flows.diary import WithDiary
from tests.flows.diary import assessed as with_diary
from tests.flows.paper import NOW, Paper
from tests.flows.test_approving import maria
from tests.house import practice

CLINIC = practice().content.clinic
HOUR = timedelta(hours=1)
TEN = datetime.fromisoformat("2026-03-05T10:00Z")
NEXT_WEEK = TEN + timedelta(days=7)
VISIT = Booking(5, 7, "first", "example", NEXT_WEEK, NEXT_WEEK + HOUR, "Europe/London", "booked", uid="u")
OPENING = Opening(3, "example", TEN, TEN + HOUR * 1.25)
RESOURCES: tuple[tuple[Literal["practitioner", "room"], str], ...] = (("practitioner", "example"), ("room", "room-1"))
WAITING = Waiting(7, 1, frozenset(range(7)), frozenset(PARTS), NOW - HOUR)


def waits(**facts: Any) -> Paper:
    """Maria has sent her assessment, has a visit next week and waits for an earlier one; Thursday at ten has opened."""
    paper = Paper()
    paper.command("assessment")
    paper.answers()
    paper.taps("send")
    paper.command("cancel")
    paper.told.clear()
    known = {"bookings": (VISIT,), "waiting": WAITING, "opening": OPENING}
    paper.facts = replace(paper.facts, **{**known, **facts})
    return paper


def deeds(outcome: Outcome, *kinds: type) -> list[Any]:
    return [one for one in outcome.effects if isinstance(one, kinds)]


def passed(outcome: Outcome) -> list[datetime | None]:
    """For how long this person is left out, if they are; and that nothing was said."""
    assert not deeds(outcome, MakeOffer, Hold)
    assert not outcome.says
    return [one.until for one in deeds(outcome, PassOver)]


def offered() -> Paper:
    paper = waits()
    paper.hear(Vacancy(3))
    return paper


# --- joining


def test_joining_asks_for_days_and_times_of_day_and_tells_what_it_looks_for() -> None:
    paper = waits(waiting=None)
    paper.command("book")
    paper.taps("waitlist")
    paper.taps("mon")
    paper.taps("done")
    paper.taps("evenings")
    outcome = paper.taps("done")
    assert deeds(outcome, Wait) == [Wait(frozenset({1, 2, 3, 4}), frozenset({"mornings", "afternoons"}))]
    told = paper.heard("waitlist.looking")
    assert "Earlier than Thursday 12 March, 10:00" in told
    assert "Tuesday, Wednesday, Thursday and Friday" in told
    assert "Morning and Afternoon" in told


def test_a_tick_looks_up_no_more_than_its_question_takes() -> None:
    """The paper takes no `Needs` for an answer."""
    paper = waits(waiting=None, known=NEEDS)
    paper.command("waitlist")
    for code in ("mon", "done", "mornings"):
        paper.taps(code)
    assert paper.heard("waitlist.parts")


def test_days_on_which_nobody_is_there_are_not_asked_for() -> None:
    paper = waits(waiting=None)
    paper.command("waitlist")
    shown = [offer.code for row in paper.told[-1][1].offers for offer in row]
    assert shown[:5] == ["mon", "tue", "wed", "thu", "fri"]
    assert not {"sat", "sun"} & set(shown)


def test_a_time_that_suits_and_is_free_already_is_told_at_once() -> None:
    paper = waits(waiting=None)
    paper.command("waitlist")
    paper.taps("done")
    paper.taps("done")
    assert "free already: Tuesday 3 March, 09:00" in paper.heard("waitlist.looking")


def test_who_waits_sees_it_may_change_it_and_stop() -> None:
    paper = waits()
    paper.command("waitlist")
    assert "You are on the waitlist" in paper.heard("waitlist.on")
    outcome = paper.taps("stop")
    assert deeds(outcome, StopWaiting)
    paper.command("waitlist")
    assert paper.told[-1][1].key == "waitlist.days"


def test_nobody_joins_for_a_visit_that_can_no_longer_be_moved() -> None:
    soon = NOW + timedelta(hours=CLINIC.policies.move_notice_hours)
    paper = waits(waiting=None, bookings=(replace(VISIT, starts_at=soon, ends_at=soon + HOUR),))
    paper.command("waitlist")
    assert "too close" in paper.heard("waitlist.too_soon")


@pytest.mark.parametrize(
    ("facts", "key"),
    [
        ({"consents": frozenset()}, "welcome.hello"),
        ({"flags": (Flag("W01", "emergency", "open"),)}, "booking.see_doctor_first"),
        ({"sent": None, "bookings": ()}, "booking.assessment_first"),
    ],
    ids=["no consent", "emergency", "no assessment"],
)
def test_who_could_not_book_does_not_join(facts: dict[str, Any], key: str) -> None:
    paper = waits(waiting=None, **facts)
    paper.command("waitlist")
    assert paper.told[-1][1].key == key


# --- what opens


def test_an_opening_is_kept_and_offered_with_its_end() -> None:
    paper = waits()
    outcome = paper.hear(Vacancy(3))
    until = NOW + CLINIC.waitlist.kept
    (hold,) = deeds(outcome, Hold)
    assert (hold.starts_at, hold.free_at, hold.until) == (TEN, TEN + HOUR * 1.25, until)
    assert deeds(outcome, MakeOffer) == [MakeOffer(3, TEN, until)]
    told = paper.heard("waitlist.offer")
    assert told.split("\n")[0] == "<b>An earlier time is free</b>"
    assert "Thursday 5 March, 10:00" in told
    assert "I give back your visit on Thursday 12 March, 10:00" in told
    assert "for 60 minutes, until 10:30" in told


def test_where_the_practice_agrees_first_an_offer_says_what_asking_gives_up() -> None:
    paper = waits()
    agreeing = maria()
    agreeing.facts, agreeing.conversation = paper.facts, paper.conversation
    agreeing.hear(Vacancy(3))
    told = agreeing.heard("waitlist.offer")
    assert "I give back your visit on Thursday 12 March, 10:00 at once, and ask the practitioner to agree" in told
    agreeing.facts = replace(paper.facts, bookings=(), hold=None)
    agreeing.hear(Vacancy(3))
    assert "If you take it, I ask the practitioner, who has to agree first." in agreeing.heard("waitlist.offer")


def test_the_offer_leaves_the_dialogue_in_hand_alone() -> None:
    paper = waits()
    paper.command("learn")
    before = paper.conversation
    paper.hear(Vacancy(3))
    assert paper.conversation == before


@pytest.mark.parametrize(
    "facts",
    [
        {"consents": frozenset()},
        {"flags": (Flag("W01", "emergency", "open"),)},
        {"sent": None},
        {"practice": ()},
        {"waiting": None},
        {"waiting": replace(WAITING, days=frozenset({0}))},
        {"waiting": replace(WAITING, parts=frozenset({"evenings"}))},
        {"waiting": replace(WAITING, visit_at=TEN)},
        {"waiting": replace(WAITING, offered=frozenset({TEN, TEN + HOUR / 2, TEN + HOUR}))},
        {"opening": replace(OPENING, practitioner="gone")},
        {"busy": (Busy("practitioner", "example", TEN, TEN + HOUR * 1.25, 8),)},
        {"now": TEN - HOUR},
    ],
    ids=[
        "no consent",
        "emergency",
        "no assessment",
        "nobody to tell",
        "stopped",
        "another day",
        "another part",
        "no earlier",
        "offered before",
        "practitioner left",
        "booked by somebody else",
        "too late to book",
    ],
)
def test_who_cannot_have_it_is_passed_over_without_a_word(facts: dict[str, Any]) -> None:
    assert passed(waits(**facts).hear(Vacancy(3))) == [None]


def test_by_night_it_waits_for_the_morning_of_the_persons_own_clock() -> None:
    ten_at_night = NOW.replace(hour=22)
    assert passed(waits(now=ten_at_night).hear(Vacancy(3))) == [NOW.replace(day=3, hour=8, minute=0)]
    paper = waits(now=ten_at_night)
    paper.facts = replace(paper.facts, account=replace(paper.facts.account, zone="America/New_York"))
    assert deeds(paper.hear(Vacancy(3)), MakeOffer)


def test_a_time_somebody_keeps_elsewhere_is_not_taken_from_them() -> None:
    friday = TEN + timedelta(days=1)
    kept = Hold("example", "room-1", friday, friday + HOUR, NOW + timedelta(minutes=4), NOW)
    assert passed(waits(hold=kept).hear(Vacancy(3))) == [kept.until]
    assert deeds(waits(hold=replace(kept, until=NOW)).hear(Vacancy(3)), MakeOffer)


def test_a_time_kept_for_somebody_else_is_looked_at_again() -> None:
    busy = (Busy("practitioner", "example", TEN, TEN + HOUR * 1.25), Busy("room", "room-1", TEN, TEN + HOUR * 1.25))
    (again,) = passed(waits(busy=busy).hear(Vacancy(3)))
    assert again is not None
    assert NOW < again <= NOW + HOUR


def test_an_offer_never_outlasts_the_time_to_book() -> None:
    two = TEN + 4 * HOUR
    booked_until = two - timedelta(hours=CLINIC.policies.booking_notice_hours)
    paper = waits(now=booked_until - HOUR / 2, opening=replace(OPENING, starts_at=two, ends_at=two + HOUR))
    paper.facts = replace(paper.facts, account=replace(paper.facts.account, zone="America/New_York"))
    (made,) = deeds(paper.hear(Vacancy(3)), MakeOffer)
    assert made.until == booked_until


def test_an_offer_never_outlasts_the_time_to_move_the_visit_there_is() -> None:
    nine = TEN + timedelta(days=1, hours=-1)
    notice = timedelta(hours=CLINIC.policies.move_notice_hours)
    soon = replace(VISIT, starts_at=nine + HOUR / 2, ends_at=nine + 2 * HOUR)
    opening = replace(OPENING, starts_at=nine, ends_at=nine + HOUR / 2)
    for left, until in ((HOUR / 2, [soon.starts_at - notice]), (HOUR / 12, [])):
        paper = waits(now=soon.starts_at - notice - left, opening=opening, bookings=(soon,))
        assert [one.until for one in deeds(paper.hear(Vacancy(3)), MakeOffer)] == until


def test_without_a_visit_it_is_a_first_one_that_is_offered() -> None:
    paper = waits(bookings=())
    assert deeds(paper.hear(Vacancy(3)), MakeOffer)
    told = paper.heard("waitlist.offer")
    assert told.split("\n")[0] == "<b>A time is free</b>"
    assert "give back" not in told
    (made,) = deeds(paper.taps("take"), Book)
    assert "First visit, 60 minutes" in paper.heard("booking.booked")
    assert (made.replaces, made.starts_at, made.visit) == (None, TEN, "first")


def test_what_is_out_to_somebody_is_offered_to_nobody_else() -> None:
    outcome = waits(opening=replace(OPENING, is_out=True)).hear(Vacancy(3))
    assert (outcome.effects, outcome.says) == ((), ())


# --- what is answered


def test_taking_it_moves_the_visit_with_all_that_a_booking_does() -> None:
    paper = offered()
    own = [Busy(kind, ref, NEXT_WEEK, NEXT_WEEK + HOUR * 1.25, 5) for kind, ref in RESOURCES]
    paper.facts = replace(paper.facts, busy=tuple(own))
    outcome = paper.taps("take")
    (made,) = deeds(outcome, Book)
    assert (made.replaces, made.uid, made.starts_at) == (VISIT.id, VISIT.uid, TEN)
    assert deeds(outcome, SettleOffer) == [SettleOffer(3, "taken")]
    assert deeds(outcome, StopWaiting)
    visits = ["visit"] * len(CLINIC.visit_reminders)
    assert [one.kind for one in deeds(outcome, PlanReminder)] == [*visits, "aftercare", "review"]
    moved = next(say for say in outcome.says if say.key == "booking.moved")
    assert moved.document == "ics"
    assert "undo" in [offer.code for row in moved.offers for offer in row]
    assert "First visit, 60 minutes" in paper.heard("booking.moved")
    assert "Moved" in paper.heard("desk.moved", to=2)


def taken_and_undone(**facts: Any) -> WithDiary:
    """Maria took the offer, and takes that back within the three minutes."""
    paper = with_diary(VISIT)
    paper.facts = replace(paper.facts, waiting=WAITING, opening=OPENING)
    paper.hear(Vacancy(3))
    paper.taps("take")
    paper.facts = replace(paper.facts, **facts)
    paper.taps("undo")
    return paper


def test_who_takes_an_offer_back_hears_that_nothing_is_looked_for_any_more_and_how_to_go_on() -> None:
    paper = taken_and_undone()
    assert [one.starts_at for one in paper.facts.bookings] == [NEXT_WEEK]
    assert paper.facts.waiting is None
    assert "I have stopped looking" in paper.heard("booking.undone")
    assert "/waitlist" in paper.heard("booking.undone")


def test_who_waits_again_before_taking_it_back_is_not_told_so() -> None:
    paper = taken_and_undone(waiting=WAITING)
    assert paper.heard("booking.undone")
    assert "looking" not in paper.heard("booking.undone")


def test_a_sign_that_waits_holds_the_new_time_back_too() -> None:
    paper = waits(flags=(Flag("W10", "doctor", "open"),))
    paper.hear(Vacancy(3))
    (made,) = deeds(paper.taps("take"), Book)
    assert made.state == "awaiting_release"
    assert "not firm yet" in paper.heard("booking.waiting")


def test_late_and_repeated_taps_take_nothing() -> None:
    paper = offered()
    button = Tap("s:take:3", "c", 1)
    paper.waits(minutes=60)
    late = paper.hear(button)
    assert (late.effects, late.toast) == ((), Say("waitlist.over"))
    paper = offered()
    paper.taps("take")
    again = paper.hear(button)
    assert (again.effects, again.toast) == ((), Say("waitlist.over"))


def test_a_forged_button_names_nothing() -> None:
    for verb in ("take", "no_thanks"):
        outcome = waits().hear(Tap(f"s:{verb}:3", "c", 1))
        assert (outcome.effects, outcome.toast) == ((), Say("waitlist.over"))


def test_what_was_lost_meanwhile_is_said_and_nothing_is_given_back() -> None:
    paper = offered()
    paper.facts = replace(paper.facts, hold=None, busy=(Busy("practitioner", "example", TEN, TEN + HOUR, 8),))
    outcome = paper.taps("take")
    assert not deeds(outcome, Book)
    assert deeds(outcome, SettleOffer) == [SettleOffer(3, "lapsed")]
    assert "has just been taken" in paper.heard("earlier.gone")


def test_a_visit_that_came_to_be_no_later_is_not_moved() -> None:
    paper = offered()
    paper.facts = replace(paper.facts, bookings=(replace(VISIT, starts_at=TEN - HOUR),))
    assert not deeds(paper.taps("take"), Book)
    assert "Nothing has been changed" in paper.heard("earlier.no_earlier")


def test_no_thank_you_gives_the_time_to_the_next_and_keeps_the_place() -> None:
    paper = offered()
    outcome = paper.taps("no")
    assert deeds(outcome, SettleOffer, LetGo, StopWaiting) == [LetGo(), SettleOffer(3, "refused")]
    assert "I go on looking" in paper.heard("waitlist.refused")


def test_no_thank_you_leaves_another_time_that_is_kept_alone() -> None:
    paper = offered()
    friday = TEN + timedelta(days=1)
    own = Hold("example", "room-1", friday, friday + HOUR, NOW + timedelta(minutes=10), NOW)
    paper.facts = replace(paper.facts, hold=own)
    assert not deeds(paper.taps("no"), LetGo)


def test_stop_looking_also_lets_the_time_go() -> None:
    paper = offered()
    outcome = paper.taps("stop")
    assert deeds(outcome, SettleOffer, LetGo, StopWaiting) == [LetGo(), SettleOffer(3, "refused"), StopWaiting()]
    assert "I have stopped looking" in paper.heard("waitlist.stopped")


def test_an_offer_that_ended_says_so_where_it_stood() -> None:
    paper = offered()
    paper.waits(minutes=60)
    outcome = paper.hear(Vacancy(3))
    assert deeds(outcome, SettleOffer) == [SettleOffer(3, "lapsed")]
    (offer,) = (say for _, say, _ in paper.told if say.key == "waitlist.offer")
    (over,) = outcome.says
    assert over.card == offer.card
    assert "I go on looking" in paper.heard("waitlist.lapsed")


def test_waiting_ends_with_the_visit_and_is_said_once() -> None:
    paper = waits()
    outcome = paper.hear(Begun())
    assert deeds(outcome, StopWaiting)
    assert "I have stopped looking" in paper.heard("waitlist.begun")
    assert not paper.hear(Begun()).says
