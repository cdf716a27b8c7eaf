"""Two practitioners and two rooms: whoever books whatever in any order, nobody and nothing is had twice."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from bot.flows.diary import ANYONE, Diary
from bot.flows.flow import Turn
from bot.model import Account, Busy, Command, Facts, Morning, Staff
from bot.practice.clinic import Clinic, Practitioner, Room
from bot.practice.slots import Interval
from tests.flows.diary import AT_TEN, assessed, visit_at
from tests.flows.paper import ALEX, NOW
from tests.flows.test_day import page, paper, visit
from tests.house import practice

SEED = 20_260_302
KIM = Staff(4, "practitioner", "kim")


def of_two() -> Clinic:
    clinic = practice().content.clinic
    visits = tuple(replace(one, buffer_before_minutes=10 * number) for number, one in enumerate(clinic.visits))
    practitioners = (*clinic.practitioners, Practitioner("kim", "Kim"))
    policies = replace(clinic.policies, horizon_days=3)
    rooms = (*clinic.rooms, Room("room-2", "Garden room"))
    return replace(clinic, practitioners=practitioners, rooms=rooms, visits=visits, policies=policies)


def overlaps(taken: Sequence[Interval]) -> bool:
    ordered = sorted(taken, key=lambda one: one.start)
    return any(one.overlaps(other) for one, other in pairwise(ordered))


def test_nobody_and_no_room_is_had_twice_until_nothing_is_free() -> None:
    chance, clinic = random.Random(SEED), of_two()
    diary, busy = Diary(clinic), list[Busy]()
    number = 0
    while True:
        number += 1
        data = {"visit": chance.choice(clinic.visits).id, "practitioner": chance.choice(["example", "kim", ANYONE])}
        turn = Turn("booking", "day", Facts(NOW, Account(1, 11, "en"), busy=tuple(busy)), data)
        free = list(diary.free(turn))
        if not free:
            turn.data = {"visit": "follow-up", "practitioner": ANYONE}
            if not list(diary.free(turn)):
                break
            continue
        start = chance.choice(free)
        whom, where = diary.whom_and_where(turn, start)
        assert data["practitioner"] in (whom, ANYONE)
        takes = diary.visit(turn).span.occupies(start)
        busy.append(Busy("practitioner", whom, takes.start, takes.end, number))
        busy.append(Busy("room", where, takes.start, takes.end, number))
    for ref in ("example", "kim", "room-1", "room-2"):
        assert not overlaps([Interval(one.starts_at, one.ends_at) for one in busy if one.ref == ref])
    both = {one.ref for one in busy}
    assert both == {"example", "kim", "room-1", "room-2"}
    assert number > 20


@pytest.mark.parametrize("mine", ["", "move"])
def test_nobody_is_offered_a_visit_with_one_while_they_have_one_with_the_other(mine: str) -> None:
    """Unless it is that one they move: then they may go to the other at about the same time."""
    having = assessed(visit_at(AT_TEN)).facts
    data = {"visit": "follow-up", "practitioner": "kim", "mine": mine, "booking": 5}
    free = list(Diary(of_two()).free(Turn("booking", "day", having, data)))
    half = timedelta(minutes=30)
    assert (AT_TEN + half in free) is (mine == "move")
    assert (AT_TEN - 2 * half in free, AT_TEN + 2 * half in free) == (True, True)


@pytest.mark.parametrize(("by", "own", "other"), [(ALEX, "Maria", "Lee"), (KIM, "Lee", "Maria")])
def test_each_reads_their_own_day_first_and_the_others_under_their_name(by: Staff, own: str, other: str) -> None:
    made = paper(visit(1, 1, "Maria"), visit(2, 0.5, "Lee", practitioner="kim"))
    made.hear(Command("today"), by)
    shown = made.heard("desk.today")
    heading = shown.index("With")
    assert shown.index(own) < heading < shown.index(other)
    assert other not in page(made, by)
    made.hear(Command("next"), by)
    assert own in made.heard("desk.next")
    assert other not in made.heard("desk.next")


def test_a_colleague_alone_has_no_page() -> None:
    made = paper(visit(1, 1, "Maria"))
    made.hear(Morning(NOW.date()), KIM)
    assert made.heard("desk.morning") == ""
