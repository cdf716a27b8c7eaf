"""The file for the patient's calendar, from the conversation: what a calendar has read stays the same visit."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ical.calendar_stream import IcsCalendarStream
from ical.event import Event

from bot.documents import render
from bot.flows.calendars import new_uid
from bot.model import Flag, Record, Say
from tests.flows.paper import Paper
from tests.house import practice


def assessed(**facts: Any) -> Paper:
    paper = Paper()
    record = Record(1, 1, paper.content.form.canonical, "completed", {}, submitted_at=paper.facts.now)
    paper.facts = replace(paper.facts, record=record, sent=record, **facts)
    return paper


def takes(paper: Paper, which: int = 0) -> datetime:
    """Maria goes on to the day and the time of that place in what is offered, and confirms."""
    paper.taps([code for code in offered(paper) if "T" not in code][which])
    paper.taps(offered(paper)[which])
    start = next(say for to, say, _ in reversed(paper.told) if say.key == "booking.confirm").values["starts_at"]
    assert isinstance(start, datetime)
    paper.taps("book")
    return start


def offered(paper: Paper) -> list[str]:
    say = next(say for to, say, _ in reversed(paper.told) if to == 1 and say.offers)
    return [offer.code for row in say.offers for offer in row if re.fullmatch(r"\d{8}(T\d{4})?", offer.code)]


def enclosed(paper: Paper, key: str) -> tuple[str, Event]:
    """The method and the visit of the file that went with the last word of that key, as another library reads it."""
    say = next(say for _, say, _ in reversed(paper.told) if say.key == key)
    assert (say.document, say.values["name"]) == ("ics", "visit.ics")
    about = say.values["document"]["about"]
    assert isinstance(about, Say)
    data = {**say.values["document"], "about": practice().words.bare(about, "en-GB", "Europe/London")}
    calendar = IcsCalendarStream.calendar_from_ics(render("ics", data).decode())
    return calendar.method or "", calendar.events[0]


def test_a_visit_stays_the_same_to_a_calendar_when_it_moves_and_goes_when_it_is_cancelled() -> None:
    paper = assessed()
    paper.command("book")
    paper.taps("first")
    first = takes(paper, 1)
    method, made = enclosed(paper, "booking.booked")
    assert (method, made.status, made.sequence, made.dtstart) == ("PUBLISH", "CONFIRMED", 0, first)
    assert made.computed_duration == timedelta(hours=1)
    paper.waits(hours=1)
    paper.command("book")
    paper.taps("move")
    later = takes(paper, 2)
    assert later != first
    method, moved = enclosed(paper, "booking.moved")
    assert (method, moved.uid, moved.sequence, moved.dtstart) == ("PUBLISH", made.uid, 1, later)
    assert moved.dtstamp > made.dtstamp
    paper.command("book")
    paper.taps("cancel")
    method, gone = enclosed(paper, "booking.cancelled")
    assert (method, gone.status, gone.uid, gone.sequence) == ("CANCEL", "CANCELLED", made.uid, 2)


def test_a_visit_that_waits_for_the_practitioner_is_tentative_until_they_release_it() -> None:
    paper = assessed(flags=(Flag("steroids", "doctor", "open"),))
    paper.command("book")
    paper.taps("first")
    takes(paper)
    _, waiting = enclosed(paper, "booking.waiting")
    assert (waiting.status, waiting.sequence) == ("TENTATIVE", 0)
    paper.desk("release")
    _, firm = enclosed(paper, "intake.released")
    assert (firm.status, firm.sequence) == ("CONFIRMED", 1)
    assert (firm.uid, firm.dtstart) == (waiting.uid, waiting.dtstart)


def test_the_file_names_the_practice_and_nothing_of_the_patient_or_of_health() -> None:
    paper = assessed()
    paper.command("book")
    paper.taps("first")
    takes(paper)
    _, event = enclosed(paper, "booking.booked")
    clinic = paper.content.clinic
    assert event.summary == clinic.name
    assert event.location == ", ".join(clinic.address)
    assert event.description
    assert clinic.phone in event.description
    written = event.model_dump_json()
    assert not any(word in written for word in ("Maria", "pain", "First visit", "initial"))
    assert event.organizer is None


def test_another_visit_has_another_uid_and_the_same_event_heard_again_the_same() -> None:
    facts = Paper().facts
    later = replace(facts, now=datetime(2026, 3, 2, 9, 30, 1, tzinfo=UTC))
    other = replace(facts, account=replace(facts.account, id=2))
    at = facts.now + timedelta(days=1)
    assert new_uid(facts, "example", at) == new_uid(replace(facts), "example", at)
    made = {new_uid(one, "example", at) for one in (facts, later, other)}
    made |= {new_uid(facts, "other", at), new_uid(facts, "example", at + timedelta(hours=1))}
    assert len(made) == 5


# --- where, and by whose clock


def test_the_place_on_the_map_goes_with_a_visit_that_is_booked_and_not_again_when_it_moves() -> None:
    paper = assessed()
    paper.command("book")
    paper.taps("first")
    takes(paper, 3)
    booked = next(say for _, say, _ in reversed(paper.told) if say.key == "booking.booked")
    clinic = paper.content.clinic
    assert booked.venue == (
        clinic.place.latitude,
        clinic.place.longitude,
        clinic.place.title,
        ", ".join(clinic.address),
    )
    paper.command("book")
    paper.taps("move")
    takes(paper, 2)
    assert next(say for _, say, _ in reversed(paper.told) if say.key == "booking.moved").venue is None


def test_whoever_is_elsewhere_is_told_both_clocks_and_everybody_else_the_practices() -> None:
    elsewhere = replace(Paper().facts.account, zone="Europe/Berlin")
    paper = assessed(account=elsewhere)
    paper.command("book")
    paper.taps("first")
    start = takes(paper)
    told = paper.heard("booking.booked")
    assert f"{start:%H:%M}" in told.splitlines()[2]
    moment = f'<tg-time unix="{int(start.timestamp())}" format="wDt">'
    assert f"Where you are: {moment}" in told
    assert f"{start.hour + 1:02}:{start:%M}</tg-time>" in told
    same = assessed(account=replace(elsewhere, zone="Europe/Lisbon"))
    same.command("book")
    same.taps("first")
    takes(same)
    assert "Where you are" not in same.heard("booking.booked")
