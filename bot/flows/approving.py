"""Visits the practitioner wants to agree to first: kept for their word, and up to when; what a patient hears of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.flows.calendars import TOLD, tell
from bot.flows.card import Card
from bot.flows.content import Content
from bot.flows.desk import CARD_NEEDS
from bot.flows.flow import Turn, spoken, standing
from bot.flows.foreseen import foreseen
from bot.flows.house import Verb
from bot.model import (
    ApproveBooking,
    Booking,
    CancelBooking,
    Due,
    Facts,
    Offer,
    PlanReminder,
    PutOff,
    Say,
    SettleReminder,
)
from bot.practice.clinic import Clinic, Visit

APPROVAL_NEEDS = CARD_NEEDS
VERBS = ("approve", "decline")
"""Of the buttons under a request."""
_ASK = "ask"
"""The topic of the reminder that asks; without it, it is the end of the request."""

_BECAME = {"desk.approved": "approved", "desk.approved_held": "held", "desk.declined": "declined"}
"""What is said of an answer, and what became of the request by it."""

SAYS = (
    spoken("booking.request_line", "starts_at", "visit", "until"),
    spoken("booking.approved", *TOLD),
    *(spoken(f"booking.{key}", *TOLD, choices=("book",)) for key in ("declined", "request_expired")),
    spoken("desk.requested", "name", "starts_at", "visit", "until", choices=VERBS),
    spoken("desk.request_expired", "name", "starts_at", "visit"),
    *(spoken(f"desk.{done}", "name") for done in ("approved", "approved_held", "declined")),
    *(
        spoken(f"desk.request_{became}", "name", "starts_at", "visit")
        for became in ("approved", "held", "declined", "settled")
    ),
)


def line_of(visit: Booking, called: str) -> Say:
    """A visit ahead as a patient reads it: firm, held back by a warning sign, or waiting for the practice's word."""
    values = {"starts_at": visit.starts_at, "visit": called}
    if visit.state != "awaiting_release":
        return Say("booking.firm_line", values)
    if visit.approve_until:
        return Say("booking.request_line", {**values, "until": visit.approve_until})
    return Say("booking.waits_line", values)


def answer_by(clinic: Clinic, visit: Visit, start: datetime, facts: Facts) -> datetime | None:
    """Until when the practitioner may answer a request made now; None for a visit that needs no answer.

    Nobody is told at night that there was none: it may come until the night is over, or until it begins where the visit
    does not leave as long.
    """
    if not visit.approve:
        return None
    until, zone = min(facts.now + timedelta(hours=visit.approve_within_hours), start), _zone(clinic, facts)
    over = clinic.quiet_hours.over(until, zone)
    if over is None:
        return until
    if over <= start:
        return over
    began = clinic.quiet_hours.began(until, zone)
    return began if began > facts.now else until


def _zone(clinic: Clinic, facts: Facts) -> ZoneInfo:
    return ZoneInfo(facts.account.zone or clinic.zone.key)


class Approving:
    """Requests, bound to the practice."""

    def __init__(self, content: Content) -> None:
        self.clinic = content.clinic
        self.card = Card(content)

    # --- when one is made

    def begin(self, turn: Turn, until: datetime | None) -> None:
        """The practitioner is asked as soon as the visit has a row: only then can a button name it."""
        if until:
            turn.do(PlanReminder("approval", turn.facts.now, _ASK))

    def due(self, turn: Turn, event: Due) -> None:
        """Asks for the practitioner's word; or, where nobody gave it in time, frees the time and tells both: at night
        not before it is over, as long as there is time."""
        reminder = event.reminder
        visit = next((one for one in turn.facts.bookings if one.id == reminder.booking_id), None)
        if visit is None or visit.approve_until is None or visit.state != "awaiting_release":
            turn.do(SettleReminder(reminder.id, "cancelled"))
            return
        over = self.clinic.quiet_hours.over(turn.facts.now, _zone(self.clinic, turn.facts))
        if reminder.topic != _ASK and over and over < visit.starts_at:
            turn.do(PutOff(reminder.id, over))
            return
        turn.do(SettleReminder(reminder.id, "sent"))
        about = self.card.about(visit)
        if reminder.topic == _ASK:
            turn.do(PlanReminder("approval", visit.approve_until, booking_id=visit.id))
            buttons = tuple(standing(verb, visit.id, verb) for verb in VERBS)
            about["until"] = visit.approve_until
            self.card.show(turn, "desk.requested", about, of=visit.practitioner, offers=(buttons,))
        else:
            self.drop(turn, visit, "booking.request_expired")
            self.card.show(turn, "desk.request_expired", about, of=visit.practitioner)

    # --- what is answered

    def approve(self, turn: Turn, booking_id: int) -> Say | None:
        """Firm from now on, unless a warning sign holds it back: then once that is released."""
        visit, facts = turn.facts.visit, turn.facts
        if visit is None or not is_open(visit, facts.now):
            return Say("common.gone")
        held = facts.signs_stand
        turn.do(ApproveBooking(visit.id, "awaiting_release" if held else "booked"))
        self.show(turn, "desk.booked_waits" if held else "desk.booked", visit)
        name = facts.patient.name if facts.patient else ""
        if held:
            return Say("desk.approved_held", {"name": name})
        firm = next(one for one in foreseen(facts, turn.effects).bookings if one.id == visit.id)
        self.tell(turn, "booking.approved", firm)
        return Say("desk.approved", {"name": name})

    def decline(self, turn: Turn, booking_id: int) -> Say | None:
        """The time is free again; the patient hears so."""
        visit = turn.facts.visit
        if visit is None or not is_open(visit, turn.facts.now):
            return Say("common.gone")
        self.drop(turn, visit, "booking.declined")
        self.show(turn, "desk.cancelled", visit)
        return Say("desk.declined", {"name": turn.facts.patient.name if turn.facts.patient else ""})

    def said_where_asked(self, deed: Callable[[Turn, int], Say | None]) -> Callable[[Turn, int], Say | None]:
        """The deed; and the message it was asked in says what became of it, without buttons."""

        def answered(turn: Turn, booking_id: int) -> Say | None:
            visit, patient = turn.facts.visit, turn.facts.patient
            said = deed(turn, booking_id)
            if said and visit and patient and turn.on is not None:
                values = {"name": patient.name, "starts_at": visit.starts_at, "visit": self.card.named(visit)}
                turn.says.append(Say(f"desk.request_{_BECAME.get(said.key, 'settled')}", values, edit=turn.on))
            return said

        return answered

    def show(self, turn: Turn, key: str, visit: Booking) -> None:
        """On the card; whoever gives the visit hears of it where a colleague has answered."""
        self.card.show(turn, key, self.card.about(visit), of=visit.practitioner, but=turn.facts.account.id)

    def drop(self, turn: Turn, visit: Booking, key: str) -> None:
        turn.do(CancelBooking(visit.id))
        gone = replace(visit, state="cancelled", sequence=visit.sequence + 1, approve_until=None)
        self.tell(turn, key, gone, ((Offer("book", "n:book"),),))

    def tell(self, turn: Turn, key: str, visit: Booking, offers: tuple[tuple[Offer, ...], ...] = ()) -> None:
        """The patient hears what became of the request."""
        tell(turn, self.clinic, key, visit, line_of(visit, self.card.named(visit)), offers)

    def verbs(self) -> dict[str, Verb]:
        """The buttons under a request, and those of one among others on a page, which stays as it is."""
        deeds: dict[str, Callable[[Turn, int], Say | None]] = {"approve": self.approve, "decline": self.decline}
        listed = {f"{name}_one": deed for name, deed in deeds.items()}
        own = {name: self.said_where_asked(deed) for name, deed in deeds.items()}
        needs, by = CARD_NEEDS | {"visit"}, frozenset({"practitioner"})
        return {name: Verb(deed, needs, of_patient=False, by=by) for name, deed in (own | listed).items()}


def is_open(visit: Booking, now: datetime) -> bool:
    """Whether a request waits for an answer still."""
    return visit.state == "awaiting_release" and visit.approve_until is not None and visit.starts_at > now
