"""The look back after some sessions: patient and practitioner are both asked whether to go on, change something, stop,
or ask somebody else too; with where it began beside it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.flows.assessment import has_open_emergency, nobody_can_be_told
from bot.flows.card import called, practitioners, subject
from bot.flows.checkin import lines, then_and_now
from bot.flows.content import Content
from bot.flows.flow import Turn, spoken, standing, wrong
from bot.flows.house import Verb
from bot.flows.tips import Tips
from bot.flows.welcome import has_not_agreed
from bot.model import Booking, Due, Facts, Note, Offer, PutOff, Say, SettleReminder
from bot.practice import outcomes

REVIEW_NEEDS = frozenset(
    {"consents", "patient", "record", "sent", "flags", "practice", "past", "bookings", "scores", "plan"}
)
ANSWERS = ("go_on", "change", "stop", "refer")
LATEST = timedelta(days=3)
"""A look back later than this is left out: after the next sessions there is another."""

SAYS = (
    spoken("review.asked", "sessions", "since", choices=(*ANSWERS, "checkin")),
    spoken("review.since", "lines"),
    *(spoken(f"review.said_{answer}", "phone", choices=("book",)) for answer in ANSWERS if answer != "stop"),
    spoken("review.said_stop", "phone"),
    *(spoken(f"review.suggested_{answer}", "phone") for answer in ANSWERS),
    spoken("desk.review", "name", "sessions", "lines", choices=ANSWERS),
    spoken("desk.review_said", "name", "answer"),
    spoken("desk.reviewed", "name", "answer"),
    *(spoken(f"desk.review_{answer}") for answer in ANSWERS),
)


def sessions(facts: Facts) -> list[Booking]:
    """The visits they came to since they were assessed, or of which nobody said otherwise; the oldest first."""
    since = began(facts)
    came = (one for one in facts.past if one.state != "no_show" and one.ends_at <= facts.now)
    return sorted((one for one in came if since and one.starts_at >= since), key=lambda one: one.starts_at)


def began(facts: Facts) -> datetime | None:
    """When what they are treated for now was assessed."""
    # A change sends the assessment anew, and not everybody rates at the start.
    sent = facts.sent.submitted_at if facts.sent else None
    return min((*(one.at for one in facts.scores), *([sent] if sent else [])), default=None)


class Review:
    """The look back, bound to the practice."""

    def __init__(self, content: Content) -> None:
        self.clinic = content.clinic
        self.tips = Tips(content)

    def post(self, turn: Turn, event: Due) -> None:
        """The day after a visit: both are asked, if that was the last of as many as the practice looks back after."""
        reminder, every = event.reminder, self.clinic.review_after_sessions
        counted = {one.id: (count, one) for count, one in enumerate(sessions(turn.facts), 1)}
        count, visit = counted.get(reminder.booking_id or 0, (0, None))
        is_no_time = has_not_agreed(turn) or has_open_emergency(turn) or nobody_can_be_told(turn)
        if visit is None or not every or count % every or is_no_time:
            turn.do(SettleReminder(reminder.id, "cancelled"))
        elif turn.facts.now - reminder.wanted_at > LATEST:
            turn.do(SettleReminder(reminder.id, "missed"))
        elif later := self.night(turn) or self.tips.waits(turn):
            turn.do(PutOff(reminder.id, later))
        else:
            turn.do(SettleReminder(reminder.id, "sent"))
            self.ask_both(turn, reminder.id, visit, count)

    def night(self, turn: Turn) -> datetime | None:
        """When the night is over, for somebody who sleeps now."""
        plan = turn.facts.plan
        return self.clinic.quiet_hours.over(turn.facts.now, ZoneInfo(plan.zone) if plan else self.clinic.zone)

    def ask_both(self, turn: Turn, reminder_id: int, visit: Booking, count: int) -> None:
        facts = turn.facts
        changes = outcomes.changes(facts.scores)
        since = Say("review.since", {"lines": lines(changes, "checkin")}) if changes else ""
        rate = () if changes else ((Offer("checkin", "n:checkin"),),)
        answers = tuple((standing(f"own_{answer}", reminder_id, answer),) for answer in ANSWERS)
        turn.says.append(Say("review.asked", {"sessions": count, "since": since}, (*rate, *answers, wrong())))
        theirs = [standing(f"advise_{answer}", visit.id, answer) for answer in ANSWERS]
        for person in practitioners(facts):
            turn.tell(
                "desk.review",
                person.account_id,
                offers=(tuple(theirs[:2]), tuple(theirs[2:])),
                reply_to=subject(facts),
                values={"name": called(facts), "sessions": count, "lines": then_and_now(facts)},
            )

    def said(self, answer: str) -> Callable[[Turn, int], Say | None]:
        """The patient's answer: the practitioner hears of it, once."""

        def says(turn: Turn, row: int) -> Say | None:
            facts, reminder = turn.facts, turn.facts.reminder
            if reminder is None or reminder.kind != "review" or reminder.state != "sent":
                return Say("common.gone")
            if nobody_can_be_told(turn):
                turn.says.append(Say("booking.not_passed", {"phone": self.clinic.phone}, (wrong(),)))
                return None
            turn.do(SettleReminder(row, "done"))
            for person in practitioners(facts):
                told = {"name": called(facts), "answer": Say(f"desk.review_{answer}")}
                turn.tell("desk.review_said", person.account_id, reply_to=subject(facts), values=told)
            book = answer != "stop" and not facts.bookings
            offers = (*(((Offer("book", "n:book"),),) if book else ()), wrong())
            turn.says.append(Say(f"review.said_{answer}", {"phone": self.clinic.phone}, offers, edit=turn.on))
            return None

        return says

    def suggested(self, answer: str) -> Callable[[Turn, int], Say | None]:
        """The practitioner's: the patient hears of it, and the question gives way to it."""

        def suggests(turn: Turn, row: int) -> Say | None:
            facts = turn.facts
            if facts.visit is None or facts.patient is None:
                return Say("common.gone")
            if not any(account.reachable for account in facts.accounts):
                turn.says.append(Say("desk.unreached", {"name": called(facts)}))
                return None
            turn.do(Note("review", f"booking:{row}"))
            told = {"name": called(facts), "answer": Say(f"desk.review_{answer}")}
            turn.says.append(Say("desk.reviewed", told, edit=turn.on))
            for account in facts.accounts:
                turn.tell(f"review.suggested_{answer}", account.id, (wrong(),), values={"phone": self.clinic.phone})
            return None

        return suggests

    def verbs(self) -> dict[str, Verb]:
        """The buttons under the look back, of either side."""
        own = frozenset({"reminder", "patient", "record", "sent", "practice", "bookings"})
        theirs = frozenset({"visit", "patient", "record", "sent", "accounts"})
        by = frozenset({"practitioner"})
        return {
            **{f"own_{one}": Verb(self.said(one), own, of_patient=False) for one in ANSWERS},
            **{f"advise_{one}": Verb(self.suggested(one), theirs, of_patient=False, by=by) for one in ANSWERS},
        }
