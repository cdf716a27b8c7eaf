"""A time kept for whoever chose it: how long, what keeps it longer, and the word that comes when it ends."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.flows.diary import read_time_code
from bot.flows.flow import Turn, spoken
from bot.model import CancelReminders, Draft, Due, Hold, LetGo, Offer, PlanReminder, RenewHold, Say, SettleReminder

KEPT, KEPT_AT_MOST = timedelta(minutes=10), timedelta(minutes=40)
"""How long a time is kept for whoever chose it, from their last answer and from their first."""
LAPSE_NEEDS = frozenset({"consents", "hold"})

SINCE = "since"
"""Where answers note since when the time they chose is kept: what is kept since then is theirs."""
_TOLD_WITHIN = timedelta(minutes=30)
"""Later nobody wonders any more what became of it."""

SAYS = (spoken("booking.lapsed", "starts_at", choices=("go_on",)),)


def chosen(turn: Turn) -> Draft | None:
    """Where somebody stands who chose a time and has not confirmed it."""
    draft = turn.drafts.get("booking")
    return draft if draft and draft.step == "confirm" and "time" in draft.data else None


def keep(turn: Turn, hold: Hold) -> None:
    """Keeps the time chosen, and notes since when: an account keeps one time, be it for a choice, an undo or an offer,
    and none of them may end what another keeps."""
    turn.do(hold)
    turn.data[SINCE] = hold.since.isoformat()


def own(hold: Hold | None, data: Mapping[str, Any]) -> Hold | None:
    """What is kept, if it is the time these answers chose."""
    return hold if hold and data.get(SINCE) == hold.since.isoformat() else None


def keep_longer(turn: Turn) -> None:
    """An answer somewhere else keeps the time chosen. Whoever chose none pays nothing for it."""
    draft = chosen(turn)
    if draft and SINCE in draft.data:
        turn.do(RenewHold(datetime.fromisoformat(draft.data[SINCE]), turn.facts.now + KEPT, KEPT_AT_MOST))


def give_up(turn: Turn) -> None:
    """What has come up stands against a visit: the time chosen is for others."""
    if chosen(turn):
        turn.do(LetGo())


def plan_word(turn: Turn, until: datetime) -> None:
    """A word at the end of a time that begins to be kept; whoever has one kept already has its word."""
    hold = own(turn.facts.hold, turn.data)
    if hold and hold.until > turn.facts.now:
        return
    turn.do(CancelReminders("hold"))
    turn.do(PlanReminder("hold", until))


def lapse(turn: Turn, event: Due) -> None:
    """The end has come: put off where the time is kept longer, said where somebody still stands before it."""
    reminder, facts, draft = event.reminder, turn.facts, chosen(turn)
    if draft is None or "intake" not in facts.consents:
        turn.do(SettleReminder(reminder.id, "cancelled"))
    elif (hold := own(facts.hold, draft.data)) and hold.until > facts.now:
        turn.do(SettleReminder(reminder.id, "cancelled"))
        turn.do(PlanReminder("hold", hold.until))
    elif not facts.account.reachable or facts.now - reminder.due_at > _TOLD_WITHIN:
        turn.do(SettleReminder(reminder.id, "missed"))
    else:
        turn.do(SettleReminder(reminder.id, "sent"))
        values = {"starts_at": read_time_code(draft.data["time"])}
        turn.says.append(Say("booking.lapsed", values, ((Offer("go_on", "n:book"),),)))
