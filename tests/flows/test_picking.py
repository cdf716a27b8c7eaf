"""Dates and times picked by buttons, or typed."""

import pytest

from tests.flows.asked import Chat, more
from tests.practice.questionnaires import form_of, item


def test_a_birth_date_is_picked_from_its_decade_on() -> None:
    chat = Chat(item("born", "date", required=True))
    assert "1980s" in chat.labels
    assert "2030s" not in chat.labels
    chat.tap("1980s", "1984")
    assert "So far: 1984" in chat.text
    assert "That" not in chat.labels
    chat.tap("Feb")
    assert chat.labels[28] == "29"
    assert "30" not in chat.labels
    chat.tap("29")
    assert chat.given("born") == ["1984-02-29"]
    assert chat.said == "<i>You said 29 February 1984.</i>"


def test_back_steps_back_inside_a_date_first() -> None:
    chat = Chat(item("q", "string"), item("d", "date")).type("x").tap("2025 ›", "Jun")
    assert "Jul" in chat.back().labels
    assert "2025 ›" in chat.back().labels
    assert "About q" in chat.back().text


def test_years_long_ago_are_behind_a_button() -> None:
    chat = Chat(item("q", "date")).tap("Another year", "1990s", "1994", "Aug", "I know no more than this")
    assert chat.given("q") == ["1994-08"]
    assert chat.said == "<i>You said August 1994.</i>"
    assert Chat(item("q", "date")).tap("2024 ›", "I know no more than this").given("q") == ["2024"]


def test_only_what_lies_within_the_bounds_is_offered() -> None:
    chat = Chat(item("q", "date", required=True, **more(minValue="2026-03-14", maxValue="2026-11-23")))
    assert chat.labels == ["2026 ›"]
    chat.tap("2026 ›")
    assert (chat.labels[0], chat.labels[-2]) == ("Mar", "Nov")
    assert chat.tap("Mar").labels[0] == "14"
    assert "The highest I can take is 23 November 2026." in chat.type("24 Nov 2026").said


def test_a_typed_date_stays_one_message_and_is_read_back_in_words() -> None:
    chat = Chat(item("q", "date")).type("3/5/1980")
    assert chat.given("q") == ["1980-05-03"]
    assert chat.said == "<i>You said 3 May 1980.</i>"
    assert Chat(item("q", "date")).type("May 2024").said == "<i>You said May 2024.</i>"
    assert Chat(item("q", "date")).type("2024").given("q") == ["2024"]


@pytest.mark.parametrize("typed", ["May 1980", "1980", "3.5.24"])
def test_a_birth_date_is_needed_whole(typed: str) -> None:
    assert "the whole year" in Chat(item("born", "date", required=True)).type(typed).said


def test_a_birth_date_to_come_is_refused() -> None:
    assert "The highest I can take" in Chat(item("born", "date", required=True)).type("3 May 2027").said


def test_a_moment_is_a_date_and_then_a_time() -> None:
    chat = Chat(item("q", "dateTime")).tap("2026 ›", "Jun", "3", "14:00 …", "14:30")
    assert chat.given("q") == ["2026-06-03T14:30:00+01:00"]
    assert chat.said == "<i>You said 3 June 2026, 14:30.</i>"
    typed = Chat(item("q", "dateTime")).type("3 June 2026 at 2.30 pm")
    assert typed.given("q") == ["2026-06-03T14:30:00+01:00"]
    assert Chat(item("q", "dateTime")).type("3 June 2026").given("q") == ["2026-06-03"]


def test_a_time_is_an_hour_and_a_quarter_or_typed() -> None:
    assert Chat(item("q", "time")).tap("09:00 …", "09:45").given("q") == ["09:45:00"]
    assert Chat(item("q", "time")).type("9.40").given("q") == ["09:40:00"]
    assert "as a time" in Chat(item("q", "time")).type("early").said


@pytest.mark.parametrize("kind", ["date", "dateTime", "time"])
def test_every_way_through_the_calendar_ends_in_an_answer_the_form_takes(kind: str) -> None:
    seen, todo = set[tuple[str, ...]](), [Chat(item("q", kind, required=True))]
    while todo:
        chat = todo.pop()
        for label in {chat.labels[0], chat.labels[-1], chat.labels[len(chat.labels) // 2]}:
            there = Chat(item("q", kind, required=True))
            there.data = dict(chat.data)
            there.tap(label)
            path = tuple(there.data.get("half", {}).get("picked", ()))
            assert there.over or path, f"{label} leads nowhere: {there.said}"
            if not there.over and path not in seen:
                seen.add(path)
                todo.append(there)


def test_a_form_that_changed_under_a_half_picked_date_starts_the_question_anew() -> None:
    chat = Chat(form_of(item("a", "date"), item("b", "date"))).tap("2025 ›")
    chat.data["place"] = "b"
    assert "2025 ›" in chat.labels
