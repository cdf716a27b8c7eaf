"""What holds for every flow's table, whatever it is about."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from bot import flows
from bot.engine import Engine
from bot.flows.answers import Choice
from bot.flows.card import NEEDS
from bot.flows.content import Content
from bot.flows.flow import START, Ask, End, Flow, FlowFault, Hand, Turn, question, route
from bot.model import (
    Account,
    Booking,
    Command,
    Conversation,
    Draft,
    Facts,
    Needs,
    Outcome,
    Patient,
    Plan,
    Record,
    Staff,
    Tap,
    Waiting,
)
from bot.practice.clinic import LONGEST_ID
from tests.example import content


def of_two(one: Content) -> Content:
    """A practice with a choice of practitioners: some steps apply only there."""
    first = one.clinic.practitioners[0]
    return replace(one, clinic=replace(one.clinic, practitioners=(first, replace(first, id="other", name="Kim"))))


HOUSE = flows.build(of_two(content()))
FLOWS = list(HOUSE.flows.values())
QUESTIONS = [(flow, step) for flow in FLOWS for step in flow.steps.values() if isinstance(step, Ask)]
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SAMPLE = {
    "visit": "first",
    "day": "20261124",
    "time": "20261124T0900",
    "days": ["mon"],
    "hour": "08:00",
    "at": "one",
} | {
    "start": "2026-11-24T09:00+00:00",
    "end": "2026-11-24T11:00+00:00",
    "which": "c1",
}
GROUPS = frozenset().union(*(flow.needs for flow in FLOWS))


def reached(start: str, edges: Iterable[tuple[str, str]]) -> set[str]:
    pairs, found, fresh = set(edges), {start}, {start}
    while fresh:
        fresh = {target for source, target in pairs if source in fresh} - found
        found |= fresh
    return found


def test_every_button_of_a_question_fits_what_telegram_takes() -> None:
    for flow, step in QUESTIONS:
        _, codes = step.answer.speaks
        for code in (*codes, "x" * LONGEST_ID):
            assert len(question(flow.name, step.name, code, 999_999)) <= 64, (flow.name, step.name, code)


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_every_step_is_reachable(flow: Flow) -> None:
    found = reached(START, ((edge.source, edge.target) for edge in flow.edges))
    assert set(flow.steps) <= found, f"{flow.name}: nobody ever gets to {set(flow.steps) - found}"


@pytest.mark.parametrize("flow", [flow for flow in FLOWS if flow.name != "desk"], ids=lambda flow: flow.name)
def test_from_every_step_an_end_is_reachable(flow: Flow) -> None:
    """The desk aside: it is where the practitioner rests between two patients."""
    backwards = [(edge.target, edge.source) for edge in flow.edges]
    ends = [name for name, step in flow.steps.items() if isinstance(step, End | Hand)]
    leads_out = set().union(*(reached(end, backwards) for end in ends))
    assert set(flow.steps) <= leads_out, f"{flow.name}: no way out of {set(flow.steps) - leads_out}"


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_no_route_hides_another(flow: Flow) -> None:
    for source in {edge.source for edge in flow.edges}:
        leaving = [edge for edge in flow.edges if edge.source == source]
        always = [index for index, edge in enumerate(leaving) if edge.when is None]
        assert always == [len(leaving) - 1], f"{flow.name}.{source}: the last route, and only it, always holds"
        guards = [edge.when for edge in leaving if edge.when]
        assert len(guards) == len(set(guards)), f"{flow.name}.{source}: two routes wait for the same thing"


def facts(known: frozenset[str]) -> Facts:
    visit = Booking(
        1, 7, "first", "example", NOW + timedelta(hours=1), NOW + timedelta(hours=2), "Europe/London", "booked"
    )
    return Facts(
        NOW,
        Account(1, 11, "en"),
        known=known,
        consents=frozenset({"intake", "reminders"}),
        patient=Patient(7, "active", "Maria"),
        record=Record(1, 1, content().form.canonical, "in-progress", {}),
        sent=Record(1, 1, content().form.canonical, "completed", {"goal": ({"valueString": "Carry a child"},)}),
        bookings=(visit,),
        plan=Plan(frozenset({0}), time(8), "Europe/London", "on"),
        practice=(Staff(2, "practitioner", "example"),),
        waiting=Waiting(7, 1, frozenset({0}), frozenset({"mornings"}), NOW),
    )


def advance(conversation: Conversation, event: Command | Tap) -> Outcome:
    """With facts as they are asked for; the conversation goes through JSON on the way."""
    engine, known = Engine(HOUSE), frozenset[str]()
    for _ in range(4):
        decided = engine.advance(Conversation.loads(conversation.dumps()), event, facts(known))
        if isinstance(decided, Outcome):
            return decided
        assert isinstance(decided, Needs)
        known |= decided.groups
    raise AssertionError("it asks for facts again and again")


def standing_at(flow: Flow, step: Ask) -> Conversation:
    return Conversation(flow=flow.name, drafts={flow.name: Draft(step.name, SAMPLE)}, asking=3)


@pytest.mark.parametrize(("flow", "step"), QUESTIONS, ids=lambda one: one.name)
@pytest.mark.parametrize("command", ["menu", "cancel", "back"])
def test_every_step_can_be_left(flow: Flow, step: Ask, command: str) -> None:
    after = advance(standing_at(flow, step), Command(command)).conversation
    if command == "back" and flow.name == "intake" and step.name == "asking":
        return  # it goes back inside the form first: see test_asking
    assert after.flow in ("menu", "desk"), f"/{command} at {flow.name}.{step.name} leads to {after.flow}"


@pytest.mark.parametrize(("flow", "step"), QUESTIONS, ids=lambda one: one.name)
@pytest.mark.parametrize("command", ["help", "privacy", "mydata"])
def test_telling_something_in_passing_leaves_the_dialogue_where_it_is(flow: Flow, step: Ask, command: str) -> None:
    before = standing_at(flow, step)
    decided = advance(before, Command(command))
    assert decided.says, "something is said"
    assert (decided.conversation.flow, decided.conversation.drafts) == (before.flow, before.drafts)


@pytest.mark.parametrize(("flow", "step"), QUESTIONS, ids=lambda one: one.name)
def test_a_stale_button_gets_a_toast_and_the_question_again(flow: Flow, step: Ask) -> None:
    decided = advance(standing_at(flow, step), Tap(f"q:{flow.name}:{step.name}:anything:1", "c", 5))
    assert decided.toast is not None
    assert decided.toast.key == "common.stale"
    assert decided.says[-1].key == (step.says or f"{flow.name}.{step.name}")
    assert not decided.effects


@pytest.mark.parametrize(("flow", "step"), QUESTIONS, ids=lambda one: one.name)
def test_a_forged_choice_means_nothing(flow: Flow, step: Ask) -> None:
    decided = advance(standing_at(flow, step), Tap(f"q:{flow.name}:{step.name}:20990101T0900:3", "c", 5))
    assert decided.toast is not None
    assert decided.toast.key == "common.stale"
    assert not decided.effects


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_a_step_that_a_deploy_removed_enters_its_flow_again_politely(flow: Flow) -> None:
    before = Conversation(flow=flow.name, drafts={flow.name: Draft("no_such_step", {})}, asking=3)
    decided = advance(before, Tap(f"q:{flow.name}:no_such_step:x:3", "c", 5))
    assert decided.says


def nothing(turn: Turn) -> bool:
    return True


@pytest.mark.parametrize(
    "routes",
    [
        [route("ask", "nowhere")],
        [route("nobody", "end")],
        [route("end", "ask")],
        [route("ask", "end", when="is_ready")],  # type: ignore[arg-type]
    ],
    ids=["to no step", "from no step", "from an end", "guarded by a name"],
)
def test_a_table_that_cannot_be_walked_is_refused_when_it_is_built(routes: list[flows.flow.Route]) -> None:
    with pytest.raises(FlowFault):
        Flow("broken", steps=[Ask("ask", Choice("yes")), End("end")], routes=routes)


def test_whoever_shows_a_card_knows_all_it_is_made_of() -> None:
    """Else a card that is brought up to date would lose the lines of what was not looked up."""
    for name in ("intake", "check", "booking", "ask"):
        assert HOUSE.flows[name].needs >= NEEDS, name
    for name in ("seen", "release", "record", "care_yes", "care_no", "confirm", "arrived", "no_show"):
        assert HOUSE.verbs[name].needs >= NEEDS, name
    for happening in (HOUSE.rings, HOUSE.delivered):
        assert happening.needs >= NEEDS
