"""The practice books, moves and cancels for Maria: decided without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.model import (
    Account,
    Book,
    Booking,
    Busy,
    CancelBooking,
    Command,
    Flag,
    Patient,
    PlanReminder,
    Tap,
    TimeOff,
)
from tests.flows.paper import ALEX
from tests.flows.test_time_off import AtTheDesk
from tests.house import practice

HOUR = timedelta(hours=1)
TEN = datetime(2026, 3, 10, 10, tzinfo=UTC)
KIM = Booking(5, 9, "first", "example", TEN, TEN + HOUR, "Europe/London", "booked", name="Kim")
MARIAS = Booking(
    3, 7, "first", "example", TEN + 3 * HOUR, TEN + 4 * HOUR, "Europe/London", "booked", uid="u", name="Maria"
)


def desk(*bookings: Booking, accounts: tuple[Account, ...] = (Account(1, 11, "en"),)) -> AtTheDesk:
    """Alex at the desk; Kim has ten o'clock on Tuesday the 10th."""
    made = AtTheDesk(KIM, *bookings)
    taken: list[Busy] = []
    for one in (KIM, *bookings):
        stretch = one.starts_at, one.ends_at + timedelta(minutes=15), one.id
        taken += [Busy("practitioner", "example", *stretch), Busy("room", "room-1", *stretch)]
    made.paper.facts = replace(
        made.paper.facts,
        patient=Patient(7, "active", "Maria"),
        bookings=bookings,
        busy=tuple(taken),
        accounts=accounts,
        patients=(Patient(7, "active", "Maria"), Patient(9, "active", "Kim Doe"), Patient(8, "active", "Lee Doe")),
    )
    return made


def begin(made: AtTheDesk) -> AtTheDesk:
    made.hear(Tap("s:book_for:7", "c", 1))
    return made


def books(made: AtTheDesk) -> list[Book]:
    return [one for one in made.done if isinstance(one, Book)]


def test_book_as_the_practice_asks_for_whom_and_finds_by_a_part_of_the_name() -> None:
    made = desk()
    made.hear(Command("book"))
    assert "Book for whom?" in made.last
    offered = [offer.data for row in made.paper.told[-1][1].offers for offer in row if offer.code == "book_for"]
    assert offered == ["s:book_for:9", "s:book_for:7", "s:book_for:8"], "who has a visit comes first"
    made.types("doe")
    offered = [offer.data for row in made.paper.told[-1][1].offers for offer in row if offer.code == "book_for"]
    assert offered == ["s:book_for:9", "s:book_for:8"]
    made.types("nobody else")
    assert "I know nobody called nobody else" in made.last


def test_who_is_called_otherwise_is_found_by_their_full_name() -> None:
    made = desk()
    nick = Patient(7, "active", "Mia", full_name="Maria Example")
    made.paper.facts = replace(made.paper.facts, patients=(nick, Patient(9, "active", "Kim")))
    made.hear(Command("book"))
    made.types("example")
    offered = [offer.data for row in made.paper.told[-1][1].offers for offer in row if offer.code == "book_for"]
    assert offered == ["s:book_for:7"]


def test_two_who_are_called_the_same_are_told_apart() -> None:
    made = desk()
    alike = (Patient(7, "active", "Maria", "1980-05-03"), Patient(8, "active", "maria", "1991-11-30"))
    made.paper.facts = replace(made.paper.facts, patients=(*alike, Patient(9, "active", "Kim", "1970-01-01")))
    made.hear(Command("book"))
    made.types("maria")
    message = practice().words.render(made.paper.told[-1][1], "en-GB", "Europe/London")
    shown = [label for row in message.rows for label, data in row if data.startswith("s:book_for")]
    assert shown == ["Maria, born 3 May 1980", "maria, born 30 November 1991"]


def test_a_free_time_is_booked_and_the_patient_told_once_with_the_file() -> None:
    made = begin(desk())
    for code in ("first", "20260312", "20260312T1000"):
        made.taps(code)
    assert "Against your rules" not in made.last
    made.taps("book")
    (deed,) = books(made)
    assert (deed.patient_id, deed.state, deed.in_time_off) == (7, "booked", False)
    told = [say for to, say, _ in made.paper.told if to == 1]
    assert [(say.key, say.document) for say in told] == [("booking.booked_for_you", "ics")]
    reminders = [one for one in made.done if isinstance(one, PlanReminder)]
    assert [one.patient_id for one in reminders] == [7] * 5
    assert "I am telling Maria" in made.last
    assert not any(say.key == "desk.booked" for to, say, _ in made.paper.told if to == ALEX.account_id)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Thu 19:15", ["outside the hours"]),
        ("today 11:00", ["shorter than your notice"]),
        ("10 March at 14:00", ["during time off"]),
        ("Good Friday", []),
        ("3 April 10:00", ["you are closed"]),
        ("10 December 10:00", ["(10 December 2026)"]),
        ("1 March 10:00", ["(1 March 2027)"]),
        ("12 March 10:05", []),
    ],
)
def test_any_time_may_be_typed_and_what_it_breaks_is_said_once_before(typed: str, said: list[str]) -> None:
    made = desk()
    away = TimeOff(1, "practitioner", "example", TEN + 3 * HOUR, TEN + 6 * HOUR)
    made.paper.facts = replace(made.paper.facts, off=(away,))
    begin(made)
    made.taps("first")
    made.types(typed)
    if typed == "Good Friday":
        assert "I cannot find that day" in made.last
        return
    rules = (
        "outside the hours",
        "shorter than your notice",
        "during time off",
        "you are closed",
        "(10 December 2026)",
        "(1 March 2027)",
    )
    assert [rule for rule in rules if rule in made.last] == said
    made.taps("book")
    (deed,) = books(made)
    assert deed.in_time_off == (said == ["during time off"])


def test_what_speaks_against_a_time_since_it_was_shown_is_said_before_it_is_booked() -> None:
    made = begin(desk())
    for code in ("first", "20260312", "20260312T1000"):
        made.taps(code)
    assert "Against your rules" not in made.last
    start = datetime(2026, 3, 12, 10, tzinfo=UTC)
    away = TimeOff(1, "practitioner", "example", start, start + HOUR, "calendar")
    made.paper.facts = replace(made.paper.facts, off=(away,))
    made.taps("book")
    assert books(made) == []
    assert "Against your rules: during time off" in made.last
    made.taps("book")
    assert [one.in_time_off for one in books(made)] == [True]


def test_a_day_further_ahead_than_patients_can_book_wants_a_time() -> None:
    made = begin(desk())
    made.taps("first")
    made.types("10 December")
    assert "For 10 December 2026, type the time too." in made.last


def test_a_time_alone_is_of_the_day_in_hand() -> None:
    made = begin(desk())
    for code in ("first", "20260312"):
        made.taps(code)
    made.types("19:15")
    made.taps("book")
    assert [one.starts_at for one in books(made)] == [datetime(2026, 3, 12, 19, 15, tzinfo=UTC)]


def test_what_somebody_else_has_is_never_booked() -> None:
    made = begin(desk())
    made.taps("first")
    for typed in ("10 March 10:30", "10 March 09:30", "10 March 11:10"):
        made.types(typed)
        assert "is taken by Kim" in made.last
    made.types("12 March 10:00")
    hold = Busy("room", "room-1", TEN + 48 * HOUR, TEN + 49 * HOUR)
    made.paper.facts = replace(made.paper.facts, busy=(*made.paper.facts.busy, hold))
    made.taps("book")
    assert books(made) == []
    assert "is taken by somebody who is choosing it just now" in made.last
    made.types("1 March 10:00")
    made.types("2 March 2028 10:00")
    assert books(made) == []


def test_a_visit_is_moved_and_half_an_hour_later_is_no_overlap_with_itself() -> None:
    made = begin(desk(MARIAS))
    made.taps("m3")
    made.types("10 March 13:30")
    assert "is taken" not in made.last
    made.taps("book")
    (deed,) = books(made)
    assert (deed.replaces, deed.uid, deed.starts_at) == (3, "u", TEN + 3.5 * HOUR)
    assert made.paper.heard("booking.moved_for_you", 1)


def test_a_visit_is_cancelled_once_it_was_asked_whether_to() -> None:
    made = begin(desk(MARIAS))
    made.taps("c3")
    assert "Cancel <b>Maria</b>, Tuesday 10 March, 13:00" in made.last
    made.taps("cancel_it")
    assert CancelBooking(3) in made.done
    (told,) = [say for to, say, _ in made.paper.told if to == 1]
    assert (told.key, told.document, told.values["document"]["state"]) == (
        "booking.cancelled_for_you",
        "ics",
        "cancelled",
    )


def test_a_visit_that_was_changed_meanwhile_is_left_alone() -> None:
    for taps in (("c3", "cancel_it"), ("m3", "20260312", "20260312T1000", "book")):
        made = begin(desk(MARIAS))
        for code in taps[:-1]:
            made.taps(code)
        made.paper.facts = replace(made.paper.facts, bookings=())
        made.taps(taps[-1])
        assert not [one for one in made.done if isinstance(one, Book | CancelBooking)]


@pytest.mark.parametrize("state", ["erasure_asked", "erased"])
def test_nothing_is_booked_for_somebody_who_was_forgotten(state: str) -> None:
    gone = Patient(7, state, "")
    made = desk()
    made.paper.facts = replace(made.paper.facts, patient=gone)
    outcome = made.hear(Tap("s:book_for:7", "c", 1))
    assert outcome.toast
    assert outcome.toast.key == "common.gone"

    made = begin(desk())
    for code in ("first", "20260312", "20260312T1000"):
        made.taps(code)
    made.paper.facts = replace(made.paper.facts, patient=gone)
    made.taps("book")
    assert books(made) == []
    assert "Please look again" in made.last


def test_a_patient_whom_messages_do_not_reach_is_left_to_be_told() -> None:
    for accounts in ((), (Account(1, 11, "en", reachable=False),)):
        made = begin(desk(accounts=accounts))
        for code in ("first", "20260312", "20260312T1000", "book"):
            made.taps(code)
        assert len(books(made)) == 1
        assert "do not reach Maria" in made.last
        assert not any(to == 1 for to, _, _ in made.paper.told)


def test_a_warning_sign_holds_what_the_practice_books_too() -> None:
    made = desk()
    made.paper.facts = replace(made.paper.facts, flags=(Flag("RF12", "doctor", "open"),))
    begin(made)
    for code in ("first", "20260312", "20260312T1000"):
        made.taps(code)
    assert "A warning sign holds it" in made.last
    made.taps("book")
    assert [one.state for one in books(made)] == ["awaiting_release"]


def test_a_name_typed_in_the_middle_is_no_answer() -> None:
    made = begin(desk())
    made.types("hello")
    assert "which visit?" in made.last
