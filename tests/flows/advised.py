"""Somebody who is advised: her plan, what comes of it, and what that does."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.model import (
    Outcome,
    Plan,
    PlanReminder,
    SetPlan,
    SettleReminder,
)
from tests.flows.paper import NOW, Paper

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


def with_a_tip() -> Paper:
    paper = planned()
    outcome = comes(paper)
    topic = next(one.topic for one in outcome.effects if isinstance(one, SettleReminder))
    assert paper.facts.reminder
    tip = replace(paper.facts.reminder, state="sent", topic=topic)
    paper.facts = replace(paper.facts, reminder=tip, topics={topic: DUE})
    return paper
