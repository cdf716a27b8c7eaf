"""Which patient the practice means: one of those seen last, or found by their name."""

from collections import Counter
from collections.abc import Iterator, Sequence

from bot.flows.content import Content
from bot.flows.flow import (
    Answer,
    Ask,
    Button,
    End,
    Flow,
    Given,
    Heard,
    Pick,
    Refused,
    Shown,
    Spoken,
    Stay,
    Turn,
    route,
    spoken,
    standing,
)
from bot.flows.telling import told
from bot.model import Say, Text

_RECENT = 8
_FOUND = 20


class Whom(Answer):
    """One of the patients seen last, or found by a part of their name: buttons that name the patient."""

    NOBODY = spoken("whom.nobody", "name")

    @property
    def speaks(self) -> tuple[frozenset[str], frozenset[str]]:
        return frozenset(), frozenset({"keep"})

    @property
    def refusals(self) -> tuple[Spoken, ...]:
        return (self.NOBODY, spoken("whom.born", "name", "born"), spoken("common.pick_one"))

    def show(self, turn: Turn) -> Shown:
        wanted = turn.data.get("name", "")
        people = _found(turn, wanted)[:_FOUND] if wanted else _lately(turn)[:_RECENT]
        rows = tuple(
            (standing("book_for", patient_id, "book_for", label),) for patient_id, label in _apart(turn, people)
        )
        return Shown({}, ((Button("keep"),),), above=rows)

    def read(self, turn: Turn, heard: Heard) -> Given | Stay | Refused:
        if isinstance(heard, Pick):
            return Given(heard.code)
        if not isinstance(heard, Text):
            return Refused("common.pick_one")
        name = " ".join(heard.text.split())[:60]
        return Stay({"name": name}) if _found(turn, name) else Refused("whom.nobody", {"name": name})


def _found(turn: Turn, wanted: str) -> list[tuple[int, str]]:
    part = wanted.casefold()
    return [(one.id, one.name) for one in turn.facts.patients if part in f"{one.name}\n{one.full_name}".casefold()]


def _lately(turn: Turn) -> list[tuple[int, str]]:
    """Those with a visit about now, then the newest."""
    seen = {one.patient_id: one.name for one in turn.facts.diary if one.name}
    return [*seen.items(), *((one.id, one.name) for one in turn.facts.patients if one.id not in seen)]


def _apart(turn: Turn, people: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str | Say]]:
    """Each with what tells them from whoever is called the same: their birthday."""
    alike = Counter(one.name.casefold() for one in turn.facts.patients)
    born = {one.id: one.birth_date for one in turn.facts.patients}
    for patient_id, name in people:
        if alike[name.casefold()] > 1 and born.get(patient_id):
            yield patient_id, Say("whom.born", {"name": name, "born": told({"valueDate": born[patient_id]})})
        else:
            yield patient_id, name


def whom(content: Content) -> Flow:
    """Which patient something is booked for."""
    return Flow(
        "whom",
        needs={"patients", "diary"},
        resumes=False,
        steps=[Ask("who", Whom()), End("kept")],
        routes=[route("who", "kept")],
    )
