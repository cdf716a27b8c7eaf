"""Pages about low back pain and acupuncture: contents by section, next, back, what each rests on, and a question about
one to the practice."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from bot.flows import messaging
from bot.flows.answers import Choice, Holds, Listed, Typed
from bot.flows.content import Content, Reading
from bot.flows.flow import (
    Answer,
    Ask,
    Button,
    Flow,
    Given,
    Hand,
    Heard,
    Pick,
    Refused,
    Shown,
    Spoken,
    Stay,
    Turn,
    picked,
    route,
    spoken,
)
from bot.model import Say, Text
from bot.practice.clinic import Clinic

VALUES = ("clinic", "address", "phone", "emergency", "maternity", "out_of_hours", "people", "prices", "cancel")
"""What a page may hold besides its text: of the practice, who treats (`people`), what a visit costs (`prices`) and how
long before one may be cancelled."""

CODES = frozenset({"previous", "contents", "next", "ask", "sources", "assess"})
"""What the buttons of a page stand for: no page is called so."""

_QUESTION = 500
_WHO = 100
"""Characters of a question, and of a name with a number."""
_TYPED = spoken("learn.typed")
_BEHIND = 30
"""Pages one may go back through, one by one."""


class Pages:
    """The pages of a practice, and where somebody is among them."""

    def __init__(self, content: Content) -> None:
        self._pages = content.pages
        self._ids = [page.id for page in content.pages]
        self._messages = messaging.Messages(content)
        self.values = _values(content.clinic)

    def here(self, turn: Turn) -> Reading:
        """The page in hand; the first, of one that is gone since."""
        at = turn.data.get("at")
        return self._pages[self._ids.index(at) if at in self._ids else 0]

    def titled(self, page_id: str) -> str:
        return self._pages[self._ids.index(page_id)].title

    def sections(self, turn: Turn) -> list[tuple[str, object]]:
        """Each section, by its first page."""
        return [(next(iter(pages)).id, name) for name, pages in groupby(self._pages, lambda page: page.section)]

    def of_section(self, turn: Turn) -> list[tuple[str, object]]:
        section = self.here(turn).section
        return [(page.id, page.title) for page in self._pages if page.section == section]

    def open(self, turn: Turn) -> None:
        """Goes to the page (or the section) that was tapped."""
        if turn.given in self._ids:
            turn.data["at"] = turn.given
            turn.data["came"] = []

    def turn_to(self, turn: Turn) -> None:
        """Goes to the page that was tapped on a page: before, next, or one it sends readers to."""
        at = self._ids.index(self.here(turn).id)
        to = {"next": at + 1, "previous": at - 1}.get(turn.given, at)
        page = turn.given if turn.given in self._ids else self._ids[min(max(to, 0), len(self._ids) - 1)]
        if page != self._ids[at]:
            turn.data["came"] = [*turn.data.get("came", ()), self._ids[at]][-_BEHIND:]
            turn.data["at"] = page

    def around(self, page: Reading) -> tuple[str, ...]:
        """The ways on from a page: the one before, all of them, the next."""
        at = self._ids.index(page.id)
        return (
            *(("previous",) if at else ()),
            "contents",
            *(("next",) if at + 1 < len(self._ids) else ()),
        )

    def numbered(self, page: Reading) -> dict[str, object]:
        """What stands under a page: what it rests on, and which of its section it is."""
        named = tuple(source.short for source in page.sources)
        sources = Say("learn.rests_on", {"sources": named}) if named else ""
        beside = [one.id for one in self._pages if one.section == page.section]
        return {"sources": sources, "section": page.section, "n": beside.index(page.id) + 1, "of": len(beside)}

    def full_sources(self, turn: Turn) -> dict[str, object]:
        page = self.here(turn)
        lines = tuple(Say("learn.source", {"what": one.what, "where": one.where}) for one in page.sources)
        return {"title": page.title, "lines": lines}

    # --- a question about a page

    def title(self, turn: Turn) -> dict[str, object]:
        return {"title": self.here(turn).title, **{name: self.values[name] for name in ("phone", "emergency")}}

    def keep_question(self, turn: Turn) -> None:
        if isinstance(turn.given, Text):
            turn.data["question"] = turn.given.text

    def keep_nothing(self, turn: Turn) -> None:
        """Who asks goes out with the question and stays nowhere."""

    def send(self, turn: Turn) -> None:
        """The question goes to the practitioners, with who asks it."""
        question = turn.data.pop("question", "")
        who = {"name": turn.given.text} if isinstance(turn.given, Text) and turn.state == "who" else {}
        self._messages.send(turn, "desk.question", {"page": self.here(turn).title, "question": question, **who})

    def passing(self, turn: Turn) -> dict[str, object]:
        return {"telling": self._messages.telling}

    def why_not(self, turn: Turn) -> dict[str, object]:
        """Why no question can be passed on; or that it can by now."""
        key = messaging.hindrance(turn.facts) or "learn.ask_now"
        return {"why": Say(key, {"phone": self.values["phone"]})}


class _Page(Answer):
    """A page as a question: where to go from here."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    @property
    def speaks(self) -> tuple[frozenset[str], frozenset[str]]:
        return frozenset({"page", "sources", "section", "n", "of"}), CODES

    @property
    def refusals(self) -> tuple[Spoken, ...]:
        return (_TYPED,)

    def show(self, turn: Turn) -> Shown:
        page = self._pages.here(turn)
        text = Say(f"learn/{page.id}", self._pages.values)
        around = tuple(Button(code) for code in self._pages.around(page))
        see = tuple((Button(one, self._pages.titled(one)),) for one in page.see)
        about = (Button("ask"), *((Button("sources"),) if page.sources else ()))
        rows = (around, *see, about, (Button("assess"),))
        return Shown({"page": text, **self._pages.numbered(page)}, rows, photo=page.picture)

    def read(self, turn: Turn, heard: Heard) -> Given | Refused:
        if not isinstance(heard, Pick):
            return Refused(_TYPED.key)
        return Given(heard.code)

    def back(self, turn: Turn) -> Stay | None:
        came = turn.data.get("came", ())
        return Stay({"at": came[-1], "came": came[:-1]}) if came else None


def learn(content: Content) -> Flow:
    """Reading in the chat; the assessment is one tap away from every page."""
    pages = Pages(content)
    in_section = Holds(("section",), lambda turn: {"section": pages.here(turn).section})
    titled = Holds(("title", "phone", "emergency"), pages.title)
    return Flow(
        "learn",
        needs=messaging.NEEDS,
        steps=[
            Ask("contents", Listed(pages.sections, also=("assess",)), keep=pages.open),
            Ask("section", Listed(pages.of_section, also=("contents",), holds=in_section), keep=pages.open),
            Ask("page", _Page(pages), keep=pages.turn_to),
            Ask("sources", Choice("to_page", holds=Holds(("title", "lines"), pages.full_sources))),
            Ask("question", Typed("to_page", most=_QUESTION, holds=titled), keep=pages.keep_question),
            Ask("who", Typed("to_page", most=_WHO, holds=titled), keep=pages.keep_nothing),
            Ask("passing", Choice("to_page", holds=Holds(("telling",), pages.passing))),
            Ask("by_phone", Choice("to_page", holds=Holds(("why",), pages.why_not))),
            Hand("assess", "intake"),
        ],
        routes=[
            route("contents", "assess", when=picked("assess")),
            route("contents", "section"),
            route("section", "contents", when=picked("contents")),
            route("section", "page"),
            route("page", "contents", when=picked("contents")),
            route("page", "assess", when=picked("assess")),
            route("page", "sources", when=picked("sources")),
            route("page", "by_phone", when=asks_in_vain),
            route("page", "question", when=picked("ask")),
            route("page", "page"),
            route("sources", "page"),
            route("question", "page", when=picked("to_page")),
            route("question", "passing", when=is_known, do=pages.send),
            route("question", "who"),
            route("who", "page", when=picked("to_page")),
            route("who", "passing", do=pages.send),
            route("passing", "page"),
            route("by_phone", "page"),
        ],
        says=(
            *messaging.SAYS,
            spoken("desk.question", "name", "phone", "page", "question", choices=("call",)),
            spoken("learn.ask_now"),
            spoken("learn.rests_on", "sources"),
            spoken("learn.source", "what", "where"),
            spoken("learn.person", "name", "registration"),
            spoken("learn.price", "visit", "minutes", "price"),
            spoken("learn.cancel", "hours"),
        ),
    )


def asks_in_vain(turn: Turn) -> bool:
    """Whether somebody wants to ask while nothing can be passed on."""
    return turn.given == "ask" and bool(messaging.hindrance(turn.facts))


def is_known(turn: Turn) -> bool:
    """Whether the practice knows whom to call back."""
    return messaging.is_known(turn.facts)


def _values(clinic: Clinic) -> Mapping[str, Any]:
    people = [Say("learn.person", {"name": one.name, "registration": one.registration}) for one in clinic.practitioners]
    prices = [
        Say("learn.price", {"visit": one.called, "minutes": one.minutes, "price": one.price}) for one in clinic.visits
    ]
    return {
        "clinic": clinic.name,
        "address": ", ".join(clinic.address),
        "phone": clinic.phone,
        "emergency": clinic.numbers.emergency,
        "maternity": clinic.numbers.maternity,
        "out_of_hours": clinic.numbers.out_of_hours,
        "people": tuple(people),
        "prices": tuple(prices),
        "cancel": Say("learn.cancel", {"hours": notice}) if (notice := clinic.policies.cancel_notice_hours) else "",
    }
