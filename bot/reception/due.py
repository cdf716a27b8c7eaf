"""What is due: the steps the house takes of its own accord, each in the dialogue of whoever it is about."""

from datetime import datetime

from bot.model import Arrival, Begun, Due, Morning, Ring, Vacancy
from bot.practice.clinic import Clinic
from bot.practice.morning import next_page, page_due
from bot.practice.waiting import in_line
from bot.reception.group import Step
from storage.work import Work

REMINDERS = 32
"""How many reminders share a transaction at most: whoever taps meanwhile waits for one group of them."""
OTHERS = 256
"""How many alarms, pages and openings do; there are never many."""


def due_steps(work: Work, clinic: Clinic) -> list[Step]:
    """Every alarm, reminder, page and opening whose time has come, up to a group of each; held for this transaction."""
    alarms = [
        Step(Arrival(0, Ring(each), origin=f"alarm:{each.id}"), each.account_id) for each in work.alarms.due(OTHERS)
    ]
    reminders = work.reminders.due(REMINDERS)
    work.read_ahead(reminders)
    said = [Step(Arrival(0, Due(each), origin=f"reminder:{each.id}"), each.account_id) for each in reminders]
    return [*alarms, *said, *_page_steps(work, clinic), *_waitlist_steps(work, clinic)]


def _page_steps(work: Work, clinic: Clinic) -> list[Step]:
    day = page_due(work.now, clinic.morning_page, clinic.zone) if clinic.morning_page else None
    if day is None:
        return []
    return [
        Step(
            Arrival(0, Morning(day, day.weekday() == clinic.weekly_page), origin=f"morning:{account_id}:{day}"),
            account_id,
        )
        for account_id in work.pages.waiting(day, OTHERS)
    ]


def _waitlist_steps(work: Work, clinic: Clinic) -> list[Step]:
    """One step for each opening: for whoever's offer has come to its end, else for whoever is next in line."""
    steps = []
    for opening, holder in work.waitlist.due(OTHERS):
        if holder is not None:
            steps.append(Step(Arrival(0, Vacancy(opening.id), origin=f"offer:{opening.id}:{holder}"), holder))
        elif (one := next(in_line(opening, work.waitlist.not_told(opening.id), clinic.zone), None)) is not None:
            origin = f"opening:{opening.id}:{one.account_id}"
            steps.append(Step(Arrival(0, Vacancy(opening.id), origin=origin), one.account_id))
        else:
            work.waitlist.rest(opening.id)
    for account_id in work.waitlist.over(OTHERS):
        origin = f"begun:{account_id}:{work.now:%Y%m%dT%H%M%S}"
        steps.append(Step(Arrival(0, Begun(), origin=origin), account_id))
    return steps


def upcoming(work: Work, clinic: Clinic, limit: int) -> list[tuple[datetime, str, int]]:
    """The next of them: when, of what kind, to which account (0: nobody may know)."""
    pages: list[tuple[datetime, str, int]] = []
    if clinic.morning_page:
        at = next_page(work.now, clinic.morning_page, clinic.zone)
        day = at.astimezone(clinic.zone).date()
        pages = [(at, "morning", account_id) for account_id in work.pages.waiting(day, limit)]
    alarms = [(due_at, "alarm", 0) for due_at in work.alarms.upcoming(limit)]
    openings = [(due_at, "waitlist", 0) for due_at in work.waitlist.upcoming(limit)]
    return sorted([*alarms, *pages, *openings, *work.reminders.upcoming(limit)])[:limit]
