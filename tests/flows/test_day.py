"""The page of the morning, and who came: what is decided, without a database."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.flows.foreseen import foreseen
from bot.model import Booking, Command, Concern, MarkVisit, Morning, Outcome, Patient, Staff, Tap, TimeOff, Waiting
from bot.telegram.letters import plain
from bot.telegram.limits import TEXT
from tests.flows.paper import ALEX, NOW, SAM, Paper
from tests.house import practice

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MORNING = NOW.replace(hour=7, minute=30)
CONCERN = Concern(9, "Bea", "emergency", ("E01",))


def visit(number: int, hours: float, name: str, **other: Any) -> Booking:
    starts = NOW + hours * HOUR
    made = Booking(
        number,
        number,
        "first",
        "example",
        starts,
        starts + HOUR,
        "Europe/London",
        "booked",
        name=name,
        accounts=(10 + number,),
    )
    return replace(made, **other)


def paper(*visits: Booking, concerns: tuple[Concern, ...] = ()) -> Paper:
    made = Paper()
    made.facts = replace(made.facts, now=MORNING, diary=visits, concerns=concerns)
    return made


def page(made: Paper, by: Staff = ALEX) -> str:
    made.hear(Morning(MORNING.date()), by)
    return made.heard("desk.morning")


def test_the_page_names_the_visits_of_the_day_whom_to_call_and_what_is_free() -> None:
    waits = visit(2, 5, "Sami", state="awaiting_release", accounts=())
    made = paper(visit(1, 1, "Maria"), waits, visit(3, 26, "Lee", accounts=()))
    shown = page(made)
    expected = (
        "Monday 2 March",
        "do not reach <b>Sami</b>",
        "09:00–10:30 free",
        "10:30–11:30 <b>Maria",
        "11:45–13:00 free",
    )
    assert [part for part in expected if part not in shown] == []
    assert "14:30–15:30 ⏸ <b>Sami</b>, First visit (not firm yet)" in shown
    assert "Lee" not in shown
    assert "14:00–14:30 free" not in shown
    assert "s:call:2" in [offer.data for row in made.told[-1][1].offers for offer in row]


def test_a_sign_nobody_has_released_stands_first_and_is_news_of_its_own() -> None:
    made = paper(visit(1, 1, "Maria"), concerns=(CONCERN,))
    shown = page(made)
    assert shown.index("Not released: <b>Bea") < shown.index("Maria")
    assert "No visits today" in page(paper(concerns=(CONCERN,)))
    assert "s:call:9" in [offer.data for row in made.told[-1][1].offers for offer in row], "call first"


def test_a_day_without_visits_and_signs_has_no_page() -> None:
    assert page(paper(visit(1, 30, "Maria"), visit(2, 1, "Sami", practitioner="somebody else"))) == ""


def test_a_contact_gets_no_page() -> None:
    made = paper(visit(1, 1, "Maria"), concerns=(CONCERN,))
    assert page(made, SAM) == ""
    assert made.told == []


def came(made: Paper, verb: str, one: Booking, by: Staff = ALEX) -> Outcome:
    named = next(each for each in made.facts.diary if each.id == one.id)
    made.facts = replace(made.facts, visit=named, past=(named,), patient=Patient(one.patient_id, "active", one.name))
    outcome = made.hear(Tap(f"s:{verb}:{one.id}", "c", 5), by)
    made.facts = foreseen(made.facts, outcome.effects)
    return outcome


def begun() -> tuple[Paper, Booking]:
    one = visit(1, -0.5, "Maria")
    made = paper(one, visit(2, 3, "Sami"))
    made.facts = replace(made.facts, now=NOW)
    return made, one


def test_a_visit_that_has_begun_is_marked_from_the_day_and_undone_by_the_other() -> None:
    made, one = begun()
    made.hear(Command("today"), ALEX)
    offers = [offer.data for row in made.told[-1][1].offers for offer in row if offer.data.startswith("s:")]
    assert offers == ["s:arrived:1", "s:no_show:1"]
    assert MarkVisit(1, "booked", "arrived") in came(made, "arrived", one).effects
    assert "09:00–10:00 ✅ <b>Maria</b>" in made.heard("desk.today")
    assert "✅ Came: Monday 2 March, 09:00" in made.heard("desk.card")
    shown = next(say for _, say, _ in reversed(made.told) if say.key == "desk.today")
    assert shown.edit == 5
    assert [offer.data for row in shown.offers for offer in row if offer.data.startswith("s:")] == ["s:no_show:1"]
    assert MarkVisit(1, "arrived", "no_show") in came(made, "no_show", one).effects
    assert "🚫 Did not come: Monday 2 March, 09:00" in made.heard("desk.card")
    assert "Noted: Maria did not come." in made.told[-1][2]


def test_the_same_mark_twice_is_one() -> None:
    made, one = begun()
    came(made, "arrived", one)
    again = came(made, "arrived", one)
    assert again.effects == ()
    assert again.says == ()


def test_what_has_not_begun_was_cancelled_or_is_not_theirs_is_not_marked() -> None:
    ahead, waits = visit(1, 3, "Maria"), visit(1, -0.5, "Maria", state="awaiting_release")
    for one, by in ((ahead, ALEX), (waits, ALEX), (visit(1, -0.5, "Maria"), SAM)):
        made = paper(one)
        made.facts = replace(made.facts, now=NOW)
        outcome = came(made, "arrived", one, by)
        assert outcome.effects == ()
        assert outcome.toast
        assert outcome.toast.key == "common.gone"
    assert practice().house.verbs["arrived"].by == {"practitioner"}


def away(begins: float, ends: float, ref: str = "example") -> TimeOff:
    return TimeOff(1, "practitioner", ref, NOW + begins * HOUR, NOW + ends * HOUR)


def test_time_off_stands_in_the_page_and_is_no_gap() -> None:
    made = paper(visit(1, 1, "Maria"))
    made.facts = replace(made.facts, off=(away(2.5, 3), away(4.5, 6.5)))
    shown = page(made)
    expected = ("09:00–10:30 free", "12:00–12:30 🌙 away", "14:00–16:00 🌙 away", "16:00–18:00 free")
    assert [part for part in expected if part not in shown] == []
    assert "11:45–13:00 free" not in shown


def test_the_day_and_the_week_say_when_one_is_away_oneself() -> None:
    made = paper(visit(1, 1, "Maria"))
    made.facts = replace(made.facts, off=(away(2.5, 3), away(14, 60), away(-1, 1, "somebody else")))
    made.hear(Command("today"), ALEX)
    shown = made.heard("desk.today")
    assert shown.index("10:30–11:30 <b>Maria") < shown.index("12:00–12:30 🌙 away") < shown.index("23:30–00:00 🌙 away")
    assert "08:30" not in shown
    made.hear(Command("week"), ALEX)
    week = made.heard("desk.week")
    assert week.index("Tuesday 3 March") < week.index("Away all day") < week.index("00:00–21:30 🌙 away")


def test_a_week_too_long_for_a_message_is_parted_between_days() -> None:
    name = "Wilhelmina-Antoinette 𝔖 of Somewhere-on-Sea"
    visits = [
        visit(100 * day + number, 24 * day + number / 2, f"{name} {100 * day + number}", practitioner=whose)
        for day in range(7)
        for number, whose in enumerate(["example"] * 14 + ["kim"] * 6)
    ]
    made = paper(*visits)
    made.hear(Command("week"), ALEX)
    parts = [(say, text) for _, say, text in made.told if say.key.startswith("desk.week")]
    assert len(parts) > 1
    assert all(len(plain(text)) <= TEXT - 100 for _, text in parts)
    for day in range(7):
        (whole,) = (text for _, text in parts if f" {100 * day}<" in text)
        assert all(f"<b>{one.name}</b>" in whole for one in visits if one.id // 100 == day)
    assert [bool(say.offers) for say, _ in parts] == [False] * (len(parts) - 1) + [True]


def test_who_is_on_the_waitlist_and_could_come_stands_under_the_day_the_week_and_the_morning() -> None:
    any_day, mornings = frozenset(range(7)), frozenset({"mornings"})
    people = (
        Waiting(21, 31, any_day, mornings, NOW - 3 * HOUR, name="Lee"),
        Waiting(22, 32, any_day, mornings, NOW - 2 * HOUR, visit_at=NOW - HOUR, practitioner="example", name="Kim"),
        Waiting(23, 33, frozenset({1}), mornings, NOW - HOUR, name="Sami"),
        Waiting(24, 34, any_day, frozenset({"evenings"}), NOW, visit_at=NOW, practitioner="example", name="Bea"),
    )
    made = paper(visit(1, 1, "Maria"))
    made.facts = replace(made.facts, waitlist=people)
    assert page(made).rstrip().endswith("On the waitlist, could come: Lee")
    made.hear(Command("today"), ALEX)
    assert "could come: Lee\n" in made.heard("desk.today")
    made.hear(Command("week"), ALEX)
    assert "could come: Lee and Sami" in made.heard("desk.week")
    made.facts = replace(made.facts, waitlist=())
    assert "waitlist" not in page(made)


def test_a_request_nobody_has_answered_is_asked_again_by_the_page() -> None:
    asks = visit(2, 30, "Sami", state="awaiting_release", approve_until=NOW + 5 * HOUR)
    made = paper(asks, visit(3, 40, "Lee", practitioner="other", state="awaiting_release", approve_until=NOW + HOUR))
    shown = page(made)
    assert "Asks for: <b>Sami</b>, Tuesday 3 March, 15:30" in shown
    assert "Lee" not in shown
    offers = [offer.data for row in made.told[-1][1].offers for offer in row]
    assert offers[:2] == ["s:approve_one:2", "s:decline_one:2"]


def test_ever_so_many_requests_are_all_named_and_as_many_answered_as_fit() -> None:
    asked = [visit(n, n, f"Somebody {n}", state="awaiting_release", approve_until=NOW + DAY) for n in range(1, 61)]
    made = paper(*asked)
    assert page(made).count("Asks for") == 60
    assert sum(len(row) for row in made.told[-1][1].offers) < 100


def test_who_was_reminded_and_has_not_answered_is_named() -> None:
    silent, coming = visit(1, 1, "Maria", reminded=True), visit(2, 3, "Sami", reminded=True, confirmed=True)
    shown = page(paper(silent, coming, visit(3, 5, "Lee", reminded=True, accounts=())))
    assert "Reminded, no answer yet: Maria" in shown
    assert "no answer yet: Maria and" not in shown
