import json

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.practice.checking import check
from bot.practice.forms import Form
from bot.practice.items import Answers, Place
from bot.practice.response import answers_from, response
from tests.practice.questionnaires import (
    answer_all,
    choice,
    code,
    form_of,
    forms,
    item,
    when,
    yes,
)


def test_a_response_has_the_tree_of_the_form() -> None:
    form = form_of(
        item("hello", "display"),
        item("g", "group", item("fever", "boolean", item("since", "date")), item("other")),
        item("bored", "boolean"),
    )
    answers = form.answer(Place("since"), [{"valueDate": "2024-05"}], yes("fever", {}, form))
    assert response(form, answers, "completed", authored="2024-05-20T09:00:00Z") == {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": "urn:test|1",
        "status": "completed",
        "authored": "2024-05-20T09:00:00Z",
        "item": [
            {
                "linkId": "g",
                "text": "About g",
                "item": [
                    {
                        "linkId": "fever",
                        "text": "About fever",
                        "answer": [
                            {
                                "valueBoolean": True,
                                "item": [
                                    {
                                        "linkId": "since",
                                        "text": "About since",
                                        "answer": [{"valueDate": "2024-05"}],
                                    }
                                ],
                            }
                        ],
                    }
                ],
            }
        ],
    }


def test_what_does_not_apply_is_not_in_the_response() -> None:
    form = form_of(item("fever", "boolean"), item("hot", enableWhen=[when("fever")]))
    answers: Answers = {"fever": ({"valueBoolean": False},), "hot": ({"valueString": "39"},)}
    assert [one["linkId"] for one in response(form, answers, "completed")["item"]] == ["fever"]


def test_each_instance_of_a_repeating_group_is_an_item() -> None:
    form = form_of(item("drugs", "group", item("drug"), repeats=True))
    answers: Answers = yes("drugs@0", {}, form)
    answers = form.answer(Place("drug", (0,)), [{"valueString": "a"}], answers)
    answers = form.answer(Place("drug", (1,)), [{"valueString": "b"}], answers)
    written = response(form, answers, "completed")
    assert [one["item"][0]["answer"][0]["valueString"] for one in written["item"]] == ["a", "b"]
    assert answers_from(form, written) == {**answers, "drugs@1": ({"valueBoolean": False},)}


def test_questions_under_several_answers_stand_under_each() -> None:
    form = form_of(choice("where", "back", "leg", repeats=True) | {"item": [item("since")]})
    answers = form.answer(Place("where"), [code("back"), code("leg")], {})
    answers = form.answer(Place("since", (1,)), [{"valueString": "May"}], answers)
    [written] = response(form, answers, "completed")["item"]
    assert [len(one.get("item", [])) for one in written["answer"]] == [0, 1]


def test_a_draft_remembers_what_was_skipped() -> None:
    form = form_of(item("a"), item("b"))
    draft = response(form, form.answer(Place("a"), [], {}), "in-progress")
    assert answers_from(form, draft) == {"a": ()}
    assert form.pending(answers_from(form, draft)) == Place("b")


@settings(max_examples=150, deadline=None)
@given(forms, st.data())
def test_any_answers_make_a_valid_response_that_reads_back(form: Form, data: st.DataObject) -> None:
    answers = json.loads(json.dumps(answer_all(form, data.draw)))
    done = json.loads(json.dumps(response(form, answers, "completed")))
    assert [str(one) for one in check(form, done)] == []
    assert response(form, answers_from(form, done), "completed") == done
    draft = json.loads(json.dumps(response(form, answers, "in-progress")))
    assert [str(one) for one in check(form, draft)] == []
    back = answers_from(form, draft)
    assert response(form, back, "completed") == done
    for place in form.questions(answers):
        if form.item(place).is_question and answers[str(place)]:
            assert list(form.values(place, back)) == answers[str(place)]
