"""The practitioner's day, the next visit, the week."""

from dataclasses import replace
from datetime import timedelta

from bot.model import Booking, Command
from tests.flows.paper import ALEX, NOW, SAM, Paper


def diary() -> Paper:
    paper = Paper()
    visits = tuple(
        Booking(
            number,
            number,
            "first",
            "example",
            NOW + timedelta(days=day, hours=hour),
            NOW + timedelta(days=day, hours=hour + 1),
            "Europe/London",
            "booked",
            name=name,
        )
        for number, (day, hour, name) in enumerate([(0, 1, "Maria"), (0, 3, "Sami"), (2, 0, "Bea"), (7, 0, "Lee")], 1)
    )
    paper.facts = replace(paper.facts, diary=visits)
    return paper


def test_the_week_lists_every_visit_of_seven_days_under_its_day() -> None:
    paper = diary()
    paper.hear(Command("week"), ALEX)
    shown = paper.heard("desk.week")
    assert [name for name in ("Maria", "Sami", "Bea", "Lee") if name in shown] == ["Maria", "Sami", "Bea"]
    assert shown.index("Monday 2 March") < shown.index("Sami") < shown.index("Wednesday 4 March") < shown.index("Bea")


def test_the_next_visit_is_the_one_that_is_not_over() -> None:
    paper = diary()
    paper.waits(hours=2, minutes=1)
    paper.hear(Command("next"), ALEX)
    assert "Sami" in paper.heard("desk.next")
    offers = [offer.data for row in paper.told[-1][1].offers for offer in row]
    assert "s:record:2" in offers
    assert "s:call:2" in offers


def test_nobody_but_the_practice_reads_the_diary() -> None:
    for command in ("week", "next"):
        paper = diary()
        paper.command(command)
        assert "Maria" not in "".join(text for _, _, text in paper.told)
        assert paper.told[-1][1].key == "common.unsure"


def test_a_contact_reads_no_names() -> None:
    paper = diary()
    for command in ("week", "next"):
        paper.hear(Command(command), SAM)
        assert "Maria" not in paper.told[-1][2]
