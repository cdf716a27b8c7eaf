"""A picture that goes with a question: put before it when the question comes, and only then."""

from bot import flows
from bot.engine import Engine
from bot.flows.flow import question
from bot.model import (
    Account,
    Command,
    Conversation,
    Draft,
    Event,
    Facts,
    Needs,
    Outcome,
    Patient,
    Record,
    Staff,
    Tap,
    Text,
)
from bot.practice.items import Place
from tests.example import content
from tests.flows.asked import NOW

FORM = content().form
DRAWN = next(item for item in FORM.every_item() if item.picture)
ENGINE = Engine(flows.build(content()))


def decided(conversation: Conversation, event: Event) -> Outcome:
    """With facts as they are asked for; the conversation goes through JSON on the way."""
    known = frozenset[str]()
    for _ in range(4):
        facts = Facts(
            NOW,
            Account(1, 11, "en"),
            known=known,
            consents=frozenset({"intake"}),
            patient=Patient(7, "active", "Maria"),
            record=Record(1, 1, FORM.canonical, "in-progress", {}),
            practice=(Staff(2, "practitioner", "example"),),
        )
        outcome = ENGINE.advance(Conversation.loads(conversation.dumps()), event, facts)
        if isinstance(outcome, Outcome):
            return outcome
        assert isinstance(outcome, Needs)
        known |= outcome.groups
    raise AssertionError("it asks for facts again and again")


def standing_at(place: Place | None) -> Conversation:
    return Conversation(flow="intake", drafts={"intake": Draft("asking", {"place": str(place)})}, asking=3)


def test_a_picture_comes_before_its_question_when_that_is_newly_put() -> None:
    after = FORM.next(Place(DRAWN.link_id), {})
    came = decided(standing_at(after), Tap("n:back", "c", 5))
    assert [(say.key, say.photo) for say in came.says] == [("intake.picture", DRAWN.picture), ("intake.asking", "")]
    assert [say.edit for say in came.says] == [None, None], "the card that was tapped stands above the picture"
    assert came.conversation.drafts["intake"].data["place"] == DRAWN.link_id
    came = decided(standing_at(after), Command("back"))
    assert [say.photo for say in came.says] == [DRAWN.picture, ""]


def test_a_tick_a_refusal_and_a_stale_button_do_not_send_it_again() -> None:
    here = standing_at(Place(DRAWN.link_id))
    tick = question("intake", "asking", f"{DRAWN.digest}.{DRAWN.options[0].digest}", 3)
    for event in (Tap(tick, "c", 5), Text("nonsense"), Tap("q:intake:asking:x:1", "c", 5)):
        assert [say.key for say in decided(here, event).says] == ["intake.asking"], event
    ticked = decided(here, Tap(tick, "c", 5))
    assert ticked.says[0].edit == 5, "a tick edits the question where it stands"
    assert ticked.says[0].offers[0][0].ticked


def test_what_was_understood_is_said_before_the_next_question() -> None:
    asked = next(place for place in FORM.questions({}) if FORM.item(place).type == "integer")
    heard = decided(standing_at(asked), Text("seven"))
    assert [say.key for say in heard.says[-1].lead][:1] == ["intake.you_said"]
