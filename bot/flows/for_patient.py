"""The practice books, moves and cancels for a patient: at any time nobody else has, knowingly where the rules say no.

Whom it is about is chosen by a standing button, which names the patient: everything then known is about them.
"""

from dataclasses import replace

from bot.flows.answers import Choice, Holds, Listed
from bot.flows.approving import line_of
from bot.flows.calendars import TOLD, tell
from bot.flows.card import Card, called
from bot.flows.content import Content
from bot.flows.desk import CARD_NEEDS
from bot.flows.desk_picking import AHEAD, DeskDays, DeskDiary, DeskTimes
from bot.flows.diary import ANYONE, everybody
from bot.flows.flow import START, Ask, End, Flow, Holding, Turn, picked, route, spoken
from bot.flows.foreseen import foreseen
from bot.flows.house import Verb
from bot.flows.reminding import planned
from bot.model import Booking, CancelBooking, Say, Window
from bot.practice.clinic import Visit

_NAMED = ("name", "starts_at", "visit")

SAYS = (
    *(
        spoken(f"for_patient.{key}")
        for key in ("outside_hours", "inside_notice", "in_time_off", "closed_day", "held", "over")
    ),
    spoken("for_patient.beyond_horizon", "day"),
    spoken("for_patient.day_far", "day", "until"),
    spoken("for_patient.knowingly", "rules"),
    spoken("for_patient.taken", "starts_at", "by"),
    spoken("for_patient.somebody"),
    spoken("for_patient.visit_label", "visit", "minutes"),
    spoken("for_patient.move_label", "starts_at", "visit"),
    spoken("for_patient.cancel_label", "starts_at", "visit"),
    spoken("for_patient.reached", "name"),
    spoken("for_patient.not_reached", "name"),
    *(spoken(f"booking.{done}_for_you", *TOLD) for done in ("booked", "moved", "cancelled")),
)


class ForPatient:
    """What is offered and done for a patient, bound to the practice."""

    def __init__(self, content: Content) -> None:
        self.clinic = content.clinic
        self.card = Card(content)
        self.diary = DeskDiary(content.clinic)
        self.window = Window(AHEAD, everybody(content.clinic))

    # --- what is offered

    def named(self, turn: Turn) -> dict[str, object]:
        return {"name": called(turn.facts)}

    def mine(self, turn: Turn) -> list[tuple[str, object]]:
        """Each visit to come, to be moved or cancelled."""
        offered: list[tuple[str, object]] = []
        for one in turn.facts.bookings:
            if one.state in ("awaiting_release", "booked"):
                about = self.card.about(one)
                offered.append((f"m{one.id}", Say("for_patient.move_label", about)))
                offered.append((f"c{one.id}", Say("for_patient.cancel_label", about)))
        return offered

    def has_some(self, turn: Turn) -> bool:
        return bool(self.mine(turn))

    def kinds(self, turn: Turn) -> list[tuple[str, object]]:
        return [(visit.id, Say("for_patient.visit_label", _told(visit))) for visit in self.clinic.visits]

    def practitioners(self, turn: Turn) -> list[tuple[str, object]]:
        return [(one.id, one.name) for one in self.clinic.practitioners]

    def to_confirm(self, turn: Turn) -> dict[str, object]:
        start = self.diary.chosen(turn)
        # A day that is typed may be one of next year's: that far ahead it is told with its year.
        day = {"for_patient.beyond_horizon": {"day": self.diary.day(start)}}
        rules = tuple(Say(key, day.get(key, {})) for key in self.overridden(turn))
        return {
            **self.details(turn),
            "practitioner": self.clinic.practitioner(self.diary.whom_and_where(turn, start)[0]).name,
            "rules": Say("for_patient.knowingly", {"rules": rules}) if rules else "",
            "held": Say("for_patient.held") if turn.facts.signs_stand else "",
        }

    def details(self, turn: Turn) -> dict[str, object]:
        visit = self.diary.visit(turn)
        return {"name": called(turn.facts), "starts_at": self.diary.chosen(turn), "visit": visit.called}

    def done(self, turn: Turn) -> dict[str, object]:
        return {**self.details(turn), "telling": self.telling(turn)}

    def chosen_visit(self, turn: Turn) -> Booking | None:
        return self.diary.named(turn, str(turn.data.get("which", ""))[1:])

    def to_cancel(self, turn: Turn) -> dict[str, object]:
        one = self.chosen_visit(turn)
        assert one is not None
        return {"name": called(turn.facts), **self.card.about(one)}

    def telling(self, turn: Turn) -> Say:
        reached = any(account.reachable for account in turn.facts.accounts)
        return Say(f"for_patient.{'reached' if reached else 'not_reached'}", {"name": called(turn.facts)})

    # --- guards

    def overridden(self, turn: Turn) -> list[str]:
        start = self.diary.chosen(turn)
        if self.diary.is_free(turn, start):
            return []
        return self.diary.broken(turn, start, self.diary.whom_and_where(turn, start)[0])

    def against(self, turn: Turn) -> list[str]:
        return [*self.overridden(turn), *(["for_patient.held"] if turn.facts.signs_stand else [])]

    def has_more_against(self, turn: Turn) -> bool:
        """Whether something speaks against the time that nobody was told of: a time off or a warning sign is new."""
        return bool(set(self.against(turn)) - set(turn.data.get("against", ())))

    def wants_to_cancel(self, turn: Turn) -> bool:
        return str(turn.given).startswith("c")

    def wants_to_move(self, turn: Turn) -> bool:
        return str(turn.given).startswith("m")

    def has_a_time(self, turn: Turn) -> bool:
        return "T" in str(turn.given)

    def is_taken(self, turn: Turn) -> bool:
        return self.diary.place(turn, self.diary.chosen(turn)) is None

    def is_gone(self, turn: Turn) -> bool:
        """Whether the patient, or the visit to be changed, is not there any more."""
        if self.knows_nobody(turn):
            return True
        return str(turn.data.get("which", "new"))[:1] in "mc" and self.chosen_visit(turn) is None

    def names_a_visit(self, turn: Turn) -> bool:
        return self.chosen_visit(turn) is not None

    def moves_among_several(self, turn: Turn) -> bool:
        return self.wants_to_move(turn) and self.diary.are_several(turn)

    def has_a_time_that_is_taken(self, turn: Turn) -> bool:
        return self.has_a_time(turn) and self.is_taken(turn)

    def knows_nobody(self, turn: Turn) -> bool:
        return turn.facts.patient is None or turn.facts.patient.state != "active"

    # --- deeds

    def take_time(self, turn: Turn) -> None:
        """A day; or a time, of whichever day."""
        if self.has_a_time(turn):
            turn.data["time"] = turn.given
            turn.data["day"] = f"{self.diary.day(self.diary.chosen(turn)):%Y%m%d}"
            self.note_rules(turn)
        elif turn.state == "day":
            turn.data["day"] = turn.given

    def note_rules(self, turn: Turn) -> None:
        """What stands against the time as it is shown: only that is broken knowingly."""
        turn.data["against"] = self.against(turn)

    def forget_time(self, turn: Turn) -> None:
        turn.data.pop("time", None)

    def say_taken(self, turn: Turn) -> None:
        start = self.diary.chosen(turn)
        turn.lead = (Say("for_patient.taken", {"starts_at": start, "by": self.diary.by_whom(turn, start)}),)
        self.forget_time(turn)

    def book(self, turn: Turn) -> None:
        facts, moved = turn.facts, self.diary.moved(turn)
        assert facts.patient is not None
        deed = replace(
            self.diary.to_book(turn),
            state="awaiting_release" if turn.facts.signs_stand else "booked",
            patient_id=facts.patient.id,
            in_time_off="for_patient.in_time_off" in self.overridden(turn),
        )
        turn.do(deed)
        for reminder in planned(self.clinic, deed, facts.now):
            turn.do(replace(reminder, patient_id=facts.patient.id))
        made = next(one for one in foreseen(facts, [deed]).bookings if one.uid == deed.uid)
        self.tell(turn, "moved" if moved else "booked", made)
        if moved:
            self.card.left(turn, moved, deed.practitioner, but=facts.account.id)

    def cancel(self, turn: Turn) -> None:
        one = self.chosen_visit(turn)
        if one is not None:
            turn.do(CancelBooking(one.id))
            self.tell(turn, "cancelled", replace(one, state="cancelled", sequence=one.sequence + 1))

    def tell(self, turn: Turn, done: str, visit: Booking) -> None:
        """The patient hears of it once, with the file for their calendar; the card says so; so does whoever else of the
        practice it concerns."""
        tell(turn, self.clinic, f"booking.{done}_for_you", visit, line_of(visit, self.card.named(visit)))
        waits = "_waits" if done == "booked" and visit.state == "awaiting_release" else ""
        about = self.card.about(visit)
        self.card.show(turn, f"desk.{done}{waits}", about, of=visit.practitioner, but=turn.facts.account.id)

    # --- how one gets there

    def begin(self, turn: Turn, patient_id: int) -> Say | None:
        """Goes on to what can be booked for this patient."""
        if turn.facts.patient is None or turn.facts.patient.state != "active":
            return Say("common.gone")
        turn.opens = ("for_patient", {"patient": patient_id})
        return None

    def verbs(self) -> dict[str, Verb]:
        """The button on a card, and under a name."""
        return {"book_for": Verb(self.begin, frozenset({"patient"}), by=frozenset({"practitioner"}))}


def _told(visit: Visit) -> dict[str, object]:
    return {"visit": visit.called, "minutes": visit.minutes}


def for_patient(content: Content) -> Flow:
    """Booking, moving and cancelling for a patient."""
    desk = ForPatient(content)
    diary = desk.diary
    named = Holds(("name",), desk.named)
    confirming = Holds((*_NAMED, "practitioner", "rules", "held"), desk.to_confirm)
    done = Holding((*_NAMED, "telling"), desk.done)
    return Flow(
        "for_patient",
        needs=CARD_NEEDS | {"busy", "off", "diary"},
        window=desk.window,
        resumes=False,
        steps=[
            Ask("which", Listed(desk.mine, also=("another",), holds=named), when=desk.has_some),
            Ask("visit", Listed(desk.kinds, holds=named)),
            Ask("practitioner", Listed(desk.practitioners, also=(ANYONE,)), when=diary.are_several),
            Ask("day", DeskDays(diary), keep=desk.take_time),
            Ask("time", DeskTimes(diary), keep=desk.take_time),
            Ask("confirm", Choice("book", "other_time", holds=confirming)),
            Ask("sure", Choice("cancel_it", "keep", holds=Holds(_NAMED, desk.to_cancel)), when=desk.names_a_visit),
            End("booked", holding=done),
            End("cancelled", holding=Holding(("telling",), lambda turn: {"telling": desk.telling(turn)})),
            End("kept"),
            End("gone"),
        ],
        routes=[
            route(START, "gone", when=desk.knows_nobody),
            route(START, "which", when=desk.has_some),
            route(START, "visit"),
            route("which", "gone", when=desk.is_gone),
            route("which", "sure", when=desk.wants_to_cancel),
            route("which", "practitioner", when=desk.moves_among_several),
            route("which", "day", when=desk.wants_to_move),
            route("which", "visit"),
            route("visit", "practitioner", when=diary.are_several),
            route("visit", "day"),
            route("practitioner", "day"),
            route("day", "day", when=desk.has_a_time_that_is_taken, do=desk.say_taken),
            route("day", "confirm", when=desk.has_a_time),
            route("day", "time"),
            route("time", "day", when=picked("other_day"), do=desk.forget_time),
            route("time", "day", when=desk.has_a_time_that_is_taken, do=desk.say_taken),
            route("time", "confirm"),
            route("confirm", "day", when=picked("other_time"), do=desk.forget_time),
            route("confirm", "gone", when=desk.is_gone),
            route("confirm", "day", when=desk.is_taken, do=desk.say_taken),
            route("confirm", "confirm", when=desk.has_more_against, do=desk.note_rules),
            route("confirm", "booked", do=desk.book),
            route("sure", "kept", when=picked("keep")),
            route("sure", "gone", when=desk.is_gone),
            route("sure", "cancelled", do=desk.cancel),
        ],
    )
