"""The practitioner's side of advice."""

from dataclasses import replace

from bot.model import AddLine, CancelReminders, Conversation, Flag, Outcome, Say, SetPlan, Tap, Text
from tests.flows.advised import PLAN, comes, kept, planned, settled
from tests.flows.paper import ALEX, NOW, SAM, Paper


def at_the_desk(paper: Paper) -> Conversation:
    """Alex has tapped Tips on Maria's card."""
    return paper.desk("tips").conversation


def taps(paper: Paper, conversation: Conversation, code: str) -> Outcome:
    """A button of the question that stands at the desk, or words."""
    say = next(say for _, say, _ in reversed(paper.told) if say.key.startswith("tips_of."))
    found = [offer.data for row in say.offers for offer in row if offer.code == code]
    facts = replace(paper.facts, staff=ALEX, account=replace(paper.facts.account, id=ALEX.account_id))
    outcome = paper.engine.advance(conversation, Tap(found[0], "c", 1) if found else Text(code), facts)
    assert isinstance(outcome, Outcome)
    return outcome


def test_what_comes_in_the_next_week_stands_there_and_comes_so() -> None:
    paper = planned(replace(PLAN, weekly=3))
    at_the_desk(paper)
    told = paper.heard("tips_of.what")
    lines = [part for part in told.split("\n\n") if "18:30" in part]
    assert [part.split(",")[0].split()[0] for part in lines] == ["<b>Mon", "<b>Wed", "<b>Fri"]
    first = comes(paper).says[0].values["do"]
    assert str(first) in lines[0]


def test_a_line_of_their_own_goes_out_next_and_once() -> None:
    paper = planned()
    asked = taps(paper, at_the_desk(paper), "add")
    added = taps(paper, asked.conversation, "Bring your walking shoes")
    assert added.effects[0] == AddLine("Bring your walking shoes", 7)
    paper.facts = replace(paper.facts, plan=replace(PLAN, lines=("Bring your walking shoes",)))
    outcome = comes(paper)
    assert [say.key for say in outcome.says] == ["plan.own_line"]
    assert (settled(outcome), kept(outcome).lines) == (["sent"], ())


def test_a_line_may_be_for_everybody() -> None:
    paper = planned()
    asked = taps(paper, at_the_desk(paper), "add_all")
    assert asked.says[0].values["whom"].key == "tips_of.for_all"
    assert taps(paper, asked.conversation, "We are closed on Monday").effects[0] == AddLine("We are closed on Monday")


def test_stopping_stops_everything_and_tells_the_patient() -> None:
    paper = planned()
    outcome = taps(paper, at_the_desk(paper), "stop")
    assert [one for one in outcome.effects if isinstance(one, SetPlan | CancelReminders)] == [
        SetPlan(replace(PLAN, state="off"), 7),
        CancelReminders("advice", 7),
        CancelReminders("again", 7),
        CancelReminders("checkin", 7),
    ]
    assert [(say.key, say.to) for say in outcome.says][:1] == [("plan.stopped_by_practice", 1)]


def test_of_whoever_stopped_meanwhile_nothing_is_stopped_and_no_line_is_promised() -> None:
    for plan in (replace(PLAN, state="off"), None):
        paper = planned()
        asked = at_the_desk(paper)
        typing = taps(paper, asked, "add").conversation
        paper.facts = replace(paper.facts, plan=plan)
        for conversation, said in ((asked, "stop"), (typing, "Bring your walking shoes")):
            outcome = taps(paper, conversation, said)
            assert outcome.effects == ()
            assert outcome.says[0].lead == (Say("common.gone"),)
        typing = taps(other := planned(), at_the_desk(other), "add_all").conversation
        assert taps(paper, typing, "We are closed on Monday").effects[0] == AddLine("We are closed on Monday")


def test_what_holds_them_back_is_said() -> None:
    paper = planned()
    paper.facts = replace(paper.facts, flags=(Flag("W01", "doctor", "open"),))
    at_the_desk(paper)
    assert "Held back by a warning sign" in paper.heard("tips_of.what")


def test_of_whoever_gets_none_that_is_said() -> None:
    paper = planned(replace(PLAN, state="off", begun_at=NOW))
    at_the_desk(paper)
    assert "gets no tips" in paper.heard("tips_of.none")


def test_a_contact_sees_nothing_of_it() -> None:
    paper = planned()
    assert paper.desk("tips", by=SAM).says == ()
