"""Reminders of a visit: each held against the diary when it is sent, with what can be done about the visit under it."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from bot.flows.approving import line_of
from bot.flows.assessment import has_open_emergency
from bot.flows.card import Card
from bot.flows.content import Content
from bot.flows.desk import CARD_NEEDS
from bot.flows.flow import Turn, spoken, standing, wrong
from bot.flows.house import Verb
from bot.flows.welcome import has_not_agreed
from bot.model import Book, Booking, ConfirmBooking, Due, Offer, PlanReminder, Reminder, Say, SettleReminder
from bot.practice.clinic import Clinic

FIRST = "first"
"""The topic of the earliest of a visit's reminders: the short screen goes with it."""
_LATE_BEFORE, _LATE_AFTER = timedelta(hours=2), timedelta(minutes=30)
"""How long before and after a visit's start somebody can say that they are late for it."""
_AFTERCARE = timedelta(minutes=30)
"""How long after a visit, however long that is, advice for the rest of the day comes."""
LOOK_BACK = timedelta(days=1)
"""So long after a visit has begun it is looked whether it is time to look back."""
VISIT_NEEDS = frozenset({"consents", "patient", "record", "flags", "bookings", "checks"})

SAYS = (
    spoken("booking.reminder", "visit", "address", "questions", choices=("check", "confirm", "late", "move", "cancel")),
    spoken("booking.reminder_first"),
    spoken("booking.reminder_open"),
    spoken("booking.reminder_over", "starts_at", "visit"),
    *(spoken(f"booking.{key}") for key in ("reminder_gone", "visit_over", "visit_gone", "confirmed")),
)


def planned(clinic: Clinic, visit: Book | Booking, now: datetime) -> Iterator[PlanReminder]:
    """What is planned with a visit booked now: its reminders, the earliest first, whose time is still ahead; then
    advice for after it, and the look back of the day after, where the practice wants one."""
    topic = FIRST
    for before in clinic.visit_reminders:
        if visit.starts_at - before > now:
            yield PlanReminder("visit", visit.starts_at - before, topic)
            topic = ""
    yield PlanReminder("aftercare", visit.ends_at + _AFTERCARE)
    if clinic.review_after_sessions:
        yield PlanReminder("review", visit.starts_at + LOOK_BACK)


class Reminding:
    """Sends the reminders, and does what is tapped under them."""

    def __init__(self, content: Content) -> None:
        self.clinic = content.clinic
        self.card = Card(content)

    # --- sending

    def post(self, turn: Turn, event: Due) -> None:
        """Sent if the visit still stands as it did, and it is not too late for this one."""
        reminder = event.reminder
        booking = visit_of(turn, reminder)
        if booking is None or has_open_emergency(turn) or has_not_agreed(turn):
            turn.do(SettleReminder(reminder.id, "cancelled"))
        elif not turn.facts.account.reachable or self.is_late(turn, reminder, booking):
            turn.do(SettleReminder(reminder.id, "missed"))
        else:
            turn.do(SettleReminder(reminder.id, "sent"))
            turn.says.append(self.reminder(turn, reminder, booking))

    def is_late(self, turn: Turn, reminder: Reminder, booking: Booking) -> bool:
        """Whether the visit has begun, or the next reminder has come due as well: that one is sent."""
        now = turn.facts.now
        dues = (booking.starts_at - before for before in self.clinic.visit_reminders)
        return booking.starts_at <= now or any(reminder.due_at < due <= now for due in dues)

    def reminder(self, turn: Turn, reminder: Reminder, booking: Booking) -> Say:
        questions = self.questions(turn, reminder, booking)
        waits = booking.state == "awaiting_release"
        line = line_of(booking, self.card.named(booking))
        answer = ((Offer("check", "n:check"),),) if questions else ()
        confirm = () if waits or booking.confirmed else ((standing("confirm", reminder.id, "confirm"),),)
        late = ((standing("late", reminder.id, "late"),),) if is_near(turn, booking) else ()
        change = (standing("move", reminder.id, "move"), standing("cancel", reminder.id, "cancel"))
        values = {"visit": line, "address": self.clinic.address_line, "questions": questions}
        return Say("booking.reminder", values, (*answer, *confirm, *late, change, wrong()))

    def questions(self, turn: Turn, reminder: Reminder, booking: Booking) -> Say | str:
        """What is said of the short screen: later ones name it only while nobody has answered it for this visit."""
        if reminder.topic == FIRST:
            return Say("booking.reminder_first")
        since = booking.starts_at - max(self.clinic.visit_reminders, default=timedelta())
        answered = any(check.submitted_at and check.submitted_at >= since for check in turn.facts.checks)
        return "" if answered else Say("booking.reminder_open")

    # --- what is tapped

    def confirm(self, turn: Turn, row: int) -> Say | None:
        """The patient is coming: the practitioner sees it on the card. Twice is once."""
        booking = visit_of(turn, turn.facts.reminder)
        if booking is None or booking.starts_at <= turn.facts.now:
            return self.gone(turn)
        if booking.state != "booked":
            return Say("common.gone")
        if not booking.confirmed:
            turn.do(ConfirmBooking(booking.id))
            self.card.show(turn)
        return Say("booking.confirmed")

    def change(self, turn: Turn, row: int) -> Say | None:
        """Goes on to what can be done about the visit: the rules of notice stand there."""
        return self.goes_on(turn, {})

    def late(self, turn: Turn, row: int) -> Say | None:
        """Goes on to how late the patient will be."""
        return self.goes_on(turn, {"mine": "late"})

    def goes_on(self, turn: Turn, wanted: Mapping[str, str]) -> Say | None:
        booking = visit_of(turn, turn.facts.reminder)
        if booking is None:
            return self.gone(turn)
        turn.opens = ("booking", {"booking": booking.id, **wanted})
        return None

    def gone(self, turn: Turn) -> Say:
        """Said of a visit nothing can be done about any more; the message tapped says so too, without its buttons."""
        reminder = turn.facts.reminder
        if reminder is None:
            return Say("common.gone")
        begun = (*turn.facts.bookings, *turn.facts.past)
        past = next((one for one in begun if one.id == reminder.booking_id), None)
        about = {"starts_at": past.starts_at, "visit": self.card.named(past)} if past else {}
        became = "over" if past else "gone"
        if turn.on is not None:
            turn.says.append(Say(f"booking.reminder_{became}", about, (wrong(),), edit=turn.on))
        return Say(f"booking.visit_{became}")

    def verbs(self) -> dict[str, Verb]:
        """What the buttons under a reminder do."""
        needs = CARD_NEEDS | {"reminder"}
        deeds = {"confirm": self.confirm, "late": self.late, "move": self.change, "cancel": self.change}
        return {name: Verb(deed, needs, of_patient=False) for name, deed in deeds.items()}


def is_near(turn: Turn, visit: Booking) -> bool:
    """Whether somebody may be late for it: it begins soon, or has just begun and nobody said that they are there."""
    begins_in = visit.starts_at - turn.facts.now
    return visit.state in ("booked", "awaiting_release") and -_LATE_AFTER <= begins_in <= _LATE_BEFORE


def visit_of(turn: Turn, reminder: Reminder | None) -> Booking | None:
    """The visit a reminder speaks of, while it stands: one that was moved is another row."""
    return next((one for one in turn.facts.bookings if reminder and one.id == reminder.booking_id), None)
