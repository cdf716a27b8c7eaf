"""A bad spell: the warning signs first, then a calm plan, the earliest time kept, the practitioner told once."""

from dataclasses import replace
from datetime import timedelta

from bot.flows.diary import time_code
from bot.model import Flag, Hold, LetGo, Outcome, Say
from tests.flows.diary import WithDiary, taken_by, visit_at
from tests.flows.paper import ALEX, NOW
from tests.house import practice

NOTICE = timedelta(hours=practice().content.clinic.policies.move_notice_hours)


def assessed(**asked: list[str]) -> WithDiary:
    paper = WithDiary()
    paper.command("assessment")
    paper.answers({name.replace("_", "-"): codes for name, codes in asked.items()})
    paper.taps("send")
    paper.command("cancel")
    paper.told.clear()
    return paper


def screened(paper: WithDiary, **signs: list[str]) -> WithDiary:
    paper.command("flare")
    paper.answers(signs)
    return paper


def holds(outcome: Outcome) -> list[Hold]:
    return [one for one in outcome.effects if isinstance(one, Hold)]


def offered(paper: WithDiary) -> list[str]:
    say = next(say for _, say, _ in reversed(paper.told) if say.key == "calm.plan")
    return [offer.code for row in say.offers for offer in row][:3]


def test_the_signs_are_asked_before_anything_else() -> None:
    paper = assessed()
    paper.command("flare")
    assert paper.asked is not None
    assert "warning signs" in paper.told[-1][2]
    assert paper.heard("calm.plan") == ""


def test_then_comes_a_plan_for_today_and_the_earliest_time_is_kept() -> None:
    paper = screened(assessed())
    told = paper.heard("calm.plan")
    assert told.count("• ") == 3 or told.count("- ") >= 3, told
    assert paper.facts.hold is not None
    assert paper.facts.hold.until == NOW + timedelta(minutes=10)
    assert "The earliest time:" in told
    assert offered(paper) == ["take", "look", "later"]


def test_the_practitioner_is_told_once_with_what_was_said() -> None:
    paper = screened(assessed())
    told = [(to, say) for to, say, _ in paper.told if say.key == "desk.flare"]
    assert [to for to, _ in told] == [ALEX.account_id]
    assert told[0][1].reply_to == "patient:7"
    assert paper.heard("desk.checked") == ""


def test_the_time_is_booked_with_two_more_taps() -> None:
    paper = screened(assessed())
    kept = paper.facts.hold
    assert kept
    paper.taps("take")
    assert paper.conversation.flow == "booking"
    assert paper.heard("booking.confirm")
    paper.taps("book")
    assert [one.starts_at for one in paper.facts.bookings] == [kept.starts_at]
    assert paper.heard("desk.booked", to=ALEX.account_id)


def test_whoever_wants_no_visit_gives_the_time_back() -> None:
    paper = screened(assessed())
    assert LetGo() in paper.taps("later").effects
    assert paper.heard("calm.later")
    other = screened(assessed())
    assert LetGo() in other.taps("look").effects
    assert other.heard("booking.visit")


def test_an_emergency_stops_it_and_no_time_is_kept() -> None:
    paper = screened(assessed(), legs=["saddle"], saddle=["new"])
    assert paper.heard("intake.emergency")
    assert paper.heard("desk.alert")
    assert paper.heard("calm.plan") == ""
    assert paper.facts.hold is None
    paper.command("flare")
    assert paper.heard("intake.held")


def test_where_a_doctor_should_look_nothing_else_is_advised() -> None:
    paper = assessed()
    paper.facts = replace(paper.facts, flags=(Flag("D01", "doctor", "open", response_id=1),))
    told = screened(paper).heard("calm.plan")
    assert "doctor" in told
    assert "does not have to mean new damage" not in told


def test_an_earlier_time_takes_the_place_of_the_next_visit() -> None:
    paper = assessed()
    paper.stands(visit_at(NOW + timedelta(days=20)))
    screened(paper)
    assert "There is an earlier time" in paper.heard("calm.plan")
    assert offered(paper)[:2] == ["take", "later"]
    paper.taps("take")
    paper.taps("book")
    assert len(paper.facts.bookings) == 1
    assert paper.facts.bookings[0].starts_at < NOW + timedelta(days=20)
    assert paper.facts.bookings[0].uid == "uid-5"


def test_a_visit_that_is_near_stands() -> None:
    paper = assessed()
    paper.stands(visit_at(NOW + NOTICE - timedelta(hours=1)))
    screened(paper)
    assert "Your next visit" in paper.heard("calm.plan")
    assert offered(paper)[0] == "later"
    assert paper.facts.hold is None


def test_a_visit_the_practice_asked_to_have_moved_may_be_moved_however_near() -> None:
    paper = assessed()
    paper.stands(replace(visit_at(NOW + NOTICE - timedelta(minutes=15)), move_asked=True))
    screened(paper)
    assert "There is an earlier time" in paper.heard("calm.plan")
    assert offered(paper)[0] == "take"


def test_the_time_may_go_to_somebody_else_once_it_is_kept_no_more() -> None:
    paper = screened(assessed())
    kept = paper.facts.hold
    assert kept
    paper.waits(minutes=11)
    taken = visit_at(kept.starts_at, row=99)
    paper.facts = replace(paper.facts, busy=(*paper.facts.busy, *taken_by(taken)))
    outcome = paper.taps("take")
    assert outcome.toast == Say("common.stale")
    assert time_code(kept.starts_at) not in str(offered(paper))


def test_whoever_thinks_for_long_may_still_take_a_time_nobody_else_took() -> None:
    paper = screened(assessed())
    kept = paper.facts.hold
    assert kept
    paper.waits(minutes=11)
    paper.types("Hm")
    assert "I no longer keep this time for you" in paper.heard("calm.plan")
    paper.taps("take")
    paper.taps("book")
    assert [one.starts_at for one in paper.facts.bookings] == [kept.starts_at]


def test_nobody_is_told_that_the_diary_is_full_because_one_time_is_taken() -> None:
    paper = screened(assessed())
    assert paper.facts.hold
    paper.waits(minutes=11)
    taken = visit_at(paper.facts.hold.starts_at, row=99)
    paper.facts = replace(paper.facts, busy=(*paper.facts.busy, *taken_by(taken)))
    paper.types("Hm")
    assert "There are free times in the diary" in paper.heard("calm.plan")
    assert offered(paper)[:2] == ["look", "later"]


def test_whoever_has_sent_no_assessment_is_shown_whom_to_call() -> None:
    paper = WithDiary()
    paper.command("flare")
    assert paper.heard("wrong.what")
