from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.practice import values
from bot.practice.items import Answers, Place
from bot.practice.summary import ROOM, scores, summarise
from tests.practice.content import answered, intake
from tests.practice.questionnaires import answer_all, choice, form_of, item


def filled(story: str = "It began in May.") -> Answers:
    answers = answered(
        {
            "legs": "saddle",
            "saddle": "old",
            "general": "weight",
            "expecting": "none",
            "pain-now": "7",
            "site": "low-left buttock-left",
            "history": "medicines",
        }
    )
    medicines = {f"medicine-name@{at}": ({"valueString": name},) for at, name in enumerate(("Aspirin", "Fish oil"))}
    answers = {**answers, **medicines, "medicine@0": ({"valueBoolean": True},)}
    for name in ("story", "goal", "allergy", "call-me"):
        answers = intake().answer(Place(name), [{"valueString": story}], answers)
    return answers


def test_what_changes_the_needling_comes_first_and_who_it_is_last() -> None:
    found = summarise(intake(), filled())
    assert [section.part for section in found.sections] == ["needle", "complaint", "goal", "person"]
    assert found.left_out == 0


def test_every_answer_of_a_repeating_group_stands_in_its_row() -> None:
    found = summarise(intake(), filled()).section("needle")
    assert found is not None
    [row] = found.rows
    assert row.label == "Takes"
    assert [values.text(one) for one in row.values] == ["Aspirin", "Fish oil"]


def test_what_says_nothing_does_not_stand_before_needling() -> None:
    code = {"system": "urn:acuback:summary", "code": "needle", "display": "Implant"}
    form = form_of(choice("implant", "pump", "none", code=[code]))
    for answer, rows in (("none", 0), ("pump", 1)):
        found = summarise(form, {"implant": ({"valueCoding": {"code": answer}},)})
        assert len(found.sections) == rows


def test_scores_are_told_apart_by_their_code() -> None:
    [score] = scores(intake(), filled())
    assert (score.code, score.label, score.value) == ("pain-now", "Pain now", Decimal(7))
    assert scores(intake(), {}) == ()


def size(form: Any, answers: Answers, room: int = ROOM) -> int:
    found = summarise(form, answers, room=room)
    texts = [row.label for section in found.sections for row in section.rows]
    texts += [values.text(one) for section in found.sections for row in section.rows for one in row.values]
    around = 8
    return sum(len(text.encode("utf-16-le", "surrogatepass")) // 2 + around for text in texts)


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=40), st.integers(1, 400))
def test_whatever_was_typed_it_fits_one_message(text: str, times: int) -> None:
    assert size(intake(), filled(text * times)) <= ROOM


def test_long_texts_are_cut_and_short_ones_are_whole() -> None:
    found = summarise(intake(), filled("😀" * 5000))
    complaint = found.section("complaint")
    assert complaint is not None
    said = {row.label: values.text(row.values[0]) for row in complaint.rows}
    assert said["Pain now"] == "7"
    assert said["Story"].endswith("…")
    assert set(said["Story"][:-1]) == {"😀"}
    assert 1500 < size(intake(), filled("😀" * 5000)) <= ROOM


def test_rows_without_room_are_left_out_from_the_end_and_counted() -> None:
    code = {"system": "urn:acuback:summary", "code": "complaint"}
    form = form_of(*(item(f"q{n}", code=[code]) for n in range(300)))
    answers: Answers = {f"q{n}": ({"valueString": "words " * 20},) for n in range(300)}
    found = summarise(form, answers)
    assert found.left_out > 0
    assert sum(len(section.rows) for section in found.sections) == 300 - found.left_out
    assert found.sections[0].rows[0].values


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_answers_to_the_intake_have_a_summary(data: st.DataObject) -> None:
    answers = answer_all(intake(), data.draw)
    assert size(intake(), answers) <= ROOM
    scores(intake(), answers)
