"""Lifestyle advice as it is asked for: the days, the hour, the place, how many, what about."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.model import (
    CancelReminders,
    Media,
    Plan,
)
from tests.flows.advised import AT, LONDON, PLAN, assessed, kept, planned, plans
from tests.flows.paper import NOW, Paper


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


def test_a_plan_that_rests_says_so_and_until_when() -> None:
    paper = planned()
    paper.command("plan")
    assert "No tips until" not in paper.heard("plan.running")
    paper.taps("pause")
    paper.command("plan")
    assert "No tips until Monday 9 March" in paper.heard("plan.running")
