"""The summary as a PDF: read back with a reader that is not ours."""

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest
from pypdf import PdfReader

from bot.documents import TEMPLATES, render, undrawable
from bot.practice.safety import EFFECTS
from bot.practice.screening import LEVELS
from bot.practice.summary import PARTS
from bot.source import read_strings

HOSTILE = '#panic("out") #read("summary.yaml") $x^2$ *bold* _it_ `raw` @ref <label> = Head\n- item // gone \\ [x] #{1}'


def row(label: str, *said: str) -> dict[str, Any]:
    return {"label": label, "values": list(said)}


def flag(line: str, level: str, *said: str, state: str = "open") -> dict[str, Any]:
    return {"level": level, "line": line, "said": list(said), "state": state}


def data(name: str = "Zoë", story: str = "It began in May.", **more: Any) -> dict[str, Any]:
    return {
        "clinic": "Willow Lane",
        "name": name,
        "made": "2026-06-01 09:12",
        "person": [row("Called", name)],
        "complaint": [row("Story", story)],
        **more,
    }


def answered(**rows: str) -> list[dict[str, Any]]:
    return [{"section": "You", "rows": [row(label, said) for label, said in rows.items()]}]


def pages(wanted: Mapping[str, Any]) -> list[str]:
    """The text of each page, its line ends taken for spaces."""
    reader = PdfReader(io.BytesIO(render("summary", wanted)))
    return [" ".join(page.extract_text().replace("\u200b", "").split()) for page in reader.pages]


def in_order(page: str, *said: str) -> bool:
    places = [page.index(one) for one in said]
    return places == sorted(places)


USUAL = data(
    flags=[flag("Numb between the legs", "emergency", "Since Tuesday"), flag("Steroids", "tell", state="released")],
    modifiers=[{"effect": "caution", "line": "Blood thinner", "plan": "Shallow needling.", "said": ["warfarin"]}],
    function=[row("Can work", "true"), row("Can sleep", "false")],
    goal=[row("Wants back", "To carry my granddaughter")],
    medicines=[row("Naproxen", "500 mg"), row("Warfarin", "3 mg")],
    visit=["First visit, 9 June 10:30"],
    scores=[{"label": "Pain now", "value": 6}, {"label": "Joy", "value": 4.5}],
    body={"numbers": {"ribs": "2", "low-left": "3"}, "marked": ["low-left"]},
    care="yes",
    answers=answered(Called="Zoë", Story="It began in May."),
)


def test_the_first_page_is_for_the_visit_and_the_answers_follow() -> None:
    first, second = pages(USUAL)
    for said in ("Zoë", "Willow Lane", "It began in May.", "2026-06-01 09:12", "Page 1 of 2", "First visit, 9 June"):
        assert said in first
    assert "Can work yes Can sleep no" in first
    assert "Pain now 6 Joy 4.5" in first
    assert "The patient reached care." in first
    assert "From behind" in first
    assert in_order(second, "Every answer", "You", "Called Zoë", "Story It began in May.", "Page 2 of 2")


def test_what_may_harm_comes_first_each_told_by_a_word() -> None:
    first, _ = pages(USUAL)
    assert in_order(
        first, "!!! EMERGENCY", "Numb between the legs (open)", "Since Tuesday", "! TAKE NOTE",
        "Steroids (cleared by the practice)", "CAUTION", "Blood thinner: warfarin", "Plan: Shallow needling.", "Person",
    )  # fmt: skip


def test_that_there_is_no_warning_sign_is_said() -> None:
    [page] = pages(data())
    assert "No warning sign" in page
    assert "No warning sign" not in pages(data(flags=[flag("A", "tell")]))[0]


def test_what_to_do_about_a_sign_is_never_cut() -> None:
    plan = "Look at the letter. " * 40
    wanted = data(modifiers=[{"effect": "never", "line": "Cancer", "plan": plan + "Ask the team.", "said": []}])
    assert "Ask the team." in pages(wanted)[0]


def test_a_question_left_out_is_told_apart_from_one_answered() -> None:
    assert "Story – Called Zoë" in pages(data(answers=answered(Story="", Called="Zoë")))[1]


def test_a_chart_with_nothing_to_show_is_left_out() -> None:
    assert "From behind" not in pages(data(body={"numbers": {}, "marked": []}))[0]
    assert "From behind" in pages(data(body={"numbers": {}, "marked": ["ribs"]}))[0]


def test_long_answers_are_cut_on_the_first_page_and_whole_after_it() -> None:
    story = "It never went away " * 260 + "at all."
    more = {
        "flags": [flag(f"Sign {n}", "doctor", "said " * 100) for n in range(8)],
        "modifiers": [{"effect": "note", "line": f"Drug {n}", "plan": "Look. " * 60, "said": []} for n in range(8)],
        "medicines": [row(f"Pill {n}", "10 mg") for n in range(40)],
        "scores": USUAL["scores"],
        "body": USUAL["body"],
        "answers": answered(Story=story),
    }
    first, second, *rest = pages(data(story=story, **more))
    assert "… see page 2" in first
    assert "more see page 2" in first
    assert in_order(first, "Sign 7", "Drug 7", "Pill 0", "Joy 4.5")
    assert second.startswith("Every answer")
    assert "at all." in " ".join([second, *rest])
    assert "at all." not in first


def test_more_than_a_page_can_hold_runs_on_and_nothing_is_lost() -> None:
    flags = [flag(f"Sign number {n}", "emergency") for n in range(90)]
    found = " ".join(pages(data(flags=flags, answers=answered(Called="Zoë"))))
    assert all(f"Sign number {n}" in found for n in range(90))


@pytest.mark.parametrize(
    "holed",
    [
        {},
        {name: [{}] for name in ("flags", "modifiers", "person", "scores", "answers")},
        dict.fromkeys(("visit", "care")),
        {"person": [{"label": "A", "values": [7, True, None, 1.5]}], "care": "since then she is well"},
        {"scores": [{"label": "A", "value": value} for value in (None, 30, -1, "7", 10.0)]},
        {"flags": [flag("A", "odd", state="odd")], "modifiers": [{"effect": "odd", "line": "B"}]},
    ],
)
def test_what_is_missing_or_odd_breaks_nothing(holed: dict[str, Any]) -> None:
    assert pages(holed)


def test_the_same_data_make_the_same_bytes() -> None:
    assert render("summary", data()) == render("summary", data())


def test_the_machine_s_own_fonts_change_nothing() -> None:
    fonts = {font for page in PdfReader(io.BytesIO(render("summary", data()))).pages for font in _fonts(page)}
    assert fonts == {"LibertinusSerif-Regular", "LibertinusSerif-Bold"}


def _fonts(page: Any) -> list[str]:
    named = (font.get_object()["/BaseFont"] for font in page["/Resources"]["/Font"].values())
    return [str(name).partition("+")[2].removesuffix("-Identity-H") for name in named]


@pytest.mark.parametrize("place", ["name", "story"])
def test_hostile_text_is_plain_text(place: str) -> None:
    [page] = pages(data(name=HOSTILE) if place == "name" else data(story=HOSTILE))
    assert " ".join(HOSTILE.split()) in page


def test_a_label_or_a_clinic_s_name_is_plain_text_too() -> None:
    more: dict[str, Any] = {
        "flags": [flag("#panic()", "tell", "#panic()")],
        "answers": [{"section": "#panic()", "rows": [row("A", "B")]}],
    }
    found = " ".join(pages(data(goal=[row("#panic()", '"]#')], clinic="#panic()", visit=["#panic()"], **more)))
    assert found.count("#panic()") == 6


def test_long_text_without_a_break_stays_on_the_page() -> None:
    wanted = data(story="w" * 5000, answers=answered(Story="w" * 5000))
    reader = PdfReader(io.BytesIO(render("summary", wanted)))
    found = [page.extract_text().replace("\u200b", "") for page in reader.pages]
    assert "".join(found[1:]).count("w") >= 5000
    assert max(len(line) for page in found for line in page.split("\n")) < 150


def test_a_long_name_never_hides_a_warning_sign() -> None:
    [page] = pages(data(name="A" * 5000, flags=[flag("Fever", "emergency")]))
    assert "EMERGENCY" in page


def test_empty_lines_do_not_make_pages() -> None:
    story = "a" + "\n" * 5000 + "b"
    assert len(pages(data(story=story, answers=answered(Story=story)))) == 2


@pytest.mark.parametrize(
    "text",
    ["", "Zoë Ångström", "Nguyễn Thị Minh", "Владимир", "Ελένη", "שרה", "محمد", "नमस्ते", "a – b “c” … ✓ €", "a\nb\tc"],
)
def test_names_the_fonts_have_are_drawn(text: str) -> None:
    assert undrawable(text) == ""


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("Ann 李雷 李", "李雷"),
        ("สมชาย", "สมชาย"),
        ("김 😀", "김😀"),
        ("a\x00b\x1b", "\x00\x1b"),
        ("abc\u202edef", "\u202e"),
        ("\ud800", "\ud800"),
        ("\ue000", "\ue000"),
    ],
)
def test_what_cannot_be_drawn_is_told_each_character_once(text: str, lacking: str) -> None:
    assert undrawable(text) == lacking


def test_a_name_that_cannot_be_drawn_is_told_by_its_numbers_and_explained() -> None:
    [page] = pages(data(name="김 Kim"))
    assert "[U+AE40] Kim" in page
    assert "U+AE40 hangul syllable gim" in page
    assert "U+AE40" not in pages(data(name="Kim"))[0]


def test_a_long_run_that_cannot_be_drawn_is_told_by_its_beginning() -> None:
    page = pages(data(answers=answered(Story="漢字" * 300)))[1]
    assert "U+5B57 … +592]" in page


def test_every_character_of_the_basic_plane_can_come_in() -> None:
    story = "".join(chr(number) for number in range(0x10000) if number % 97 == 0)
    assert pages(data(story=story, name=story, answers=answered(Story=story)))


def test_half_a_surrogate_pair_and_nul_come_in_unharmed() -> None:
    [page] = pages(data(story="a\ud800b\x00c"))
    assert "a[U+D800]b[U+0000]c" in page


def test_every_level_state_and_effect_has_its_words() -> None:
    node, faults = read_strings(TEMPLATES / "summary.yaml")
    assert node is not None, faults
    words = node.plain()
    assert set(words["levels"]) == set(LEVELS)
    assert set(words["effects"]) == set(EFFECTS)
    assert set(words["states"]) == {"open", "disputed", "released", "withdrawn"}
    assert {*words["parts"]} >= {*PARTS} - {"needle"}


@pytest.mark.parametrize("kind", ["nowhere", "", "../documents/summary", "/etc/passwd"])
def test_a_document_nobody_wrote_is_refused(kind: str) -> None:
    with pytest.raises(LookupError, match="there is no document called"):
        render(kind, data())


def test_typst_is_loaded_when_it_is_needed_and_not_before() -> None:
    asked = [sys.executable, "-c", "import sys, bot.documents; print('typst' in sys.modules)"]
    done = subprocess.run(asked, capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]})
    assert done.stdout == "False\n"


def test_the_weeks_stand_behind_the_answers_under_their_own_heading() -> None:
    weeks = {"section": "weeks", "rows": [row("2026-03-08", "Pain over the week: 4", "Can do it: 5")]}
    told = pages(data(answers=[*answered(Called="Zoë"), weeks]))[-1]
    assert in_order(told, "Called Zoë", "Week by week, 0 to 10", "2026-03-08 Pain over the week: 4; Can do it: 5")
