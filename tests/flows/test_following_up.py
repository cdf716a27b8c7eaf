"""What comes after an assessment: asked about, changed, begun anew, or left half done."""

from dataclasses import replace
from datetime import timedelta
from html import unescape

from bot.model import AskAgain, CloseRecord, Media, OpenEpisode, OpenRecord, Outcome, PlanReminder, Tap
from tests.flows.paper import ALEX, EMERGENCY, NOW, Paper, coded, ended, sent, to_whom, with_record
from tests.house import practice

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


def test_a_birth_date_under_age_in_a_record_already_sent_is_told_to_the_practitioner() -> None:
    paper = sent()
    paper.command("assessment")
    paper.taps("amend")
    paper.taps("change")
    paper.taps(paper.content.form.item("born").digest)
    paper.types("1 January 2012")
    assert to_whom(paper, "desk.too_young") == [ALEX.account_id]


# --- begun anew


def test_nothing_new_is_begun_while_a_sign_waits_or_a_visit_is_ahead() -> None:
    paper = Paper()
    paper.command("assessment")
    paper.answers({"general": ["weight"]})
    paper.taps("send")
    paper.command("assessment")
    assert "anew" not in [offer.code for row in paper.told[-1][1].offers for offer in row]


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


def test_a_photo_where_a_number_is_asked_loses_nothing() -> None:
    paper = Paper()
    paper.command("assessment")
    before = paper.facts.record
    paper.hear(Media("photo", "file"))
    assert paper.facts.record == before
    assert "cannot take" in paper.told[-1][2]
