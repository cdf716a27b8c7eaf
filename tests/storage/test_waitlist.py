"""The waitlist on a real database: who is in line, what opens with a cancellation, and what is promised of an offer."""

from datetime import timedelta

import pytest

from bot import model
from bot.model import UNDO, CancelBooking, ForgetAccount, MakeOffer, PassOver, SettleOffer, StopWaiting, Wait
from storage.database import conflict
from storage.dialogue import Dialogue
from tests.storage.desk import ASSESSED, NINE, START, Desk, visit

HOUR = timedelta(hours=1)
ANY = Wait(frozenset({0, 1, 2, 3, 4}), frozenset({"mornings", "evenings"}))
FREED = NINE + HOUR


def in_line(desk: Desk, opening_id: int) -> list[int]:
    with desk.pen.work(desk.now) as work:
        return [one.account_id for one in work.waitlist.not_told(opening_id)]


def due(desk: Desk) -> list[tuple[int, int | None]]:
    with desk.pen.work(desk.now) as work:
        return [(opening.id, holder) for opening, holder in work.waitlist.due(10)]


def opened(desk: Desk, who: Dialogue) -> int:
    """Somebody has the hour from nine, and gives it back: the opening, with its undo lapsed."""
    desk.does(who, visit())
    (booked,) = desk.facts(who, "bookings")["bookings"]
    desk.does(who, CancelBooking(booked.id))
    desk.now += UNDO
    return max(int(row[0]) for row in desk.rows("SELECT id FROM opening"))


def waiting(desk: Desk, *chats: int) -> list[Dialogue]:
    people = [desk.person(chat) for chat in chats]
    for one in people:
        desk.does(one, ANY)
        desk.now += timedelta(minutes=1)
    return people


def test_a_cancellation_opens_what_it_freed_once_it_can_no_longer_be_undone(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, visit())
    (booked,) = desk.facts(ada, "bookings")["bookings"]
    desk.does(ada, CancelBooking(booked.id))
    desk.now += UNDO - timedelta(microseconds=1)
    assert due(desk) == []
    desk.now += timedelta(microseconds=1)
    assert due(desk) == [(1, None)]
    (opening,) = (desk.facts(ada, "opening", row=1)["opening"],)
    assert (opening.practitioner, opening.starts_at, opening.ends_at) == ("anna", NINE, FREED)


def test_a_move_and_an_erasure_open_what_was_left_too(desk: Desk) -> None:
    ada, eve = desk.person(7), desk.person(9)
    desk.does(ada, visit())
    (booked,) = desk.facts(ada, "bookings")["bookings"]
    desk.does(ada, visit(NINE + 5 * HOUR, replaces=booked.id))
    assert desk.rows("SELECT count(*) FROM opening") == [(1,)]
    desk.does(eve, *ASSESSED, visit(NINE + 2 * HOUR))
    patient = desk.facts(eve, "patient")["patient"].id
    desk.does(desk.practitioner(8), model.Erase(patient))
    assert desk.rows("SELECT count(*) FROM opening") == [(2,)]


def test_those_in_line_stand_by_how_long_they_wait_and_changing_a_wish_keeps_the_place(desk: Desk) -> None:
    ada, eve, kim = waiting(desk, 7, 9, 5)
    opening = opened(desk, desk.person(4))
    desk.does(ada, Wait(frozenset({2}), frozenset({"mornings"})))
    assert in_line(desk, opening) == [one.account.id for one in (ada, eve, kim)]
    assert desk.facts(ada, "waiting")["waiting"].days == {2}
    desk.does(eve, StopWaiting(), StopWaiting())
    assert in_line(desk, opening) == [one.account.id for one in (ada, kim)]


def test_whoever_left_the_time_is_not_in_line_for_it(desk: Desk) -> None:
    ada, eve = waiting(desk, 7, 9)
    opening = opened(desk, ada)
    assert in_line(desk, opening) == [eve.account.id]


@pytest.mark.parametrize("reason", ["unreachable", "forgotten"])
def test_who_cannot_be_written_to_is_not_in_line(desk: Desk, reason: str) -> None:
    ada, eve = waiting(desk, 7, 9)
    opening = opened(desk, desk.person(4))
    gone = ForgetAccount() if reason == "forgotten" else model.SetReachable(ada.account.id, reachable=False)
    desk.does(ada, gone)
    assert in_line(desk, opening) == [eve.account.id]


def test_an_opening_is_out_to_one_at_a_time_and_to_nobody_twice(desk: Desk) -> None:
    ada, eve = waiting(desk, 7, 9)
    opening = opened(desk, desk.person(4))
    until = desk.now + HOUR
    desk.does(ada, MakeOffer(opening, NINE, until))
    assert due(desk) == []
    with pytest.raises(Exception, match=r"uq_offer_open|offer\.opening_id") as refused:
        desk.does(eve, MakeOffer(opening, NINE, until))
    assert conflict(refused.value)
    assert desk.facts(eve, "opening", row=opening)["opening"].is_out
    desk.now = until
    assert due(desk) == [(opening, ada.account.id)]
    desk.does(ada, SettleOffer(opening, "lapsed"))
    for again in (SettleOffer(opening, "taken"), MakeOffer(opening, NINE, until + HOUR)):
        with pytest.raises(Exception, match=r"over|told") as refused:
            desk.does(ada, again)
        assert conflict(refused.value)
    assert (due(desk), in_line(desk, opening)) == ([(opening, None)], [eve.account.id])
    assert desk.facts(ada, "waiting")["waiting"].offered == {NINE}


def test_who_is_put_off_is_in_line_again_when_it_is_time(desk: Desk) -> None:
    ada, eve = waiting(desk, 7, 9)
    opening = opened(desk, desk.person(4))
    later = desk.now + HOUR
    desk.does(ada, PassOver(opening, later))
    desk.does(eve, PassOver(opening))
    assert in_line(desk, opening) == []
    with desk.pen.work(desk.now) as work:
        work.waitlist.rest(opening)
        assert work.waitlist.upcoming(5) == [later]
    assert due(desk) == []
    desk.now = later
    assert (due(desk), in_line(desk, opening)) == ([(opening, None)], [ada.account.id])
    desk.does(ada, PassOver(opening))
    with desk.pen.work(desk.now) as work:
        work.waitlist.rest(opening)
        assert work.waitlist.upcoming(5) == []


def test_whoever_is_forgotten_waits_for_nothing_and_what_they_were_offered_is_the_next_ones(desk: Desk) -> None:
    ada, eve = waiting(desk, 7, 9)
    opening = opened(desk, desk.person(4))
    desk.does(ada, MakeOffer(opening, NINE, desk.now + HOUR))
    desk.does(ada, ForgetAccount())
    assert (due(desk), in_line(desk, opening)) == ([(opening, None)], [eve.account.id])


def test_waiting_is_over_when_the_visit_begins_wherever_it_was_moved_to(desk: Desk) -> None:
    (ada,) = waiting(desk, 7)
    with desk.pen.work(desk.now) as work:
        assert work.waitlist.over(5) == []
    desk.does(ada, visit())
    (booked,) = desk.facts(ada, "bookings")["bookings"]
    desk.does(ada, visit(NINE + 5 * HOUR, replaces=booked.id))
    for moment, over in ((NINE, []), (NINE + 5 * HOUR, [ada.account.id])):
        desk.now = moment
        with desk.pen.work(desk.now) as work:
            assert work.waitlist.over(5) == over
    with desk.pen.work(desk.now) as work:
        work.waitlist.end(ada.account.id)
        assert work.waitlist.over(5) == []


def test_a_visit_that_is_cancelled_ends_nobodys_waiting(desk: Desk) -> None:
    (ada,) = waiting(desk, 7)
    desk.does(ada, visit())
    (booked,) = desk.facts(ada, "bookings")["bookings"]
    desk.does(ada, CancelBooking(booked.id))
    desk.now = NINE + HOUR
    with desk.pen.work(desk.now) as work:
        assert work.waitlist.over(5) == []


def test_the_practice_reads_who_waits_with_names_and_is_audited(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, *ASSESSED, ANY, visit())
    anna, eve = desk.practitioner(8), desk.person(9)
    (one,) = desk.facts(anna, "waitlist")["waitlist"]
    assert (one.name, one.visit_at, one.practitioner, one.parts) == ("Ada Loveless", NINE, "anna", ANY.parts)
    assert desk.facts(eve, "waitlist") == {"waitlist": ()}
    assert desk.rows("SELECT count(*) FROM audit WHERE subject = 'waitlist'") == [(1,)]


def test_what_opened_is_deleted_once_it_is_over(desk: Desk) -> None:
    ada, _ = waiting(desk, 7, 9)
    opening = opened(desk, desk.person(4))
    desk.does(ada, PassOver(opening))
    for moment, left in ((START + HOUR, 1), (FREED, 0)):
        desk.now = moment
        with desk.pen.work(desk.now) as work:
            work.prune()
        assert desk.rows("SELECT count(*) FROM opening") == [(left,)]
        assert desk.rows("SELECT count(*) FROM offer") == [(left,)]


def test_a_step_that_decided_nothing_is_not_decided_again(desk: Desk) -> None:
    """Or the clock would ask for it for ever."""
    ada, eve = waiting(desk, 7, 9)
    opening = opened(desk, desk.person(4))
    with desk.pen.work(desk.now) as work:
        work.waitlist.decided(opening, ada.account.id)
    assert in_line(desk, opening) == [eve.account.id]
    desk.does(eve, MakeOffer(opening, NINE, desk.now + HOUR))
    desk.now += HOUR
    with desk.pen.work(desk.now) as work:
        work.waitlist.decided(opening, eve.account.id)
    assert (due(desk), in_line(desk, opening)) == ([(opening, None)], [])
