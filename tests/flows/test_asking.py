"""Questions of a form, offered and read, as a person sees them."""

from typing import Any

import pytest

from bot.flows.flow import Given, Refused, Stay
from bot.model import Contact, Media, Text
from bot.practice.screening import Rule, Screening
from tests.flows.asked import Chat
from tests.practice.questionnaires import EXCLUSIVE, choice, form_of, item, when

CORE = "http://hl7.org/fhir/StructureDefinition/"


def more(**limits: Any) -> dict[str, Any]:
    """Extensions, by the end of their name."""
    kinds = {int: "valueInteger", str: "valueString", dict: "valueCoding"}
    found = []
    for name, value in limits.items():
        for one in value if isinstance(value, list) else [value]:
            kind = "valueDate" if name in ("minValue", "maxValue") and isinstance(one, str) else kinds[type(one)]
            address = f"{CORE}questionnaire-{name}" if name in _QUESTIONNAIRE else f"{CORE}{name}"
            found.append({"url": address, kind: one})
    return {"extension": found}


_QUESTIONNAIRE = ("unitOption", "unit", "sliderStepValue", "minOccurs", "maxOccurs", "optionPrefix")


def ticks(**also: Any) -> dict[str, Any]:
    found = choice("signs", "fever", "cough", "none", **{"repeats": True, "required": True, **also})
    for option, label in zip(found["answerOption"], ("A fever", "A cough", "None of these"), strict=True):
        option["valueCoding"]["display"] = label
    found["answerOption"][2]["extension"] = [{"url": EXCLUSIVE, "valueBoolean": True}]
    return found


def labelled(link_id: str, *labels: str, kind: str = "choice", **also: Any) -> dict[str, Any]:
    options = [{"valueCoding": {"code": f"c{index}", "display": label}} for index, label in enumerate(labels)]
    return item(link_id, kind, answerOption=options, **also)


def codes(chat: Chat, place: str) -> list[str]:
    return [one["code"] if isinstance(one, dict) else one for one in chat.given(place)]


# --- choices


def test_a_choice_is_answered_by_its_button() -> None:
    chat = Chat(labelled("q", "Often", "Never")).tap("Never")
    assert chat.given("q") == [{"code": "c1", "display": "Never"}]


def test_ticks_stay_until_done() -> None:
    chat = Chat(ticks()).tap("▫️ A cough", "▫️ A fever")
    assert chat.rows[0] == ["✅ A fever", "✅ A cough"]
    assert codes(chat.tap("Done"), "signs") == ["fever", "cough"]


def test_done_with_nothing_ticked_is_refused() -> None:
    assert "at least 1" in Chat(ticks()).tap("Done").said


def test_none_of_these_answers_at_once_where_nothing_else_is_ticked() -> None:
    assert codes(Chat(ticks()).tap("▫️ None of these"), "signs") == ["none"]


def test_none_of_these_clears_what_was_ticked_and_waits_for_done() -> None:
    chat = Chat(ticks()).tap("▫️ A fever", "▫️ None of these")
    assert not chat.answers
    assert chat.labels[:3] == ["▫️ A fever", "▫️ A cough", "✅ None of these"]
    assert codes(chat.tap("Done"), "signs") == ["none"]


def test_an_optional_question_can_be_skipped_until_something_is_ticked() -> None:
    assert "Skip" not in Chat(ticks()).labels
    chat = Chat(ticks(required=False))
    assert "Skip" in chat.labels
    assert "Skip" not in Chat(ticks(required=False)).tap("▫️ A fever").labels, "what is ticked is not lost by a slip"
    assert chat.tap("Skip").given("signs") == []


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("never", "Never"),
        (" NEVER. ", "Never"),
        ("don't know", "I don't know"),
        ("Dunno", "I don't know"),
        ("not sure", "I don't know"),
        ("rather not say", "Prefer not to say"),
        ("only", "Only at night"),
    ],
)
def test_an_option_is_known_by_what_people_type_for_it(typed: str, label: str) -> None:
    chat = Chat(labelled("q", "Never", "Only at night", "I don't know", "Prefer not to say")).type(typed)
    assert chat.given("q")[0]["display"] == label


@pytest.mark.parametrize("typed", ["maybe", "o", "yes", "👍", "<b>", "مرحبا", "\u200f", "x" * 5000])
def test_what_names_no_option_gets_one_clear_sentence(typed: str) -> None:
    chat = Chat(labelled("q", "Yes, new", "Yes, old", "No")).type(typed)
    assert chat.said == "Please tap one of the buttons."
    assert not chat.answers


def test_a_long_list_comes_in_pages() -> None:
    chat = Chat(labelled("q", *(f"Answer number {one} of many" for one in range(70))))
    assert "Answer number 31 of many" not in chat.labels
    assert "Answer number 31 of many" in chat.tap("More answers ›").labels
    assert "Answer number 0 of many" in chat.tap("More answers ›", "More answers ›").labels
    assert chat.type("answer number 65 of many").given("q")[0]["code"] == "c65"


def test_an_option_too_long_for_its_button_stands_in_full_in_the_text() -> None:
    long = "A rather long answer that no phone shows on a button in full"
    chat = Chat(labelled("q", long, "No"))
    assert f"• {long}" in chat.text
    assert chat.labels[0].endswith("…")


def test_own_words_answer_an_open_choice() -> None:
    chat = Chat(labelled("q", "Walking", kind="open-choice"))
    assert "type your own" in chat.text
    assert chat.type("Tai chi").given("q") == ["Tai chi"]


def test_own_words_are_added_to_the_ticks_and_can_be_taken_out() -> None:
    chat = Chat(labelled("q", "Walking", "Sitting", kind="open-choice", repeats=True))
    chat.tap("▫️ Walking").type("Tai chi").type("Rowing")
    assert "So far: Walking, Tai chi and Rowing" not in chat.text
    chat.tap("✕ Tai chi")
    assert chat.labels[:3] == ["✅ Walking", "▫️ Sitting", "✕ Rowing"]
    assert codes(chat.tap("Done"), "q") == ["c0", "Rowing"]


def test_the_answer_that_stands_is_ticked_when_the_question_is_put_again() -> None:
    chat = Chat(labelled("q", "Often", "Never"), item("r", required=True)).tap("Never").back()
    assert chat.labels[:2] == ["Often", "✅ Never"]


# --- a picture with numbers


def drawn() -> dict[str, Any]:
    regions = ["Between the shoulder blades", "Middle of the back", "Low back", "Left leg", "Right leg", "Left foot"]
    found = labelled("where", *regions, "Somewhere else", repeats=True)
    for number, option in enumerate(found["answerOption"][:6], 1):
        option["extension"] = [{"url": f"{CORE}questionnaire-optionPrefix", "valueString": str(number)}]
    picture = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-itemMedia"
    return found | {"extension": [{"url": picture, "valueAttachment": {"url": "body"}}]}


def test_what_a_picture_shows_is_tapped_by_number() -> None:
    chat = Chat(drawn())
    assert chat.rows[0] == ["1", "2", "3", "4", "5", "6"]
    assert "<b>1</b> Between the shoulder blades" in chat.text
    assert chat.tap("4").rows[0] == ["1", "2", "3", "✅ 4", "5", "6"]
    assert "▫️ Somewhere else" in chat.labels
    assert codes(chat.tap("Done"), "where") == ["c3"]


@pytest.mark.parametrize("typed", ["4, 5 and 2", "4 5 2", "2 & 4,5", "Left leg, right leg and middle of the back"])
def test_typed_numbers_are_ticked_and_never_unticked(typed: str) -> None:
    chat = Chat(drawn()).tap("4").type(typed)
    assert chat.rows[0] == ["1", "✅ 2", "3", "✅ 4", "✅ 5", "6"]


def test_a_number_the_picture_does_not_show_is_refused() -> None:
    assert Chat(drawn()).type("4 and 40").said == "Please tap one of the buttons."


def test_the_picture_goes_before_the_question_with_what_is_marked() -> None:
    chat = Chat(drawn()).tap("4")
    (say,) = chat.asks.before(chat.turn)
    assert (say.key, say.photo) == ("intake.picture", "body")
    numbers = {f"c{index}": str(index + 1) for index in range(6)}
    assert say.values == {"photo": {"numbers": numbers, "marked": ["c3"]}}
    assert Chat(ticks()).asks.before(Chat(ticks()).turn) == ()


# --- yes and no


@pytest.mark.parametrize(
    ("typed", "truth"),
    [
        ("Yes", True),
        ("yeah", True),
        ("yes please", True),
        ("Nope!", False),
        ("no thanks", False),
        ("No, thank you", False),
    ],
)
def test_yes_and_no_are_words(typed: str, truth: bool) -> None:
    assert Chat(item("q", "boolean")).type(typed).given("q") == [truth]


@pytest.mark.parametrize("typed", ["not really", "maybe", "👍", "1", "ja"])
def test_half_a_yes_is_none(typed: str) -> None:
    assert Chat(item("q", "boolean")).type(typed).said == "Please tap one of the buttons."


# --- numbers


def scale(least: int = 0, most: int = 10, **also: Any) -> dict[str, Any]:
    made = item("q", "integer", required=True)
    made["extension"] = [
        {"url": f"{CORE}minValue", "valueInteger": least},
        {"url": f"{CORE}maxValue", "valueInteger": most},
    ] + more(**also)["extension"]
    return made


def test_a_scale_stands_in_two_rows() -> None:
    assert Chat(scale()).rows == [["0", "1", "2", "3", "4", "5"], ["6", "7", "8", "9", "10"]]
    assert Chat(scale(1)).rows == [["1", "2", "3", "4", "5"], ["6", "7", "8", "9", "10"]]
    assert Chat(scale(0, 100, sliderStepValue=10)).labels[-1] == "100"
    assert Chat(scale(0, 100)).rows == []


@pytest.mark.parametrize(
    ("typed", "number", "said"),
    [
        ("7", 7, ""),
        ("7/10", 7, "You said 7."),
        ("7 out of 10", 7, "You said 7."),
        ("seven", 7, "You said 7."),
        ("ten/10", 10, "You said 10."),
        ("about 7", 7, "You said 7."),
        ("٧", 7, "You said 7."),
        ("７", 7, "You said 7."),
        ("7.0", 7, "You said 7."),
    ],
)
def test_a_number_is_read_however_it_is_typed_and_read_back_where_it_was_words(
    typed: str, number: int, said: str
) -> None:
    chat = Chat(scale()).type(typed)
    assert chat.given("q") == [number]
    assert chat.said == (f"<i>{said}</i>" if said else "")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("eleven", "The highest I can take is 10."),
        ("-1", "The lowest I can take is 0."),
        ("7,5", "a whole number"),
        ("7-8", "more than one number"),
        ("7 or 8", "more than one number"),
        ("bad", "could not read that as a number"),
        ("3/5", "could not read that as a number"),
        ("🙂", "could not read that as a number"),
    ],
)
def test_a_wrong_number_gets_one_clear_sentence(typed: str, sentence: str) -> None:
    chat = Chat(scale()).type(typed)
    assert sentence in chat.said
    assert not chat.answers


KG, STONE = {"code": "kg", "display": "kg"}, {"code": "[stone_av]", "display": "stone"}


def test_one_unit_goes_without_saying() -> None:
    weight = item("q", "quantity", **more(unit=KG))
    assert Chat(weight).type("72").given("q") == [{"value": 72, "unit": "kg", "code": "kg"}]
    assert Chat(weight).type("72,5 kilos").given("q") == [{"value": 72.5, "unit": "kg", "code": "kg"}]
    assert "use one of these, kg" in Chat(weight).type("11 stone").said


def test_of_several_units_one_is_tapped_or_typed() -> None:
    weight = item("q", "quantity", **more(unitOption=[KG, STONE]))
    chat = Chat(weight).type("eleven")
    assert chat.rows[0] == ["kg", "stone"]
    assert "In which unit?" in chat.text
    assert "So far: 11" in chat.text
    assert Chat(weight).type("eleven").tap("stone").given("q")[0]["code"] == "[stone_av]"
    assert Chat(weight).type("11").type("st").given("q")[0]["code"] == "[stone_av]"
    assert Chat(weight).type("11 stone").given("q")[0] == {"value": 11, "unit": "stone", "code": "[stone_av]"}
    assert Chat(weight).type("11").back().labels == Chat(weight).labels


# --- dates and times


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


# --- words


def test_several_typed_answers_are_gathered_and_shown_until_done() -> None:
    chat = Chat(item("q", repeats=True))
    assert "Done" not in chat.labels
    chat.type("Sam\nAlex").type("Kim")
    assert "So far: Sam, Alex and Kim" in chat.text
    chat.tap("✕ Alex")
    assert chat.tap("Done").given("q") == ["Sam", "Kim"]


def test_more_answers_than_wanted_and_the_same_twice_are_refused() -> None:
    chat = Chat(item("q", repeats=True, **more(maxOccurs=2))).type("a").type("a")
    assert chat.said == "You have given that answer already."
    assert "At most 2" in chat.type("b").type("c").said
    assert chat.tap("Done").given("q") == ["a", "b"]


@pytest.mark.parametrize("typed", ["🙂🙂", "مرحبا بك", "<b>hi</b> & co", "0", "no"])
def test_words_are_kept_as_they_were_typed(typed: str) -> None:
    assert Chat(item("q", "text")).type(f" {typed} ").given("q") == [typed]


def test_nothing_but_blanks_is_no_answer() -> None:
    assert Chat(item("q", "text")).type(" \n ").said == "I could not read that. Please type it in words."


def test_what_is_too_long_is_told_with_both_numbers_and_not_cut() -> None:
    chat = Chat(item("q", "text", maxLength=100)).type("x" * 150)
    assert "150 characters" in chat.said
    assert "at most 100" in chat.said
    assert not chat.answers


def test_a_text_that_telegram_has_cut_is_one_answer() -> None:
    chat = Chat(item("q", "text"), item("r", required=True))
    chat.type("x" * 4096).type("y" * 904, later=1)
    assert chat.given("q") == ["x" * 4096 + "y" * 904]
    assert "About r" in chat.text, "and the next question is still open"
    chat.type("z", later=1)
    assert chat.given("r") == ["z"]


def test_a_text_long_after_a_long_one_is_an_answer_of_its_own() -> None:
    chat = Chat(item("q", "text"), item("r")).type("x" * 4096).type("y", later=4)
    assert (len(chat.given("q")[0]), chat.given("r")) == (4096, ["y"])


def test_of_a_cut_text_that_is_too_long_the_rest_is_not_taken_for_the_answer() -> None:
    chat = Chat(item("q", "text", maxLength=100)).type("x" * 4096).type("y" * 50, later=1)
    assert "4,146 characters" in chat.said
    assert not chat.answers


def test_a_cut_line_of_several_answers_is_joined_to_the_line_it_belongs_to() -> None:
    chat = Chat(item("q", "text", repeats=True)).type("a").type("x" * 4090).type("y", later=1).tap("Done")
    assert chat.given("q") == ["a", "x" * 4090 + " y"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("www.x.org", "https://www.x.org"), ("http://x.org/a?b", "http://x.org/a?b"), ("urn:uuid:1", "urn:uuid:1")],
)
def test_a_web_address_gets_what_it_lacks(typed: str, kept: str) -> None:
    assert Chat(item("q", "url")).type(typed).given("q") == [kept]
    assert "not a web address" in Chat(item("q", "url")).type("my page").said


def test_a_reference_is_asked_as_text() -> None:
    assert Chat(item("q", "reference")).type("Dr Shah").given("q") == [{"display": "Dr Shah"}]


def test_what_was_answered_before_can_be_left_as_it_is() -> None:
    chat = Chat(item("q"), item("r", required=True)).type("first").back()
    assert "Your answer up to now: first" in chat.text
    assert chat.tap("Leave it as it is").given("q") == ["first"]


# --- files and contacts

PHOTO = Media("photo", "AgAC", "", 1234, "My back")


def test_a_photo_or_document_answers_a_question_for_one() -> None:
    chat = Chat(item("q", "attachment")).hear(PHOTO)
    assert chat.given("q") == [
        {"contentType": "image/jpeg", "url": "urn:telegram:photo:AgAC", "size": 1234, "title": "My back"}
    ]
    letter = Media("document", "BQAC", "application/pdf", 5, "letter.pdf")
    assert Chat(item("q", "attachment")).hear(letter).given("q")[0]["url"] == "urn:telegram:document:BQAC"


def test_several_files_are_gathered() -> None:
    chat = Chat(item("q", "attachment", repeats=True)).hear(PHOTO).hear(Media("photo", "b"))
    assert "So far: My back and a picture or file" in chat.text
    assert len(chat.tap("Done").given("q")) == 2


@pytest.mark.parametrize(
    ("heard", "kind", "sentence"),
    [
        (Media("voice"), "attachment", "send a photo or a file"),
        (Text("no"), "attachment", "send a photo or a file"),
        (Media("photo"), "text", "cannot take pictures"),
        (Media("forwarded"), "text", "a forwarded message"),
        (Media("forwarded"), "attachment", "a forwarded message"),
        (Contact("+44", own=True), "text", "cannot take pictures"),
    ],
)
def test_what_does_not_fit_gets_one_clear_sentence(heard: Any, kind: str, sentence: str) -> None:
    chat = Chat(item("q", kind)).hear(heard)
    assert sentence in chat.said
    assert not chat.answers


def test_a_shared_contact_is_a_phone_number_if_it_is_the_senders_own() -> None:
    assert Chat(item("phone")).hear(Contact("+44 1632 960200", own=True)).given("phone") == ["+44 1632 960200"]
    assert "somebody else" in Chat(item("phone")).hear(Contact("+44", own=False)).said


# --- groups, branches and the way through


def medicines() -> dict[str, Any]:
    return item("med", "group", item("name", required=True), item("dose"), text="Medicine", repeats=True)


def test_a_repeating_group_says_which_one_and_asks_for_another() -> None:
    chat = Chat(medicines())
    assert "Medicine 1" in chat.text
    chat.type("Ibuprofen").type("400 mg")
    assert "Medicine: is there another one?" in chat.text
    assert "• Ibuprofen, 400 mg" in chat.text
    assert chat.labels == ["Yes", "No"]
    chat.tap("Yes")
    assert "Medicine 2" in chat.text
    chat.type("Aspirin").tap("Skip")
    assert "• Aspirin" in chat.text
    assert chat.type("nope").over


def test_a_question_about_each_answer_says_which_it_is_about() -> None:
    scans = labelled("scans", "X-ray", "MRI", repeats=True, text="Scan") | {"item": [item("when")]}
    chat = Chat(scans).tap("▫️ X-ray", "▫️ MRI", "Done")
    assert "Scan X-ray" in chat.text
    assert "Scan MRI" in chat.type("2019").text


def test_a_place_the_form_no_longer_has_leads_to_the_first_open_question() -> None:
    chat = Chat(item("a"), item("b")).type("x")
    chat.data["place"] = "gone"
    assert "About b" in chat.text


def test_progress_and_minutes_are_told() -> None:
    chat = Chat(item("s", "group", item("a"), item("b"), text="About you")).type("x")
    assert "Question 2 of 2, about 1 minute left" in chat.text
    assert "About you" in chat.text


def test_back_leaves_the_form_at_the_first_question() -> None:
    chat = Chat(item("a"))
    assert chat.asks.back(chat.turn) is None


def test_a_question_about_something_with_a_number_of_its_own_carries_it() -> None:
    rule = Rule("R", {"dark": {"true": "doctor"}}, "line", "crisis", "", "source", reviewed=True)
    chat = Chat(item("dark", "boolean"), item("q"), screening=Screening((rule,)))
    assert "talk to somebody now" in chat.text
    assert "talk to somebody now" not in chat.tap("No").text


@pytest.mark.parametrize(
    "kind",
    [
        *("boolean", "decimal", "integer", "date", "dateTime", "time", "string", "text", "url", "choice"),
        *("open-choice", "quantity", "attachment", "reference"),
    ],
)
@pytest.mark.parametrize("repeats", [False, True])
def test_every_type_can_be_asked_and_no_forged_button_or_odd_text_breaks_it(kind: str, repeats: bool) -> None:
    chat = Chat(item("q", kind, repeats=repeats), item("r"))
    digest = chat.form.item("q").digest
    for code in ("", ".", "x", f"{digest}.", f"{digest}.x0", f"{digest}.u9", f"{digest}.y20x", f"{digest}.d99", "done"):
        assert not chat.asks.offers(chat.turn, code), code
    for typed in (
        "\x01 nothing like it",
        "9" * 400,
        "½",
        "1/0",
        "٧/١٠x",
        "0.0.0000",
        "a of of b",
        "-" * 300,
        "x" * 9000,
    ):
        assert isinstance(Chat(item("q", kind, repeats=repeats)).hear(Text(typed)).text, str)
    assert "About q" in chat.text


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


def test_what_stays_within_a_question_goes_when_it_is_left() -> None:
    chat = Chat(ticks(required=False), item("r")).tap("▫️ A fever", "Done")
    assert set(chat.data) == {"place"}
    assert isinstance(chat.asks.read(chat.turn, Text("x")), Given | Stay | Refused)


def test_what_only_applies_to_an_answer_is_asked_after_it() -> None:
    chat = Chat(item("a", "boolean"), item("b", enableWhen=[when("a")])).tap("Yes")
    assert "About b" in chat.text


def test_a_form_that_changed_under_a_half_picked_date_starts_the_question_anew() -> None:
    chat = Chat(form_of(item("a", "date"), item("b", "date"))).tap("2025 ›")
    chat.data["place"] = "b"
    assert "2025 ›" in chat.labels
