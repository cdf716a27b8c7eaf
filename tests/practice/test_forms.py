import json
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.practice.forms import Form
from bot.practice.items import Answers, Place
from tests.practice.questionnaires import (
    HIDDEN,
    answer_all,
    choice,
    code,
    form_of,
    forms,
    item,
    walked,
    when,
    yes,
)

THINGS = form_of(
    item("name", required=True),
    item("fever", "boolean"),
    item("how-hot", "decimal", enableWhen=[when("fever")]),
    item("end"),
)


def test_a_branch_is_taken_only_where_it_applies() -> None:
    answers: Answers = {}
    assert walked(THINGS, answers) == ["name", "fever", "end"]
    answers = yes("fever", answers, THINGS)
    assert walked(THINGS, answers) == ["name", "fever", "how-hot", "end"]
    assert THINGS.previous(Place("end"), answers) == Place("how-hot")
    assert THINGS.progress(Place("end"), answers) == (4, 4)


def test_an_answer_that_stops_applying_comes_back_when_it_applies_again() -> None:
    answers = yes("fever", {}, THINGS)
    answers = THINGS.answer(Place("how-hot"), [{"valueDecimal": 38.5}], answers)
    answers = THINGS.answer(Place("fever"), [{"valueBoolean": False}], answers)
    assert not THINGS.enabled(Place("how-hot"), answers)
    answers = yes("fever", answers, THINGS)
    assert THINGS.enabled(Place("how-hot"), answers)
    assert THINGS.values(Place("how-hot"), answers) == ({"valueDecimal": 38.5},)


def test_skipped_is_not_never_asked() -> None:
    answers = THINGS.answer(Place("name"), [{"valueString": "Ada"}], {})
    assert THINGS.pending(answers) == Place("fever")
    answers = THINGS.answer(Place("fever"), [], answers)
    assert THINGS.pending(answers) == Place("end")
    assert THINGS.pending(THINGS.answer(Place("end"), [], answers)) is None


def test_what_is_required_stays_pending_until_it_is_answered() -> None:
    answers = {str(place): () for place in THINGS.questions({})}
    assert THINGS.pending(answers) == Place("name")
    assert THINGS.must(Place("name"), answers)
    assert not THINGS.must(Place("end"), answers)


def test_a_change_at_the_review_makes_what_newly_applies_pending() -> None:
    answers: Answers = {str(place): ({"valueString": "x"},) for place in THINGS.questions({})}
    answers = yes("fever", answers, THINGS)
    assert THINGS.pending(answers) == Place("how-hot")


def test_the_last_question_of_a_required_group_cannot_be_skipped_if_all_others_were() -> None:
    form = form_of(item("g", "group", item("a"), item("b"), required=True))
    answers = form.answer(Place("a"), [], {})
    assert not form.must(Place("a"), {})
    assert form.must(Place("b"), answers)
    assert form.pending(form.answer(Place("b"), [], answers)) == Place("b")
    assert form.pending(form.answer(Place("b"), [{"valueString": "x"}], answers)) is None


def test_a_repeating_group_asks_for_another_at_the_end_of_each_instance() -> None:
    form = form_of(item("drugs", "group", item("drug"), item("dose"), repeats=True), item("end"))
    assert walked(form, {}) == ["drug@0", "dose@0", "drugs@0", "end"]
    answers = yes("drugs@0", {}, form)
    assert walked(form, answers) == ["drug@0", "dose@0", "drugs@0", "drug@1", "dose@1", "drugs@1", "end"]
    assert form.previous(Place("drug", (1,)), answers) == Place("drugs", (0,))
    answers = form.answer(Place("drugs", (0,)), [{"valueBoolean": False}], answers)
    assert not form.enabled(Place("drug", (1,)), answers)


def test_a_repeating_group_keeps_its_least_and_most() -> None:
    name = "http://hl7.org/fhir/StructureDefinition/questionnaire-"
    bounds = [{"url": f"{name}minOccurs", "valueInteger": 2}, {"url": f"{name}maxOccurs", "valueInteger": 3}]
    form = form_of(item("g", "group", item("a"), repeats=True, extension=bounds))
    assert walked(form, {}) == ["a@0", "a@1", "g@1"]
    assert walked(form, yes("g@1", {}, form)) == ["a@0", "a@1", "g@1", "a@2"]


def test_questions_under_a_repeating_question_are_asked_for_each_answer_and_move_with_it() -> None:
    form = form_of(choice("where", "back", "leg", "hip", repeats=True) | {"item": [item("since")]}, item("end"))
    answers = form.answer(Place("where"), [code("back"), code("leg")], {})
    assert walked(form, answers) == ["where", "since@0", "since@1", "end"]
    answers = form.answer(Place("since", (1,)), [{"valueString": "May"}], answers)
    answers = form.answer(Place("where"), [code("leg"), code("hip")], answers)
    assert form.values(Place("since", (0,)), answers) == ({"valueString": "May"},)
    assert form.values(Place("since", (1,)), answers) == ()


def test_a_condition_inside_a_repeating_group_looks_at_its_own_instance() -> None:
    inside = [item("ill", "boolean"), item("what", enableWhen=[when("ill")])]
    form = form_of(item("kids", "group", *inside, repeats=True), item("last", enableWhen=[when("ill")]))
    answers = yes("ill@1", yes("kids@0", {}, form), form)
    assert walked(form, answers) == ["ill@0", "kids@0", "ill@1", "what@1", "kids@1", "last"]


def test_hidden_items_are_not_asked_and_their_initial_value_counts() -> None:
    hidden = {"extension": [{"url": HIDDEN, "valueBoolean": True}], "initial": [{"valueBoolean": True}]}
    form = form_of(item("silent", "boolean", **hidden), item("then", enableWhen=[when("silent")]))
    assert walked(form, {}) == ["then"]
    assert form.values(Place("silent"), {}) == ({"valueBoolean": True},)


def test_an_answer_that_does_not_apply_itself_enables_nothing() -> None:
    form = form_of(
        item("a", "boolean"),
        item("b", "boolean", enableWhen=[when("a")]),
        item("c", enableWhen=[when("b")]),
        item("d", enableWhen=[when("b", "exists", answerBoolean=False)]),
    )
    answers = yes("b", yes("a", {}, form), form)
    assert walked(form, answers) == ["a", "b", "c"]
    answers = form.answer(Place("a"), [{"valueBoolean": False}], answers)
    assert walked(form, answers) == ["a", "d"]


def test_headings_and_displays_come_before_the_next_question_and_notes_with_their_own() -> None:
    form = form_of(
        item("hello", "display"),
        item("g", "group", item("a", "string", item("help", "display")), item("between", "display"), item("b")),
        item("bye", "display"),
    )
    assert [one.link_id for one in form.lead(Place("a"), {})] == ["hello", "g"]
    assert [one.link_id for one in form.notes(Place("a"), {})] == ["help"]
    assert [one.link_id for one in form.lead(Place("b"), {})] == ["between"]
    assert [one.link_id for one in form.closing({})] == ["bye"]
    assert [one.link_id for one in form.sections(Place("a"))] == ["g"]


def test_an_exclusive_option_stands_alone_and_gives_way() -> None:
    none = {"valueCoding": {"code": "none"}, "extension": [{"url": _EXCLUSIVE, "valueBoolean": True}]}
    asked = choice("which", "a", "b", repeats=True)
    asked["answerOption"].append(none)
    which = form_of(asked).item("which")
    a, b, alone = which.options
    both = which.toggled(which.toggled((), b), a)
    assert both == (a.value, b.value)
    assert which.toggled(both, alone) == (alone.value,)
    assert which.toggled((alone.value,), b) == (b.value,)
    assert which.toggled(both, a) == (b.value,)


_EXCLUSIVE = "http://hl7.org/fhir/StructureDefinition/questionnaire-optionExclusive"


def test_conditions_chained_through_hundreds_of_items_are_followed() -> None:
    chain = [
        item("q0", "boolean"),
        *(item(f"q{n}", "boolean", enableWhen=[when(f"q{n - 1}")]) for n in range(1, 700)),
    ]
    form = form_of(*chain)
    answers: Answers = {f"q{n}": ({"valueBoolean": True},) for n in range(700)}
    assert form.next(Place("q698"), answers) == Place("q699")
    assert form.progress(Place("q699"), answers) == (700, 700)


def test_what_is_kept_of_one_reading_is_never_told_of_other_answers() -> None:
    answers = dict(yes("fever", {}, THINGS))
    assert THINGS.next(Place("fever"), answers) == Place("how-hot")
    answers["fever"] = ({"valueBoolean": False},)
    assert THINGS.next(Place("fever"), answers) == Place("end")
    assert THINGS.next(Place("fever"), yes("fever", {}, THINGS)) == Place("how-hot")
    assert THINGS.values(Place("name"), {"name": ({"valueString": "Ada"},)}) == ({"valueString": "Ada"},)
    assert THINGS.values(Place("name"), {"name": ({"valueString": "Eve"},)}) == ({"valueString": "Eve"},)


def test_a_step_in_a_form_of_hundreds_of_items_costs_what_it_costs_in_a_short_one() -> None:
    long, short = (form_of(*(item(f"q{n}") for n in range(count))) for count in (700, 30))

    def cost(form: Form) -> float:
        answers = {f"q{n}": ({"valueString": "x"},) for n in range(29)}
        best = float("inf")
        for _ in range(30):
            start = time.perf_counter()
            for n in range(20):
                form.next(Place(f"q{n}"), answers)
            best = min(best, time.perf_counter() - start)
        return best

    assert cost(long) < 5 * cost(short)


def test_places_of_another_form_are_named_as_strays() -> None:
    answers: Answers = {"name": (), "gone": (), "end@3": (), "x@y": ()}
    assert THINGS.strays(answers) == ("gone", "end@3", "x@y")


@given(st.text(max_size=8), st.lists(st.integers(0, 99), max_size=3))
def test_a_place_reads_back_from_what_it_writes(link_id: str, at: list[int]) -> None:
    place = Place(link_id, tuple(at))
    assert Place.parse(str(place)) == place


@settings(max_examples=120, deadline=None)
@given(forms, st.data())
def test_any_form_walks_both_ways_over_the_same_places(form: Form, data: st.DataObject) -> None:
    answers = json.loads(json.dumps(answer_all(form, data.draw)))
    places = list(form.questions(answers))
    assert walked(form, answers) == [str(place) for place in places]
    backwards = [form.previous(place, answers) for place in places]
    assert backwards == [None, *places[:-1]][: len(places)]
    assert [form.progress(place, answers) for place in places] == [
        (number, len(places)) for number in range(1, len(places) + 1)
    ]
    assert all(form.enabled(place, answers) for place in places)
    assert form.pending(answers) is None


@settings(max_examples=60, deadline=None)
@given(forms, forms, st.data())
def test_answers_to_one_form_never_break_another(one: Form, other: Form, data: st.DataObject) -> None:
    answers = answer_all(one, data.draw)
    walked(other, answers)
    other.closing(answers)
    for place in other.questions(answers):
        other.lead(place, answers)
        other.notes(place, answers)
        other.must(place, answers)
