"""A patient's own visits: which one is meant, moving and cancelling it, being late for it, a word to the practice."""

from dataclasses import replace

from bot.flows.answers import Holds, Listed
from bot.flows.approving import line_of
from bot.flows.calendars import enclosed
from bot.flows.card import Card, called
from bot.flows.content import Content
from bot.flows.diary import Diary, changed_until, named
from bot.flows.flow import Shown, Turn, spoken
from bot.flows.holding import SINCE
from bot.flows.messaging import SAYS as OF_A_MESSAGE
from bot.flows.messaging import Messages
from bot.flows.reminding import is_near
from bot.flows.undoing import Undoing
from bot.model import Booking, CancelBooking, RunLate, Say

MOST = 3
"""Visits ahead that one patient may have."""
LONGEST = 500
"""Characters of a message to the practice."""

_PAST = 3
_LATE = (5, 10, 15, 20)
_MORE = "more"
_MUCH = 30
"""What 'more' is noted as: more than the last of the minutes."""

SAYS = (
    spoken("booking.firm_line", "starts_at", "visit"),
    spoken("booking.waits_line", "starts_at", "visit"),
    spoken("booking.visit_button", "starts_at", "visit"),
    spoken("booking.before", "visits"),
    spoken("booking.still_looking"),
    *(spoken(f"booking.{state}_line", "starts_at", "visit") for state in ("past", "arrived", "no_show")),
    spoken("booking.wait_for_you", "phone"),
    spoken("booking.call_now", "minutes", "phone"),
    *(spoken(f"desk.{name}", "name", "starts_at", "visit", "minutes") for name in ("late", "late_more")),
    spoken("desk.message", "name", "phone", "starts_at", "visit", "message", choices=("call",)),
    spoken("desk.cancelled", "name", "starts_at", "visit"),
    *OF_A_MESSAGE,
)


def has_a_visit(turn: Turn) -> bool:
    return bool(turn.facts.bookings)


def is_named(turn: Turn) -> bool:
    """Whether it is clear which visit is meant."""
    return named(turn) is not None


class Own:
    """What a patient sees of their visits and can do about them, bound to the practice."""

    def __init__(self, content: Content) -> None:
        self.clinic = content.clinic
        self.card = Card(content)
        self.diary = Diary(content.clinic)
        self.undoing = Undoing(content)
        self._messages = Messages(content)

    # --- what is shown

    def listed(self, turn: Turn) -> list[tuple[str, object]]:
        """The visits ahead, as buttons."""
        return [(str(one.id), Say("booking.visit_button", self.card.about(one))) for one in turn.facts.bookings]

    def line(self, visit: Booking) -> Say:
        """A visit ahead, as a line."""
        return line_of(visit, self.card.named(visit))

    def before(self, turn: Turn) -> dict[str, object]:
        """The last few visits there were, and whether this person came."""
        ahead = {one.id for one in turn.facts.bookings}
        over = [one for one in turn.facts.past if one.id not in ahead][:_PAST]
        lines = tuple(
            Say(
                f"booking.{one.state if one.state in ('arrived', 'no_show') else 'past'}_line",
                self.card.about(one),
            )
            for one in over
        )
        return {"before": Say("booking.before", {"visits": lines}) if lines else ""}

    def mine(self, turn: Turn) -> dict[str, object]:
        visit = named(turn)
        assert visit is not None
        return {
            "line": self.line(visit),
            "address": self.clinic.address_line,
            "phone": self.clinic.phone,
            "notice": self.clinic.policies.move_notice_hours,
            **self.before(turn),
        }

    def choices(self, turn: Turn) -> tuple[str, ...]:
        """What can be done about the visit in hand."""
        visit = named(turn)
        has_begun = visit is None or visit.state == "arrived" or visit.starts_at <= turn.facts.now
        return (
            *(("late",) if visit and is_near(turn, visit) else ()),
            *(() if has_begun else ("move", "cancel", "waitlist")),
            *(("another",) if self.may_have_another(turn) else ()),
            "keep",
        )

    # --- guards

    def may_have_another(self, turn: Turn) -> bool:
        return len(turn.facts.bookings) < MOST and bool(self.diary.visits(turn))

    def is_too_late(self, turn: Turn) -> bool:
        """Whether the visit is inside the notice the practice asks for."""
        policies, visit = self.clinic.policies, named(turn)
        hours = {"move": policies.move_notice_hours, "cancel": policies.cancel_notice_hours}.get(turn.given)
        until = changed_until(visit, hours) if visit and hours is not None else None
        return until is not None and until < turn.facts.now

    def comes_to_move(self, turn: Turn) -> bool:
        """Whether somebody whom the practice asked to move a visit goes on to another time at once."""
        visit = named(turn)
        is_asked = visit is not None and visit.move_asked and visit.starts_at > turn.facts.now
        return turn.data.get("mine") == "move" and is_asked and not self.diary.nothing_is_free(turn)

    def comes_to_choose_whom(self, turn: Turn) -> bool:
        return self.comes_to_move(turn) and self.diary.are_several(turn)

    def says_late(self, turn: Turn) -> bool:
        """Whether somebody is late for a visit of about now."""
        return turn.data.get("mine") == "late" and self.can_be_late(turn)

    def can_be_late(self, turn: Turn) -> bool:
        """Whether the visit meant is of about now, and nobody said that they are there."""
        visit = named(turn)
        return visit is not None and is_near(turn, visit)

    # --- deeds

    def begin(self, turn: Turn) -> None:
        """What this person has as they begin; the visit they mean, where it is clear."""
        turn.data["having"] = [one.id for one in turn.facts.bookings]
        if visit := named(turn):
            turn.data["booking"] = visit.id

    def choose(self, turn: Turn) -> None:
        """Which of several is meant, or none of them: what was wanted of another counts no more."""
        turn.data = {name: value for name, value in turn.data.items() if name in ("having", SINCE)}
        if turn.given.isdigit():
            turn.data["booking"] = int(turn.given)

    def want(self, turn: Turn) -> None:
        """What is to be done about the visit in hand."""
        turn.data = {name: value for name, value in turn.data.items() if name in ("having", "booking", SINCE)}
        turn.data["mine"] = turn.given

    def cancel(self, turn: Turn) -> None:
        visit = named(turn)
        assert visit is not None
        turn.do(CancelBooking(visit.id))
        self.undoing.keep(turn, visit)
        gone = replace(visit, state="cancelled", sequence=visit.sequence + 1)
        turn.encloses = enclosed(turn.facts, self.clinic, gone)
        about = self.card.about(visit)
        turn.data["cancelled"] = Say("booking.firm_line", about)
        self.card.show(turn, "desk.cancelled", about, of=visit.practitioner)

    def cancelled(self, turn: Turn) -> dict[str, object]:
        """Which it was, up to when it can be taken back, and whether other times go on being offered."""
        looking = Say("booking.still_looking") if turn.facts.waiting else ""
        return {
            "line": turn.data["cancelled"],
            "undo": self.undoing.until(turn),
            "looking": looking,
            "phone": self.clinic.phone,
        }

    # --- running late

    def delays(self, turn: Turn) -> list[tuple[str, object]]:
        return [(str(minutes), ("minutes", minutes)) for minutes in _LATE]

    def say_late(self, turn: Turn) -> None:
        """The practice hears of it once, and again if it changes."""
        visit, minutes = named(turn), _MUCH if turn.given == _MORE else int(turn.given)
        if visit is None or visit.late == minutes:
            return
        turn.do(RunLate(visit.id, minutes))
        told = {**self.card.about(visit), "minutes": min(minutes, _LATE[-1])}
        self.card.show(turn, "desk.late_more" if minutes > _LATE[-1] else "desk.late", told, of=visit.practitioner)

    def delayed(self, turn: Turn) -> dict[str, object]:
        """Whether the practice can wait as long."""
        visit, waits = named(turn), self.clinic.policies.wait_minutes
        if visit is None or visit.late <= waits:
            return {"waiting": Say("booking.wait_for_you", {"phone": self.clinic.phone})}
        return {"waiting": Say("booking.call_now", {"minutes": waits, "phone": self.clinic.phone})}

    # --- a word to the practice

    def writing(self, turn: Turn) -> dict[str, object]:
        return {"phone": self.clinic.phone, "most": LONGEST}

    def pass_on(self, turn: Turn) -> None:
        """It goes to the practitioners; whether it arrived, the courier tells."""
        visit = named(turn)
        assert visit is not None
        # Whose visit it is the practice knows, though it may have no number to call.
        about = {**self.card.about(visit), "name": called(turn.facts)}
        self._messages.send(turn, "desk.message", {**about, "message": turn.given.text})
        turn.lead = (*turn.lead, self._messages.telling)


class OwnVisits(Listed):
    """One of several visits ahead, or a further one as long as there may be more."""

    def __init__(self, own: Own) -> None:
        super().__init__(own.listed, also=("another", "keep"), holds=Holds(("before",), own.before))
        self._own = own

    def show(self, turn: Turn) -> Shown:
        shown = super().show(turn)
        if self._own.may_have_another(turn):
            return shown
        return replace(shown, rows=tuple(row for row in shown.rows if row[0].code != "another"))
