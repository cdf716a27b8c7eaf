"""The waitlist: whoever wants to hear of an earlier time says when they can come, changes it, or leaves."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from bot.flows.alerts import urgent
from bot.flows.answers import Choice, Holds, Ticks
from bot.flows.assessment import NEEDS as BOOKING
from bot.flows.assessment import has_open_emergency, is_unknown
from bot.flows.content import Content
from bot.flows.diary import Diary, changed_until
from bot.flows.flow import START, Ask, End, Flow, Hand, Holding, Turn, fixed, picked, route, spoken
from bot.flows.plan import DAYS
from bot.flows.welcome import has_not_agreed
from bot.model import Say, StopWaiting, Wait
from bot.practice.waiting import PARTS, offer_ends, suits

NEEDS = frozenset({"consents", "patient", "sent", "flags", "bookings", "waiting"})
"""What a question takes; which times are free is looked up once all of them are answered."""
OFFER_NEEDS = BOOKING | {"busy", "off", "hold", "plan", "waiting"}

SAYS = (
    spoken("waitlist.enter"),
    spoken("waitlist.free_now", "starts_at"),
    spoken("waitlist.any_time"),
    spoken("waitlist.stays"),
    spoken("waitlist.before", "visit_at"),
    *(spoken(f"waitlist.part_{part}") for part in PARTS),
)


def is_waiting(turn: Turn) -> bool:
    return turn.facts.waiting is not None


def stop_waiting(turn: Turn) -> None:
    turn.do(StopWaiting())


class Wishes:
    """What is waited for, bound to the practice."""

    def __init__(self, content: Content) -> None:
        self.clinic = content.clinic
        self.diary = Diary(content.clinic)

    @property
    def open_days(self) -> list[str]:
        """The days of the week somebody is there."""
        weeks = [self.clinic.there(one.id) for one in self.clinic.practitioners]
        return [day for number, day in enumerate(DAYS) if any(week.get(number) for week in weeks)]

    def wished_days(self, turn: Turn) -> list[str]:
        """Those ticked to begin with: what was wished before, or all."""
        waiting = turn.facts.waiting
        return [DAYS[day] for day in sorted(waiting.days)] if waiting else self.open_days

    def wished_parts(self, turn: Turn) -> list[str]:
        waiting = turn.facts.waiting
        return [part for part in PARTS if part in waiting.parts] if waiting else list(PARTS)

    def is_too_soon(self, turn: Turn) -> bool:
        """Whether no offer could come in time: the visit can no longer be moved by then."""
        moved_until = self.moved_until(turn)
        return moved_until is not None and offer_ends(turn.facts.now, self.clinic.waitlist.kept, [moved_until]) is None

    def moved_until(self, turn: Turn) -> datetime | None:
        """Up to when the visit there is may be moved; None where it always may, or there is none."""
        visit = turn.facts.next_booking
        return changed_until(visit, self.clinic.policies.move_notice_hours) if visit else None

    def wait(self, turn: Turn) -> None:
        turn.ask_for(OFFER_NEEDS, self.diary.window)
        turn.do(Wait(frozenset(map(DAYS.index, turn.data["days"])), frozenset(turn.data["parts"])))

    def wish(self, turn: Turn) -> dict[str, object]:
        """What somebody waits for, in words."""
        visit = turn.facts.next_booking
        return {
            "days": tuple(Say(f"plan.day_{day}") for day in self.wished_days(turn)),
            "parts": tuple(Say(f"waitlist.part_{part}") for part in self.wished_parts(turn)),
            "before": Say("waitlist.before", {"visit_at": visit.starts_at}) if visit else Say("waitlist.any_time"),
        }

    def looking(self, turn: Turn) -> dict[str, object]:
        """The same, and what is free already."""
        start = next(self._free_now(turn), None)
        stays = Say("waitlist.stays") if turn.facts.next_booking else ""
        return {
            **self.wish(turn),
            "stays": stays,
            "now": Say("waitlist.free_now", {"starts_at": start}) if start else "",
        }

    def _free_now(self, turn: Turn) -> Iterator[datetime]:
        waiting, look = turn.facts.waiting, replace(turn, data=self.moving(turn))
        visit = turn.facts.next_booking
        if waiting is None:
            return
        wish = replace(waiting, visit_at=visit.starts_at if visit else None)
        for start in self.diary.free(look):
            if visit and start >= visit.starts_at:
                return
            if suits(start, wish, self.clinic.zone):
                yield start

    def moving(self, turn: Turn) -> dict[str, object]:
        """The next visit there is is moved; without one, one is booked."""
        visit = turn.facts.next_booking
        return {"mine": "move", "booking": visit.id} if visit else {}


def waitlist(content: Content) -> Flow:
    """Joining, changing and leaving the waitlist."""
    own = Wishes(content)
    phone = fixed(phone=content.clinic.phone)
    names = ("days", "parts", "before")
    return Flow(
        "waitlist",
        needs=NEEDS,
        resumes=False,
        steps=[
            Ask("on", Choice("change", "stop", "keep", holds=Holds(names, own.wish)), when=is_waiting),
            Ask("days", Ticks(*DAYS, started=own.wished_days, offered=own.open_days)),
            Ask("parts", Ticks(*PARTS, width=1, started=own.wished_parts)),
            End("looking", holding=Holding((*names, "stays", "now"), own.looking)),
            End("stopped"),
            End("kept"),
            End("too_soon", holding=phone),
            End("see_doctor_first", holding=urgent(content), says="booking.see_doctor_first"),
            End("assessment_first", says="booking.assessment_first"),
            Hand("consent", "welcome"),
        ],
        routes=[
            route(START, "consent", when=has_not_agreed),
            route(START, "see_doctor_first", when=has_open_emergency),
            route(START, "on", when=is_waiting),
            route(START, "assessment_first", when=is_unknown),
            route(START, "too_soon", when=own.is_too_soon),
            route(START, "days"),
            route("on", "stopped", when=picked("stop"), do=stop_waiting),
            route("on", "kept", when=picked("keep")),
            route("on", "days"),
            route("parts", "looking", do=own.wait),
        ],
        says=SAYS,
    )
