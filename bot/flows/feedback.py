"""What is tapped under a piece of advice: that it was followed, not today, not for me, later, and stopping it all."""

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from bot.flows.content import Content
from bot.flows.flow import Turn, spoken
from bot.flows.house import Verb
from bot.flows.tips import FEW, MORE, Tips, is_running, switch_off
from bot.model import CancelReminders, PlanReminder, Say, SetPlan, SettleReminder
from bot.practice import rhythm, tailoring

NEEDS = frozenset({"reminder", "plan", "patient", "topics"})

SAYS = (
    spoken("plan.well_done"),
    spoken("plan.not_today"),
    spoken("plan.not_mine"),
    spoken("plan.this_evening", "at"),
    spoken("plan.late_evening"),
    spoken("plan.paused", "day"),
    spoken("plan.off"),
    spoken("plan.goes_on"),
)


class Feedback:
    """What the buttons do, bound to the practice."""

    def __init__(self, content: Content) -> None:
        self.advice = content.advice
        self.tips = Tips(content)

    def shown_anew(self, turn: Turn, mark: str = "", codes: Sequence[str] = ()) -> None:
        """The message the button sits on, with what it has done."""
        plan, reminder = turn.facts.plan, turn.facts.reminder
        topic = self.advice.topic(reminder.topic) if reminder else None
        if plan and reminder and topic and turn.on is not None:
            why = self.advice.reason(tailoring.reason_for(self.advice, topic, plan.tags))
            say = self.tips.tip(turn, plan, reminder, topic, why, mark=mark, codes=codes)
            turn.says.append(replace(say, edit=turn.on, bulk=False, until=None))

    def done(self, turn: Turn, row: int) -> Say | None:
        """The tip was followed: twice is once."""
        plan, reminder = turn.facts.plan, turn.facts.reminder
        if plan is None or reminder is None:
            return Say("common.gone")
        if reminder.state == "sent":
            turn.do(SettleReminder(row, "done"))
            counted = {**plan.done, reminder.topic: plan.done.get(reminder.topic, 0) + 1}
            turn.do(SetPlan(replace(plan, ignored=0, done=counted)))
            turn.do(CancelReminders("again"))
            self.shown_anew(turn, "done")
        return Say("plan.well_done")

    def later(self, turn: Turn, row: int) -> Say | None:
        """Not today: nothing is asked of anybody."""
        return Say("plan.not_today") if turn.facts.reminder else Say("common.gone")

    def not_mine(self, turn: Turn, row: int) -> Say | None:
        """This advice does not come again."""
        plan, reminder = turn.facts.plan, turn.facts.reminder
        topic = self.advice.topic(reminder.topic) if reminder else None
        if plan is None or reminder is None or topic is None or not self.tips.may_go(topic):
            return Say("common.gone")
        if reminder.topic not in plan.left_out:
            turn.do(SetPlan(replace(plan, ignored=0, left_out=plan.left_out | {reminder.topic})))
            self.shown_anew(turn, "not_mine")
        return Say("plan.not_mine")

    def more(self, turn: Turn, row: int) -> Say | None:
        """All the buttons."""
        if turn.facts.reminder is None:
            return Say("common.gone")
        self.shown_anew(turn, codes=(*FEW, *MORE))
        return None

    def evening(self, turn: Turn, row: int) -> Say | None:
        """The same again this evening, once."""
        plan, reminder = turn.facts.plan, turn.facts.reminder
        if plan is None or reminder is None or not reminder.topic or not is_running(plan):
            return Say("common.gone")
        if reminder.topic in plan.left_out:
            return Say("plan.not_mine")
        zone = ZoneInfo(plan.zone)
        due = rhythm.this_evening(turn.facts.now, zone, self.tips.quiet)
        if due is None:
            return Say("plan.late_evening")
        turn.do(CancelReminders("again"))
        turn.do(PlanReminder("again", due, reminder.topic))
        if plan.state != "asked":
            # The next of the plan comes well behind it, not in the same minute.
            turn.do(CancelReminders("advice"))
            turn.do(PlanReminder("advice", rhythm.next_of(plan, self.tips.quiet, turn.facts.now, due)))
        return Say("plan.this_evening", {"at": due.astimezone(zone).time()})

    def pause(self, turn: Turn, row: int) -> Say | None:
        """A week without."""
        plan = turn.facts.plan
        if plan is None or not is_running(plan):
            return Say("common.gone")
        until = self.tips.paused(turn, plan)
        return Say("plan.paused", {"day": until.astimezone(ZoneInfo(plan.zone)).date()})

    def stop(self, turn: Turn, row: int) -> Say | None:
        """Stop, in every message."""
        if turn.facts.reminder is None:
            return Say("common.gone")
        if is_running(turn.facts.plan):
            switch_off(turn)
            turn.says.append(Say("plan.off"))
            return None
        return Say("plan.off")

    def carry_on(self, turn: Turn, row: int) -> Say | None:
        """Somebody who had not looked at advice for long wants it still."""
        plan = turn.facts.plan
        if plan is None or not is_running(plan):
            return Say("common.gone")
        if plan.state == "asked":
            self.tips.begin_anew(turn, replace(plan, state="on", ignored=0))
        return Say("plan.goes_on")

    def verbs(self) -> dict[str, Verb]:
        """What the buttons under a piece of advice do."""
        deeds = {
            "done": self.done,
            "later": self.later,
            "not_mine": self.not_mine,
            "more": self.more,
            "evening": self.evening,
            "pause": self.pause,
            "stop": self.stop,
            "go_on": self.carry_on,
        }
        return {name: Verb(deed, NEEDS, of_patient=False) for name, deed in deeds.items()}
