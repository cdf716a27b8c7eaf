"""A visit: its kind, day, time, and the word that makes it firm. Moving and cancelling go the same way."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import groupby, islice

from bot.flows.alerts import Alerts
from bot.flows.answers import Choice, Holds, Listed
from bot.flows.assessment import has_open_emergency, nobody_can_be_told
from bot.flows.calendars import enclosed, new_uid
from bot.flows.card import Card
from bot.flows.content import Content
from bot.flows.flow import START, Ask, End, Flow, Hand, Holding, Turn, picked, route, spoken
from bot.flows.foreseen import foreseen
from bot.flows.reminding import planned
from bot.flows.welcome import has_not_agreed
from bot.model import Book, Booking, CancelBooking, Hold, LetGo, Say, Window
from bot.practice.clinic import Visit
from bot.practice.slots import Interval, free_times

_DAYS_SHOWN = 8
_TIMES_SHOWN = 24
_LOOK_AHEAD = 14
"""How many days the free times are looked for at once."""
_KEPT, _KEPT_AT_MOST = timedelta(minutes=10), timedelta(minutes=40)
"""How long a time is kept for whoever chose it, from their last answer and from their first."""


def has_a_visit(turn: Turn) -> bool:
    return bool(turn.facts.bookings)


def has_no_record(turn: Turn) -> bool:
    """Whether the assessment still has to be sent: the first visit stands on it."""
    return turn.facts.record is None or turn.facts.record.status not in ("completed", "amended")


def waits_for_release(turn: Turn) -> bool:
    """Whether a warning sign holds a booking back until the practitioner has seen it."""
    return any(flag.level == "doctor" and flag.state in ("open", "disputed") for flag in turn.facts.flags)


class Diary:
    """Free times and deeds, bound to the practice."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.clinic = content.clinic
        self.card = Card(content)

    # --- what is free

    def free(self, turn: Turn) -> Iterator[datetime]:
        """When the chosen visit can start, in UTC, within the horizon: looked for as far as anybody wants to know."""
        today, until = self._horizon(turn)
        for first in range(0, (until - today).days + 1, _LOOK_AHEAD):
            begin = today + timedelta(days=first)
            yield from self._free_between(turn, begin, min(begin + timedelta(days=_LOOK_AHEAD - 1), until))

    def free_on(self, turn: Turn, day: date) -> list[datetime]:
        """The same for one day."""
        today, until = self._horizon(turn)
        return self._free_between(turn, day, day) if today <= day <= until else []

    def _horizon(self, turn: Turn) -> tuple[date, date]:
        today = turn.facts.now.astimezone(self.clinic.zone).date()
        return today, today + timedelta(days=self.clinic.policies.horizon_days)

    def _free_between(self, turn: Turn, day_from: date, day_to: date) -> list[datetime]:
        moved = turn.data.get("mine") == "move" and turn.facts.bookings
        own = turn.facts.bookings[0] if moved else None
        times: set[datetime] = set()
        for practitioner in self.clinic.practitioners:
            times.update(self._free_of(turn, practitioner.id, day_from, day_to, own))
        return sorted(times)

    @property
    def window(self) -> Window:
        """As much of the diary as a visit within the horizon can meet: to the end of its last day, and a buffer on."""
        names = {one.id for one in self.clinic.practitioners} | {one.id for one in self.clinic.rooms}
        return Window(timedelta(days=self.clinic.policies.horizon_days + 2), frozenset(names))

    def _free_of(
        self, turn: Turn, practitioner: str, day_from: date, day_to: date, own: Booking | None
    ) -> list[datetime]:
        visit, policies = self.visit(turn), self.clinic.policies
        starts = free_times(
            day_from,
            day_to,
            zone=self.clinic.zone,
            hours=self.clinic.hours_of(practitioner, visit),
            holidays=self.clinic.closed_on(day_from, day_to),
            occupied=_taken(turn, practitioner),
            rooms=[_taken(turn, room.id) for room in self.clinic.rooms],
            span=visit.span,
            notice=timedelta(hours=policies.booking_notice_hours),
            step=timedelta(minutes=policies.start_every_minutes),
            now=turn.facts.now,
        )
        return [start for start in starts if own is None or start != own.starts_at]

    def room(self, turn: Turn, start: datetime) -> str | None:
        """A room that is free for the visit."""
        wanted = self.visit(turn).span.occupies(start)
        free = (room.id for room in self.clinic.rooms if not any(map(wanted.overlaps, _taken(turn, room.id))))
        return next(free, None)

    def visit(self, turn: Turn) -> Visit:
        """The visit chosen; the one being moved; else the first there is."""
        wanted = turn.data.get("visit") or (turn.facts.bookings[0].visit if turn.facts.bookings else "")
        return next((visit for visit in self.clinic.visits if visit.id == wanted), self.clinic.visits[0])

    def free_at(self, turn: Turn, start: datetime) -> datetime:
        return self.visit(turn).span.occupies(start).end

    # --- what is offered

    def visits(self, turn: Turn) -> list[tuple[str, object]]:
        return [
            (
                visit.id,
                Say(
                    "booking.visit_label",
                    {
                        "visit": visit.name or visit.id,
                        "minutes": visit.minutes,
                        "price": float(visit.price),
                    },
                ),
            )
            for visit in self.clinic.visits
        ]

    def days(self, turn: Turn) -> list[tuple[str, object]]:
        days = groupby(self.free(turn), key=self.day)
        firsts = ((day, next(starts)) for day, starts in days)
        return [(day.strftime("%Y%m%d"), ("day", first)) for day, first in islice(firsts, _DAYS_SHOWN)]

    def times(self, turn: Turn) -> list[tuple[str, object]]:
        starts = self.free_on(turn, date.fromisoformat(turn.data["day"]))
        return [(start.strftime("%Y%m%dT%H%M"), ("time", start)) for start in starts[:_TIMES_SHOWN]]

    def any_times(self, turn: Turn) -> list[tuple[str, object]]:
        """The times of the day as they were before anybody took one."""
        return self.times(replace(turn, facts=replace(turn.facts, busy=())))

    def day(self, start: datetime) -> date:
        """The day a visit is on, by the practice's clock."""
        return start.astimezone(self.clinic.zone).date()

    def chosen(self, turn: Turn) -> datetime:
        """The time chosen, in UTC."""
        return datetime.strptime(turn.data["time"] + "+0000", "%Y%m%dT%H%M%z")

    def details(self, turn: Turn) -> dict[str, object]:
        visit = self.visit(turn)
        return {
            "visit": visit.name or visit.id,
            "starts_at": self.chosen(turn),
            "minutes": visit.minutes,
            "price": float(visit.price),
            "address": ", ".join(self.clinic.address),
            "clinic": self.clinic.name,
            "phone": self.clinic.phone,
        }

    def to_confirm(self, turn: Turn) -> dict[str, object]:
        kept = self.kept(turn)
        keeping = Say("booking.kept_until", {"until": kept.until}) if kept else Say("booking.kept_no_more")
        return {**self.details(turn), "keeping": keeping}

    def kept(self, turn: Turn) -> Hold | None:
        """The time chosen, while it is kept for this person."""
        hold = turn.facts.hold
        is_kept = hold and hold.until > turn.facts.now and hold.starts_at == self.chosen(turn)
        return hold if is_kept else None

    def mine(self, turn: Turn) -> dict[str, object]:
        booking = turn.facts.bookings[0]
        key = "booking.waits_line" if booking.state == "awaiting_release" else "booking.firm_line"
        return {
            "line": Say(key, {"starts_at": booking.starts_at, "visit": self.visit(turn).name or booking.visit}),
            "address": ", ".join(self.clinic.address),
            "phone": self.clinic.phone,
            "notice": self.clinic.policies.move_notice_hours,
        }

    # --- guards and deeds

    def nothing_is_free(self, turn: Turn) -> bool:
        return next(self.free(turn), None) is None

    def time_has_gone(self, turn: Turn) -> bool:
        """Whether somebody else took the time while this person thought."""
        start = self.chosen(turn)
        return start not in self.free_on(turn, self.day(start))

    def every_time_has_gone(self, turn: Turn) -> bool:
        return self.time_has_gone(turn) and self.nothing_is_free(turn)

    def day_has_gone(self, turn: Turn) -> bool:
        return not self.times(turn)

    def is_too_late(self, turn: Turn) -> bool:
        """Whether the visit is inside the notice the practice asks for."""
        hours = (
            self.clinic.policies.move_notice_hours if turn.given == "move" else self.clinic.policies.cancel_notice_hours
        )
        return turn.given in ("move", "cancel") and turn.facts.bookings[0].starts_at - turn.facts.now < timedelta(
            hours=hours
        )

    def is_already_booked(self, turn: Turn) -> bool:
        return turn.given == "book" and has_a_visit(turn) and turn.data.get("mine") != "move"

    def whom_and_where(self, turn: Turn, start: datetime) -> tuple[str, str]:
        """The practitioner and the room of a visit that starts then."""
        day = self.day(start)
        practitioner = next(
            (one.id for one in self.clinic.practitioners if start in self._free_of(turn, one.id, day, day, None)),
            self.clinic.practitioners[0].id,
        )
        return practitioner, self.room(turn, start) or self.clinic.rooms[0].id

    def keep(self, turn: Turn) -> None:
        """The time chosen is this person's until they confirm it, or for a while."""
        start, now, before = self.chosen(turn), turn.facts.now, self.kept(turn)
        practitioner, room = self.whom_and_where(turn, start)
        since = before.since if before else now
        until = min(now + _KEPT, since + _KEPT_AT_MOST)
        turn.do(Hold(practitioner, room, start, self.free_at(turn, start), until, since))

    def let_go(self, turn: Turn) -> None:
        if turn.facts.hold:
            turn.do(LetGo())

    def look_further(self, turn: Turn) -> None:
        self.let_go(turn)
        forget_time(turn)

    def book(self, turn: Turn) -> None:
        start, visit = self.chosen(turn), self.visit(turn)
        moved = turn.facts.bookings[0] if turn.data.get("mine") == "move" and turn.facts.bookings else None
        practitioner, room = self.whom_and_where(turn, start)
        waits = waits_for_release(turn)
        booking = Book(
            visit=visit.id,
            practitioner=practitioner,
            room=room,
            starts_at=start,
            ends_at=start + timedelta(minutes=visit.minutes),
            free_at=self.free_at(turn, start),
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
        turn.lead = (Say("booking.gone", {"starts_at": self.chosen(turn)}),)
        forget_time(turn)

    def cancel(self, turn: Turn) -> None:
        booking = turn.facts.bookings[0]
        turn.do(CancelBooking(booking.id))
        gone = replace(booking, state="cancelled", sequence=booking.sequence + 1)
        turn.encloses = enclosed(turn.facts, self.clinic, gone)
        self.tell(turn, "desk.cancelled", booking.starts_at)

    def tell(self, turn: Turn, key: str, starts_at: datetime) -> None:
        """The practice hears of a change once: the card is brought up to date, a short message calls for it."""
        visit = self.visit(turn)
        self.card.show(turn, key, {"starts_at": starts_at, "visit": visit.name or visit.id})


def _taken(turn: Turn, ref: str) -> list[Interval]:
    return [Interval(busy.starts_at, busy.ends_at) for busy in turn.facts.busy if busy.ref == ref]


def forget_time(turn: Turn) -> None:
    turn.data.pop("time", None)


class Times(Listed):
    """One of the day's free times. One that is just being taken is an answer too: whoever taps it is told."""

    def __init__(self, diary: Diary) -> None:
        super().__init__(diary.times, also=("other_day",), width=3)
        self._any = diary.any_times

    def offers(self, turn: Turn, code: str) -> bool:
        return super().offers(turn, code) or code in dict(self._any(turn))


def offer_plan(turn: Turn) -> str | None:
    """Lifestyle advice is offered once a visit stands, unless it is on already."""
    return None if turn.facts.plan and turn.facts.plan.state == "on" else "plan"


def booking(content: Content) -> Flow:
    """Booking, moving and cancelling a visit."""
    diary = Diary(content)
    names = ("visit", "starts_at", "minutes", "price", "address", "clinic", "phone")
    phone = Holding(("phone",), lambda turn: {"phone": content.clinic.phone})
    urgent = Holding(
        ("phone", "advice"),
        lambda turn: {"phone": content.clinic.phone, "advice": Alerts(content).advice(turn.facts)},
    )
    details = Holding(names, diary.details)
    return Flow(
        "booking",
        needs=("consents", "practice", "patient", "record", "flags", "bookings", "busy", "hold", "plan"),
        window=diary.window,
        dropped=diary.let_go,
        steps=[
            Ask(
                "mine",
                Choice("move", "cancel", "keep", holds=Holds(("line", "address", "phone", "notice"), diary.mine)),
                when=has_a_visit,
            ),
            Ask("visit", Listed(diary.visits)),
            Ask("day", Listed(diary.days, width=2)),
            Ask("time", Times(diary)),
            Ask("confirm", Choice("book", "other_time", holds=Holds((*names, "keeping"), diary.to_confirm))),
            End("booked", then=offer_plan, holding=details),
            End("waiting", holding=details),
            End("kept"),
            End("cancelled", holding=phone),
            End("late", holding=phone),
            End("full", holding=phone),
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
            route(START, "assessment_first", when=has_no_record),
            route(START, "full", when=diary.nothing_is_free),
            route(START, "visit"),
            route("mine", "late", when=diary.is_too_late),
            route("mine", "cancelled", when=picked("cancel"), do=diary.cancel),
            route("mine", "kept", when=picked("keep")),
            route("mine", "full", when=diary.nothing_is_free),
            route("mine", "day"),
            route("visit", "full", when=diary.nothing_is_free),
            route("visit", "day"),
            route("day", "full", when=diary.nothing_is_free),
            route("day", "day", when=diary.day_has_gone),
            route("day", "time"),
            route("time", "day", when=picked("other_day"), do=diary.look_further),
            route("time", "full", when=diary.every_time_has_gone),
            route("time", "day", when=diary.time_has_gone, do=diary.say_gone),
            route("time", "confirm", do=diary.keep),
            route("confirm", "consent", when=has_not_agreed, do=diary.let_go),
            route("confirm", "see_doctor_first", when=has_open_emergency, do=diary.let_go),
            route("confirm", "again", when=diary.is_already_booked, do=diary.let_go),
            route("confirm", "full", when=diary.every_time_has_gone),
            route("confirm", "day", when=picked("other_time"), do=diary.look_further),
            route("confirm", "day", when=diary.time_has_gone, do=diary.say_gone),
            route("confirm", "waiting", when=waits_for_release, do=diary.book),
            route("confirm", "booked", do=diary.book),
        ],
        says=(
            spoken("booking.visit_label", "visit", "minutes", "price"),
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
