"""What a patient does about the visits they have: choosing one, a further one, being late, writing to the practice."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model import Book, Booking, Delivered, Patient, Say, Tap, Waiting
from tests.flows.diary import AT_TEN, WithDiary, assessed, visit_at
from tests.flows.paper import NOW, Paper

FIRST = visit_at(AT_TEN)
SECOND = visit_at(AT_TEN + timedelta(days=4), row=6, kind="follow-up")
THIRD = visit_at(AT_TEN + timedelta(days=5), row=7, kind="follow-up")
SOON = visit_at(NOW + timedelta(hours=1))


def shown(paper: Paper) -> list[str]:
    say = next(say for to, say, _ in reversed(paper.told) if to == 1 and say.offers)
    return [offer.code for row in say.offers for offer in row]


def having(*visits: Booking) -> WithDiary:
    paper = assessed(*visits)
    paper.command("book")
    return paper


def to_practice(paper: Paper) -> list[str]:
    return [say.key for to, say, _ in paper.told if to == 2 and say.key != "desk.card"]


# --- which one


def test_one_visit_is_shown_at_once_and_of_several_one_is_chosen() -> None:
    assert having(FIRST).told[-1][1].key == "booking.mine"
    several = having(FIRST, SECOND)
    assert several.told[-1][1].key == "booking.visits"
    assert shown(several)[:4] == ["5", "6", "another", "keep"]
    several.taps("6")
    assert "Monday 9 March, 10:00: Follow-up visit" in several.heard("booking.mine")


def test_what_is_done_is_done_to_the_one_chosen() -> None:
    paper = having(FIRST, SECOND)
    paper.taps("6")
    paper.taps("cancel")
    assert [one.id for one in paper.facts.bookings] == [5]
    assert "Monday 9 March, 10:00: Follow-up visit" in paper.heard("booking.cancelled")
    moved = having(FIRST, SECOND)
    moved.taps("6")
    moved.taps("move")
    moved.picks("20260310T1000")
    (made,) = [one for one in moved.taps("book").effects if isinstance(one, Book)]
    assert (made.replaces, made.visit, made.uid) == (6, "follow-up", "uid-6")


def test_whoever_cancels_while_on_the_waitlist_hears_that_they_are_on_it_still() -> None:
    paper = having(FIRST)
    paper.taps("cancel")
    assert "waitlist" not in paper.heard("booking.cancelled")
    waits = having(FIRST)
    waits.facts = replace(waits.facts, waiting=Waiting(7, 1, frozenset({0}), frozenset({"mornings"}), NOW))
    waits.taps("cancel")
    assert "You are still on the waitlist" in waits.heard("booking.cancelled")


def test_a_first_visit_that_is_moved_is_told_as_the_first_visit_it_stays() -> None:
    paper = having(FIRST, SECOND)
    paper.taps("5")
    paper.taps("move")
    paper.picks("20260313T1000")
    (made,) = [one for one in paper.taps("book").effects if isinstance(one, Book)]
    assert made.visit == "first"
    assert "First visit, 60 minutes" in paper.heard("booking.moved")
    assert "Friday 13 March, 10:00, First visit" in paper.heard("desk.moved", to=2)


def test_whoever_goes_back_and_chooses_another_does_nothing_to_the_one_before() -> None:
    paper = having(FIRST, SECOND)
    paper.taps("6")
    paper.taps("move")
    paper.command("back")
    paper.command("back")
    paper.taps("another")
    paper.taps("follow-up")
    paper.picks("20260310T1000")
    (made,) = [one for one in paper.taps("book").effects if isinstance(one, Book)]
    assert made.replaces is None
    assert len(paper.facts.bookings) == 3


def test_the_way_back_leads_past_a_question_that_asks_nothing_any_more() -> None:
    """Of several visits one was chosen, then a further one was wanted: which was meant counts no more."""
    paper = having(FIRST, SECOND)
    paper.taps("6")
    paper.taps("another")
    assert paper.told[-1][1].key == "booking.visit"
    paper.command("back")
    assert paper.told[-1][1].key == "booking.visits"


def test_a_first_visit_is_had_once_and_three_visits_at_most() -> None:
    paper = having(FIRST)
    paper.taps("another")
    assert shown(paper)[0] == "follow-up"
    assert "first" not in shown(paper)
    assert "another" not in shown(having(FIRST, SECOND, THIRD))


def test_of_those_that_are_over_it_is_told_whether_one_came() -> None:
    of_week = [visit_at(NOW - timedelta(weeks=number), row=5 - number) for number in (1, 2, 3, 4)]
    before = (
        replace(of_week[0], state="arrived"),
        replace(of_week[1], state="no_show"),
        of_week[2],
        replace(of_week[3], state="arrived"),
    )
    paper = assessed(FIRST)
    paper.facts = replace(paper.facts, past=before)
    paper.command("book")
    told = paper.heard("booking.mine")
    assert "Monday 23 February, 09:30: First visit. You came." in told
    assert "Monday 16 February, 09:30: First visit. You did not come." in told
    assert "Monday 9 February, 09:30: First visit" in told
    assert "2 February" not in told


@pytest.mark.parametrize("code", ["move", "cancel"])
def test_a_tap_on_a_visit_that_is_gone_is_told_kindly_and_does_nothing(code: str) -> None:
    paper = having(FIRST)
    paper.stands(SECOND)
    outcome = paper.taps(code)
    assert not outcome.effects
    assert "settled already" in paper.told[-1][2]
    assert "Monday 9 March" in paper.told[-1][2]


def test_a_visit_of_somebody_elses_is_no_choice() -> None:
    paper = having(FIRST, SECOND)
    asking = paper.conversation.asking
    outcome = paper.hear(Tap(f"q:booking:visits:99:{asking}", "c", 1))
    assert (outcome.effects, outcome.toast) == ((), Say("common.stale"))


def test_another_device_that_booked_meanwhile_is_noticed_before_a_further_visit_is_booked() -> None:
    paper = having(FIRST)
    paper.taps("another")
    paper.taps("follow-up")
    paper.picks("20260310T1000")
    paper.stands(FIRST, SECOND)
    assert not any(isinstance(one, Book) for one in paper.taps("book").effects)
    assert paper.told[-1][1].key == "booking.visits"


def test_a_visit_moved_on_another_device_is_not_moved_again() -> None:
    paper = having(FIRST)
    paper.taps("move")
    paper.picks("20260310T1000")
    paper.stands(visit_at(AT_TEN + timedelta(days=1), row=8))
    assert not any(isinstance(one, Book) for one in paper.taps("book").effects)


# --- late for it


def test_whoever_is_late_tells_the_practice_in_two_taps_and_once() -> None:
    paper = having(SOON)
    paper.taps("late")
    paper.taps("10")
    assert "I am telling the practice" in paper.heard("booking.delayed")
    assert "They wait for you" in paper.heard("booking.delayed")
    assert "10 minutes, for 10:30 First visit" in paper.heard("desk.late", to=2)
    assert paper.facts.bookings[0].late == 10
    paper.command("book")
    paper.taps("late")
    again = paper.taps("10")
    assert not again.effects
    assert to_practice(paper) == ["desk.late"]
    paper.command("book")
    paper.taps("late")
    paper.taps("15")
    assert to_practice(paper) == ["desk.late", "desk.late"]


def test_whoever_is_later_than_the_practice_can_wait_is_asked_to_call() -> None:
    paper = having(SOON)
    paper.taps("late")
    paper.taps("more")
    assert "They can wait about 10 minutes" in paper.heard("booking.delayed")
    assert "Please call them now:</b> 01632 960123" in paper.heard("booking.delayed")
    assert "more than 20 minutes" in paper.heard("desk.late_more", to=2)


@pytest.mark.parametrize(("ahead", "is_offered"), [(180, False), (120, True), (-30, True), (-31, False)])
def test_being_late_is_offered_around_the_visit(ahead: int, is_offered: bool) -> None:
    assert ("late" in shown(having(visit_at(NOW + timedelta(minutes=ahead))))) is is_offered


def test_whoever_was_marked_as_there_is_not_late() -> None:
    assert "late" not in shown(having(replace(visit_at(NOW - timedelta(minutes=5)), state="arrived")))


def test_a_tap_on_how_late_long_after_the_start_tells_nobody_of_a_visit_that_is_being_given() -> None:
    paper = having(SOON)
    paper.taps("late")
    paper.waits(minutes=100)
    outcome = paper.taps("10")
    assert outcome.effects == ()
    assert to_practice(paper) == []


def test_who_moves_a_visit_reads_before_the_tap_which_one_is_given_back() -> None:
    paper = having(FIRST)
    paper.taps("move")
    paper.picks("20260313T1000")
    assert "If you book it, I give back your visit on Thursday 5 March, 10:00." in paper.heard("booking.confirm")


def test_a_visit_that_has_begun_is_neither_moved_nor_cancelled_nor_looked_for_earlier() -> None:
    codes = shown(having(visit_at(NOW - timedelta(minutes=5))))
    assert not {"move", "cancel", "waitlist"} & set(codes)


def test_leaving_a_visit_as_it_is_stands_last_of_what_can_be_done_about_it() -> None:
    codes = shown(having(FIRST))
    assert codes.index("waitlist") < codes.index("another") < codes.index("keep")


def test_a_late_tap_after_the_visit_says_nothing_to_the_practice() -> None:
    paper = having(SOON)
    paper.taps("late")
    paper.stands()
    assert not paper.taps("5").effects
    assert to_practice(paper) == []


def test_where_nobody_of_the_practice_is_in_reach_nobody_is_said_to_be_told() -> None:
    paper = having(SOON)
    paper.taps("late")
    paper.facts = replace(paper.facts, practice=())
    paper.taps("10")
    assert "I have told nobody" in paper.heard("booking.not_passed")
    assert paper.facts.bookings[0].late == 0


# --- a word to the practice


def inside() -> WithDiary:
    paper = having(visit_at(NOW + timedelta(hours=5)))
    paper.taps("cancel")
    return paper


def test_inside_the_notice_a_message_to_the_practice_is_offered_beside_the_phone() -> None:
    paper = inside()
    assert "nothing has been changed" in paper.heard("booking.inside")
    assert "01632 960123" in paper.heard("booking.inside")
    paper.taps("write")
    paper.types("I have a cold & must <stay> home")
    told = paper.heard("desk.message", to=2)
    assert "I have a cold &amp; must &lt;stay&gt; home" in told
    assert "Monday 2 March, 14:30" in told
    assert "You will hear when it is there" in paper.told[-1][2]
    assert "call 01632 960123" in paper.told[-1][2]
    assert len(paper.facts.bookings) == 1, "the visit stands"


def test_whose_message_it_is_is_said_though_no_number_is_known() -> None:
    paper = inside()
    paper.facts = replace(paper.facts, patient=Patient(7, "active", "Maria"))
    paper.taps("write")
    paper.types("I <b>cannot</b> come & am sorry")
    told = paper.heard("desk.message", to=2)
    assert told.startswith("✉️ <b>Maria</b>, ")
    assert "I &lt;b&gt;cannot&lt;/b&gt; come &amp; am sorry" in told


def test_what_was_written_is_kept_nowhere_in_the_dialogue() -> None:
    paper = inside()
    paper.taps("write")
    paper.types("I have a cold")
    assert b"cold" not in paper.conversation.dumps()


@pytest.mark.parametrize(("ok", "key"), [(True, "message.told"), (False, "message.not_told")])
def test_that_the_practice_has_it_is_said_once_it_is_so(ok: bool, key: str) -> None:
    paper = inside()
    paper.taps("write")
    paper.types("I have a cold")
    receipt = next(say.receipt for _, say, _ in paper.told if say.receipt)
    assert not paper.heard("message.told", to=1)
    paper.hear(Delivered(receipt, ok))
    assert paper.heard(key, to=1)


def test_whoever_writes_again_and_again_is_told_kindly_that_nothing_more_is_sent_for_a_while() -> None:
    paper = inside()
    for number in range(6):
        paper.taps("write")
        paper.types(f"I have a cold {number}")
        paper.command("book")
        paper.taps("cancel")
    assert to_practice(paper) == ["desk.message"] * 6
    paper.taps("write")
    assert "call 01632 960123" in paper.heard("message.enough", to=1)
    assert paper.conversation.flow is None, "nothing is typed in vain"
    paper.waits(minutes=61)
    paper.command("book")
    paper.taps("cancel")
    paper.taps("write")
    paper.types("I have a cold still")
    assert to_practice(paper) == ["desk.message"] * 7


def test_a_message_is_short_and_in_words() -> None:
    paper = inside()
    paper.taps("write")
    paper.types("x" * 501)
    assert "500 at most" in paper.told[-1][2]
    assert to_practice(paper) == []
    paper.types("x" * 500)
    assert to_practice(paper) == ["desk.message"]
