"""A practitioner's calendar: the diary under a private address, and busy times from a calendar of their own."""

import hashlib

from bot.flows.answers import Choice, Holds
from bot.flows.content import Content
from bot.flows.flow import Ask, End, Flow, Holding, Turn, picked, route, spoken, standing
from bot.flows.house import Verb
from bot.model import MakeFeed, Offer, RevokeFeed, Say

SAYS = (
    spoken("calendar.name"),
    spoken("calendar.entry", "visit", "name"),
    spoken("calendar.feed_none"),
    spoken("calendar.feed_nowhere"),
    spoken("calendar.feed_unread", "made_at"),
    spoken("calendar.feed_read", "made_at", "read_at"),
    spoken("calendar.address_gone"),
)


class OwnCalendar:
    """Deeds on a practitioner's calendar, bound to the practice."""

    def __init__(self, content: Content) -> None:
        self._content = content

    def state(self, turn: Turn) -> dict[str, object]:
        return {"feed": self._feed(turn)}

    def _feed(self, turn: Turn) -> Say:
        feed = turn.facts.feed
        if self._content.public_url is None:
            return Say("calendar.feed_nowhere")
        if feed is None:
            return Say("calendar.feed_none")
        if feed.read_at is None:
            return Say("calendar.feed_unread", {"made_at": feed.made_at})
        return Say("calendar.feed_read", {"made_at": feed.made_at, "read_at": feed.read_at})

    def offered(self, turn: Turn) -> list[str]:
        """What can be done now."""
        if self._content.public_url is None:
            return ["revoke"] if turn.facts.feed else []
        return ["replace", "revoke"] if turn.facts.feed else ["share"]

    # --- the diary for others to read

    def give_address(self, turn: Turn) -> None:
        """A new address; one from before opens nothing any more. Only its hash is kept."""
        secret = turn.facts.secret
        turn.do(MakeFeed(hashlib.sha256(secret.encode()).digest()))

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


def own_calendar(content: Content) -> Flow:
    """What a practitioner's calendar shows, and what is taken from it."""
    own = OwnCalendar(content)
    return Flow(
        "calendar",
        needs=("feed", "secret"),
        resumes=False,
        steps=[
            Ask("state", Choice("share", "replace", "revoke", holds=Holds(("feed",), own.state), offered=own.offered)),
            Ask("replacing", Choice("go_on", "keep")),
            Ask("revoking", Choice("go_on", "keep")),
            End(
                "made",
                holding=Holding(("address",), own.address),
                choices=("hide",),
                offers=lambda turn: ((standing("hide", 0, "hide"),),),
            ),
            End("revoked"),
        ],
        routes=[
            route("state", "made", when=picked("share"), do=own.give_address),
            route("state", "replacing", when=picked("replace")),
            route("state", "revoking"),
            route("replacing", "made", when=picked("go_on"), do=own.give_address),
            route("replacing", "state"),
            route("revoking", "revoked", when=picked("go_on"), do=own.revoke),
            route("revoking", "state"),
        ],
        says=SAYS,
    )
