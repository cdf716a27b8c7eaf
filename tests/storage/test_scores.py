"""Numbers to follow over time: kept sealed, by episode, and who is asked without an answer."""

from datetime import time, timedelta

from bot import model
from bot.model import Scores
from storage.dialogue import Dialogue
from tests.storage.desk import ASSESSED, NINE, START, Desk, visit

WEEK = timedelta(weeks=1)
PLAN = model.SetPlan(model.Plan(frozenset({0, 2}), time(9), "Europe/London", "on"))


def sent(desk: Desk, chat: int = 7, **values: float) -> Dialogue:
    who = desk.person(chat)
    desk.does(who, *ASSESSED, model.CloseRecord("completed"), model.KeepScores(values), PLAN)
    return who


def checks_in(desk: Desk, who: Dialogue, **values: float) -> None:
    desk.does(who, model.KeepScores(values, "checkin"))


def asks(desk: Desk, who: Dialogue) -> None:
    """The question how they are, sent now."""
    desk.does(who, model.PlanReminder("checkin", desk.now))
    with desk.pen.work(desk.now) as work:
        (due,) = work.reminders.due(10)
        work.reminders.settle(due.id, "sent")


def test_they_come_back_in_their_order_and_nothing_of_them_stands_in_clear(desk: Desk) -> None:
    ada = sent(desk, pain=7.0, goal=2.0)
    desk.now += WEEK
    checks_in(desk, ada, pain=4.0)
    desk.run_anew()
    expected = (
        Scores(START, "intake", {"pain": 7.0, "goal": 2.0}),
        Scores(START + WEEK, "checkin", {"pain": 4.0}),
    )
    assert desk.facts(ada, "scores")["scores"] == expected
    assert not any(b"pain" in bytes(row[0]) for row in desk.rows("SELECT body FROM score"))


def test_a_new_assessment_half_done_does_not_take_them_over(desk: Desk) -> None:
    ada = sent(desk, pain=7.0)
    desk.does(ada, model.OpenEpisode(), model.OpenRecord("form"))
    checks_in(desk, ada, pain=5.0)
    desk.does(ada, model.DropRecord())
    assert [one.values["pain"] for one in desk.facts(ada, "scores")["scores"]] == [7, 5]
    desk.does(ada, model.OpenRecord("form"), model.CloseRecord("completed"), model.KeepScores({"pain": 6.0}))
    assert [one.values["pain"] for one in desk.facts(ada, "scores")["scores"]] == [6]


def test_without_an_assessment_there_is_nothing_to_follow(desk: Desk) -> None:
    ada = desk.person(7)
    checks_in(desk, ada, pain=5.0)
    assert desk.facts(ada, "scores") == {}
    assert desk.rows("SELECT 1 FROM score") == []


def test_the_practitioner_is_told_who_was_asked_how_often_without_an_answer(desk: Desk) -> None:
    anna = desk.practitioner(8)
    ada, bea, cleo = (sent(desk, chat, pain=7.0) for chat in (7, 9, 10))
    for _ in range(2):
        desk.now += WEEK
        asks(desk, ada)
        asks(desk, bea)
        desk.now += timedelta(hours=1)
        checks_in(desk, bea, pain=4.0)
    progress = {one.patient_id: one for one in desk.facts(anna, "progress")["progress"]}
    first, second, third = (desk.facts(who, "patient")["patient"].id for who in (ada, bea, cleo))
    assert progress.keys() == {first, second}
    assert third not in progress
    assert (progress[first].asked, progress[second].asked) == (2, 0)
    assert progress[first].name == "Ada Loveless"
    assert [one.values["pain"] for one in progress[second].scores] == [7, 4, 4]
    assert desk.rows("SELECT deed, subject FROM audit WHERE subject = 'scores'") == [("read", "scores")]


def test_not_this_week_is_an_answer(desk: Desk) -> None:
    anna, ada = desk.practitioner(8), sent(desk, pain=7.0)
    for _ in range(2):
        desk.now += WEEK
        asks(desk, ada)
    (first,) = desk.rows("SELECT max(id) FROM reminder")[0]
    desk.does(ada, model.SettleReminder(first, "done"))
    assert [one.asked for one in desk.facts(anna, "progress")["progress"]] == [1]


def test_nobody_but_a_practitioner_reads_how_others_are(desk: Desk) -> None:
    ada = sent(desk, pain=7.0)
    asks(desk, ada)
    assert desk.facts(ada, "progress")["progress"] == ()


def test_whoever_was_not_asked_for_weeks_or_has_stopped_is_not_counted(desk: Desk) -> None:
    anna, ada, bea = desk.practitioner(8), sent(desk, 7, pain=7.0), sent(desk, 9, pain=7.0)
    asks(desk, ada)
    desk.now += 6 * WEEK
    asks(desk, bea)
    desk.does(bea, model.SetPlan(model.Plan(frozenset({0}), time(9), "Europe/London", "off")))
    assert desk.facts(anna, "progress")["progress"] == ()


def test_forgetting_takes_them_along(desk: Desk) -> None:
    ada = sent(desk, pain=7.0)
    checks_in(desk, ada, pain=5.0)
    patient = desk.facts(ada, "patient")["patient"].id
    desk.does(desk.practitioner(8), model.Erase(patient))
    assert desk.rows("SELECT 1 FROM score") == []


def test_the_look_back_belongs_to_the_visit_and_goes_with_it(desk: Desk) -> None:
    ada = sent(desk, pain=7.0)
    desk.does(ada, visit(), model.PlanReminder("review", NINE + timedelta(days=1)))
    (booked,) = desk.facts(ada, "bookings")["bookings"]
    assert desk.rows("SELECT kind, booking_id FROM reminder") == [("review", booked.id)]
    desk.does(ada, model.CancelBooking(booked.id))
    assert desk.rows("SELECT state FROM reminder") == [("cancelled",)]


def test_what_is_planned_of_a_kind_comes_at_another_time_and_nothing_comes_of_nothing(desk: Desk) -> None:
    ada, later = sent(desk, pain=7.0), START + 2 * WEEK
    desk.does(ada, model.Reschedule("checkin", later))
    assert desk.rows("SELECT 1 FROM reminder") == []
    desk.does(ada, model.PlanReminder("checkin", START + WEEK, "3"), model.PlanReminder("advice", START + WEEK))
    desk.does(ada, model.Reschedule("checkin", later))
    desk.now = later
    with desk.pen.work(desk.now) as work:
        due = {one.kind: one for one in work.reminders.due(10)}
    assert (due["checkin"].due_at, due["checkin"].topic) == (later, "")
    assert due["advice"].due_at == START + WEEK
