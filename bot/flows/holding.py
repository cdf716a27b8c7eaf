"""A time kept for whoever chose it: how long, what keeps it longer, and the word that comes when it ends."""

from datetime import datetime, timedelta

from bot.flows.diary import read_time_code
from bot.flows.flow import Turn, spoken
from bot.model import CancelReminders, Draft, Due, LetGo, Offer, PlanReminder, RenewHold, Say, SettleReminder

KEPT, KEPT_AT_MOST = timedelta(minutes=10), timedelta(minutes=40)
"""How long a time is kept for whoever chose it, from their last answer and from their first."""
LAPSE_NEEDS = frozenset({"consents", "hold"})

_TOLD_WITHIN = timedelta(minutes=30)
"""Later nobody wonders any more what became of it."""

SAYS = (spoken("booking.lapsed", "starts_at", choices=("go_on",)),)


def chosen(turn: Turn) -> Draft | None:
    """Where somebody stands who chose a time and has not confirmed it."""
    draft = turn.drafts.get("booking")
    return draft if draft and draft.step == "confirm" and "time" in draft.data else None


def keep_longer(turn: Turn) -> None:
    """An answer somewhere else keeps the time chosen. Whoever chose none pays nothing for it."""
    if chosen(turn):
        turn.do(RenewHold(turn.facts.now + KEPT, KEPT_AT_MOST))


def give_up(turn: Turn) -> None:
    """What has come up stands against a visit: the time chosen is for others."""
    if chosen(turn):
        turn.do(LetGo())


def plan_word(turn: Turn, until: datetime) -> None:
    """A word at the end of a time that begins to be kept; one that goes on being kept has its word already."""
    hold = turn.facts.hold
    if hold is None or hold.until <= turn.facts.now:
        turn.do(CancelReminders("hold"))
        turn.do(PlanReminder("hold", until))


def lapse(turn: Turn, event: Due) -> None:
    """The end has come: put off where the time is kept longer, said where somebody still stands before it."""
    reminder, facts, draft = event.reminder, turn.facts, chosen(turn)
    if draft is None or "intake" not in facts.consents:
        turn.do(SettleReminder(reminder.id, "cancelled"))
    elif facts.hold and facts.hold.until > facts.now:
        turn.do(SettleReminder(reminder.id, "cancelled"))
        turn.do(PlanReminder("hold", facts.hold.until))
    elif not facts.account.reachable or facts.now - reminder.due_at > _TOLD_WITHIN:
        turn.do(SettleReminder(reminder.id, "missed"))
    else:
        turn.do(SettleReminder(reminder.id, "sent"))
        values = {"starts_at": read_time_code(draft.data["time"])}
        turn.says.append(Say("booking.lapsed", values, ((Offer("go_on", "n:book"),),)))
