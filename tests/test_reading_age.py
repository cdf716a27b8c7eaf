"""What patients read can be read at 11, page by page and tip by tip, and promises nothing."""

import re
from collections.abc import Mapping

import pytest

from bot.markup import plain_text
from bot.model import Say
from bot.practice.advice import Topic
from tests.house import practice
from tests.reading_age import age, syllables

OLDEST = 11.0
"""NHS content guide: write for a reading age of 9 to 11."""
OF_THE_PRACTICE = ("desk", "ask", "contact")
"""Flows whose words practitioners and contacts read, never patients."""
EXCEPTIONS: Mapping[str, str] = {}
"""Pages and tips that are harder to read, and why they may be."""

COUNTED = (
    "back 1, needle 2, treatment 2, because 2, visited 3, asked 1, lasted 2, guidelines 2, studies 2, advise 2, "
    "exercise 3, activity 4, certain 2, uncertain 3, promises 3, places 2, watches 2, sterile 2, measured 2, "
    "relaxes 3, pretend 2, breath 1, nothing 2, little 2, gentle 2, possible 3, table 2, pregnant 2, pregnancy 3, "
    "inflammation 4, laboratory 5, natural 3, improved 2, movement 2, safely 2, area 3, idea 3, question 2, "
    "enough 2, through 1, tired 1, warmth 1, tingling 2, weeks 1, months 1, painkillers 3, surgery 3, education "
    "4, million 2, lying 2, quiet 2, buttock 2, course 1, supplements 3, causes 2, believed 2, immediately 5, "
    "somebody 3, appointment 3, reached 1, needed 2, prick 1, bruises 2, device 2, unwanted 3, registered 3, ago "
    "2, dizzy 2, fainted 2, sciatica 4, numb 1, true 1, value 2, continue 3, year 1, older 2, everyday 3, weigh "
    "1, whoever 3, eyes 1, minutes 2, guide 1, recover 3, happened 2, opened 2, listens 2, one 1"
)
"""Words with their syllables, as a dictionary has them."""

NEVER = {
    "a cure": r"\bcur(e|es|ed|ing)\b",
    "a guarantee": r"guarantee",
    "a promise": r"\bpromise[sd]?\b",
    "a number of visits": r"\b(you|will|must|to) (need|have|take|book) (about |at least )?\d+ (visit|session)",
    "a testimonial": r"testimonial|\b(our|my) patients (say|tell|love|report)|five stars|changed (my|her|his) life",
    "natural": r"\bnatural(ly)?\b",
    "what is never advised": r"detox|bed rest|perfect posture|out of place|weak core|stop taking",
}
KIND_OF_PROMISE = ("Nobody can promise", "never a promise")
"""Where the word stands to take a promise back."""

CONTENT = practice().content
PAGES = {page.id: page.title for page in CONTENT.pages}


def read(page: str) -> str:
    """A page as it is read: without its picture."""
    values = dict.fromkeys(("clinic", "address", "people", "prices", "cancel"), "")
    numbers = dict.fromkeys(("phone", "emergency", "maternity", "out_of_hours"), "111")
    return practice().words.bare(Say(f"learn/{page}", values | numbers), "en-GB", "Europe/London")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_can_be_read_at_11(page: str) -> None:
    found = age(read(page))
    assert found <= OLDEST or page in EXCEPTIONS, f"{page} is read with ease at {found:.1f}"


@pytest.mark.parametrize("topic", CONTENT.advice.topics, ids=lambda topic: topic.id)
def test_every_tip_can_be_read_at_11(topic: Topic) -> None:
    found = age(f"{topic.do}\n{topic.why}")
    assert found <= OLDEST or topic.id in EXCEPTIONS, f"{topic.id} is read with ease at {found:.1f}"


def test_what_patients_are_asked_and_told_can_be_read_at_11() -> None:
    said: dict[str, list[str]] = {}
    for key, phrase in practice().words._tongues["en"].phrases.items():
        flow = key.partition(".")[0]
        if phrase.template and "/" not in key and flow not in OF_THE_PRACTICE:
            said.setdefault(flow, []).append(plain_text(phrase.template.fill(lambda gap: "")))
    ages = {flow: age("\n".join(texts)) for flow, texts in said.items()}
    assert len(ages) >= 8
    assert not {flow: found for flow, found in ages.items() if found > OLDEST}


@pytest.mark.parametrize("page", PAGES)
def test_no_page_promises_anything(page: str) -> None:
    text = " ".join(read(page).split())
    for kind in KIND_OF_PROMISE:
        text = text.replace(kind, "")
    for what, pattern in NEVER.items():
        assert not (found := re.search(pattern, text, re.IGNORECASE)), f"{page}: {what}: {found}"


def test_no_tip_promises_anything() -> None:
    for topic in CONTENT.advice.topics:
        for what, pattern in NEVER.items():
            assert not re.search(pattern, f"{topic.do} {topic.why}", re.IGNORECASE), f"{topic.id}: {what}"


def test_a_tip_without_a_source_claims_nothing() -> None:
    claims = practice().words._tongues["en"].shelf.claims
    assert "eases" in claims
    for topic in (one for one in CONTENT.advice.topics if not one.sources):
        said = f"{topic.do} {topic.why}"
        assert not [claim for claim in claims if re.search(rf"\b{claim}\b", said, re.IGNORECASE)], topic.id
        assert not re.search(r"\d", said), topic.id


@pytest.mark.parametrize("page", PAGES)
def test_safe_is_said_only_beside_its_figures(page: str) -> None:
    for line in read(page).split("\n"):
        assert not re.search(r"\bsafe(r|ly|ty)?\b", line, re.IGNORECASE) or re.search(r"\d", line), line


def test_the_words_that_are_never_said_are_found_where_they_are() -> None:
    for text in (
        "It cures",
        "guaranteed",
        "We promise",
        "You will need 10 visits",
        "Our patients say so",
        "a natural way",
    ):
        assert any(re.search(pattern, text, re.IGNORECASE) for pattern in NEVER.values()), text


def test_the_measure_counts_syllables_as_a_dictionary_does() -> None:
    listed = [pair.rsplit(" ", 1) for pair in COUNTED.split(", ")]
    wrong = {word: (syllables(word), int(count)) for word, count in listed if syllables(word) != int(count)}
    assert len(wrong) <= len(listed) // 20, wrong


def test_the_measure_tells_easy_from_hard() -> None:
    easy = "The cat sat on the mat. It was warm. The dog came in and lay down."
    hard = (
        "Notwithstanding methodological heterogeneity, individual patient data demonstrated statistically significant "
        "superiority of acupuncture in comparison with placebo interventions."
    )
    assert age(easy) < 7
    assert age(hard) > 20
    with pytest.raises(ValueError, match="no words"):
        age(" \n")
