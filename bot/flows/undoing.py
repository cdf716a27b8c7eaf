"""Cancelling or moving a visit, taken back: the old time is kept a little, and one tap books it again."""

from bot.flows.approving import Approving
from bot.flows.assessment import has_open_emergency
from bot.flows.calendars import enclosed
from bot.flows.card import Card
from bot.flows.content import Content
from bot.flows.desk import CARD_NEEDS
from bot.flows.diary import Diary
from bot.flows.flow import Turn, spoken, standing, wrong
from bot.flows.foreseen import foreseen
from bot.flows.house import Verb
from bot.flows.reminding import planned
from bot.flows.welcome import has_not_agreed
from bot.model import UNDO, Book, Booking, Hold, Offer, Say
from bot.practice.slots import Interval

NEEDS = CARD_NEEDS | {"visit", "busy", "off", "hold", "consents"}
"""What must be known to take something back."""

_UNDO = "undo"
"""Where a turn notes the visit whose cancelling or moving can be taken back."""

SAYS = (
    spoken("booking.undone", "starts_at", "visit", "address", "besides"),
    spoken("booking.undone_waits", "starts_at", "visit", "address", "besides"),
    spoken("booking.undone_already"),
    spoken("booking.undo_gone", "starts_at", "phone", choices=("book",)),
    spoken("booking.undo_overtaken", "phone", choices=("book",)),
    spoken("booking.undo_until", "until"),
    spoken("desk.undone", "name", "starts_at", "visit"),
)


class Undoing:
    """Keeps the time a visit had, and gives it back, bound to the practice."""

    def __init__(self, content: Content) -> None:
        self.clinic = content.clinic
        self.card = Card(content)
        self.diary = Diary(content.clinic)
        self.approving = Approving(content)

    # --- when a visit is cancelled or moved

    def keep(self, turn: Turn, visit: Booking, taken: Interval | None = None) -> None:
        """What the visit took stays this person's for three minutes, less what takes its place. To be called where
        the diary is still known as it was before."""
        now = turn.facts.now
        took = next((busy for busy in turn.facts.busy if busy.booking_id == visit.id and busy.kind == "room"), None)
        if took is None or visit.starts_at <= now or self._is_closed(turn, visit, took.ref):
            return
        # What it did take, not what such a visit takes by now: the practice may want longer pauses since.
        kept = Interval(took.starts_at, took.ends_at).without(taken)
        if kept is None:
            return
        turn.do(Hold(visit.practitioner, took.ref, kept.start, kept.end, now + UNDO, now))
        turn.data[_UNDO] = visit.id

    def _takes(self, visit: Booking) -> Interval:
        return self.clinic.takes(visit.visit, visit.starts_at, visit.ends_at)

    def offers(self, turn: Turn, verb: str = "undo") -> tuple[tuple[Offer, ...], ...]:
        """The button under the word of it."""
        return ((standing(verb, turn.data[_UNDO], "undo"),),) if _UNDO in turn.data else ()

    def until(self, turn: Turn) -> Say | str:
        """Up to when it can be taken back."""
        hold = turn.facts.hold
        return Say("booking.undo_until", {"until": hold.until}) if hold and _UNDO in turn.data else ""

    # --- when it is taken back

    def undo(self, turn: Turn, row: int, besides: Say | str = "") -> Say | None:
        """The visit stands again as it did, and what is not as it was is said `besides`; kindly said where its time is
        nobody's to give any more."""
        visit, hold = turn.facts.visit, turn.facts.hold
        if visit is None or visit.state != "cancelled":
            return Say("common.gone")
        now_stands = next((one for one in turn.facts.bookings if one.uid == visit.uid), None)
        if now_stands and now_stands.starts_at == visit.starts_at:
            return Say("booking.undone_already")
        if self._was_changed_since(turn, visit, now_stands):
            offers = ((Offer("book", "n:book"),),)
            turn.says.append(Say("booking.undo_overtaken", {"phone": self.clinic.phone}, offers))
            return None
        takes = self._again(turn, visit, now_stands)
        if hold is None or takes is None or not self._may_be_booked(turn, visit):
            values = {"starts_at": visit.starts_at, "phone": self.clinic.phone}
            turn.says.append(Say("booking.undo_gone", values, ((Offer("book", "n:book"),),)))
            return None
        self._book(turn, visit, hold.room, takes, now_stands, besides)
        return None

    def _was_changed_since(self, turn: Turn, visit: Booking, now_stands: Booking | None) -> bool:
        """Whether what took its place was cancelled, or moved on, by the practice or by this person: that stands."""
        hold = turn.facts.hold
        if now_stands is None or hold is None or now_stands.made_at is None:
            return visit.overtaken
        return visit.overtaken and now_stands.made_at > hold.since

    def _again(self, turn: Turn, visit: Booking, now_stands: Booking | None) -> Interval | None:
        """What the visit takes again: of what such a visit takes, as much as is kept still, or is of the one in its
        place. None where that is too little for it, or not this person's any more."""
        hold, takes = turn.facts.hold, self._takes(visit)
        if hold is None or hold.until <= turn.facts.now or hold.practitioner != visit.practitioner:
            return None
        within = Interval(hold.starts_at, hold.free_at).joined(self._takes(now_stands) if now_stands else None)
        again = Interval(max(takes.start, within.start), min(takes.end, within.end))
        if visit.starts_at < again.start or again.end < visit.ends_at:
            return None
        taken = self._is_taken(turn, again, {visit.practitioner, hold.room}, now_stands)
        return None if taken or self._is_closed(turn, visit, hold.room) else again

    def _is_taken(self, turn: Turn, takes: Interval, refs: set[str], now_stands: Booking | None) -> bool:
        """Whether somebody else has a part of it."""
        own = now_stands.id if now_stands else None
        taken = (busy for busy in turn.facts.busy if busy.ref in refs and (own is None or busy.booking_id != own))
        return any(takes.overlaps(Interval(busy.starts_at, busy.ends_at)) for busy in taken)

    def _is_closed(self, turn: Turn, visit: Booking, room: str) -> bool:
        """Whether nobody is there to give it."""
        itself = Interval(visit.starts_at, visit.ends_at)
        away = (off for off in turn.facts.off if off.ref in (visit.practitioner, room))
        return any(itself.overlaps(Interval(off.starts_at, off.ends_at)) for off in away)

    def _may_be_booked(self, turn: Turn, visit: Booking) -> bool:
        return visit.starts_at > turn.facts.now and not has_open_emergency(turn) and not has_not_agreed(turn)

    def _book(
        self,
        turn: Turn,
        visit: Booking,
        room: str,
        takes: Interval,
        now_stands: Booking | None,
        besides: Say | str,
    ) -> None:
        waits = visit.approve_until is not None or turn.facts.signs_stand
        again = Book(
            visit=visit.visit,
            practitioner=visit.practitioner,
            room=room,
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
            free_from=takes.start,
            free_at=takes.end,
            zone=visit.zone,
            state="awaiting_release" if waits else "booked",
            approve_until=visit.approve_until,
            uid=visit.uid,
            replaces=now_stands.id if now_stands else None,
            again=None if now_stands else visit.id,
        )
        turn.do(again)
        self.approving.begin(turn, visit.approve_until)
        for reminder in planned(self.clinic, again, turn.facts.now):
            turn.do(reminder)
        made = next(one for one in foreseen(turn.facts, [again]).bookings if one.uid == visit.uid)
        told = self.card.about(visit)
        self.card.show(turn, "desk.undone", told, of=visit.practitioner)
        if now_stands:
            self.card.left(turn, now_stands, visit.practitioner)
        kind, name, data = enclosed(turn.facts, self.clinic, made)
        values = {**told, "address": self.clinic.address_line, "besides": besides, "name": name, "document": data}
        key = "booking.undone_waits" if waits else "booking.undone"
        turn.says.append(Say(key, values, (wrong(),), document=kind))

    def verbs(self) -> dict[str, Verb]:
        """What the button does."""
        return {"undo": Verb(self.undo, NEEDS, of_patient=False, window=self.diary.window)}
