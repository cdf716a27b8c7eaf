"""A visit: its kind, day, time, and the word that makes it firm. Moving and cancelling go the same way."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.flows.alerts import Alerts
from bot.flows.answers import Choice, Holds, Listed
from bot.flows.assessment import NEEDS, has_open_emergency, is_unknown, nobody_can_be_told
from bot.flows.calendar_picking import Days, Times
from bot.flows.calendars import enclosed, new_uid
from bot.flows.card import Card
from bot.flows.content import Content
from bot.flows.diary import ANYONE, Diary
from bot.flows.flow import START, Ask, End, Flow, Hand, Holding, Turn, picked, route, spoken, to_waitlist
from bot.flows.foreseen import foreseen
from bot.flows.reminding import planned
from bot.flows.welcome import has_not_agreed
from bot.model import Book, CancelBooking, Hold, LetGo, Say
from bot.practice.clinic import Visit

_KEPT, _KEPT_AT_MOST = timedelta(minutes=10), timedelta(minutes=40)
"""How long a time is kept for whoever chose it, from their last answer and from their first."""


def has_a_visit(turn: Turn) -> bool:
    return bool(turn.facts.bookings)


def waits_for_release(turn: Turn) -> bool:
    """Whether a warning sign holds a booking back until the practitioner has seen it."""
    return any(flag.level == "doctor" and flag.state in ("open", "disputed") for flag in turn.facts.flags)


class Visits:
    """What is offered and what is done, bound to the practice."""

    def __init__(self, content: Content) -> None:
        self.clinic = content.clinic
        self.card = Card(content)
        self.diary = Diary(content.clinic)

    # --- what is offered

    def kinds(self, turn: Turn) -> list[tuple[str, object]]:
        return [(visit.id, Say("booking.visit_label", _told(visit))) for visit in self.diary.visits(turn)]

    def expected(self, turn: Turn) -> dict[str, object]:
        """What to expect of each, where the practice says so."""
        told = [visit for visit in self.diary.visits(turn) if visit.expect]
        lines = (Say("booking.expect", {"visit": visit.name or visit.id, "expect": visit.expect}) for visit in told)
        return {"expect": tuple(lines)}

    def practitioners(self, turn: Turn) -> list[tuple[str, object]]:
        """Those with a free time."""

        def is_free(ref: str) -> bool:
            return not self.diary.nothing_is_free(replace(turn, data={**turn.data, "practitioner": ref}))

        return [(one.id, one.name) for one in self.clinic.practitioners if is_free(one.id)]

    def details(self, turn: Turn) -> dict[str, object]:
        start, visit = self.diary.chosen(turn), self.diary.visit(turn)
        told = _told(visit)
        if self.diary.are_several(turn):
            whom = self.clinic.practitioner(self.diary.whom_and_where(turn, start)[0]).name
            told["visit"] = Say("booking.visit_with", {"visit": told["visit"], "practitioner": whom})
        return {
            **told,
            "starts_at": start,
            "address": ", ".join(self.clinic.address),
            "clinic": self.clinic.name,
            "phone": self.clinic.phone,
        }

    def to_confirm(self, turn: Turn) -> dict[str, object]:
        kept = self.diary.kept(turn, self.diary.chosen(turn))
        keeping = Say("booking.kept_until", {"until": kept.until}) if kept else Say("booking.kept_no_more")
        return {**self.details(turn), "keeping": keeping}

    def mine(self, turn: Turn) -> dict[str, object]:
        booking = turn.facts.bookings[0]
        key = "booking.waits_line" if booking.state == "awaiting_release" else "booking.firm_line"
        return {
            "line": Say(key, {"starts_at": booking.starts_at, "visit": self.diary.visit(turn).name or booking.visit}),
            "address": ", ".join(self.clinic.address),
            "phone": self.clinic.phone,
            "notice": self.clinic.policies.move_notice_hours,
        }

    # --- guards and deeds

    def took_the_earliest(self, turn: Turn) -> bool:
        return "T" in str(turn.given)

    def earliest_has_gone(self, turn: Turn) -> bool:
        """Whether somebody else took it while this person looked."""
        return self.took_the_earliest(turn) and self.time_has_gone(turn)

    def time_has_gone(self, turn: Turn) -> bool:
        """Whether somebody else took the time while this person thought."""
        return not self.diary.is_free(turn, self.diary.chosen(turn))

    def every_time_has_gone(self, turn: Turn) -> bool:
        return self.time_has_gone(turn) and self.diary.nothing_is_free(turn)

    def is_too_late(self, turn: Turn) -> bool:
        """Whether the visit is inside the notice the practice asks for."""
        hours = (
            self.clinic.policies.move_notice_hours if turn.given == "move" else self.clinic.policies.cancel_notice_hours
        )
        if turn.facts.bookings[0].move_asked:
            return False
        return turn.given in ("move", "cancel") and turn.facts.bookings[0].starts_at - turn.facts.now < timedelta(
            hours=hours
        )

    def is_already_booked(self, turn: Turn) -> bool:
        return turn.given == "book" and has_a_visit(turn) and turn.data.get("mine") != "move"

    def take_day(self, turn: Turn) -> None:
        """The day chosen; with the earliest time, its day."""
        if self.took_the_earliest(turn):
            turn.data["time"] = turn.given
            turn.data["day"] = f"{self.diary.day(self.diary.chosen(turn)):%Y%m%d}"
        else:
            turn.data["day"] = turn.given

    def keep(self, turn: Turn) -> None:
        """The time chosen is this person's until they confirm it, or for a while."""
        start, now = self.diary.chosen(turn), turn.facts.now
        before, takes = self.diary.kept(turn, start), self.diary.to_keep(turn, start)
        practitioner, room = self.diary.whom_and_where(turn, start)
        since = before.since if before else now
        until = min(now + _KEPT, since + _KEPT_AT_MOST)
        turn.do(Hold(practitioner, room, takes.start, takes.end, until, since))

    def let_go(self, turn: Turn) -> None:
        if turn.facts.hold:
            turn.do(LetGo())

    def look_further(self, turn: Turn) -> None:
        self.let_go(turn)
        forget_time(turn)

    def book(self, turn: Turn) -> None:
        start, visit, moved = self.diary.chosen(turn), self.diary.visit(turn), self.diary.moved(turn)
        practitioner, room = self.diary.whom_and_where(turn, start)
        waits = waits_for_release(turn)
        booking = Book(
            visit=visit.id,
            practitioner=practitioner,
            room=room,
            starts_at=start,
            ends_at=start + timedelta(minutes=visit.minutes),
            free_at=visit.span.occupies(start).end,
            zone=self.clinic.zone.key,
            state="awaiting_release" if waits else "booked",
            uid=moved.uid if moved else new_uid(turn.facts),
            replaces=moved.id if moved else None,
        )
        turn.do(booking)
        made = foreseen(turn.facts, [booking]).bookings
        turn.encloses = enclosed(turn.facts, self.clinic, next(one for one in made if one.uid == booking.uid))
        self.plan_check(turn, start)
        self.tell(turn, "desk.moved" if moved else "desk.booked_waits" if waits else "desk.booked", start)

    def plan_check(self, turn: Turn, start: datetime) -> None:
        """The visit is spoken of again before it comes."""
        for reminder in planned(self.clinic, start, turn.facts.now):
            turn.do(reminder)

    def say_gone(self, turn: Turn) -> None:
        turn.lead = (Say("booking.gone", {"starts_at": self.diary.chosen(turn)}),)
        forget_time(turn)

    def cancel(self, turn: Turn) -> None:
        booking = turn.facts.bookings[0]
        turn.do(CancelBooking(booking.id))
        gone = replace(booking, state="cancelled", sequence=booking.sequence + 1)
        turn.encloses = enclosed(turn.facts, self.clinic, gone)
        self.tell(turn, "desk.cancelled", booking.starts_at)

    def tell(self, turn: Turn, key: str, starts_at: datetime) -> None:
        """The practice hears of a change once: the card is brought up to date, a short message calls for it."""
        visit = self.diary.visit(turn)
        self.card.show(turn, key, {"starts_at": starts_at, "visit": visit.name or visit.id})


def _told(visit: Visit) -> dict[str, object]:
    return {"visit": visit.name or visit.id, "minutes": visit.minutes, "price": float(visit.price)}


def forget_time(turn: Turn) -> None:
    turn.data.pop("time", None)


def offer_plan(turn: Turn) -> str | None:
    """Lifestyle advice is offered once a visit stands, unless it is on already."""
    return None if turn.facts.plan and turn.facts.plan.state == "on" else "plan"


def booking(content: Content) -> Flow:
    """Booking, moving and cancelling a visit."""
    visits = Visits(content)
    diary = visits.diary
    names = ("visit", "starts_at", "minutes", "price", "address", "clinic", "phone")
    phone = Holding(("phone",), lambda turn: {"phone": content.clinic.phone})
    urgent = Holding(
        ("phone", "advice"),
        lambda turn: {"phone": content.clinic.phone, "advice": Alerts(content).advice(turn.facts)},
    )
    details = Holding(names, visits.details)
    return Flow(
        "booking",
        needs=NEEDS | {"busy", "off", "hold", "plan"},
        window=diary.window,
        dropped=visits.let_go,
        steps=[
            Ask(
                "mine",
                Choice(
                    "move",
                    "cancel",
                    "keep",
                    holds=Holds(("line", "address", "phone", "notice"), visits.mine),
                    standing=lambda turn: (to_waitlist(),),
                ),
                when=has_a_visit,
            ),
            Ask("visit", Listed(visits.kinds, holds=Holds(("expect",), visits.expected))),
            Ask("practitioner", Listed(visits.practitioners, also=(ANYONE,)), when=diary.are_several),
            Ask("day", Days(diary), keep=visits.take_day),
            Ask("time", Times(diary)),
            Ask("confirm", Choice("book", "other_time", holds=Holds((*names, "keeping"), visits.to_confirm))),
            End("booked", then=offer_plan, holding=details),
            End("waiting", holding=details),
            End("kept"),
            End("cancelled", holding=phone),
            End("late", holding=phone),
            End("full", holding=phone, offers=lambda turn: (to_waitlist(),)),
            End("see_doctor_first", holding=urgent),
            End("assessment_first"),
            End("nobody", holding=phone),
            Hand("consent", "welcome"),
            Hand("again", "booking"),
        ],
        routes=[
            route(START, "consent", when=has_not_agreed),
            route(START, "see_doctor_first", when=has_open_emergency),
            route(START, "nobody", when=nobody_can_be_told),
            route(START, "mine", when=has_a_visit),
            route(START, "assessment_first", when=is_unknown),
            route(START, "full", when=diary.nothing_is_free),
            route(START, "visit"),
            route("mine", "late", when=visits.is_too_late),
            route("mine", "cancelled", when=picked("cancel"), do=visits.cancel),
            route("mine", "kept", when=picked("keep")),
            route("mine", "full", when=diary.nothing_is_free),
            route("mine", "practitioner", when=diary.are_several),
            route("mine", "day"),
            route("visit", "full", when=diary.nothing_is_free),
            route("visit", "practitioner", when=diary.are_several),
            route("visit", "day"),
            route("practitioner", "full", when=diary.nothing_is_free),
            route("practitioner", "day"),
            route("day", "full", when=diary.nothing_is_free),
            route("day", "day", when=visits.earliest_has_gone, do=visits.say_gone),
            route("day", "confirm", when=visits.took_the_earliest, do=visits.keep),
            route("day", "time"),
            route("time", "day", when=picked("other_day"), do=visits.look_further),
            route("time", "full", when=visits.every_time_has_gone),
            route("time", "day", when=visits.time_has_gone, do=visits.say_gone),
            route("time", "confirm", do=visits.keep),
            route("confirm", "consent", when=has_not_agreed, do=visits.let_go),
            route("confirm", "see_doctor_first", when=has_open_emergency, do=visits.let_go),
            route("confirm", "again", when=visits.is_already_booked, do=visits.let_go),
            route("confirm", "full", when=visits.every_time_has_gone),
            route("confirm", "day", when=picked("other_time"), do=visits.look_further),
            route("confirm", "day", when=visits.time_has_gone, do=visits.say_gone),
            route("confirm", "waiting", when=waits_for_release, do=visits.book),
            route("confirm", "booked", do=visits.book),
        ],
        says=(
            spoken("booking.visit_label", "visit", "minutes", "price"),
            spoken("booking.expect", "visit", "expect"),
            spoken("booking.visit_with", "visit", "practitioner"),
            spoken("booking.firm_line", "starts_at", "visit"),
            spoken("booking.waits_line", "starts_at", "visit"),
            spoken("booking.gone", "starts_at"),
            spoken("booking.calendar", "phone", "notice"),
            spoken("booking.kept_until", "until"),
            spoken("booking.kept_no_more"),
            *(
                spoken(f"desk.{name}", "name", "starts_at", "visit")
                for name in ("booked", "booked_waits", "moved", "cancelled")
            ),
        ),
    )
