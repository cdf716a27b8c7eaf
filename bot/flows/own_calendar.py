"""A practitioner's calendar: the diary under a private address, and busy times from a calendar of their own."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import get_args

from bot.flows.answers import Choice, Holds
from bot.flows.content import Content
from bot.flows.diary import times_off
from bot.flows.flow import (
    Answer,
    Ask,
    End,
    Flow,
    Given,
    Heard,
    Holding,
    Refused,
    Shown,
    Spoken,
    Turn,
    picked,
    route,
    spoken,
    standing,
)
from bot.flows.house import Verb
from bot.flows.time_off import Away, conflicts
from bot.model import (
    Booking,
    DropCalendar,
    KeepCalendar,
    Looked,
    MakeFeed,
    MarkCalendar,
    Offer,
    OutsideCalendar,
    RevokeFeed,
    Say,
    Stretch,
    Text,
    TimeOff,
    Trouble,
)
from bot.practice.outside_address import outside_address
from bot.practice.slots import Interval

LOOK_NEEDS = frozenset({"outside", "practice"})
OFTEN = 3
"""So many failures in a row are worth a word."""
STALE = timedelta(hours=24)
"""So is a calendar nobody could read for so long."""

SAYS = (
    spoken("calendar.name"),
    spoken("calendar.entry", "visit", "name"),
    spoken("calendar.feed_none"),
    spoken("calendar.feed_nowhere"),
    spoken("calendar.feed_unread", "made_at"),
    spoken("calendar.feed_read", "made_at", "read_at"),
    spoken("calendar.address_gone"),
    spoken("calendar.busy_none"),
    spoken("calendar.busy_new", "host"),
    spoken("calendar.busy_read", "host", "read_at"),
    spoken("calendar.busy_partly", "host", "read_at", "why"),
    spoken("calendar.busy_unread", "host", "why"),
    spoken("calendar.busy_stale", "host", "read_at", "why"),
    spoken("calendar.not_an_address"),
    spoken("calendar.begun", "host", "n"),
    spoken("calendar.never_read", "host", "why"),
    spoken("calendar.stale", "host", "read_at", "why"),
    spoken("calendar.in_part", "host", "why"),
    spoken("calendar.well_again", "host"),
    spoken("calendar.met", "conflicts", choices=("offer_all",)),
    *(spoken(f"calendar.why_{trouble}") for trouble in get_args(Trouble)),
)


class Address(Answer):
    """The address of a calendar, typed or pasted."""

    @property
    def refusals(self) -> tuple[Spoken, ...]:
        return (spoken("calendar.not_an_address"),)

    def show(self, turn: Turn) -> Shown:
        return Shown()

    def read(self, turn: Turn, heard: Heard) -> Given | Refused:
        url = outside_address(heard.text) if isinstance(heard, Text) else None
        return Given(url) if url else Refused("calendar.not_an_address")


class OwnCalendar:
    """Deeds on a practitioner's calendar, bound to the practice."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._away = Away(content)
        self.window = self._away.window

    def state(self, turn: Turn) -> dict[str, object]:
        return {"feed": self._feed(turn), "busy": self._busy(turn)}

    def _feed(self, turn: Turn) -> Say:
        feed = turn.facts.feed
        if self._content.public_url is None:
            return Say("calendar.feed_nowhere")
        if feed is None:
            return Say("calendar.feed_none")
        if feed.read_at is None:
            return Say("calendar.feed_unread", {"made_at": feed.made_at})
        return Say("calendar.feed_read", {"made_at": feed.made_at, "read_at": feed.read_at})

    def _busy(self, turn: Turn) -> Say:
        outside = turn.facts.outside
        if outside is None:
            return Say("calendar.busy_none")
        values: dict[str, object] = {"host": outside.host}
        if outside.tried_at is None:
            return Say("calendar.busy_new", values)
        if outside.trouble:
            values["why"] = Say(f"calendar.why_{outside.trouble}")
        if outside.read_at is None:
            return Say("calendar.busy_unread", values)
        key = {None: "read", "partly": "partly"}.get(outside.trouble, "stale")
        return Say(f"calendar.busy_{key}", {**values, "read_at": outside.read_at})

    def offered(self, turn: Turn) -> list[str]:
        """What can be done now."""
        own = ["replace", "revoke"] if turn.facts.feed else ["share"]
        if self._content.public_url is None:
            own = ["revoke"] if turn.facts.feed else []
        return [*own, *(["change", "remove"] if turn.facts.outside else ["add"])]

    # --- the diary for others to read

    def give_address(self, turn: Turn) -> None:
        """A new address; one from before opens nothing any more. Only its hash is kept."""
        turn.do(MakeFeed(hashlib.sha256(turn.facts.secret.encode()).digest()))

    def address(self, turn: Turn) -> dict[str, object]:
        return {"address": f"{self._content.public_url}/calendar/{turn.facts.secret}.ics"}

    def revoke(self, turn: Turn) -> None:
        turn.do(RevokeFeed())

    def hide(self, turn: Turn, row: int) -> Say | None:
        """The address goes from the chat, where it is of no more use."""
        turn.says.append(Say("calendar.address_gone", offers=((Offer("menu", "n:menu"),),), edit=turn.on))
        return None

    def verbs(self) -> dict[str, Verb]:
        """The standing buttons under what is said here."""
        return {"hide": Verb(self.hide, frozenset(), of_patient=False, by=frozenset({"practitioner"}))}

    # --- busy times from a calendar of their own

    def keep_calendar(self, turn: Turn) -> None:
        turn.do(KeepCalendar(turn.given))

    def drop_calendar(self, turn: Turn) -> None:
        turn.do(DropCalendar())

    def looked(self, turn: Turn, event: Looked) -> None:
        """Their own calendar was looked at: its first reading, a trouble that lasts, its end, and visits in what is new
        are told, each once."""
        outside = turn.facts.outside
        if outside is None or outside.revision != event.revision:
            return
        trouble, reading = event.trouble, event.reading
        if reading is not None and reading.busy is None and outside.trouble == "partly":
            trouble = "partly"
        event = replace(event, trouble=trouble)
        is_known = outside.told and trouble is not None and (outside.trouble == "partly") == (trouble == "partly")
        said = None if is_known else self._news(turn, outside, event)
        turn.do(MarkCalendar(event.revision, reading, trouble, told=is_known or bool(trouble and said)))
        met = self._met(turn, reading.busy) if reading is not None and reading.busy is not None else []
        for account_id in self._readers(turn):
            if said:
                turn.says.append(replace(said, to=account_id))
            if met:
                turn.tell(
                    "calendar.met", account_id, self._away.offers(met), values={"conflicts": self._away.lines(met)}
                )

    def _news(self, turn: Turn, outside: OutsideCalendar, event: Looked) -> Say | None:
        """What is worth a word of how the calendar is, to somebody who has not heard of it."""
        values: dict[str, object] = {"host": outside.host}
        if event.trouble:
            values["why"] = Say(f"calendar.why_{event.trouble}")
        if event.reading is not None:
            if event.trouble:
                return Say("calendar.in_part", values)
            if outside.read_at is None:
                return Say("calendar.begun", {**values, "n": len(event.reading.busy or ())})
            return Say("calendar.well_again", values) if outside.told else None
        if outside.read_at is None:
            return Say("calendar.never_read", values)
        is_long = outside.failures + 1 >= OFTEN or turn.facts.now - outside.read_at >= STALE
        return Say("calendar.stale", {**values, "read_at": outside.read_at}) if is_long else None

    def _met(self, turn: Turn, busy: Iterable[Stretch]) -> list[Booking]:
        """The visits in what is new of it: those that lay in it before are known."""
        facts = turn.facts
        ref = facts.staff_ref
        now = tuple(TimeOff(0, "practitioner", ref, start, end, "calendar") for start, end in busy)
        before = times_off(facts, ref)
        return [
            one
            for one in conflicts(replace(facts, off=now), ref)
            if not any(Interval(one.starts_at, one.ends_at).overlaps(each) for each in before)
        ]

    def _readers(self, turn: Turn) -> list[int]:
        """Everybody who is linked as this practitioner."""
        staff = turn.facts.staff
        everybody = [one for one in turn.facts.practice if staff and (one.role, one.ref) == (staff.role, staff.ref)]
        return [one.account_id for one in everybody if one.reachable]


def own_calendar(content: Content) -> Flow:
    """What a practitioner's calendar shows, and what is taken from it."""
    own = OwnCalendar(content)
    codes = ("share", "replace", "revoke", "add", "change", "remove")
    return Flow(
        "calendar",
        needs=("feed", "outside", "secret"),
        resumes=False,
        steps=[
            Ask("state", Choice(*codes, holds=Holds(("feed", "busy"), own.state), offered=own.offered, width=2)),
            Ask("replacing", Choice("go_on", "keep")),
            Ask("revoking", Choice("go_on", "keep")),
            Ask("outside", Address()),
            Ask("removing", Choice("go_on", "keep")),
            End(
                "made",
                holding=Holding(("address",), own.address),
                choices=("hide",),
                offers=lambda turn: ((standing("hide", 0, "hide"),),),
            ),
            End("revoked"),
            End("added"),
            End("removed"),
        ],
        routes=[
            route("state", "made", when=picked("share"), do=own.give_address),
            route("state", "replacing", when=picked("replace")),
            route("state", "revoking", when=picked("revoke")),
            route("state", "removing", when=picked("remove")),
            route("state", "outside"),
            route("replacing", "made", when=picked("go_on"), do=own.give_address),
            route("replacing", "state"),
            route("revoking", "revoked", when=picked("go_on"), do=own.revoke),
            route("revoking", "state"),
            route("outside", "added", do=own.keep_calendar),
            route("removing", "removed", when=picked("go_on"), do=own.drop_calendar),
            route("removing", "state"),
        ],
        says=SAYS,
    )
