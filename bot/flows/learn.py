"""Pages about low back pain and acupuncture: contents, next, back."""

from collections.abc import Sequence

from bot.flows.answers import Choice, Holds, Listed
from bot.flows.content import Content
from bot.flows.flow import Ask, Flow, Hand, Turn, picked, route
from bot.model import Say


def learn(content: Content) -> Flow:
    """Reading in the chat; the assessment is one tap away from every page."""
    ids = [page for page, _ in content.pages]
    clinic = content.clinic
    numbers = {
        "phone": clinic.phone,
        "emergency": clinic.numbers.emergency,
        "out_of_hours": clinic.numbers.out_of_hours,
    }

    def here(turn: Turn) -> int:
        page = turn.data.get("at")
        return ids.index(page) if page in ids else 0

    def open_page(turn: Turn) -> None:
        turn.data["at"] = turn.given

    def turn_page(turn: Turn) -> None:
        step = {"next": 1, "previous": -1}.get(turn.given, 0)
        turn.data["at"] = ids[min(max(here(turn) + step, 0), len(ids) - 1)]

    def turns(turn: Turn) -> Sequence[str]:
        at = here(turn)
        around = (("previous",) if at else ()) + (("next",) if at + 1 < len(ids) else ())
        return (*around, "contents", "assess")

    def page(turn: Turn) -> dict[str, object]:
        at = here(turn)
        return {"page": Say(f"learn/{ids[at]}", numbers), "n": at + 1, "of": len(ids)}

    return Flow(
        "learn",
        steps=[
            Ask("contents", Listed(lambda turn: content.pages, also=("assess",)), keep=open_page),
            Ask(
                "page",
                Choice(
                    "previous",
                    "next",
                    "contents",
                    "assess",
                    offered=turns,
                    holds=Holds(("page", "n", "of"), page),
                    width=2,
                ),
                keep=turn_page,
            ),
            Hand("assess", "intake"),
        ],
        routes=[
            route("contents", "assess", when=picked("assess")),
            route("page", "contents", when=picked("contents")),
            route("page", "assess", when=picked("assess")),
            route("page", "page"),
        ],
    )
