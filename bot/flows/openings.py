"""What opens: offered to one person on the waitlist after the other, kept for them meanwhile, and taken or not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.flows.alerts import urgent
from bot.flows.assessment import has_open_emergency, is_unknown, nobody_can_be_told
from bot.flows.content import Content
from bot.flows.diary import time_code
from bot.flows.flow import START, End, Flow, Hand, Holding, Turn, fixed, route, spoken, standing, wrong
from bot.flows.house import Happening, Verb
from bot.flows.undoing import NEEDS as UNDO_NEEDS
from bot.flows.visits import Visits, waits_for_release
from bot.flows.waitlist import OFFER_NEEDS, Wishes, is_waiting, stop_waiting
from bot.flows.welcome import has_not_agreed
from bot.model import (
    Begun,
    Booking,
    Hold,
    LetGo,
    MakeOffer,
    Opening,
    PassOver,
    Say,
    SettleOffer,
    Vacancy,
    Waiting,
)
from bot.practice.waiting import offer_ends, suits

_AGAIN = timedelta(minutes=10)
"""When an opening is looked at again of which somebody else keeps a part."""

SAYS = (
    spoken(
        "waitlist.offer",
        *("title", "starts_at", "own_time", "visit", "minutes", "instead", "kept", "until"),
        choices=("take", "no", "stop"),
    ),
    spoken("waitlist.earlier_is_free"),
    spoken("waitlist.one_is_free"),
    *(spoken(f"waitlist.{key}", "visit_at") for key in ("instead", "instead_asked")),
    spoken("waitlist.asked"),
    spoken("waitlist.refused", "starts_at", "going_on", choices=("stop",)),
    spoken("waitlist.lapsed", "starts_at", "going_on", choices=("stop",)),
    spoken("waitlist.going_on"),
    spoken("waitlist.taken", "starts_at"),
    spoken("waitlist.over"),
    spoken("waitlist.looks_no_more"),
    spoken("waitlist.begun"),
)


class Openings:
    """Who is offered what, and what they answer, bound to the practice."""

    def __init__(self, content: Content) -> None:
        self.clinic = content.clinic
        self.visits = Visits(content)
        self.diary = self.visits.diary
        self._wishes = Wishes(content)

    # --- what opens

    def vacancy(self, turn: Turn, event: Vacancy) -> None:
        """The clock's word: what this person was offered is over, or they are next in line."""
        opening, now = turn.facts.opening, turn.facts.now
        if opening is None:
            return
        if opening.state == "offered":
            if opening.until is None or opening.until <= now:
                turn.do(SettleOffer(opening.id, "lapsed"))
                self._show(turn, opening, "waitlist.lapsed")
        elif not opening.is_out and opening.state in ("", "later"):
            self._consider(turn, opening)

    def _consider(self, turn: Turn, opening: Opening) -> None:
        """Offered, kept for later, or passed over: whoever is next is asked then."""
        facts, waiting = turn.facts, turn.facts.waiting
        if waiting is None or self.is_blocked(turn) or opening.practitioner not in self._practitioners():
            turn.do(PassOver(opening.id))
            return
        night = self.clinic.quiet_hours.over(facts.now, ZoneInfo(facts.account.zone or self.clinic.zone.key))
        keeps = facts.hold.until if facts.hold and facts.hold.until > facts.now else None
        if night or keeps:
            turn.do(PassOver(opening.id, night or keeps))
            return
        look = replace(turn, data={**self._wishes.moving(turn), "practitioner": opening.practitioner})
        start = next(self._times(look, opening, waiting), None)
        if start is None:
            turn.do(PassOver(opening.id, facts.now + _AGAIN if self._is_kept(turn, opening) else None))
            return
        until = self._until(turn, start)
        if until is None:
            turn.do(PassOver(opening.id))
            return
        self._offer(look, opening, start, until)

    def is_blocked(self, turn: Turn) -> bool:
        """Whether this person could not book just now."""
        return has_not_agreed(turn) or has_open_emergency(turn) or is_unknown(turn) or nobody_can_be_told(turn)

    def _practitioners(self) -> list[str]:
        return [one.id for one in self.clinic.practitioners]

    def _times(self, look: Turn, opening: Opening, waiting: Waiting) -> Iterator[datetime]:
        """When their visit could start in what has opened, and suits them."""
        first, last = self.diary.day(opening.starts_at), self.diary.day(opening.ends_at)
        for day in sorted({first, last}):
            for start in self.diary.free_on(look, day):
                if opening.starts_at <= start < opening.ends_at and suits(start, waiting, self.clinic.zone):
                    yield start

    def _is_kept(self, turn: Turn, opening: Opening) -> bool:
        """Whether a part of it is kept for somebody who may let it go."""
        taken = (each for each in turn.facts.busy if each.booking_id is None)
        return any(each.starts_at < opening.ends_at and opening.starts_at < each.ends_at for each in taken)

    def _until(self, turn: Turn, start: datetime) -> datetime | None:
        """An offer ends before it is too late to book that time, or to move the visit there is."""
        limits = [start - timedelta(hours=self.clinic.policies.booking_notice_hours)]
        moved_until = self._wishes.moved_until(turn)
        return offer_ends(turn.facts.now, self.clinic.waitlist.kept, [*limits, moved_until] if moved_until else limits)

    def _instead(self, look: Turn, visit: Booking | None) -> Say | str:
        """What taking it gives up, and whether the practice has to agree to it first."""
        is_asked = self.diary.visit(look).approve
        if visit is None:
            return Say("waitlist.asked") if is_asked else ""
        return Say("waitlist.instead_asked" if is_asked else "waitlist.instead", {"visit_at": visit.starts_at})

    def _offer(self, look: Turn, opening: Opening, start: datetime, until: datetime) -> None:
        look.data["time"] = time_code(start)
        takes, (practitioner, room) = self.diary.to_keep(look, start), self.diary.whom_and_where(look, start)
        told, visit = self.visits.details(look), look.facts.next_booking
        look.do(Hold(practitioner, room, takes.start, takes.end, until, look.facts.now))
        look.do(MakeOffer(opening.id, start, until))
        values = {
            "title": Say("waitlist.earlier_is_free" if visit else "waitlist.one_is_free"),
            "starts_at": start,
            "own_time": told["own_time"],
            "visit": told["visit"],
            "minutes": told["minutes"],
            "instead": self._instead(look, visit),
            "kept": (until - look.facts.now) // timedelta(minutes=1),
            "until": until,
        }
        answers = (
            (standing("take", opening.id, "take"),),
            (standing("no_thanks", opening.id, "no"),),
            (standing("stop_waiting", opening.id, "stop"),),
        )
        self._card(look, opening.id, Say("waitlist.offer", values, (*answers, wrong())))

    def _show(self, turn: Turn, opening: Opening, key: str) -> None:
        """What became of an offer, where it stood."""
        going_on = Say("waitlist.going_on") if is_waiting(turn) else ""
        stop = ((standing("stop_waiting", opening.id, "stop"),),) if is_waiting(turn) else ()
        values = {"starts_at": opening.offered_at, "going_on": going_on}
        self._card(turn, opening.id, Say(key, values, (*stop, wrong())))

    def _card(self, turn: Turn, opening_id: int, say: Say) -> None:
        turn.says.append(replace(say, to=turn.facts.account.id, card=f"opening:{opening_id}"))

    def begun(self, turn: Turn, event: Begun) -> None:
        """Nothing earlier can come any more."""
        if is_waiting(turn):
            stop_waiting(turn)
            turn.says.append(Say("waitlist.begun"))

    # --- what is tapped

    def offered(self, turn: Turn) -> Opening | None:
        """The opening a button names, while it is offered to this person."""
        opening = turn.facts.opening
        if opening is None or opening.state != "offered" or opening.until is None or opening.until <= turn.facts.now:
            return None
        return opening

    def accept(self, turn: Turn, row: int) -> Say | None:
        """Goes on to the booking of it."""
        opening = self.offered(turn)
        if opening is None or opening.offered_at is None:
            return Say("waitlist.over")
        wanted = {"opening": opening.id, "practitioner": opening.practitioner, "time": time_code(opening.offered_at)}
        turn.opens = ("earlier", {**self._wishes.moving(turn), **wanted})
        return None

    def refuse(self, turn: Turn, row: int) -> Say | None:
        """Somebody else may have it now."""
        opening = self.offered(turn)
        if opening is None:
            return Say("waitlist.over")
        self._give_back(turn, opening)
        self._show(turn, opening, "waitlist.refused")
        return None

    def stop(self, turn: Turn, row: int) -> Say | None:
        """And whatever is offered now goes to somebody else."""
        opening = self.offered(turn)
        if opening is None and not is_waiting(turn):
            return Say("common.gone")
        if opening is not None:
            self._give_back(turn, opening)
        stop_waiting(turn)
        self._card(turn, row, Say("waitlist.stopped"))
        return None

    def _give_back(self, turn: Turn, opening: Opening) -> None:
        """The time kept is let go; another one this person keeps is not."""
        if turn.facts.hold and turn.facts.hold.until == opening.until:
            turn.do(LetGo())
        turn.do(SettleOffer(opening.id, "refused"))

    # --- taking it

    def is_no_earlier(self, turn: Turn) -> bool:
        """Whether the visit there is begins then or before: it was moved, or booked, since."""
        visit = turn.facts.next_booking
        return visit is not None and visit.starts_at <= self.diary.chosen(turn)

    def is_moved_too_late(self, turn: Turn) -> bool:
        """Whether the visit there is is inside the notice the practice asks for."""
        moved_until = self._wishes.moved_until(turn)
        return moved_until is not None and moved_until < turn.facts.now

    def take(self, turn: Turn) -> None:
        """Booked, with all that a booking does; nothing more is looked for."""
        (self.visits.book if waits_for_release(turn) else self.visits.move)(turn)
        turn.do(SettleOffer(turn.data["opening"], "taken"))
        stop_waiting(turn)
        start = self.diary.chosen(turn)
        self._card(turn, turn.data["opening"], Say("waitlist.taken", {"starts_at": start}))

    def lose(self, turn: Turn) -> None:
        """Somebody took it while nothing kept it: a time chosen elsewhere meanwhile had been kept instead."""
        turn.do(SettleOffer(turn.data["opening"], "lapsed"))

    def take_back(self, turn: Turn, row: int) -> Say | None:
        """The visit stands as before the offer was taken; looking ended with it, and that is said."""
        return self.visits.undoing.undo(turn, row, "" if is_waiting(turn) else Say("waitlist.looks_no_more"))

    # --- what the house is made of

    @property
    def happenings(self) -> tuple[Happening, Happening]:
        """What is done about an opening, and about a visit that begins."""
        needs = OFFER_NEEDS | {"opening"}
        return Happening(self.vacancy, needs, self.diary.window), Happening(self.begun, frozenset({"waiting"}))

    def verbs(self) -> dict[str, Verb]:
        """What the buttons under an offer do."""
        window, answers = self.diary.window, frozenset({"opening", "waiting", "hold"})
        return {
            "take": Verb(self.accept, OFFER_NEEDS | answers, of_patient=False, window=window),
            "no_thanks": Verb(self.refuse, answers, of_patient=False),
            "stop_waiting": Verb(self.stop, answers, of_patient=False),
            "take_back": Verb(self.take_back, UNDO_NEEDS | {"waiting"}, of_patient=False, window=window),
        }


def earlier(content: Content) -> Flow:
    """Taking the time offered."""
    own = Openings(content)
    visits = own.visits
    phone = fixed(phone=content.clinic.phone)
    return Flow(
        "earlier",
        needs=OFFER_NEEDS,
        window=own.diary.window,
        steps=[
            *visits.ends("take_back"),
            End("gone", holding=Holding(("starts_at",), lambda turn: {"starts_at": own.diary.chosen(turn)})),
            End("no_earlier"),
            End("late", holding=phone, says="booking.late"),
            End("nobody", holding=phone, says="booking.nobody"),
            End("see_doctor_first", holding=urgent(content), says="booking.see_doctor_first"),
            Hand("consent", "welcome"),
        ],
        routes=[
            route(START, "consent", when=has_not_agreed),
            route(START, "see_doctor_first", when=has_open_emergency),
            route(START, "nobody", when=nobody_can_be_told),
            route(START, "no_earlier", when=own.is_no_earlier),
            route(START, "late", when=own.is_moved_too_late),
            route(START, "gone", when=visits.time_has_gone, do=own.lose),
            route(START, "waiting", when=waits_for_release, do=own.take),
            route(START, "requested", when=visits.is_request, do=own.take),
            route(START, "moved", when=own.diary.is_moving, do=own.take),
            route(START, "booked", do=own.take),
        ],
        says=SAYS,
    )
