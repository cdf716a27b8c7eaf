"""Every change of a visit stands in the audit: who, what, which row."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model import (
    AddTimeOff,
    ApproveBooking,
    AskToMove,
    CancelBooking,
    ConfirmBooking,
    Effect,
    MarkVisit,
    ReleaseBookings,
    RunLate,
)
from tests.storage.desk import NINE, Desk, visit

HOUR = timedelta(hours=1)
BOOKED = visit()
HELD = replace(BOOKED, state="awaiting_release")
ASKED = replace(HELD, approve_until=NINE)


@pytest.mark.parametrize(
    ("by", "before", "effect", "deeds"),
    [
        ("ada", [], BOOKED, ["booking.make"]),
        ("anna", [BOOKED], replace(BOOKED, patient_id=1, starts_at=NINE + 2 * HOUR, ends_at=NINE + 3 * HOUR,
                                   free_at=NINE + 3 * HOUR), ["booking.make"]),
        ("ada", [BOOKED], replace(BOOKED, replaces=1), ["booking.cancel", "booking.make"]),
        ("ada", [BOOKED], CancelBooking(1), ["booking.cancel"]),
        ("anna", [BOOKED], CancelBooking(1), ["booking.cancel"]),
        ("ada", [BOOKED], ConfirmBooking(1), ["booking.confirm"]),
        ("ada", [BOOKED], RunLate(1, 10), ["booking.late"]),
        ("anna", [BOOKED], AskToMove(1), ["booking.ask_to_move"]),
        ("anna", [BOOKED], MarkVisit(1, "booked", "arrived"), ["booking.arrived"]),
        ("anna", [HELD], ReleaseBookings(1), ["booking.release"]),
        ("anna", [ASKED], ApproveBooking(1, "booked"), ["booking.approve"]),
        ("anna", [], AddTimeOff("anna", NINE, NINE + HOUR), ["time_off.add"]),
    ],
)  # fmt: skip
def test_a_change_is_written_down_with_who_did_it(
    desk: Desk, by: str, before: Sequence[Effect], effect: Effect, deeds: list[str]
) -> None:
    people = {"anna": desk.practitioner(5), "ada": desk.person(7)}
    desk.does(people["ada"], *before)
    (last,) = desk.rows("SELECT coalesce(max(id), 0) FROM audit")
    desk.does(people[by], effect)
    rows = desk.rows(
        f"SELECT account_id, deed FROM audit WHERE id > {last[0]} AND deed NOT LIKE 'patient%' ORDER BY id"
    )
    assert rows == [(people[by].account.id, deed) for deed in deeds]


def test_a_request_nobody_answered_is_written_down_as_nobodys(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, ASKED)
    desk.now = NINE
    desk.does(ada, CancelBooking(1))
    assert desk.rows("SELECT account_id, deed FROM audit ORDER BY id DESC LIMIT 1") == [(None, "booking.expire")]
