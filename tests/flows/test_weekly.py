"""The practitioner's page of the week."""

from dataclasses import replace
from datetime import timedelta

from bot.markup import length
from bot.model import Morning, Progress, Scores, Staff
from bot.practice import outcomes
from tests.flows.paper import ALEX, NOW, SAM, Paper

WEEK = timedelta(weeks=1)


def one(number: int, name: str, *pain: float, asked: int = 0) -> Progress:
    scores = [Scores(NOW, "intake", {outcomes.PAIN: pain[0], outcomes.GOAL: 5})]
    scores += [
        Scores(NOW + week * WEEK, "checkin", {outcomes.PAIN: value, outcomes.GOAL: 5})
        for week, value in enumerate(pain[1:], 1)
    ]
    return Progress(number, name, tuple(scores), asked)


def page(*people: Progress, by: Staff = ALEX, is_weekly: bool = True) -> Paper:
    paper = Paper()
    paper.facts = replace(paper.facts, progress=people)
    paper.hear(Morning(NOW.date(), is_weekly), by)
    return paper


def test_it_tells_who_worsened_who_improved_and_who_is_silent() -> None:
    paper = page(one(1, "Maria", 7, 4), one(2, "Ben", 4, 7), one(3, "Cleo", 5, 5), one(4, "Dan", 6, 3, asked=3))
    told = paper.heard("desk.weekly")
    worse, better, silent = (told.index(sign) for sign in ("📉", "📈", "🔕"))
    assert worse < told.index("<b>Ben</b>: pain 4 → 7") < better
    assert better < told.index("<b>Maria</b>: pain 7 → 4") < silent < told.index("Dan")
    assert "goal" not in told
    assert "Cleo" not in told
    assert "Steady: 1" in told


def test_only_what_puts_somebody_there_is_named() -> None:
    ben = one(2, "Ben", 4, 7)
    with_goal = tuple(
        replace(asked, values={**asked.values, outcomes.GOAL: goal})
        for asked, goal in zip(ben.scores, (4, 8), strict=True)
    )
    told = page(replace(ben, scores=with_goal)).heard("desk.weekly")
    assert "pain 4 → 7" in told
    assert "goal" not in told


def test_the_picture_of_who_worsened_and_the_number_of_who_is_silent_are_a_tap_away() -> None:
    paper = page(one(2, "Ben", 4, 7), one(4, "Dan", 6, asked=2))
    say = next(say for _, say, _ in paper.told if say.key == "desk.weekly")
    assert [offer.data for row in say.offers for offer in row] == ["s:trend:2", "s:call:4", "n:menu"]


def test_many_are_counted_and_it_fits_a_message() -> None:
    name = "A name of as many letters as there is room for in a form"
    paper = page(*(one(number, name, 1, 10) for number in range(100)))
    told = paper.heard("desk.weekly")
    assert "and 88 more" in told
    assert len(told) < 4096


def test_it_fits_a_message_though_very_many_have_changed_in_all_they_rate() -> None:
    def turned(number: int, was: int, now: int) -> Progress:
        was_rated, rated = (dict.fromkeys(outcomes.CODES, value) for value in (was, now))
        was_rated[outcomes.GOAL], rated[outcomes.GOAL] = now, was
        scores = (Scores(NOW, "intake", was_rated), Scores(NOW + WEEK, "checkin", rated))
        return Progress(number, "N" * 60, scores)

    people = [one(100 + number, "N" * 60, 3, asked=3) for number in range(20)]
    people += [turned(number, *given) for number in range(20) for given in ((0, 10), (10, 0))]
    assert length(page(*people).heard("desk.weekly")) <= 4096


def test_it_comes_on_its_day_only_and_where_somebody_is_asked_at_all() -> None:
    assert page(one(1, "Maria", 7, 4), is_weekly=False).told == []
    assert page().told == []


def test_a_contact_gets_none() -> None:
    assert page(one(1, "Maria", 7, 4), by=SAM).told == []
