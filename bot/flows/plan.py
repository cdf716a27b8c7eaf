"""Lifestyle advice on the days and at the hour somebody chose; easy to stop, in every message."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.flows.answers import Choice, Holds, Listed, Ticks
from bot.flows.content import Content
from bot.flows.flow import START, Ask, End, Flow, Holding, Turn, picked, route, spoken, standing, wrong
from bot.model import (
    CancelReminders,
    Due,
    GiveConsent,
    Plan,
    PlanReminder,
    Say,
    SetPlan,
    SettleReminder,
    WithdrawConsent,
)
from bot.practice import advice, tailoring

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = (7, 8, 9, 10, 12, 14, 16, 17, 18, 19, 20)
DUE_NEEDS = frozenset({"consents", "patient", "plan", "record", "flags", "topics"})


def is_on(turn: Turn) -> bool:
    """Whether advice is being sent."""
    return turn.facts.plan is not None and turn.facts.plan.state == "on"


def is_nobodys_patient(turn: Turn) -> bool:
    """Whether nothing is known to tailor advice by: no assessment was begun."""
    return turn.facts.patient is None


def switch_off(turn: Turn) -> None:
    """No more advice; what was planned goes with it."""
    if turn.facts.plan:
        plan = turn.facts.plan
        turn.do(SetPlan(Plan(plan.days, plan.hour, plan.zone, "off")))
    turn.do(CancelReminders("advice"))
    turn.do(WithdrawConsent("reminders"))


class Planning:
    """The deeds of a plan, bound to the practice's advice."""

    def __init__(self, content: Content) -> None:
        self.content = content
        clinic = content.clinic
        self.numbers = {
            "emergency": clinic.numbers.emergency,
            "phone": clinic.phone,
            "out_of_hours": clinic.numbers.out_of_hours,
        }

    def zone(self, turn: Turn) -> str:
        return turn.facts.account.zone or self.content.clinic.zone.key

    def switch_on(self, turn: Turn) -> None:
        days = frozenset(DAYS.index(day) for day in turn.data["days"])
        plan = Plan(days, int(turn.data["hour"]), self.zone(turn), "on")
        turn.do(GiveConsent("reminders", "plan.offer"))
        turn.do(SetPlan(plan))
        turn.do(CancelReminders("advice"))
        due = advice.next_due(plan.days, plan.hour, ZoneInfo(plan.zone), turn.facts.now)
        turn.do(PlanReminder("advice", due))

    def chosen(self, turn: Turn) -> dict[str, object]:
        days = frozenset(DAYS.index(day) for day in turn.data["days"])
        due = advice.next_due(days, int(turn.data["hour"]), ZoneInfo(self.zone(turn)), turn.facts.now)
        return {"first_at": due, "days": tuple_said(turn.data["days"])}

    def running(self, turn: Turn) -> dict[str, object]:
        plan = turn.facts.plan
        if plan is None:
            return {"days": "", "hour": ""}
        return {"days": tuple_said([DAYS[day] for day in sorted(plan.days)]), "hour": plan.hour}

    def post(self, turn: Turn, event: Due) -> None:
        """A piece of advice that has come due: sent, or skipped if its time has passed; then the next is planned."""
        plan, reminder = turn.facts.plan, event.reminder
        if plan is None or plan.state != "on" or "reminders" not in turn.facts.consents:
            turn.do(SettleReminder(reminder.id, "cancelled"))
            return
        following = advice.next_due(plan.days, plan.hour, ZoneInfo(plan.zone), turn.facts.now)
        held = any(flag.level == "emergency" and flag.state in ("open", "disputed") for flag in turn.facts.flags)
        chosen = None if held or advice.is_missed(reminder.due_at, turn.facts.now) else self.choose(turn)
        topic = self.content.advice.topic(chosen) if chosen else None
        turn.do(SettleReminder(reminder.id, "sent" if topic else "missed", chosen or ""))
        turn.do(PlanReminder("advice", following))
        if topic:
            turn.says.append(
                Say(
                    "plan.tip",
                    {"do": topic.told(self.numbers), "why": topic.why},
                    (
                        (standing("done", reminder.id, "done_today"), standing("later", reminder.id, "not_today")),
                        (standing("stop", reminder.id, "stop"),),
                        wrong(),
                    ),
                    bulk=True,
                )
            )

    def choose(self, turn: Turn) -> str | None:
        record, content = turn.facts.record, self.content
        told = [(content.form, record.answers)] if record else []
        tags = tailoring.tags_of(content.advice, content.safety, told, (flag.code for flag in turn.facts.flags))
        person = tailoring.Person(tags, zone=content.clinic.zone, sent=turn.facts.topics)
        best = next(iter(tailoring.ranked(content.advice, person, turn.facts.now)), None)
        return best.topic if best else None


def tuple_said(days: Sequence[str]) -> tuple[Say, ...]:
    """The days chosen, each as its word."""
    return tuple(Say(f"plan.day_{day}") for day in days)


def done(turn: Turn, row: int) -> Say | None:
    """The tip was followed: twice is once."""
    if turn.facts.reminder is None:
        return Say("common.gone")
    turn.do(SettleReminder(row, "done"))
    return Say("plan.well_done")


def later(turn: Turn, row: int) -> Say | None:
    """Not today: nothing is asked of anybody."""
    return Say("plan.not_today") if turn.facts.reminder else Say("common.gone")


def stop(turn: Turn, row: int) -> Say | None:
    """Stop, in every message."""
    if turn.facts.reminder is None:
        return Say("common.gone")
    switch_off(turn)
    turn.says.append(Say("plan.off"))
    return None


def plan(content: Content) -> Flow:
    """Switching advice on, changing its days and hour, switching it off."""
    planning = Planning(content)
    return Flow(
        "plan",
        needs=("consents", "patient", "plan"),
        steps=[
            Ask(
                "running", Choice("change", "stop", "keep", holds=Holds(("days", "hour"), planning.running)), when=is_on
            ),
            Ask("offer", Choice("yes", "not_now")),
            Ask("days", Ticks(*DAYS)),
            Ask("hour", Listed(lambda turn: [(str(hour), ("hour", hour)) for hour in HOURS], width=4)),
            End("on", holding=Holding(("first_at", "days"), planning.chosen)),
            End("off"),
            End("kept"),
            End("not_now"),
            End("assessment_first"),
        ],
        routes=[
            route(START, "assessment_first", when=is_nobodys_patient),
            route(START, "running", when=is_on),
            route(START, "offer"),
            route("running", "off", when=picked("stop"), do=switch_off),
            route("running", "kept", when=picked("keep")),
            route("running", "days"),
            route("offer", "not_now", when=picked("not_now")),
            route("hour", "on", do=planning.switch_on),
        ],
        says=(
            spoken("plan.tip", "do", "why", choices=("done_today", "not_today", "stop")),
            spoken("plan.well_done"),
            spoken("plan.not_today"),
            *(spoken(f"plan.day_{day}") for day in DAYS),
        ),
    )
