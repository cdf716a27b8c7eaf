"""Lifestyle advice on the days and at the time somebody chose: asked for once, changed and stopped at any time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import time
from zoneinfo import ZoneInfo

from bot.flows.answers import Choice, Holds, Listed, Ticks
from bot.flows.checkin import begin as begin_asking
from bot.flows.content import Content
from bot.flows.flow import START, Ask, End, Flow, Hand, Holding, Turn, picked, route, spoken
from bot.flows.tips import SAYS, Tips, is_running, switch_off
from bot.flows.welcome import has_not_agreed
from bot.flows.when import TimeOfDay, Whereabouts, place_and_time
from bot.model import GiveConsent, Plan, Say
from bot.practice import rhythm, whereabouts

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
USUAL = ("mon", "wed", "fri")
USUAL_WEEKLY = 3
"""So many days may be ticked before it is asked how many of them are meant each week."""

TOLD = ("days", "at", "place", "often")
"""What is said of a plan."""

_CHANGES = ("days", "often", "place", "topics")


def is_on(turn: Turn) -> bool:
    """Whether advice is being sent."""
    return is_running(turn.facts.plan)


def is_nobodys_patient(turn: Turn) -> bool:
    """Whether nothing is known to tailor advice by: no assessment was begun."""
    return turn.facts.patient is None


def is_new(turn: Turn) -> bool:
    """Whether advice is asked for anew, not changed."""
    return turn.data.get("running") is None


def ticked_many(turn: Turn) -> bool:
    """Whether more days were ticked than advice usually comes on."""
    return len(turn.data["days"]) > USUAL_WEEKLY


def ticked_many_anew(turn: Turn) -> bool:
    return is_new(turn) and ticked_many(turn)


class Planning:
    """The deeds of a plan, bound to the practice's advice."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.tips = Tips(content)
        self.groups = dict(content.advice.optional)

    # --- what is chosen

    def zone(self, turn: Turn) -> str:
        """Where they are: as they said now or before; the practice's zone until they say."""
        known = turn.facts.plan.zone if turn.facts.plan else self.content.clinic.zone.key
        return str(turn.data.get("place") or known)

    def days(self, turn: Turn) -> Sequence[str]:
        """The days ticked now, or before; else the usual ones."""
        plan = turn.facts.plan
        return turn.data.get("days") or ([DAYS[day] for day in sorted(plan.days)] if plan else USUAL)

    def chosen(self, turn: Turn) -> Plan:
        """The plan as it is to be: what stands, with what was said now."""
        facts, data = turn.facts, turn.data
        days = frozenset(DAYS.index(day) for day in self.days(turn))
        plan = facts.plan or Plan(days, time(9), self.zone(turn), "off")
        if not is_running(plan):
            # A line that was meant for then, and what was said of a sign of then, count no more.
            plan = replace(plan, begun_at=facts.now, held=False, lines=())
        at = time.fromisoformat(data["hour"]) if "hour" in data else plan.at
        weekly = int(data["often"]) if "often" in data else min(len(days), USUAL_WEEKLY)
        weekly = weekly if {"days", "often"} & data.keys() else plan.weekly
        out = plan.left_out
        if "topics" in data:
            out = (out - self.groups.keys()) | (self.groups.keys() - set(data["topics"]))
        return replace(
            plan,
            days=days,
            at=at,
            zone=self.zone(turn),
            state="on",
            weekly=weekly,
            paused_until=None,
            ignored=0,
            left_out=frozenset(out),
        )

    def switch_on(self, turn: Turn) -> None:
        if not is_on(turn):
            turn.do(GiveConsent("reminders", "plan.offer"))
            begin_asking(turn, self.chosen(turn), self.tips.quiet)
        self.tips.begin_anew(turn, self.chosen(turn))

    def pause(self, turn: Turn) -> None:
        assert turn.facts.plan is not None
        self.tips.paused(turn, turn.facts.plan)

    # --- what is shown

    def told(self, turn: Turn) -> dict[str, object]:
        """The plan as it stands now, and when the next advice comes."""
        plan = turn.facts.plan or self.chosen(turn)
        zone = ZoneInfo(plan.zone)
        due = rhythm.next_of(plan, self.tips.quiet, turn.facts.now, self.tips.last(turn)).astimezone(zone)
        return {
            "days": tuple(Say(f"plan.day_{DAYS[day]}") for day in sorted(plan.days)),
            "at": plan.at,
            "place": whereabouts.city(plan.zone),
            "often": plan.weekly,
            "first_day": due.date(),
            "first_at": due.time(),
        }

    def paused(self, turn: Turn) -> dict[str, object]:
        plan = turn.facts.plan
        until = plan.paused_until if plan and plan.paused_until else turn.facts.now + rhythm.WEEK
        return {"day": until.astimezone(ZoneInfo(self.zone(turn))).date()}

    def running(self, turn: Turn) -> dict[str, object]:
        """The plan as it stands, and whether it rests."""
        told, plan = self.told(turn), turn.facts.plan
        rests = plan is not None and plan.state == "paused"
        paused = Say("plan.paused", self.paused(turn)) if rests else ""
        return {**{name: told[name] for name in TOLD}, "paused": paused}

    def here(self, turn: Turn) -> dict[str, object]:
        return place_and_time(self.zone(turn), turn.facts.now)

    def offered(self, turn: Turn) -> Sequence[str]:
        """What can be done about a plan."""
        paused = turn.facts.plan is not None and turn.facts.plan.state in ("paused", "asked")
        changes = _CHANGES if self.groups else _CHANGES[:-1]
        return (*changes, "resume" if paused else "pause", "stop", "keep")

    def counts(self, turn: Turn) -> list[tuple[str, object]]:
        return [(str(count), count) for count in range(1, len(self.days(turn)) + 1)]

    def wanted(self, turn: Turn) -> Sequence[str]:
        """Of the groups that may be left out, those that are not."""
        out = turn.facts.plan.left_out if turn.facts.plan else frozenset()
        return [group for group in self.groups if group not in out]


def plan(content: Content) -> Flow:
    """Switching advice on, changing its days, time, place, number and topics, pausing it, switching it off."""
    planning = Planning(content)
    on = (*TOLD, "first_day", "first_at")
    return Flow(
        "plan",
        needs=("consents", "patient", "plan", "topics"),
        resumes=False,
        steps=[
            Ask("offer", Choice("yes", "not_now")),
            Ask(
                "running",
                Choice(
                    *_CHANGES,
                    "pause",
                    "resume",
                    "stop",
                    "keep",
                    holds=Holds((*TOLD, "paused"), planning.running),
                    offered=planning.offered,
                    width=2,
                ),
            ),
            Ask("days", Ticks(*DAYS, started=planning.days)),
            Ask("hour", TimeOfDay(content.clinic.quiet_hours)),
            Ask("here", Choice("yes", "elsewhere", holds=Holds(("now", "place"), planning.here), width=2)),
            Ask("place", Whereabouts(lambda turn: (planning.zone(turn),))),
            Ask("often", Listed(planning.counts, width=7)),
            Ask("topics", Ticks(*planning.groups, started=planning.wanted, labels=planning.groups)),
            End("on", holding=Holding(on, planning.told)),
            End("paused", holding=Holding(("day",), planning.paused)),
            End("off"),
            End("kept"),
            End("not_now"),
            End("assessment_first"),
            Hand("consent", "welcome"),
        ],
        routes=[
            route(START, "consent", when=has_not_agreed),
            route(START, "assessment_first", when=is_nobodys_patient),
            route(START, "running", when=is_on),
            route(START, "offer"),
            route("offer", "not_now", when=picked("not_now")),
            route("offer", "days"),
            *(route("running", change, when=picked(change)) for change in _CHANGES),
            route("running", "paused", when=picked("pause"), do=planning.pause),
            route("running", "on", when=picked("resume"), do=planning.switch_on),
            route("running", "off", when=picked("stop"), do=switch_off),
            route("running", "kept"),
            route("hour", "here", when=is_new),
            route("hour", "often", when=ticked_many),
            route("hour", "on", do=planning.switch_on),
            route("here", "place", when=picked("elsewhere")),
            route("here", "often", when=ticked_many),
            route("here", "on", do=planning.switch_on),
            route("place", "often", when=ticked_many_anew),
            route("place", "on", do=planning.switch_on),
            route("often", "on", do=planning.switch_on),
            route("topics", "on", do=planning.switch_on),
        ],
        says=(*SAYS, *(spoken(f"plan.day_{day}") for day in DAYS)),
    )
