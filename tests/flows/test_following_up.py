"""What comes after: an alarm nobody has seen, help reached or not, what is asked, changed or left half done."""

from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

from bot.model import (
    AskAgain,
    Booking,
    CloseRecord,
    Delivered,
    Facts,
    Media,
    OpenEpisode,
    OpenRecord,
    Outcome,
    PlanReminder,
    Record,
    SetAlarm,
    Tap,
)
from tests.flows.paper import ALEX, NOW, SAM, Paper, coded, ended
from tests.house import practice

EMERGENCY = {"legs": ["saddle"], "saddle": ["new"]}
ALERT = practice().content.clinic.alert


def in_an_emergency() -> Paper:
    paper = Paper()
    paper.command("assessment")
    paper.answers(EMERGENCY)
    return paper


def sent() -> Paper:
    paper = Paper()
    paper.command("assessment")
    paper.answers()
    paper.taps("send")
    paper.told.clear()
    return paper


def with_record(paper: Paper, **changes: Any) -> Facts:
    """The facts, with the assessment changed behind the conversation's back."""
    record = paper.facts.record
    assert isinstance(record, Record)
    return replace(paper.facts, record=replace(record, **changes))


def to_whom(paper: Paper, key: str) -> list[int]:
    return [to for to, say, _ in paper.told if say.key == key]


# --- the loop of an alarm


def test_an_emergency_sets_its_alarms_as_the_clinic_says() -> None:
    paper = in_an_emergency()
    assert {one.step: one.due_at - NOW for one in paper.planned if isinstance(one, SetAlarm)} == {
        "again": timedelta(minutes=ALERT.again_after_minutes),
        "second": timedelta(minutes=ALERT.second_contact_after_minutes),
        "care": timedelta(minutes=ALERT.ask_care_after_minutes),
    }


def test_an_alarm_nobody_has_seen_sounds_again_and_then_goes_to_the_next_contact_too() -> None:
    paper = in_an_emergency()
    paper.delivered()
    paper.rings("again")
    assert to_whom(paper, "desk.alert_again") == [ALEX.account_id]
    paper.rings("second")
    assert to_whom(paper, "desk.alert_again") == [ALEX.account_id, ALEX.account_id, SAM.account_id]
    assert "Do not wait for them" in paper.heard("intake.nobody_confirmed", to=1)


def test_once_somebody_has_seen_it_no_alarm_sounds_again() -> None:
    for who in (ALEX, SAM):
        paper = in_an_emergency()
        paper.delivered()
        paper.desk("seen", who)
        for step in ("again", "second"):
            paper.rings(step)
        assert to_whom(paper, "desk.alert_again") == []


def test_an_alarm_that_cannot_be_delivered_goes_to_the_second_contact_at_once() -> None:
    paper = in_an_emergency()
    paper.delivered(ok=False)
    assert to_whom(paper, "desk.alert") == [ALEX.account_id, SAM.account_id]
    assert paper.heard("intake.told") == ""
    paper.delivered(ok=True)
    assert "The practice has been told" in paper.heard("intake.told", to=1)


def test_an_alarm_sounds_again_though_every_first_try_failed() -> None:
    paper = in_an_emergency()
    paper.delivered(ok=False)
    paper.delivered(ok=False)
    assert "I could not reach the practice" in paper.heard("intake.not_told", to=1)
    paper.rings("again")
    assert to_whom(paper, "desk.alert_again") == [ALEX.account_id]


def test_the_practice_is_said_to_have_been_told_once() -> None:
    paper = in_an_emergency()
    paper.delivered()
    paper.rings("again")
    paper.delivered()
    assert len(to_whom(paper, "intake.told")) == 1


def test_the_patient_is_asked_whether_care_was_reached_and_the_practice_hears_the_answer() -> None:
    for code, words in (("care_yes", "I have had help"), ("care_no", "I have had no help yet")):
        paper = in_an_emergency()
        paper.delivered()
        paper.rings("care")
        paper.taps(code)
        assert words in paper.heard("desk.card", to=2)
        assert words in paper.heard("desk.cared", to=2)
        if code == "care_no":
            assert practice().content.clinic.numbers.emergency in paper.heard("intake.cared_no", to=1)


def test_the_same_answer_about_care_twice_is_once() -> None:
    paper = in_an_emergency()
    paper.rings("care")
    paper.taps("care_yes")
    paper.taps("care_yes")
    assert len(to_whom(paper, "desk.cared")) == 1


def test_what_was_released_rings_no_more_and_asks_nobody() -> None:
    paper = in_an_emergency()
    paper.desk("seen")
    paper.desk("release")
    before = len(paper.told)
    for step in ("again", "second", "care"):
        paper.rings(step)
    assert len(paper.told) == before


def test_whoever_is_alarmed_reads_what_was_answered() -> None:
    paper = in_an_emergency()
    assert f"Answer: {paper.content.form.item('saddle').options[0].label}" in paper.heard("desk.alert", to=2)


def test_what_nobody_has_seen_is_not_released() -> None:
    paper = in_an_emergency()
    assert not paper.desk("release").effects
    assert "Tap Seen first" in paper.heard("desk.see_first")
    assert "saddle" in paper.heard("desk.see_first")


def test_the_receipt_of_one_alarm_says_nothing_of_another() -> None:
    paper = in_an_emergency()
    receipt = next(say.receipt for _, say, _ in paper.told if say.receipt)
    paper.facts = replace(paper.facts, flags=tuple(replace(one, code="RF24") for one in paper.facts.flags))
    paper.hear(Delivered(receipt, ok=True))
    assert paper.heard("intake.told") == ""
    assert not any(flag.told for flag in paper.facts.flags)


def test_an_alarm_of_what_was_released_does_not_ring_for_what_came_since() -> None:
    paper = in_an_emergency()
    paper.facts = replace(
        paper.facts, flags=tuple(replace(one, raised_at=NOW + timedelta(minutes=8)) for one in paper.facts.flags)
    )
    paper.rings("again")
    assert to_whom(paper, "desk.alert_again") == []


def test_coming_back_ten_times_sets_no_more_alarms() -> None:
    paper = in_an_emergency()
    before = len(paper.planned)
    for _ in range(10):
        paper.command("assessment")
    assert len(paper.planned) == before


def test_not_yet_is_answered_with_whom_to_call_however_often() -> None:
    paper = in_an_emergency()
    paper.rings("care")
    paper.taps("care_no")
    paper.taps("care_no")
    assert len(to_whom(paper, "intake.cared_no")) == 2
    assert len(to_whom(paper, "desk.cared")) == 1


def test_a_crisis_gets_its_own_number_and_the_emergency_number_wherever_help_is_spoken_of() -> None:
    numbers = practice().content.clinic.numbers
    paper = Paper()
    paper.command("assessment")
    paper.answers({"self-harm": ["yes"]})
    paper.delivered()
    paper.rings("second")
    paper.rings("care")
    paper.taps("care_no")
    paper.command("book")
    for key in ("intake.emergency", "intake.nobody_confirmed", "intake.cared_no", "booking.see_doctor_first"):
        assert numbers.crisis in paper.heard(key, to=1), key
        assert numbers.emergency in paper.heard(key, to=1), key


def test_a_released_emergency_does_not_stand_for_the_next() -> None:
    paper = in_an_emergency()
    paper.desk("seen")
    paper.desk("release")
    paper.command("assessment")
    paper.answers({"self-harm": ["yes"]})
    shown = paper.heard("intake.emergency", to=1)
    assert practice().content.clinic.numbers.crisis in shown
    assert "emergency department" not in shown


def test_a_sign_for_a_doctor_is_told_to_the_patient_at_once_and_in_the_nudge() -> None:
    paper = Paper()
    paper.command("assessment")
    while paper.asked and paper.asked.link_id != "general":
        paper.answer(paper.asked)
    assert paper.asked
    paper.answer(paper.asked, ["weight"])
    assert "call your doctor today" in paper.heard("intake.asking")
    paper.facts = with_record(paper, touched_at=NOW)
    paper.due("nudge")
    assert "call your doctor today" in paper.heard("intake.nudge")


# --- after it was sent


def test_an_answer_can_be_changed_until_the_visit_and_the_practitioner_sees_what_changed() -> None:
    paper = sent()
    paper.command("assessment")
    paper.taps("amend")
    paper.taps("change")
    item = paper.content.form.item("pain-now")
    paper.taps(item.digest)
    paper.types("9")
    paper.taps("send")
    announced = paper.heard("desk.amended", to=2)
    assert "before: 3" in announced
    assert "now: <b>9</b>" in announced
    assert "Pain now: 9" in paper.heard("desk.card", to=2)


def test_each_medicine_can_be_changed_and_another_one_added() -> None:
    paper = Paper()
    paper.command("assessment")
    paper.answers({"history": ["medicines"], "medicine": ["no"], "medicine-name": ["Ramipril"]})
    form = paper.content.form
    name, another = (form.item(link_id).digest for link_id in ("medicine-name", "medicine"))
    paper.taps("change")
    paper.taps(f"{another}.0")
    paper.taps("yes")
    paper.types("Vitamin D")
    paper.answers()
    paper.taps("change")
    paper.taps(f"{name}.1")
    paper.types("Vitamin B")
    paper.taps("send")
    assert "Takes: Ramipril, Vitamin B" in paper.heard("desk.card", to=2).replace(" and ", ", ")


def test_whoever_ticks_everything_reads_it_all_over_and_can_change_every_answer() -> None:
    paper = Paper()
    form, rules = paper.content.form, paper.content.screening.rules
    paper.command("assessment")
    while (item := paper.asked) is not None:
        grave = {
            code for rule in rules for code, level in rule.answers.get(item.link_id, {}).items() if level == "emergency"
        }
        ticked = [coded(one.value) for one in item.options if not one.exclusive and coded(one.value) not in grave]
        said = ticked if item.repeats else [code for code in ticked if code not in ("none", "no")][:1]
        paper.answer(item, ["skip"] if item.type == "attachment" else said or None)
    assert paper.facts.record
    asked = [place for place in form.questions(paper.facts.record.answers) if form.item(place).is_question]
    assert len(asked) > 80
    read = "".join(text for _, say, text in paper.told if say.key in ("intake.reviewed", "intake.review"))
    assert all(form.item(place).text[:40] in unescape(read) for place in asked)
    assert all(len(text) < 4096 for _, _, text in paper.told)
    paper.taps("change")
    offered = set(offered_of(paper))
    while not offered >= {form.item(place).digest for place in asked if not place.at}:
        before = set(offered)
        paper.taps("more")
        offered |= set(offered_of(paper))
        assert offered > before, "every page shows something new"


def offered_of(paper: Paper) -> list[str]:
    return [offer.code for row in paper.told[-1][1].offers for offer in row]


def test_nothing_is_sent_again_where_nothing_was_changed() -> None:
    paper = sent()
    paper.command("assessment")
    paper.taps("amend")
    offered = [offer.code for row in paper.told[-1][1].offers for offer in row]
    assert "send" not in offered
    assert "change" in offered


def test_after_the_visit_only_a_new_assessment_can_be_begun_and_the_first_is_kept() -> None:
    paper = sent()
    paper.waits(days=5)
    paper.facts = replace(with_record(paper, submitted_at=NOW), past=(ended(paper.facts.now),))
    paper.command("assessment")
    offered = [offer.code for row in paper.told[-1][1].offers for offer in row]
    assert "amend" not in offered
    outcome = paper.taps("anew")
    assert [type(one) for one in outcome.effects][:2] == [OpenEpisode, OpenRecord]
    assert paper.asked
    assert paper.asked.link_id not in ("call-me", "born", "phone"), "who they are is known"


def test_the_practitioner_asks_the_patient_answers_and_the_card_has_it() -> None:
    paper = Paper()
    paper.command("assessment")
    paper.answers({"story": ["skip"]})
    paper.taps("send")
    outcome = paper.desk("ask")
    story = paper.content.form.item("story")
    listed = outcome.says[-1].offers
    assert any("◻️" in practice().words.render(outcome.says[-1], "en-GB", "Europe/London").rows[0][0][0] for _ in listed)
    data = next(offer.data for row in listed for offer in row if offer.code == story.digest)
    chosen = practice().engine.advance(outcome.conversation, Tap(data, "c", 1), replace(paper.facts, staff=ALEX))
    assert isinstance(chosen, Outcome)
    assert AskAgain(7, "story") in chosen.effects
    paper.facts = with_record(paper, asked=frozenset({"story"}))
    paper.told.append((1, next(say for say in chosen.says if say.key == "intake.asked"), ""))
    paper.taps("answer")
    assert paper.asked is story
    assert "The practitioner would like to know" in paper.heard("intake.asking")
    outcome = paper.types("I fell off a ladder")
    assert CloseRecord("amended") in outcome.effects
    assert "I fell off a ladder" in paper.heard("desk.answered", to=2)
    assert "I fell off a ladder" in paper.heard("desk.card", to=2)
    assert paper.conversation.flow is None


def test_a_new_sign_in_an_assessment_already_sent_comes_as_a_short_message_that_replies_to_the_card() -> None:
    paper = sent()
    paper.command("assessment")
    paper.taps("amend")
    paper.taps("change")
    paper.taps(paper.content.form.item("sudden").digest)
    paper.answer(paper.content.form.item("sudden"), ["beat"])
    told = next(say for to, say, _ in reversed(paper.told) if say.key == "desk.new_flag")
    assert told.reply_to == "patient:7"
    assert not told.card


# --- left half done


def test_an_assessment_left_half_done_is_spoken_of_after_a_day_and_after_three_then_never() -> None:
    paper = Paper()
    paper.command("assessment")
    paper.types("Maria Example")
    paper.facts = with_record(paper, touched_at=NOW)
    paper.due("nudge")
    assert len(to_whom(paper, "intake.nudge")) == 1
    paper.due("nudge")
    assert len(to_whom(paper, "intake.nudge")) == 2
    assert paper.facts.now == NOW + timedelta(days=3)
    assert [one.topic for one in paper.planned if isinstance(one, PlanReminder)] == ["", "last"]


def test_a_nudge_waits_for_a_whole_day_of_silence() -> None:
    paper = Paper()
    paper.command("assessment")
    touched = NOW + timedelta(hours=20)
    paper.facts = with_record(paper, touched_at=touched)
    paper.due("nudge")
    assert to_whom(paper, "intake.nudge") == []
    assert paper.planned[-1] == PlanReminder("nudge", touched + timedelta(days=1), "")


def test_nobody_is_nudged_who_has_sent_or_withdrawn() -> None:
    withdrawn = Paper()
    withdrawn.command("assessment")
    withdrawn.facts = replace(withdrawn.facts, consents=frozenset())
    done = sent()
    for paper in (withdrawn, done):
        paper.due("nudge")
        assert to_whom(paper, "intake.nudge") == []


def test_whoever_comes_back_hears_what_is_kept_and_goes_on_there() -> None:
    paper = Paper()
    paper.command("assessment")
    paper.types("Maria Example")
    paper.command("menu")
    paper.command("assessment")
    assert "Your answers are kept: 1 so far" in paper.heard("intake.asking")
    assert paper.asked
    assert paper.asked.link_id == "call-me"


def test_a_form_replaced_in_the_middle_goes_on_and_tells_what_it_dropped() -> None:
    paper = Paper()
    paper.command("assessment")
    paper.types("Maria Example")
    record = paper.facts.record
    assert record
    answers = {**record.answers, "asked-before": ({"valueString": "gone"},)}
    paper.facts = replace(paper.facts, record=replace(record, form="urn:acuback:form:intake|1", answers=answers))
    paper.types("Maria")
    assert "Answers no longer needed: 1." in paper.heard("intake.asking")
    assert paper.facts.record
    assert paper.facts.record.form == paper.content.form.canonical
    paper.types("3 May 1980")
    assert "no longer needed" not in paper.heard("intake.asking")


# --- before a visit, and when something is wrong


def test_the_short_screen_comes_before_the_visit_and_the_card_has_it() -> None:
    paper = sent()
    visit = Booking(
        5, 7, "first", "example", NOW + timedelta(days=4), NOW + timedelta(days=4), "Europe/London", "booked"
    )
    paper.facts = replace(paper.facts, bookings=(visit,))
    paper.planned.append(PlanReminder("visit", NOW + timedelta(days=2), "first"))
    paper.due("visit")
    paper.taps("check")
    asked = paper.answers({"medicines-changed": ["yes"]})
    assert "legs" in asked
    assert "Screened before the visit" in paper.heard("desk.checked", to=2)
    assert "Screened again" in paper.heard("desk.card", to=2)


def test_no_screen_comes_before_a_visit_that_was_cancelled() -> None:
    paper = sent()
    paper.planned.append(PlanReminder("visit", NOW + timedelta(days=2)))
    paper.due("visit")
    assert to_whom(paper, "booking.reminder") == []


def test_something_is_wrong_stands_under_every_question_and_shows_whom_to_call_first() -> None:
    paper = Paper()
    paper.command("assessment")
    before = paper.conversation.drafts["intake"]
    paper.taps("wrong")
    numbers = practice().content.clinic.numbers
    shown = paper.heard("wrong.what")
    assert all(number in shown for number in (numbers.emergency, numbers.crisis, numbers.out_of_hours))
    assert shown.index(numbers.emergency) < 60
    paper.taps("fine")
    paper.command("assessment")
    assert paper.conversation.drafts["intake"].data["place"] == before.data["place"]


def test_something_wrong_asks_every_warning_sign_again_however_lately_it_was_asked() -> None:
    for paper in (Paper(), sent()):
        paper.command("assessment" if paper.facts.record is None else "check")
        while paper.asked and paper.asked.link_id != "general":
            paper.answer(paper.asked)
        paper.command("wrong")
        paper.taps("screen")
        assert paper.asked
        assert paper.asked.link_id == "legs"
        paper.answers()
        assert paper.conversation.flow is None


def test_what_one_screen_told_stays_on_the_card_after_the_next() -> None:
    paper = sent()
    for wanted in ({"medicines-changed": ["yes"], "medicines-which": ["Warfarin 5 mg"]}, {}):
        paper.command("check")
        paper.answers(wanted)
    assert "Warfarin 5 mg" in paper.heard("desk.card", to=2)


def test_nothing_new_is_begun_while_a_sign_waits_or_a_visit_is_ahead() -> None:
    paper = Paper()
    paper.command("assessment")
    paper.answers({"general": ["weight"]})
    paper.taps("send")
    paper.command("assessment")
    assert "anew" not in [offer.code for row in paper.told[-1][1].offers for offer in row]


def test_what_was_changed_and_not_sent_is_put_before_the_patient_again() -> None:
    paper = sent()
    paper.command("assessment")
    paper.taps("amend")
    paper.taps("change")
    paper.taps(paper.content.form.item("pain-now").digest)
    paper.types("9")
    paper.command("menu")
    paper.command("assessment")
    offered = [offer.code for row in paper.told[-1][1].offers for offer in row]
    assert "send" in offered
    assert "keep" not in offered


def test_nothing_is_said_to_be_passed_on_while_nobody_can_get_it() -> None:
    paper = Paper()
    paper.command("assessment")
    paper.answers()
    paper.facts = replace(paper.facts, practice=(replace(ALEX, reachable=False),))
    outcome = paper.taps("send")
    assert not outcome.effects
    assert "I have not sent it" in paper.heard("intake.unsent")


def test_something_wrong_after_the_assessment_asks_the_warning_signs_again_and_sounds_the_alarm() -> None:
    paper = sent()
    paper.command("wrong")
    paper.taps("screen")
    paper.answers(EMERGENCY)
    assert to_whom(paper, "desk.alert") == [ALEX.account_id]
    assert paper.heard("intake.emergency", to=1)


def test_a_photo_where_a_number_is_asked_loses_nothing() -> None:
    paper = Paper()
    paper.command("assessment")
    before = paper.facts.record
    paper.hear(Media("photo", "file"))
    assert paper.facts.record == before
    assert "cannot take" in paper.told[-1][2]


def test_whoever_is_forgotten_in_an_open_emergency_is_not_forgotten_by_the_practice() -> None:
    paper = in_an_emergency()
    paper.command("forget")
    paper.taps("forget")
    assert to_whom(paper, "desk.forgets_in_emergency") == [ALEX.account_id, SAM.account_id]
    assert "01632 960200" in paper.heard("desk.forgets_in_emergency")


def test_a_birth_date_under_age_in_a_record_already_sent_is_told_to_the_practitioner() -> None:
    paper = sent()
    paper.command("assessment")
    paper.taps("amend")
    paper.taps("change")
    paper.taps(paper.content.form.item("born").digest)
    paper.types("1 January 2012")
    assert to_whom(paper, "desk.too_young") == [ALEX.account_id]


def half_way_anew(**wanted: list[str]) -> Paper:
    """Maria has sent an assessment, had her visit, and is filling a new one."""
    paper = Paper()
    paper.command("assessment")
    paper.answers(wanted)
    paper.taps("send")
    paper.waits(days=5)
    paper.facts = replace(with_record(paper, submitted_at=NOW), past=(ended(paper.facts.now),))
    paper.facts = replace(paper.facts, sent=paper.facts.record)
    paper.command("assessment")
    paper.taps("anew")
    return paper


def test_a_sign_only_told_does_not_forbid_a_new_assessment() -> None:
    assert half_way_anew(general=["cancer"], cancer=["old"]).asked


def test_while_a_new_assessment_is_half_done_the_practice_keeps_the_one_before() -> None:
    wanted = {"blood-heart": ["implant"], "implant": ["pacemaker"]}
    paper = half_way_anew(**wanted)
    paper.answers(EMERGENCY)
    assert "Pacemaker" in paper.heard("desk.card", to=2)
    paper.command("copy")
    assert "You have not sent" not in paper.told[-1][2]
    paper.command("forget")
    assert "stays with the practice" in paper.told[-1][2]


def test_something_wrong_in_the_middle_of_a_new_assessment_reaches_the_practice() -> None:
    paper = half_way_anew()
    paper.told.clear()
    paper.command("wrong")
    paper.taps("screen")
    paper.answers({"general": ["weight"]})
    assert to_whom(paper, "desk.new_flag") == [ALEX.account_id]
    assert to_whom(paper, "desk.checked") == [ALEX.account_id]


def test_a_screen_is_not_said_to_be_passed_on_while_nobody_can_get_it() -> None:
    paper = sent()
    paper.command("check")
    paper.facts = replace(paper.facts, practice=())
    paper.answers()
    assert "I have not sent it" in paper.heard("intake.unsent")
    assert paper.heard("check.sent") == ""


def test_the_word_of_a_long_screen_is_one_message() -> None:
    paper = sent()
    paper.command("check")
    words = "wort " * 190
    paper.answers({"medicines-changed": ["yes"], "medicines-which": [words], "else": ["mehr " * 390]})
    assert len(paper.heard("desk.checked", to=2)) < 4096
