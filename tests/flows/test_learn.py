"""Reading: from section to page, on and back, what a page rests on, and a question about one to the practice."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.markup import length
from bot.model import Delivered, Facts, Patient, Say
from bot.telegram.limits import CAPTION
from tests.flows.paper import ALEX, NOW, SAM, Paper

TITLES = [page.title for page in Paper().content.pages]
IDS = [page.id for page in Paper().content.pages]
KNOWN = Patient(7, "active", "Maria", phone="01632 960200")


def reading(**facts: Any) -> Paper:
    """Somebody on the first page of all."""
    paper = Paper()
    paper.facts = replace(paper.facts, **facts)
    paper.command("learn")
    paper.taps(IDS[0])
    paper.taps(IDS[0])
    return paper


def shown(paper: Paper) -> str:
    """The title of the page in hand."""
    return (
        next(text for _, say, text in reversed(paper.told) if say.key == "learn.page").split("</b>")[0].split("<b>")[-1]
    )


def said(paper: Paper, key: str) -> list[str]:
    return [text for _, say, text in paper.told for one in (say, *say.lead) if one.key == key]


def to_the_practice(paper: Paper) -> list[tuple[int, Say, str]]:
    return [one for one in paper.told if one[1].key == "desk.question"]


def test_every_page_is_reached_by_next_and_every_one_by_its_section() -> None:
    paper = reading()
    found = [shown(paper)]
    for _ in IDS[1:]:
        paper.taps("next")
        found.append(shown(paper))
    assert found == TITLES
    for section in dict.fromkeys(page.section for page in paper.content.pages):
        for page in (page for page in paper.content.pages if page.section == section):
            first = next(one.id for one in paper.content.pages if one.section == section)
            paper.taps("contents")
            paper.taps(first)
            paper.taps(page.id)
            assert shown(paper) == page.title


def lists() -> dict[str, Paper]:
    """Somebody at the contents, at the titles of a section, and on a page."""
    at_contents = Paper()
    at_contents.command("learn")
    at_section = Paper()
    at_section.command("learn")
    at_section.taps(IDS[0])
    return {"contents": at_contents, "section": at_section, "page": reading()}


@pytest.mark.parametrize("at", ["contents", "section", "page"])
def test_what_is_typed_while_reading_is_offered_as_a_question_and_passed_on_with_one_tap(at: str) -> None:
    paper = lists()[at]
    paper.facts = replace(paper.facts, patient=KNOWN)
    paper.types("Does it <hurt>?")
    assert paper.told[-1][1].key == "learn.typed"
    assert "Does it &lt;hurt&gt;?" in paper.told[-1][2]
    assert "call 999" in paper.told[-1][2]
    assert not to_the_practice(paper)
    paper.taps("pass_on")
    [(to, _, text)] = to_the_practice(paper)
    assert to == ALEX.account_id
    assert all(part in text for part in ("Maria", "01632 960200", "Does it &lt;hurt&gt;?"))
    assert ("On the page" in text) == (at == "page")
    assert paper.told[-1][1].key == "learn.passing"
    paper.taps("to_page")
    assert paper.told[-1][1].key == f"learn.{at}"


@pytest.mark.parametrize("at", ["contents", "section", "page"])
def test_what_was_typed_and_is_not_passed_on_is_gone(at: str) -> None:
    paper = lists()[at]
    paper.types("Does it hurt?")
    paper.taps("to_page")
    assert paper.told[-1][1].key == f"learn.{at}"
    assert "hurt" not in json.dumps(dict(paper.conversation.drafts["learn"].data))
    assert not to_the_practice(paper)


def test_who_typed_in_a_list_and_then_asks_of_a_page_comes_back_to_the_page() -> None:
    paper = lists()["section"]
    paper.facts = replace(paper.facts, patient=KNOWN)
    paper.types("Does it hurt?")
    paper.command("back")
    paper.taps(IDS[0])
    paper.taps("ask")
    paper.types("Does it last?")
    [(_, _, text)] = to_the_practice(paper)
    assert "Does it last?" in text
    assert TITLES[0] in text
    paper.taps("to_page")
    assert shown(paper) == TITLES[0]


def test_a_typed_question_of_somebody_unknown_asks_whom_to_call_back() -> None:
    paper = lists()["contents"]
    paper.types("Does it hurt?")
    paper.taps("pass_on")
    paper.types("Ann, 01632 960201")
    [(_, _, text)] = to_the_practice(paper)
    assert "Ann, 01632 960201" in text
    assert "Does it hurt?" in text


def test_what_is_typed_while_reading_and_cannot_be_passed_on_leaves_the_phone() -> None:
    paper = lists()["section"]
    paper.facts = replace(paper.facts, practice=(SAM,))
    paper.types("Does it hurt?")
    assert "01632 960123" in paper.told[-1][2]
    paper.taps("to_page")
    assert paper.told[-1][1].key == "learn.section"


def test_the_lists_fit_a_phone_and_what_a_button_sends_fits_telegram() -> None:
    paper = reading()
    paper.taps("contents")
    lists = [say for _, say, _ in paper.told if say.key in ("learn.contents", "learn.section")]
    assert all(len(say.offers) <= 11 for say in lists)
    assert all(len(offer.data.encode()) <= 64 for say in lists for row in say.offers for offer in row)


def test_a_picture_and_its_page_are_one_message() -> None:
    paper = reading()
    drawn = {}
    for page in paper.content.pages:
        if page.picture:
            drawn[page.id] = (paper.told[-1][1].photo, length(paper.told[-1][2]))
        paper.taps("next") if page.id != IDS[-1] else None
    assert len(drawn) >= 6
    assert all(photo == f"pages/{photo.partition('/')[2]}" for photo, _ in drawn.values())
    assert {page: size for page, (_, size) in drawn.items() if size > CAPTION} == {}


def test_the_first_page_has_none_before_it_and_the_last_none_behind() -> None:
    paper = reading()
    assert "previous" not in codes(paper)
    for _ in IDS[1:]:
        paper.taps("next")
    assert "next" not in codes(paper)


def codes(paper: Paper) -> set[str]:
    say = next(say for _, say, _ in reversed(paper.told) if say.key == "learn.page")
    return {offer.code for row in say.offers for offer in row}


def test_back_goes_back_page_by_page_and_then_to_the_list() -> None:
    paper = reading()
    paper.taps("next")
    paper.taps("next")
    paper.taps("previous")
    seen = []
    for _ in range(3):
        paper.command("back")
        seen.append(shown(paper))
    assert seen == [TITLES[2], TITLES[1], TITLES[0]]
    paper.command("back")
    assert paper.told[-1][1].key == "learn.section"


def test_a_page_sends_readers_to_another_and_back_brings_them_home() -> None:
    paper = reading()
    page = next(one for one in paper.content.pages if "how-strong" in one.see)
    while shown(paper) != page.title:
        paper.taps("next")
    paper.taps("how-strong")
    assert shown(paper) == "How strong is this evidence?"
    paper.command("back")
    assert shown(paper) == page.title


def test_a_page_names_what_it_rests_on_and_tells_the_whole_of_it_at_a_tap() -> None:
    paper = reading()
    page = paper.content.pages[0]
    assert all(
        source.short.replace("'", "&#x27;") in paper.told[-1][2] or source.short in paper.told[-1][2]
        for source in page.sources
    )
    paper.taps("sources")
    assert all(source.where in paper.told[-1][2] for source in page.sources)
    paper.taps("to_page")
    assert shown(paper) == page.title


def test_a_page_that_is_gone_since_gives_way_to_the_first() -> None:
    paper = reading()
    draft = paper.conversation.drafts["learn"]
    drafts = {"learn": replace(draft, data={"at": "gone", "came": []})}
    paper.conversation = replace(paper.conversation, drafts=drafts)
    paper.taps("next")
    assert shown(paper) == TITLES[1]


def test_a_question_reaches_the_practitioner_with_who_asks_and_the_patient_hears_of_it_by_receipt() -> None:
    paper = reading(patient=KNOWN)
    paper.taps("ask")
    paper.types("Does it <hurt>?")
    [(to, say, text)] = to_the_practice(paper)
    assert to == ALEX.account_id
    assert all(part in text for part in ("Maria", "01632 960200", TITLES[0], "Does it &lt;hurt&gt;?"))
    assert [offer.data for row in say.offers for offer in row] == ["s:call:7"]
    assert paper.told[-1][1].key == "learn.passing"
    assert "I am passing it on now" in paper.told[-1][2]
    assert not said(paper, "message.told")
    paper.hear(Delivered(say.receipt, ok=True))
    assert len(said(paper, "message.told")) == 1


def test_whoever_asks_again_and_again_is_sent_to_the_phone_for_a_while() -> None:
    paper = reading(patient=KNOWN)
    paper.conversation = replace(paper.conversation, passed_on=(paper.facts.now,) * 6)
    paper.taps("ask")
    assert "call 01632 960123" in said(paper, "learn.by_phone")[-1]
    assert not to_the_practice(paper)
    paper.waits(minutes=61)
    paper.taps("to_page")
    paper.taps("ask")
    paper.types("Does it hurt?")
    assert len(to_the_practice(paper)) == 1
    assert len(paper.conversation.passed_on) == 1


def test_a_question_that_could_not_be_brought_leaves_the_phone() -> None:
    paper = reading(patient=KNOWN)
    paper.taps("ask")
    paper.types("Does it hurt?")
    paper.delivered(ok=False)
    assert "01632 960123" in said(paper, "message.not_told")[0]
    assert not said(paper, "message.told")


def test_two_practitioners_both_get_it_and_the_patient_hears_of_it_once() -> None:
    paper = reading(patient=KNOWN, practice=(ALEX, replace(ALEX, account_id=4, ref="other"), SAM))
    paper.taps("ask")
    paper.types("Does it hurt?")
    assert [to for to, _, _ in to_the_practice(paper)] == [2, 4]
    assert [say.receipt for _, say, _ in to_the_practice(paper)] == ["message", ""]


def test_somebody_the_practice_does_not_know_says_whom_to_call_back() -> None:
    paper = reading()
    paper.taps("ask")
    paper.types("Does it hurt?")
    assert not to_the_practice(paper)
    paper.types("Ann, 01632 960201")
    [(_, say, text)] = to_the_practice(paper)
    assert "Ann, 01632 960201" in text
    assert not say.offers
    assert json.dumps(dict(paper.conversation.drafts["learn"].data)) == json.dumps({"at": IDS[0], "came": []})


@pytest.mark.parametrize(
    ("facts", "key"),
    [
        ({"consents": frozenset()}, "message.agree_first"),
        ({"practice": (SAM,)}, "message.nobody_there"),
        ({"practice": (replace(ALEX, reachable=False),)}, "message.nobody_there"),
    ],
)
def test_without_consent_or_anybody_to_read_it_nothing_is_asked_and_the_phone_is_given(
    facts: dict[str, object], key: str
) -> None:
    paper = reading(**facts)
    paper.taps("ask")
    [why] = [say.values["why"] for _, say, _ in paper.told if say.key == "learn.by_phone"]
    assert why.key == key
    assert "01632 960123" in paper.told[-1][2]
    paper.taps("to_page")
    assert shown(paper) == TITLES[0]


def test_once_a_question_can_be_passed_on_nobody_is_told_that_it_cannot() -> None:
    paper = reading(consents=frozenset())
    paper.taps("ask")
    paper.facts = replace(paper.facts, consents=frozenset({"intake"}))
    paper.command("learn")
    assert "You can ask now" in paper.told[-1][2]


def test_a_question_too_long_or_not_typed_is_asked_for_again() -> None:
    paper = reading(patient=KNOWN)
    paper.taps("ask")
    paper.types("x" * 501)
    assert "501" in paper.told[-1][2]
    paper.types("   ")
    assert not to_the_practice(paper)
    paper.taps("to_page")
    assert shown(paper) == TITLES[0]
    assert not to_the_practice(paper)


def test_nothing_is_looked_up_for_whoever_only_reads() -> None:
    """The paper takes no `Needs` for an answer."""
    paper = reading(known=frozenset())
    for code in ("next", "sources", "to_page", "previous", "contents", IDS[0]):
        paper.taps(code)


def test_a_receipt_of_another_kind_says_nothing() -> None:
    paper = Paper(Facts(NOW, Paper().facts.account, known=Paper().facts.known))
    paper.hear(Delivered("flags:2:1.RF01", ok=True))
    assert not paper.told
