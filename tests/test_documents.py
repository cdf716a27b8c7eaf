"""The summary as a PDF: read back with a reader that is not ours."""

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from bot.documents import TEMPLATES, render, undrawable
from bot.practice import values
from bot.practice.summary import PARTS, summarise
from bot.source import read_strings
from tests.practice.content import intake, rules
from tests.practice.questionnaires import answer_all

HOSTILE = '#panic("out") #read("summary.yaml") $x^2$ *bold* _it_ `raw` @ref <label> = Head\n- item // gone \\ [x] #{1}'


def row(label: str, *said: str, level: str = "") -> dict[str, Any]:
    return {"label": label, "level": level, "values": list(said)}


def data(name: str = "Zoë", story: str = "It began in May.", **parts: list[dict[str, Any]]) -> dict[str, Any]:
    shown = {"person": [row("Called", name)], "complaint": [row("Story", story)], **parts}
    return {
        "clinic": "Willow Lane",
        "name": name,
        "made": "2026-06-01 09:12",
        "sections": [{"part": part, "rows": rows} for part, rows in shown.items()],
    }


def pages(wanted: Mapping[str, Any]) -> list[str]:
    """The text of each page, its line ends taken for spaces."""
    reader = PdfReader(io.BytesIO(render("summary", wanted)))
    return [" ".join(page.extract_text().replace("\u200b", "").split()) for page in reader.pages]


def test_the_document_is_a_pdf_with_everything_on_one_page() -> None:
    flags = [row("Fever", "I have a fever", level="emergency"), row("Thinners", level="tell")]
    [page] = pages(data(flags=flags, function=[row("Can work", "true"), row("Can sleep", "false")]))
    for said in ("Zoë", "Willow Lane", "It began in May.", "2026-06-01 09:12", "I have a fever", "Page 1 of 1"):
        assert said in page
    assert "Can work yes Can sleep no" in page


def test_warning_signs_come_first_each_told_by_a_word() -> None:
    flags = [row("A", level="emergency"), row("B", level="doctor"), row("C", level="tell")]
    [page] = pages(data(flags=flags))
    said = ["!!! EMERGENCY", "!! DOCTOR FIRST", "! TAKE NOTE", "Person", "Complaint"]
    places = [page.index(one) for one in said]
    assert places == sorted(places)


def test_that_there_is_no_warning_sign_is_said() -> None:
    [page] = pages(data())
    assert "No warning sign" in page
    assert "No warning sign" not in pages(data(flags=[row("A", level="tell")]))[0]


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
    [page] = pages(data(goal=[row("#panic()", '"]#')]) | {"clinic": "#panic()"})
    assert page.count("#panic()") == 2


def test_long_text_without_a_break_stays_on_the_page() -> None:
    story = "w" * 5000
    said = "".join(pages(data(story=story)))
    assert said.count("w") >= 5000
    reader = PdfReader(io.BytesIO(render("summary", data(story=story))))
    widest = max(len(line) for page in reader.pages for line in page.extract_text().replace("\u200b", "").split("\n"))
    assert widest < 150


def test_a_long_record_takes_more_pages_and_a_long_name_never_hides_a_warning_sign() -> None:
    flags = [row("Fever", level="emergency")]
    found = pages(data(name="A" * 5000, story="lorem ipsum " * 900, flags=flags))
    assert len(found) > 1
    assert "EMERGENCY" in found[0]
    assert f"Page 2 of {len(found)}" in found[1]


def test_empty_lines_do_not_make_pages() -> None:
    assert len(pages(data(story="a" + "\n" * 5000 + "b"))) == 1


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
    [page] = pages(data(story="漢字" * 300))
    assert "U+5B57 … +592]" in page


def test_every_character_of_the_basic_plane_can_come_in() -> None:
    story = "".join(chr(number) for number in range(0x10000) if number % 97 == 0)
    assert pages(data(story=story, name=story))


def test_half_a_surrogate_pair_and_nul_come_in_unharmed() -> None:
    [page] = pages(data(story="a\ud800b\x00c"))
    assert "a[U+D800]b[U+0000]c" in page


@settings(max_examples=5, deadline=None)
@given(st.data())
def test_the_content_that_ships_makes_a_document(drawn: st.DataObject) -> None:
    form = intake()
    answers = answer_all(form, drawn.draw)
    laid = summarise(form, answers, rules().flags(form, answers))
    sections = [
        {
            "part": one.part,
            "rows": [row(r.label, *map(values.text, r.values), level=r.level or "") for r in one.rows],
        }
        for one in laid.sections
    ]
    said = " ".join(pages(data() | {"sections": sections}))
    for section in laid.sections:
        for one in section.rows:
            assert one.label in said


def test_every_part_and_level_of_a_summary_has_its_words() -> None:
    node, faults = read_strings(TEMPLATES / "summary.yaml")
    assert node is not None, faults
    words = node.plain()
    assert set(words["parts"]) == {*PARTS, "answers"}
    assert set(words["levels"]) == {"emergency", "doctor", "tell"}


@pytest.mark.parametrize("kind", ["nowhere", "", "../documents/summary", "/etc/passwd"])
def test_a_document_nobody_wrote_is_refused(kind: str) -> None:
    with pytest.raises(LookupError, match="there is no document called"):
        render(kind, data())


def test_typst_is_loaded_when_it_is_needed_and_not_before() -> None:
    asked = [sys.executable, "-c", "import sys, bot.documents; print('typst' in sys.modules)"]
    done = subprocess.run(asked, capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]})
    assert done.stdout == "False\n"
