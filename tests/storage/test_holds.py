"""Times kept for whoever chose them: one an account, in nobody's way once lapsed, never beside another's."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest

from bot import model
from bot.model import Hold, LetGo, RenewHold
from storage.database import conflict
from storage.dialogue import Dialogue
from tests.storage.desk import NINE, START, WEEKS, Desk, visit

HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
TEN = timedelta(minutes=10)
SEED = 20_260_302


def kept(desk: Desk, practitioner: str = "anna", room: str = "blue") -> Hold:
    return Hold(practitioner, room, NINE, NINE + HOUR, desk.now + TEN, desk.now)


def taken(desk: Desk, who: Dialogue) -> set[str]:
    return {each.ref for each in desk.facts(who, "busy", window=WEEKS)["busy"]}


def test_a_time_kept_is_taken_for_everybody_but_its_owner(desk: Desk) -> None:
    ada, eve = desk.person(7), desk.person(9)
    desk.does(ada, kept(desk))
    assert desk.facts(ada, "hold")["hold"] == kept(desk)
    assert desk.facts(eve, "hold")["hold"] is None
    assert (taken(desk, ada), taken(desk, eve)) == (set(), {"anna", "blue"})
    with pytest.raises(Exception, match="overlap") as refused:
        desk.does(eve, visit(NINE + QUARTER, room="green"))
    assert conflict(refused.value)
    with pytest.raises(Exception, match="overlap") as refused:
        desk.does(eve, kept(desk, "ben", "blue"))
    assert conflict(refused.value)


def test_the_owner_books_the_time_that_was_kept(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, kept(desk), visit())
    assert desk.facts(ada, "hold")["hold"] is None
    assert len(desk.facts(ada, "bookings")["bookings"]) == 1
    assert desk.rows("SELECT count(*), count(owner_id) FROM occupancy") == [(2, 0)]


def test_an_account_keeps_one_time_at_most(desk: Desk) -> None:
    ada, eve = desk.person(7), desk.person(9)
    desk.does(ada, kept(desk), kept(desk, "ben", "green"))
    assert taken(desk, eve) == {"ben", "green"}
    desk.does(ada, replace(kept(desk, "ben", "green"), until=desk.now + 2 * TEN))
    assert desk.facts(ada, "hold")["hold"].until == desk.now + 2 * TEN
    desk.does(ada, LetGo(), LetGo())
    assert taken(desk, eve) == set()


def test_a_time_that_lapsed_stands_in_nobodys_way(desk: Desk) -> None:
    ada, eve = desk.person(7), desk.person(9)
    desk.does(ada, kept(desk))
    desk.now = START + TEN - timedelta(microseconds=1)
    assert taken(desk, eve) == {"anna", "blue"}
    desk.now = START + TEN
    assert taken(desk, eve) == set()
    desk.does(eve, visit())
    assert desk.facts(ada, "hold")["hold"] is None
    with pytest.raises(Exception, match="overlap"):
        desk.does(ada, visit())


def test_whoever_is_forgotten_keeps_nothing(desk: Desk) -> None:
    desk.does(desk.person(7), kept(desk), model.ForgetAccount())
    assert desk.rows("SELECT 1 FROM occupancy") == []


def test_whatever_anybody_does_in_any_order_is_as_in_a_diary_on_paper(desk: Desk) -> None:
    """Five people keep, let go, book, cancel and dawdle at random, beside the simplest diary there is."""
    chance = random.Random(SEED)
    people = [desk.person(chat) for chat in range(7, 12)]
    paper = Paper()
    refused = 0
    for _ in range(400):
        who, deed = chance.choice(people), chance.choice(("keep", "keep", "book", "let go", "cancel", "dawdle"))
        starts_at = NINE + chance.randrange(12) * QUARTER
        whom = chance.choice(list(product(("anna", "ben"), ("blue", "green"))))
        own = who.account.id
        if deed == "dawdle":
            desk.now += timedelta(minutes=chance.randrange(6))
        elif deed == "let go":
            desk.does(who, LetGo())
            paper.kept.pop(own, None)
        elif deed == "cancel":
            booked = desk.facts(who, "bookings").get("bookings", ())
            desk.does(who, *(model.CancelBooking(one.id) for one in booked))
            paper.booked = [one for one in paper.booked if one[0] != own]
        else:
            hold = Hold(*whom, starts_at, starts_at + HOUR, desk.now + TEN, desk.now)
            wanted = hold if deed == "keep" else visit(starts_at, practitioner=whom[0], room=whom[1])
            if paper.is_free(own, hold):
                desk.does(who, wanted)
                paper.kept.pop(own, None)
                if deed == "keep":
                    paper.kept[own] = hold
                else:
                    paper.booked.append((own, hold))
            else:
                refused += 1
                with pytest.raises(Exception, match="overlap"):
                    desk.does(who, wanted)
        for each in people:
            seen = sorted((one.ref, one.starts_at) for one in desk.facts(each, "busy", window=WEEKS)["busy"])
            assert seen == paper.taken_for(each.account.id, desk), deed
    assert refused > 50


class Paper:
    """Who keeps and who has booked which hour."""

    def __init__(self) -> None:
        self.kept: dict[int, Hold] = {}
        self.booked: list[tuple[int, Hold]] = []

    def others(self, own: int, now: datetime) -> list[Hold]:
        kept = [hold for owner, hold in self.kept.items() if owner != own and hold.until > now]
        return [*kept, *(hold for _, hold in self.booked)]

    def is_free(self, own: int, wanted: Hold) -> bool:
        return not any(
            (one.practitioner == wanted.practitioner or one.room == wanted.room)
            and one.starts_at < wanted.free_at
            and wanted.starts_at < one.free_at
            for one in self.others(own, wanted.since)
        )

    def taken_for(self, own: int, desk: Desk) -> list[tuple[str, object]]:
        others = self.others(own, desk.now)
        return sorted((ref, one.starts_at) for one in others for ref in (one.practitioner, one.room))


# --- kept longer, and kept after a visit is cancelled or moved


def test_what_is_kept_is_kept_longer_up_to_its_end_in_all(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, kept(desk))
    for minutes, until in ((8, 18), (16, 26), (24, 30), (29, 30)):
        desk.now = START + timedelta(minutes=minutes)
        desk.does(ada, RenewHold(START, desk.now + TEN, 3 * TEN))
        assert desk.facts(ada, "hold")["hold"].until == START + timedelta(minutes=until)


def test_what_has_lapsed_or_is_somebody_elses_is_not_kept_longer(desk: Desk) -> None:
    ada, eve = desk.person(7), desk.person(9)
    desk.does(ada, kept(desk))
    desk.now = START + timedelta(minutes=5)
    desk.does(eve, RenewHold(START, desk.now + TEN, 4 * TEN))
    assert desk.facts(ada, "hold")["hold"].until == START + TEN
    desk.now = START + TEN
    desk.does(ada, RenewHold(START, desk.now + TEN, 4 * TEN))
    assert taken(desk, eve) == set()


def test_the_time_of_a_visit_cancelled_is_kept_for_whoever_had_it_and_booked_again(desk: Desk) -> None:
    ada, eve = desk.person(7), desk.person(9)
    desk.does(ada, visit())
    (stood,) = desk.facts(ada, "bookings")["bookings"]
    desk.does(ada, model.CancelBooking(stood.id), kept(desk))
    with pytest.raises(Exception, match="overlap"):
        desk.does(eve, visit(NINE + QUARTER))
    desk.does(ada, replace(visit(), uid=stood.uid, again=stood.id))
    (stands,) = desk.facts(ada, "bookings")["bookings"]
    assert (stands.uid, stands.starts_at, stands.sequence) == (stood.uid, stood.starts_at, stood.sequence + 2)
    assert desk.facts(ada, "hold")["hold"] is None


def test_a_visit_taken_back_by_an_old_button_is_still_the_newest_calendars_know(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, visit())
    (first,) = desk.facts(ada, "bookings")["bookings"]
    desk.does(ada, model.CancelBooking(first.id))
    desk.does(ada, replace(visit(), uid=first.uid, again=first.id))
    (second,) = desk.facts(ada, "bookings")["bookings"]
    desk.does(ada, model.CancelBooking(second.id))
    assert desk.facts(ada, "visit", row=first.id)["visit"].sequence == second.sequence + 1
    desk.does(ada, replace(visit(), uid=first.uid, again=first.id))
    (third,) = desk.facts(ada, "bookings")["bookings"]
    assert third.sequence == second.sequence + 2


def test_a_visit_that_was_left_is_overtaken_once_the_practice_has_changed_what_took_its_place(desk: Desk) -> None:
    anna, ada = desk.practitioner(5), desk.person(7)
    desk.does(ada, visit())
    (first,) = desk.facts(ada, "bookings")["bookings"]
    desk.does(ada, replace(visit(NINE + timedelta(days=1)), uid=first.uid, replaces=first.id))
    (second,) = desk.facts(ada, "bookings")["bookings"]
    assert not desk.facts(ada, "visit", row=first.id)["visit"].overtaken
    desk.does(anna, model.CancelBooking(second.id))
    assert desk.facts(ada, "visit", row=first.id)["visit"].overtaken
    assert not desk.facts(ada, "visit", row=second.id)["visit"].overtaken


def test_the_time_of_a_visit_moved_is_kept_beside_the_new_one(desk: Desk) -> None:
    ada, eve = desk.person(7), desk.person(9)
    desk.does(ada, visit())
    (stood,) = desk.facts(ada, "bookings")["bookings"]
    half = timedelta(minutes=30)
    rest = Hold("anna", "blue", NINE, NINE + half, desk.now + TEN, desk.now)
    desk.does(ada, replace(visit(NINE + half), replaces=stood.id), rest)
    with pytest.raises(Exception, match="overlap"):
        desk.does(eve, replace(visit(NINE - half), free_at=NINE + QUARTER))
    (moved,) = desk.facts(ada, "bookings")["bookings"]
    desk.does(ada, replace(visit(), replaces=moved.id))
    assert [one.starts_at for one in desk.facts(ada, "bookings")["bookings"]] == [NINE]


def test_how_late_somebody_is_stands_at_their_own_visit_only(desk: Desk) -> None:
    ada, eve = desk.person(7), desk.person(9)
    desk.does(ada, visit())
    (stood,) = desk.facts(ada, "bookings")["bookings"]
    desk.does(eve, model.RunLate(stood.id, 20))
    assert desk.facts(ada, "bookings")["bookings"][0].late == 0
    desk.does(ada, model.RunLate(stood.id, 10))
    assert desk.facts(ada, "bookings")["bookings"][0].late == 10
    assert desk.rows("SELECT count(*) FROM audit WHERE deed = 'booking.late'") == [(1,)]
