"""Pages about low back pain and acupuncture: contents by section, next, back, what each rests on, and a question to the
practice: asked of a page, or typed while reading."""

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
    Refused,
    Shown,
    Spoken,
    Stay,
    Turn,
    keep_nothing,
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
_WRITTEN = Typed("to_page", most=_QUESTION)
"""How what is typed while reading is read: as a question."""
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
        """Goes to the page (or the section) that was tapped; or something was typed."""
        self._heed(turn)
        if turn.given in self._ids:
            turn.data["at"] = turn.given
            turn.data["came"] = []

    def turn_to(self, turn: Turn) -> None:
        """Goes to the page that was tapped on a page: before, next, or one it sends to; or something was typed."""
        self._heed(turn)
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

    def typed(self, turn: Turn) -> dict[str, object]:
        """What was typed while reading."""
        return {"question": turn.data.get("question", ""), "emergency": self.values["emergency"]}

    def _heed(self, turn: Turn) -> None:
        """What is typed in place of a tap is kept, with where that was: whoever asks goes back there."""
        turn.data.pop("reads", None)
        if isinstance(turn.given, Text):
            turn.data.update(question=turn.given.text, reads=turn.state)

    def keep_question(self, turn: Turn) -> None:
        if isinstance(turn.given, Text):
            turn.data["question"] = turn.given.text

    def send(self, turn: Turn) -> None:
        """The question goes to the practitioners, with who asks it, and the page they were on."""
        question = turn.data.pop("question", "")
        who = {"name": turn.given.text} if isinstance(turn.given, Text) and turn.state == "who" else {}
        on_page = turn.data.get("reads", "page") == "page"
        page = Say("desk.question_page", {"page": self.here(turn).title}) if on_page else ""
        self._messages.send(turn, "desk.question", {"page": page, "question": question, **who})

    def read_on(self, turn: Turn) -> None:
        """Back to where they were: what they typed and did not send is gone."""
        for name in ("question", "reads"):
            turn.data.pop(name, None)

    def passing(self, turn: Turn) -> dict[str, object]:
        return {"telling": self._messages.telling}

    def why_not(self, turn: Turn) -> dict[str, object]:
        """Why no question can be passed on; or that it can by now."""
        key = messaging.hindrance(turn) or "learn.ask_now"
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
        return _WRITTEN.refusals

    def show(self, turn: Turn) -> Shown:
        page = self._pages.here(turn)
        text = Say(f"learn/{page.id}", self._pages.values)
        around = tuple(Button(code) for code in self._pages.around(page))
        see = tuple((Button(one, self._pages.titled(one)),) for one in page.see)
        about = (Button("ask"), *((Button("sources"),) if page.sources else ()))
        rows = (around, *see, about, (Button("assess"),))
        return Shown({"page": text, **self._pages.numbered(page)}, rows, photo=page.picture)

    def read(self, turn: Turn, heard: Heard) -> Given | Refused:
        return _WRITTEN.read(turn, heard)

    def back(self, turn: Turn) -> Stay | None:
        came = turn.data.get("came", ())
        return Stay({"at": came[-1], "came": came[:-1]}) if came else None


class _Titles(Listed):
    """Titles to choose from; what is typed is a question."""

    @property
    def refusals(self) -> tuple[Spoken, ...]:
        return _WRITTEN.refusals

    def read(self, turn: Turn, heard: Heard) -> Given | Refused:
        return _WRITTEN.read(turn, heard)


def learn(content: Content) -> Flow:
    """Reading in the chat; the assessment is one tap away from every page."""
    pages = Pages(content)
    in_section = Holds(("section",), lambda turn: {"section": pages.here(turn).section})
    titled = Holds(("title", "phone", "emergency"), pages.title)
    ways_back = [
        one
        for step in ("typed", "question", "who", "passing", "by_phone")
        for one in (
            route(step, "contents", when=was_at_contents, do=pages.read_on),
            route(step, "section", when=was_at_section, do=pages.read_on),
            route(step, "page", do=pages.read_on),
        )
    ]
    return Flow(
        "learn",
        steps=[
            Ask("contents", _Titles(pages.sections, also=("assess",)), keep=pages.open),
            Ask("section", _Titles(pages.of_section, also=("contents",), holds=in_section), keep=pages.open),
            Ask("page", _Page(pages), keep=pages.turn_to),
            Ask("sources", Choice("to_page", holds=Holds(("title", "lines"), pages.full_sources))),
            Ask("typed", Choice("pass_on", "to_page", holds=Holds(("question", "emergency"), pages.typed))),
            Ask("question", Typed("to_page", most=_QUESTION, holds=titled), keep=pages.keep_question),
            Ask("who", Typed("to_page", most=_WHO, holds=titled), keep=keep_nothing),
            Ask("passing", Choice("to_page", holds=Holds(("telling",), pages.passing))),
            Ask("by_phone", Choice("to_page", holds=Holds(("why",), pages.why_not))),
            Hand("assess", "intake"),
        ],
        routes=[
            route("contents", "assess", when=picked("assess")),
            route("contents", "by_phone", when=asks_in_vain),
            route("contents", "typed", when=has_typed),
            route("contents", "section"),
            route("section", "contents", when=picked("contents")),
            route("section", "by_phone", when=asks_in_vain),
            route("section", "typed", when=has_typed),
            route("section", "page"),
            route("page", "contents", when=picked("contents")),
            route("page", "assess", when=picked("assess")),
            route("page", "sources", when=picked("sources")),
            route("page", "by_phone", when=asks_in_vain),
            route("page", "question", when=picked("ask")),
            route("page", "typed", when=has_typed),
            route("page", "page"),
            route("sources", "page"),
            route("typed", "passing", when=passes_on_and_is_known, do=pages.send),
            route("typed", "who", when=picked("pass_on")),
            route("question", "passing", when=has_typed_and_is_known, do=pages.send),
            route("question", "who", when=has_typed),
            route("who", "passing", when=has_typed, do=pages.send),
            *ways_back,
        ],
        says=(
            *messaging.SAYS,
            spoken("desk.question", "name", "phone", "page", "question", choices=("call",)),
            spoken("desk.question_page", "page"),
            spoken("learn.ask_now"),
            spoken("learn.rests_on", "sources"),
            spoken("learn.source", "what", "where"),
            spoken("learn.person", "name", "registration"),
            spoken("learn.price", "visit", "minutes", "price"),
            spoken("learn.cancel", "hours"),
        ),
    )


def has_typed(turn: Turn) -> bool:
    return isinstance(turn.given, Text)


def has_typed_and_is_known(turn: Turn) -> bool:
    """Whether the practice knows whom to call back."""
    return has_typed(turn) and messaging.is_known(turn)


def passes_on_and_is_known(turn: Turn) -> bool:
    return turn.given == "pass_on" and messaging.is_known(turn)


def asks_in_vain(turn: Turn) -> bool:
    """Whether somebody wants to ask while nothing can be passed on."""
    return (turn.given == "ask" or has_typed(turn)) and bool(messaging.hindrance(turn))


def was_at_contents(turn: Turn) -> bool:
    """Whether what they asked was typed there, not on a page."""
    return turn.data.get("reads") == "contents"


def was_at_section(turn: Turn) -> bool:
    return turn.data.get("reads") == "section"


def _values(clinic: Clinic) -> Mapping[str, Any]:
    people = [Say("learn.person", {"name": one.name, "registration": one.registration}) for one in clinic.practitioners]
    prices = [
        Say("learn.price", {"visit": one.called, "minutes": one.minutes, "price": one.price}) for one in clinic.visits
    ]
    return {
        "clinic": clinic.name,
        "address": clinic.address_line,
        "phone": clinic.phone,
        "emergency": clinic.numbers.emergency,
        "maternity": clinic.numbers.maternity,
        "out_of_hours": clinic.numbers.out_of_hours,
        "people": tuple(people),
        "prices": tuple(prices),
        "cancel": Say("learn.cancel", {"hours": notice}) if (notice := clinic.policies.cancel_notice_hours) else "",
    }
