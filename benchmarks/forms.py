"""What one answered question costs in a form of 30 and of 700 items: the engine alone, and with everything stored.

With the engine alone a patient goes through the form; each answer is put in, and everything a chat asks of it then is
asked: what comes next, whether the form may be sent, how far one has come, what is shown before the question, what
came before it, whether it applies. The chained form is the worst: every question hangs on the three before it.

With storage each answer is a tap from the raw update to its commit and the reply.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from itertools import count
from statistics import median
from typing import Any

from benchmarks import databases
from benchmarks.at_work import AtWork, at_work, practice
from benchmarks.report import Figures, Target, in_turns, table
from benchmarks.visitors import of, tapped, typed
from bot import flows
from bot.engine import Engine
from bot.furnishing import Practice
from bot.practice.forms import Form
from bot.practice.items import Answers
from bot.practice.questionnaire import load

SHORT, LONG = 30, 700
MOST_MILLISECONDS = 2.0
OPENING = ("/start", "go_on", "go_on", "agree", "intake")
_SAMPLED = 50
_chats = count(2_000_000_001)


def run(rounds: int) -> None:
    """Prints the two tables."""
    forms = {f"{size} items, {kind}": made(size) for kind, made in KINDS.items() for size in (SHORT, LONG)}
    figures = in_turns(rounds, {name: partial(engine_only, form) for name, form in forms.items()})
    table("forms: one answered question, engine only", "microseconds", figures, next(iter(forms)), {})
    for kind in KINDS:
        _told(figures, f"{LONG} items, {kind}")
    stored = asyncio.run(_stored(rounds))
    short, long = stored
    table("forms: one answered question, with storage", "microseconds", stored, short, {long: Target(most=3.0)})


def _told(figures: Figures, name: str) -> None:
    taken = median(figures[name]) / 1e3
    verdict = "reached" if taken <= MOST_MILLISECONDS else "MISSED"
    print(f"{name}: {taken:.2f} ms, wanted <= {MOST_MILLISECONDS:g} ms: {verdict}")


def typical(size: int) -> Form:
    """Groups of ten, each opened by a yes or no on which three of the others hang."""
    groups = []
    for first in range(0, size, 10):
        inside: list[dict[str, Any]] = [_question(first)]
        for number in range(first + 1, min(first + 10, size)):
            hangs = {"enableWhen": [_yes(first)]} if number % 3 == 0 else {}
            inside.append({**_question(number), **hangs})
        groups.append({"linkId": f"g{first}", "type": "group", "text": f"Part {first}", "item": inside})
    return _form(groups)


def chained(size: int) -> Form:
    """Every question hangs on the three before it."""
    asked = []
    for number in range(size):
        hangs = [_yes(before) for before in range(max(0, number - 3), number)]
        asked.append({**_question(number), **({"enableWhen": hangs, "enableBehavior": "all"} if hangs else {})})
    return _form(asked)


KINDS = {"typical": typical, "chained": chained}


def _question(number: int) -> dict[str, Any]:
    return {"linkId": f"q{number}", "type": "boolean", "text": f"Question {number}?"}


def _yes(number: int) -> dict[str, Any]:
    return {"question": f"q{number}", "operator": "=", "answerBoolean": True}


def _form(items: list[dict[str, Any]]) -> Form:
    url = "urn:acuback:benchmark"
    resource = {"resourceType": "Questionnaire", "status": "active", "url": url, "version": "1", "item": items}
    form, findings = load(resource)
    assert form is not None, findings
    return form


def engine_only(form: Form) -> float:
    """Microseconds for one answered question, the median of some all over a form answered to its end."""
    answers = _all_yes(form)
    places = form.questions(answers)
    taken = []
    for place in places[:: max(1, len(places) // _SAMPLED)]:
        # What was stored comes back from a database: nothing of it is what the form has seen before.
        stored = {written: tuple(map(dict, values)) for written, values in answers.items()}
        begun = time.perf_counter()
        now = form.answer(place, [{"valueBoolean": True}], stored)
        form.enabled(place, now)
        form.pending(now)
        if (following := form.next(place, now)) is not None:
            form.progress(following, now)
            form.lead(following, now)
            form.previous(following, now)
        taken.append(time.perf_counter() - begun)
    return median(taken) * 1e6


def _all_yes(form: Form) -> Answers:
    answers: Answers = {}
    place = form.first(answers)
    while place is not None:
        answers = form.answer(place, [{"valueBoolean": True}], answers)
        place = form.next(place, answers)
    return answers


async def _stored(rounds: int) -> Mapping[str, list[float]]:
    with databases.sqlite() as short, databases.sqlite() as long:
        async with AsyncExitStack() as stack:
            houses: dict[int, AtWork] = {}
            for size, url in ((SHORT, short), (LONG, long)):
                house = await stack.enter_async_context(at_work(url, _asking(typical(size))))
                await house.link_practitioner()
                houses[size] = house
            figures: dict[str, list[float]] = {f"{size} items": [] for size in houses}
            for _ in range(rounds):
                for size, house in houses.items():
                    figures[f"{size} items"].append(await _gone_through(house, size))
            return figures


def _asking(form: Form) -> Practice:
    """The example practice with another form. What binds to its own questions finds none of them here."""
    own = practice()
    content = replace(own.content, form=form)
    house = flows.build(content)
    return replace(own, content=content, house=house, engine=Engine(house))


async def _gone_through(house: AtWork, size: int) -> float:
    """Microseconds a tap of a new patient who answers the form to its end, every fourth time with yes."""
    chat_id = next(_chats)
    for wanted in OPENING:
        sent = typed(wanted) if wanted.startswith("/") else _tapped(house, chat_id, wanted)
        await house.tap(of(sent, chat_id))
    taps = 0
    begun = time.perf_counter()
    while (answer := _answer(house, chat_id, taps)) is not None:
        await house.tap(of(answer, chat_id))
        taps += 1
    seconds = time.perf_counter() - begun
    await house.at_rest()
    assert taps >= size / 2, f"only {taps} questions were put"
    return seconds / taps * 1e6


def _answer(house: AtWork, chat_id: int, taps: int) -> str | None:
    """The next tap; None at the review, where no question is put."""
    try:
        return _tapped(house, chat_id, "no" if taps % 4 else "yes")
    except LookupError:
        return None


def _tapped(house: AtWork, chat_id: int, wanted: str) -> str:
    shown = house.sees(chat_id)
    return tapped(shown, shown.data(wanted))
