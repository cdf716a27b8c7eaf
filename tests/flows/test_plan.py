"""Lifestyle advice: what is asked for it, when it comes, what can be done with it, what holds it back."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.model import (
    Account,
    CancelReminders,
    Draft,
    Flag,
    Level,
    Media,
    Outcome,
    Plan,
    PlanReminder,
    PutOff,
    Record,
    Say,
    SetPlan,
    SettleReminder,
    Tap,
    WithdrawConsent,
)
from bot.practice.rhythm import ASKED_AFTER, FEWER_AFTER
from tests.flows.paper import NOW, Paper, ended

LONDON = ZoneInfo("Europe/London")
AT = time(18, 30)
DUE = datetime(2026, 3, 3, 18, 30, tzinfo=LONDON)
PLAN = Plan(frozenset(range(7)), AT, "Europe/London", "on", 7, NOW)


def assessed() -> Paper:
    """Maria has sent her assessment."""
    paper = Paper()
    paper.command("assessment")
    paper.answers()
    paper.taps("send")
    paper.command("cancel")
    paper.told.clear()
    return paper


def planned(plan: Plan = PLAN) -> Paper:
    """And advice is on its way to her."""
    paper = assessed()
    paper.facts = replace(paper.facts, plan=plan, consents=frozenset({"intake", "reminders"}))
    paper.conversation = replace(paper.conversation, flow=None, drafts={})
    return paper


def comes(paper: Paper, late: timedelta = timedelta()) -> Outcome:
    return paper.comes(PlanReminder("advice", DUE), late)


def plans(outcome: Outcome) -> list[PlanReminder]:
    return [one for one in outcome.effects if isinstance(one, PlanReminder) and one.kind != "checkin"]


def settled(outcome: Outcome) -> list[str]:
    return [one.state for one in outcome.effects if isinstance(one, SettleReminder)]


def kept(outcome: Outcome) -> Plan:
    return [one.plan for one in outcome.effects if isinstance(one, SetPlan)][-1]


# --- asking for it


def test_three_taps_and_a_yes_begin_it() -> None:
    paper = assessed()
    for tap in ("plan", "yes", "done", "evening"):
        paper.command(tap) if tap == "plan" else paper.taps(tap)
    assert "Is it 09:30 where you are?" in paper.heard("plan.here")
    outcome = paper.taps("yes")
    assert kept(outcome) == Plan(frozenset({0, 2, 4}), AT, "Europe/London", "on", 3, NOW)
    assert [one.due_at for one in plans(outcome)] == [datetime(2026, 3, 2, 18, 30, tzinfo=LONDON)]
    assert "Monday, Wednesday and Friday" in paper.heard("plan.on")
    assert "The next one: Monday 2 March, 18:30" in paper.heard("plan.on")


@pytest.mark.parametrize(("said", "at"), [("8:15", "08:15"), ("soon", ""), ("7 pm", "19:00"), ("8:20", "08:15")])
def test_a_time_may_be_typed_to_the_quarter_of_an_hour(said: str, at: str) -> None:
    paper = assessed()
    paper.command("plan")
    paper.taps("yes")
    paper.taps("done")
    paper.types(said)
    assert paper.conversation.drafts["plan"].data.get("hour", "") == at


@pytest.mark.parametrize("said", ["3:00", "23:00", "21:00", "7:45"])
def test_no_time_of_the_night_is_taken(said: str) -> None:
    paper = assessed()
    paper.command("plan")
    paper.taps("yes")
    paper.taps("done")
    paper.types(said)
    assert "Nothing is sent at night, between 21:00 and 08:00" in paper.heard("plan.hour")


def elsewhere() -> Paper:
    paper = assessed()
    paper.command("plan")
    for tap in ("yes", "done", "morning", "elsewhere"):
        paper.taps(tap)
    return paper


def test_whoever_lives_by_another_clock_names_a_place() -> None:
    paper = elsewhere()
    paper.types("Nowhere at all")
    assert "I do not know that place" in paper.heard("plan.place")
    paper.types("usa")
    outcome = paper.taps("America/Los_Angeles")
    assert kept(outcome).zone == "America/Los_Angeles"
    assert [one.due_at for one in plans(outcome)] == [datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("America/Los_Angeles"))]


def test_a_place_on_the_map_becomes_a_zone_and_is_not_kept() -> None:
    paper = elsewhere()
    outcome = paper.hear(Media("location", near=(35.7, 139.7)))
    assert "35.7" not in str(paper.conversation.dumps())
    assert "35.7" not in repr(Media("location", near=(35.7, 139.7)))
    assert not outcome.effects
    assert kept(paper.taps("Asia/Tokyo")).zone == "Asia/Tokyo"


def test_of_many_days_it_is_asked_how_many_are_meant() -> None:
    paper = assessed()
    paper.command("plan")
    paper.taps("yes")
    for day in ("tue", "thu", "done", "morning", "yes"):
        paper.taps(day)
    assert "How many tips a week" in paper.heard("plan.often")
    assert kept(paper.taps("2")).weekly == 2


def test_what_to_look_out_for_is_not_among_the_topics_one_may_leave_out() -> None:
    paper = planned()
    paper.command("plan")
    paper.taps("topics")
    codes = {offer.code for row in paper.told[-1][1].offers for offer in row}
    advice = paper.content.advice
    assert {"safety", "aftercare"} <= advice.always
    assert codes & advice.groups.keys() == advice.groups.keys() - advice.always


@pytest.mark.parametrize("topic", ["R-G01", "R-A03"])
def test_nobody_takes_away_what_to_look_out_for_with_a_tip(topic: str) -> None:
    paper = with_a_tip()
    assert paper.facts.reminder
    paper.facts = replace(paper.facts, reminder=replace(paper.facts.reminder, topic=topic))
    paper.taps("more")
    assert shown(paper) == [["done", "later"], ["evening", "pause"], ["stop"], ["wrong"]]
    taken = paper.hear(Tap("s:not_mine:1", "c", 1))
    assert (taken.effects, taken.toast) == ((), Say("common.gone"))


def test_topics_that_are_unticked_are_left_out() -> None:
    paper = planned()
    paper.command("plan")
    paper.taps("topics")
    paper.taps("sleep")
    assert kept(paper.taps("done")).left_out == {"sleep"}


@pytest.mark.parametrize("change", ["days", "often", "place"])
def test_a_change_keeps_the_rest_and_plans_anew(change: str) -> None:
    paper = planned(replace(PLAN, left_out=frozenset({"sleep"})))
    paper.command("plan")
    outcome = paper.taps(change)
    for tap in {"days": ("done", "morning", "7"), "often": ("2",), "place": ("Europe/London",)}[change]:
        outcome = paper.taps(tap)
    found = kept(outcome)
    assert (found.zone, found.left_out, found.begun_at) == (PLAN.zone, frozenset({"sleep"}), NOW)
    assert [type(one) for one in outcome.effects][:1] == [CancelReminders]
    assert len(plans(outcome)) == 1


def test_whoever_took_back_their_agreement_is_asked_for_it_first() -> None:
    paper = assessed()
    paper.facts = replace(paper.facts, consents=frozenset())
    paper.command("plan")
    assert paper.conversation.flow == "welcome"


def test_what_was_meant_for_then_does_not_come_once_it_is_begun_anew() -> None:
    paper = planned(replace(PLAN, state="off", held=True, lines=("We are closed on Monday",)))
    paper.command("plan")
    for tap in ("yes", "done", "morning", "yes"):
        outcome = paper.taps(tap)
    outcome = paper.taps("7")
    assert (kept(outcome).held, kept(outcome).lines) == (False, ())
    paper = planned(replace(PLAN, lines=("We are closed on Monday",)))
    paper.command("plan")
    paper.taps("place")
    assert kept(paper.taps("Europe/London")).lines == ("We are closed on Monday",)


# --- when it comes


def test_advice_that_is_due_goes_out_and_the_next_is_planned() -> None:
    paper = planned()
    outcome = comes(paper)
    assert settled(outcome) == ["sent"]
    (tip,) = outcome.says
    assert tip.bulk
    assert tip.until == DUE + timedelta(hours=2)
    assert [one.due_at for one in plans(outcome)] == [DUE + timedelta(days=1)]


def test_one_over_two_hours_late_is_skipped_and_the_next_planned() -> None:
    paper = planned(replace(PLAN, at=time(9)))
    outcome = comes(paper, timedelta(hours=13, minutes=31))
    assert (settled(outcome), outcome.says) == (["missed"], ())
    assert len(plans(outcome)) == 1


def test_none_goes_out_at_night_though_it_is_not_late() -> None:
    paper = planned(replace(PLAN, at=time(20, 45)))
    outcome = paper.comes(PlanReminder("advice", DUE.replace(hour=20, minute=45)), timedelta(minutes=20))
    assert (settled(outcome), outcome.says) == (["missed"], ())


def test_after_a_clock_that_was_ahead_none_comes_twice() -> None:
    paper = planned()
    outcome = comes(paper, -timedelta(hours=3))
    assert [one.due_at for one in plans(outcome)] == [DUE + timedelta(days=1)]


def test_it_waits_while_somebody_is_answering_and_comes_once_they_have_left_off() -> None:
    paper = planned()
    asked = replace(paper.conversation, flow="booking", drafts={"booking": Draft("day")})
    paper.conversation = replace(asked, heard_at=DUE - timedelta(minutes=10))
    outcome = comes(paper)
    assert outcome.effects == (PutOff(1, DUE + timedelta(minutes=5)),)
    assert settled(comes(paper, timedelta(minutes=20))) == ["sent"]
    paper.conversation = replace(paper.conversation, flow=None, drafts={})
    assert settled(comes(paper, timedelta(minutes=1))) == ["sent"]


@pytest.mark.parametrize("level", ["emergency", "doctor"])
def test_a_warning_sign_holds_advice_back_and_that_is_said_once(level: Level) -> None:
    paper = planned()
    sign = Flag("W01", level, "open")
    paper.facts = replace(paper.facts, flags=(sign,))
    first, second = comes(paper), comes(paper, timedelta(minutes=1))
    assert [say.key for say in first.says] == ["plan.held"]
    assert second.says == ()
    assert (settled(first), len(plans(first)), len(plans(second))) == (["missed"], 1, 1)
    paper.facts = replace(paper.facts, flags=(replace(sign, state="released"),))
    assert [say.key for say in comes(paper).says] == ["plan.tip"]
    assert paper.facts.plan
    assert not paper.facts.plan.held


@pytest.mark.parametrize("consents", [frozenset({"intake"}), frozenset({"reminders"}), frozenset[str]()], ids=",".join)
def test_nothing_comes_once_an_agreement_is_withdrawn(consents: frozenset[str]) -> None:
    paper = planned()
    paper.facts = replace(paper.facts, consents=consents)
    outcome = comes(paper)
    assert (settled(outcome), outcome.says, plans(outcome)) == (["cancelled"], (), [])


def test_withdrawing_stops_advice_at_once() -> None:
    paper = planned()
    paper.command("settings")
    assert kept(paper.taps("withdraw")).state == "off"


def test_nothing_goes_to_somebody_out_of_reach() -> None:
    paper = planned()
    paper.facts = replace(paper.facts, account=Account(1, 11, "en", reachable=False))
    assert comes(paper).says == ()


# --- nobody looks


def unanswered(ignored: int) -> Paper:
    paper = planned(replace(PLAN, ignored=ignored))
    paper.facts = replace(paper.facts, topics={"R-M01": DUE - timedelta(days=1)})
    return paper


def test_three_in_a_row_without_a_word_make_it_fewer() -> None:
    outcome = comes(unanswered(FEWER_AFTER - 1))
    assert kept(outcome).ignored == FEWER_AFTER
    assert [one.due_at for one in plans(outcome)] == [DUE + timedelta(days=1)], "3 of the 7 days: the next is Wednesday"
    paper = unanswered(FEWER_AFTER - 2)
    assert kept(comes(paper)).ignored == FEWER_AFTER - 1


def test_a_tip_is_counted_once_however_often_none_that_fits_follows_it() -> None:
    paper = unanswered(ASKED_AFTER - 2)
    nothing = frozenset(paper.content.advice.groups)
    paper.facts = replace(paper.facts, plan=replace(PLAN, ignored=ASKED_AFTER - 2, left_out=nothing))
    found = [comes(paper) for _ in range(3)]
    assert [(settled(one), kept(one).ignored) for one in found] == [(["missed"], ASKED_AFTER - 2)] * 3
    paper.facts = replace(paper.facts, plan=replace(kept(found[-1]), left_out=frozenset()))
    outcome = comes(paper)
    assert (settled(outcome), kept(outcome).ignored) == (["sent"], ASKED_AFTER - 1)


def test_a_tip_is_counted_once_however_long_a_sign_holds_the_next_back() -> None:
    paper = unanswered(1)
    paper.facts = replace(paper.facts, flags=(Flag("W01", "doctor", "open"),))
    assert [kept(comes(paper)).ignored for _ in range(3)] == [1, 1, 1]


def test_any_word_makes_it_as_many_again() -> None:
    paper = unanswered(FEWER_AFTER)
    paper.conversation = replace(paper.conversation, heard_at=DUE - timedelta(hours=5))
    assert kept(comes(paper)).ignored == 0


def test_after_ten_it_is_asked_once_whether_to_go_on_and_nothing_more_comes() -> None:
    paper = unanswered(ASKED_AFTER - 1)
    outcome = comes(paper)
    assert [say.key for say in outcome.says] == ["plan.still_wanted"]
    assert (kept(outcome).state, plans(outcome)) == ("asked", [])
    again = paper.taps("go_on")
    assert (kept(again).state, kept(again).ignored, len(plans(again))) == ("on", 0, 1)
    assert paper.taps("go_on").effects == (), "twice is once"


# --- what is tapped


def with_a_tip() -> Paper:
    paper = planned()
    outcome = comes(paper)
    topic = next(one.topic for one in outcome.effects if isinstance(one, SettleReminder))
    assert paper.facts.reminder
    tip = replace(paper.facts.reminder, state="sent", topic=topic)
    paper.facts = replace(paper.facts, reminder=tip, topics={topic: DUE})
    return paper


def shown(paper: Paper) -> list[list[str]]:
    tip = next(say for _, say, _ in reversed(paper.told) if say.key == "plan.tip")
    return [[offer.code for offer in row] for row in tip.offers]


def test_few_buttons_stand_under_it_and_the_others_behind_one() -> None:
    paper = with_a_tip()
    assert shown(paper) == [["done", "later"], ["not_mine", "more"], ["wrong"]]
    paper.taps("more")
    assert shown(paper) == [["done", "later"], ["not_mine", "evening"], ["pause", "stop"], ["wrong"]]
    assert next(say.edit for _, say, _ in reversed(paper.told) if say.key == "plan.tip") == 1


def test_a_tip_says_still_why_it_came_once_something_was_tapped() -> None:
    paper = with_a_tip()
    assert paper.facts.reminder
    assert paper.facts.plan
    sitting = replace(paper.facts.plan, tags=frozenset({"sits"}))
    paper.facts = replace(paper.facts, plan=sitting, reminder=replace(paper.facts.reminder, topic="R-S01"))
    paper.taps("more")
    assert "You told us about sitting." in paper.heard("plan.tip")


def test_the_warning_signs_are_no_small_idea() -> None:
    paper = with_a_tip()
    assert paper.heard("plan.tip").startswith("<b>A small idea for today</b>")
    assert paper.facts.reminder
    paper.facts = replace(paper.facts, reminder=replace(paper.facts.reminder, topic="R-G01"))
    paper.taps("more")
    assert paper.heard("plan.tip").startswith("<b>Good to know</b>")
    assert paper.facts.reminder
    paper.facts = replace(paper.facts, reminder=replace(paper.facts.reminder, topic="R-A03"))
    paper.taps("more")
    assert paper.heard("plan.tip").startswith("<b>For the rest of today</b>")


def test_done_is_counted_once() -> None:
    paper = with_a_tip()
    assert paper.facts.reminder
    topic = paper.facts.reminder.topic
    assert kept(paper.taps("done")).done == {topic: 1}
    assert "✔ Done" in paper.heard("plan.tip")
    paper.facts = replace(paper.facts, reminder=replace(paper.facts.reminder, state="done"))
    again = paper.hear(Tap("s:done:1", "c", 1))
    assert (again.effects, again.toast) == ((), Say("plan.well_done"))


def test_what_is_not_for_somebody_does_not_come_again() -> None:
    paper = with_a_tip()
    assert paper.facts.reminder
    topic = paper.facts.reminder.topic
    assert kept(paper.taps("not_mine")).left_out == {topic}
    assert paper.hear(Tap("s:not_mine:1", "c", 1)).effects == ()
    paper.facts = replace(paper.facts, topics={})
    assert paper.heard("plan.tip")
    (settled_now,) = [one for one in comes(paper).effects if isinstance(one, SettleReminder)]
    assert settled_now.topic != topic


def test_it_comes_again_in_the_evening_and_counts_once() -> None:
    paper = planned(replace(PLAN, at=time(9)))
    morning = DUE.replace(hour=9, minute=0)
    outcome = paper.comes(PlanReminder("advice", morning))
    topic = next(one.topic for one in outcome.effects if isinstance(one, SettleReminder))
    assert paper.facts.reminder
    paper.facts = replace(paper.facts, reminder=replace(paper.facts.reminder, state="sent", topic=topic))
    paper.taps("more")
    again, following = plans(paper.taps("evening"))
    assert again == PlanReminder("again", DUE, topic)
    assert following == PlanReminder("advice", morning + timedelta(days=1))
    before = paper.facts.plan
    evening = paper.comes(again)
    assert ([say.key for say in evening.says], settled(evening)) == (["plan.tip"], ["sent"])
    assert paper.facts.plan == before


def test_the_next_does_not_come_in_the_minute_in_which_another_comes_again() -> None:
    paper = with_a_tip()
    paper.facts = replace(paper.facts, now=DUE + timedelta(hours=15))
    again, following = plans(paper.hear(Tap("s:evening:1", "c", 1)))
    assert (again.due_at, following.due_at) == (DUE + timedelta(days=1), DUE + timedelta(days=2))
    assert paper.facts.plan
    paper.facts = replace(paper.facts, plan=replace(paper.facts.plan, state="asked"))
    assert [one.kind for one in plans(paper.hear(Tap("s:evening:1", "c", 1)))] == ["again"], "nothing else comes"


def test_what_was_done_meanwhile_does_not_come_in_the_evening() -> None:
    paper = with_a_tip()
    paper.taps("more")
    paper.taps("evening")
    assert CancelReminders("again") in paper.taps("done").effects


def in_the_evening(paper: Paper, topic: str) -> Outcome:
    """What was put off to the evening, at its time."""
    return paper.comes(PlanReminder("again", DUE, topic))


def test_what_is_not_for_somebody_does_not_come_in_the_evening_either() -> None:
    paper = with_a_tip()
    assert paper.facts.reminder
    topic = paper.facts.reminder.topic
    paper.taps("not_mine")
    assert paper.hear(Tap("s:evening:1", "c", 1)).toast == Say("plan.not_mine")
    outcome = in_the_evening(paper, topic)
    assert (settled(outcome), outcome.says) == (["cancelled"], ())


def test_what_an_answer_rules_out_meanwhile_does_not_come_in_the_evening() -> None:
    paper = with_a_tip()
    assert settled(in_the_evening(paper, "R-Z03")) == ["sent"]
    assert paper.facts.record
    expecting = {**paper.facts.record.answers, "expecting": ({"valueCoding": {"code": "pregnant"}},)}
    told = replace(paper.facts.record, answers=expecting)
    paper.facts = replace(paper.facts, record=told, sent=told, reading=((1, 99),))
    outcome = in_the_evening(paper, "R-Z03")
    assert (settled(outcome), outcome.says) == (["cancelled"], ())


def test_while_a_new_assessment_is_filled_in_what_was_sent_before_still_rules_out() -> None:
    paper = planned()
    assert paper.facts.record
    sent = {**paper.facts.record.answers, "expecting": ({"valueCoding": {"code": "pregnant"}},)}
    anew = replace(paper.facts.record, id=9, status="in-progress", submitted_at=None, answers={})
    paper.facts = replace(paper.facts, record=anew, sent=replace(paper.facts.record, answers=sent))
    assert "expecting" in kept(comes(paper)).tags


def test_an_answer_rules_out_though_it_was_not_sent_yet() -> None:
    paper = planned()
    expecting = {"expecting": ({"valueCoding": {"code": "maybe"}},)}
    paper.facts = replace(paper.facts, check=Record(2, 1, paper.content.check.canonical, "in-progress", expecting))
    assert "expecting" in kept(comes(paper)).tags


def test_a_pause_is_a_week_and_twice_is_once() -> None:
    paper = with_a_tip()
    paper.taps("more")
    outcome = paper.taps("pause")
    assert kept(outcome).state == "paused"
    (first,) = plans(outcome)
    assert first.due_at == DUE + timedelta(days=8)
    assert paper.taps("pause").effects == ()
    back = paper.comes(first)
    assert (settled(back), kept(back).state) == (["sent"], "on")


def test_a_plan_that_rests_says_so_and_until_when() -> None:
    paper = planned()
    paper.command("plan")
    assert "No tips until" not in paper.heard("plan.running")
    paper.taps("pause")
    paper.command("plan")
    assert "No tips until Monday 9 March" in paper.heard("plan.running")


def test_stop_stops_everything_and_twice_is_once() -> None:
    paper = with_a_tip()
    paper.taps("more")
    outcome = paper.taps("stop")
    assert kept(outcome).state == "off"
    assert [one for one in outcome.effects if isinstance(one, CancelReminders | WithdrawConsent)] == [
        CancelReminders("advice"),
        CancelReminders("again"),
        CancelReminders("checkin"),
        WithdrawConsent("reminders"),
    ]
    assert paper.taps("stop").effects == ()


# --- after a visit

AFTER = PlanReminder("aftercare", datetime(2026, 3, 3, 12, 30, tzinfo=LONDON))


def visited(plan: Plan = PLAN, hours: float = 0.5) -> Paper:
    """A visit of hers ended so long before advice for after it is due."""
    paper = planned(plan)
    paper.facts = replace(paper.facts, past=(ended(AFTER.due_at - timedelta(hours=hours)),))
    return paper


def test_advice_for_after_a_visit_comes_on_its_day_and_no_other_close_behind_it() -> None:
    paper = visited()
    outcome = paper.comes(AFTER)
    assert settled(outcome) == ["sent"]
    assert "sleepy" in paper.heard("plan.tip")
    assert "You had a visit today." in paper.heard("plan.tip")
    assert not plans(outcome)
    paper.facts = replace(paper.facts, topics={"R-A01": paper.facts.now})
    outcome = comes(paper)
    assert settled(outcome) == ["missed"]
    assert [one.due_at for one in plans(outcome)] == [datetime(2026, 3, 4, 18, 30, tzinfo=LONDON)]


def test_advice_for_after_a_visit_goes_by_what_was_answered_though_no_other_came_before_it() -> None:
    paper = visited(replace(PLAN, left_out=frozenset({"R-A01", "R-A02", "R-A03", "R-A04"})))
    assert settled(paper.comes(AFTER)) == ["missed"]
    assert paper.facts.record
    medicines = {**paper.facts.record.answers, "history": ({"valueCoding": {"code": "medicines"}},)}
    told = replace(paper.facts.record, answers=medicines)
    paper = visited(replace(PLAN, left_out=frozenset({"R-A01", "R-A02", "R-A03", "R-A04"})))
    paper.facts = replace(paper.facts, record=told, sent=told)
    outcome = paper.comes(AFTER)
    assert [one.topic for one in outcome.effects if isinstance(one, SettleReminder)] == ["R-A05"]


@pytest.mark.parametrize(
    ("paper", "state"),
    [
        (planned(), "missed"),  # nobody came
        (visited(hours=20), "missed"),  # it was another day
        (visited(replace(PLAN, state="off")), "cancelled"),
        (visited(replace(PLAN, state="paused", paused_until=AFTER.due_at + timedelta(days=2))), "cancelled"),
        (visited(replace(PLAN, state="asked")), "cancelled"),
        (visited(replace(PLAN, left_out=frozenset({"aftercare"}))), "missed"),
    ],
)
def test_no_advice_for_after_a_visit_where_there_was_none_or_it_is_not_wanted(paper: Paper, state: str) -> None:
    outcome = paper.comes(AFTER)
    assert settled(outcome) == [state]
    assert not plans(outcome)
    assert not paper.heard("plan.tip")


def test_advice_for_after_a_visit_comes_once_a_pause_is_over() -> None:
    paper = visited(replace(PLAN, state="paused", paused_until=AFTER.due_at - timedelta(hours=1)))
    assert settled(paper.comes(AFTER)) == ["sent"]


def test_advice_for_after_a_visit_is_late_after_two_hours_and_comes_once() -> None:
    paper = visited()
    assert settled(paper.comes(AFTER, timedelta(hours=3))) == ["missed"]
    paper = visited()
    paper.facts = replace(paper.facts, topics={"R-A02": AFTER.due_at - timedelta(minutes=10)})
    assert settled(paper.comes(AFTER)) == ["missed"]
