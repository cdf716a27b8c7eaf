"""What the practice's clinical notes say must never be advised: held against the words and the tags of the library."""

import re
from collections.abc import Mapping
from datetime import date
from random import Random

import pytest

from bot.practice.advice import PHASES, Phase, Topic
from bot.practice.binding import code
from bot.practice.forms import Form
from bot.practice.items import Answers
from bot.practice.tailoring import Person, tags_of
from bot.practice.trying import attempt
from tests.practice.content import answered, before_visit, intake, needling, rules, tips
from tests.practice.test_tailoring import everything_for

NEVER_SAID = {
    "bed rest": r"\bbed[- ]?rest|\brest in bed|stay in bed|days in bed|\blie down\b|rest (all|the whole) day",
    "stopping or starting medicines": r"medicine|\b(tablets?|pills?|drugs?|painkillers?|doses?)\b",
    "belts, traction, ultrasound, TENS": r"\b(belts?|insoles?|traction|ultrasound|tens|brace|corset)\b",
    "routine scans": r"\bscans?\b|\bx-?rays?\b|\bmri\b|picture of the back",
    "a perfect posture": r"\bposture|\bsit (up )?straight|\bstand straight|\bright\b.* way to\b|\bslouch",
    "a weak core, something out of place": r"\bcore\b|out of place|out of line|\bslipped\b|\bmisalign|\bweak back",
    "detox": r"\bdetox|\bcleans|\btoxin",
    "herbs": r"\bherb|\bsupplement|\btea\b|\bvitamin",
    "worse is a good sign": r"\bgood sign|worse before|healing (pain|crisis)|has to hurt|no pain,? no gain",
    "promises": r"\bcure|\bguarantee|\bheal\b|\bheals\b|\bpromise|\bwill (help|ease|stop|go away|get better)|\bnatural|"
    r"\bsafe\b|\bmiracle|\bproven\b|\balways works|\bdetermin",
    "blame": r"\byour fault|\byou should have|\byou must\b|\blazy\b|\bfailed\b|\bonly yourself",
}
"""What is looked for in every topic, whatever it says of it."""

SAID_AGAINST_IT = {
    # Each of these names it to advise against it, or leaves it to whoever prescribed it.
    ("bed rest", "R-M01"): "did a little better than those told to stay in bed",
    ("bed rest", "R-M02"): "Days in bed have not been shown to help",
    ("stopping or starting medicines", "R-A05"): "Keep taking the medicines your doctor gave you",
    ("belts, traction, ultrasound, TENS", "R-L03"): "You do not need a back belt",
    ("routine scans", "R-F02"): "does not change how they get on",
    ("a perfect posture", "R-S02"): "There is no one right way to sit",
    ("a perfect posture", "R-L01"): 'lessons in the "right" way to lift did not prevent',
}


def said(topic: Topic) -> str:
    return f"{topic.do} {topic.why}"


@pytest.mark.parametrize("what", NEVER_SAID)
def test_what_must_never_be_advised_is_named_only_to_advise_against_it(what: str) -> None:
    found = {one.id: said(one) for one in tips().topics if re.search(NEVER_SAID[what], said(one), re.IGNORECASE)}
    assert found.keys() == {topic for named, topic in SAID_AGAINST_IT if named == what}, found
    for topic, words in found.items():
        assert SAID_AGAINST_IT[what, topic] in words


RULED_OUT: list[tuple[str, str, Mapping[str, str]]] = [
    ("warmth on numb skin", r"\bwarm|\bheat", {"skin-bones": "numb", "numb": "back"}),
    ("warmth on skin that may be numb", r"\bwarm|\bheat", {"skin-bones": "numb", "numb": "unsure"}),
    ("warmth with diabetes", r"\bwarm|\bheat", {"body": "diabetes", "diabetes": "numb-feet"}),
    ("warmth on sore skin", r"\bwarm|\bheat", {"skin-bones": "skin", "skin": "back"}),
    ("cold on numb skin", r"\bcold\b", {"skin-bones": "numb", "numb": "leg"}),
    ("pressing points in pregnancy", r"\bpress", {"expecting": "pregnant"}),
    ("pressing points when perhaps pregnant", r"\bpress", {"expecting": "maybe"}),
    ("pressing points when trying for a child", r"\bpress", {"expecting": "trying"}),
    ("pressing points with blood thinners", r"\bpress", {"blood-heart": "thinners", "thinners": "warfarin"}),
    ("pressing points where blood does not clot", r"\bpress", {"blood-heart": "bleeding", "bleeding": "platelets"}),
    ("strength in pregnancy", r"weight from week|stand up from a chair", {"expecting": "pregnant"}),
    (
        "strength after a heart attack",
        r"weight from week|stand up from a chair|few minutes longer",
        {"blood-heart": "pressure", "pressure": "attack"},
    ),
    (
        "bending after an operation on the spine",
        r"\bbend and turn",
        {"skin-bones": "spine", "spine": "operation", "spine-when": "recent"},
    ),
    ("weight loss in pregnancy", r"your weight\b", {"expecting": "pregnant"}),
    ("lying on the back in pregnancy", r"\blie on your back\b", {"expecting": "pregnant"}),
    ("doubts about a scan in pregnancy", r"\bscan\b", {"expecting": "pregnant"}),
    ("warmth over a stimulator", r"\bwarm|\bheat", {"blood-heart": "implant", "implant": "stimulator"}),
    ("warmth over a pump", r"\bwarm|\bheat", {"blood-heart": "implant", "implant": "pump"}),
    ("doing without insoles with sore feet", r"\binsoles", {"body": "diabetes", "diabetes": "ulcers"}),
    (
        "doing without a brace after a broken bone",
        r"\bbelt\b",
        {"skin-bones": "spine", "spine": "fracture", "spine-when": "recent"},
    ),
    (
        "strength on steroids, which thin the bones",
        r"weight from week|stand up from a chair|each direction",
        {"recent": "immune", "immune-why": "steroids"},
    ),
]


@pytest.mark.parametrize(("what", "words", "answers"), RULED_OUT, ids=[what for what, *_ in RULED_OUT])
def test_nobody_is_advised_what_their_answers_rule_out(what: str, words: str, answers: Mapping[str, str]) -> None:
    told = tags_of(tips(), needling(), [(intake(), answered(answers))]) - {"unasked"}
    welcome = frozenset(tag for topic in tips().topics for tag in (*topic.fits, *topic.only))
    about = {one.id for one in tips().topics if re.search(words, said(one), re.IGNORECASE)}
    assert about & everything_for(Person(welcome)), what
    assert not about & everything_for(Person(told | welcome)), what


@pytest.mark.parametrize("sign", ["RF05", "RF06", "RF07"])
def test_weak_or_unsteady_legs_are_not_sent_walking(sign: str) -> None:
    told = tags_of(tips(), needling(), [(intake(), {})], [sign])
    assert not {one for one in everything_for(Person(told)) if one.startswith("R-W")}


@pytest.mark.parametrize("sign", ["RF14", "RF16", "RF17", "RF18", "RF19", "RF20", "RF22-three", "RF22-four"])
def test_whom_a_doctor_may_want_a_picture_of_is_not_talked_out_of_it(sign: str) -> None:
    told = tags_of(tips(), needling(), [(intake(), {})], [sign]) - {"unasked"}
    everybody = everything_for(Person(frozenset({"new-pain"})))
    assert {"R-F01", "R-F02"} <= everybody
    assert not {"R-F01", "R-F02"} & everything_for(Person(told | {"new-pain"}))


def test_a_bad_spell_brings_nothing_that_asks_for_more() -> None:
    more = r"longer|weight from week|each direction|from a chair|stay away from|too old"
    in_flare = [one for one in tips().topics if "flare" in one.phases]
    assert len(in_flare) >= 12
    assert not [one.id for one in in_flare if re.search(more, said(one), re.IGNORECASE)]


def test_aftercare_is_about_the_day_of_a_visit_and_what_to_call_for_is_in_it() -> None:
    day: Phase = "treatment"
    assert day in PHASES
    aftercare = [one for one in tips().topics if day in one.phases]
    assert {one.group for one in aftercare} == {"aftercare"}
    assert [one.id for one in aftercare if "{emergency}" in one.do] == ["R-A01", "R-A03"]


def test_general_advice_gives_no_figure_and_claims_no_effect() -> None:
    claims = r"\d|\b(helps?|eases?|heals?|improves?|reduces?|prevents?|relieves?|less pain|studies|study|shown)\b"
    for one in tips().topics:
        if not one.sources:
            assert not one.reviewed, one.id
            assert not re.search(claims, one.why, re.IGNORECASE), f"{one.id}: {one.why}"
            assert not re.search(r"\d|\b(twice|minutes|hours|weeks|per cent)\b", one.do, re.IGNORECASE), one.id


ORACLE: list[tuple[str, str, Mapping[str, str]]] = [
    (
        "warmth",
        r"\bwarm|\bheat",
        {"numb": "none", "skin": "none", "diabetes": "none", "nodes": "none", "cancer": "none"},
    ),
    ("warmth in pregnancy", r"\bwarm|\bheat", {"expecting": "none"}),
    ("pressing points", r"\bpress", {"expecting": "none", "thinners": "none", "bleeding": "none", "numb": "none"}),
    ("walking", r"\bwalks?\b", {"weak": "none", "both-legs": "none", "unsteady": "none"}),
]
"""What is advised, and the answers that allow it: any other to one of these questions rules it out."""


@pytest.mark.parametrize("seed", range(60))
def test_whoever_answers_at_random_is_advised_nothing_their_answers_rule_out(seed: int) -> None:
    """Read off the answers themselves, not the tags: the questions and codes stand here a second time."""
    answers = attempt(intake(), Random(seed))
    flags = [flag.code for flag in rules().flags(intake(), answers, date(2026, 6, 3))]
    sent = everything_for(Person(tags_of(tips(), needling(), [(intake(), answers)], flags)))
    assert sent
    for what, words, allowed in ORACLE:
        given = intake().given_to(allowed, answers)
        against = {name: said for name, said in given.items() if any(code(one) != allowed[name] for one in said)}
        about = {one.id for one in tips().topics if re.search(words, one.do, re.IGNORECASE)}
        assert not against or not about & sent, (what, against, about & sent)


def test_what_needs_care_waits_until_the_assessment_has_asked_for_it() -> None:
    careful = r"\bwarm|\bheat|\bcold feels|\bpress |weight from week|stand up from a chair|each direction"
    about = {one.id for one in tips().topics if re.search(careful, one.do, re.IGNORECASE)}
    begun = answered({"how-long": "days", "changes": "warmth-better"})
    unfinished: list[list[tuple[Form, Answers]]] = [[], [(intake(), begun)], [(before_visit(), {})]]
    for told in unfinished:
        assert not about & everything_for(Person(tags_of(tips(), needling(), told)))
    nothing = dict.fromkeys(
        ("legs", "sudden", "general", "recent", "expecting", "blood-heart", "body", "skin-bones"), "none"
    )
    done = [(intake(), answered({**nothing, "how-long": "days", "changes": "warmth-better"}))]
    assert about == about & everything_for(Person(tags_of(tips(), needling(), done)))
