"""What is said: markup, gaps, labels, and every way content can fail to fit, told with file and line."""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from timeit import repeat
from typing import Any

import pytest

from bot.figures import Figures
from bot.flows.content import Reading, Source
from bot.flows.flow import Spoken, spoken
from bot.flows.learn import VALUES
from bot.furnishing import furnish
from bot.library import BUILT_IN, PICTURES, read_library
from bot.markup import length, plain_text, read_markup
from bot.model import Message, Offer, Say
from bot.words import Words, open_words
from tests.house import practice

NOON = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
Write = Callable[[str, str], Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "en" / "learn").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def write(folder: Path) -> Write:
    def put(name: str, text: str) -> Path:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
        return folder

    return put


def opened(*folders: Path) -> Words:
    words, faults = open_words(folders, locale="en-GB", currency="GBP")
    assert not faults
    assert words
    return words


def said(say: str, **values: Any) -> str:
    template, complaints = read_markup(say)
    assert not complaints
    return template.fill(lambda gap: str(values[gap.name]))


def rendered(write: Write, say: str, offers: tuple[tuple[Offer, ...], ...] = (), **values: Any) -> Message:
    lines = "\n".join("    " + line for line in say.split("\n"))
    words = opened(write("en/a.yaml", f"a.b:\n  say: |\n{lines}\n  choices: {{go: Go on}}\n"))
    return words.render(Say("a.b", values, offers), "en-GB", "Europe/London")


def text(write: Write, say: str, **values: Any) -> str:
    return rendered(write, say, **values).text


# --- markup -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("**bold** and *italic*", "<b>bold</b> and <i>italic</i>"),
        ("one\ntwo", "one\ntwo"),
        ("one\n\n\n\ntwo", "one\n\ntwo"),
        ("## Head\ntext", "<b>Head</b>\ntext"),
        ("so:\n- a\n- b\n\nend", "so:\n• a\n• b\n\nend"),
        ("1. a\n2. b", "1. a\n2. b"),
        ("> a\n> b\n\nc", "<blockquote>a\nb</blockquote>\n\nc"),
        ("[us](https://example.org/?a=1&b=2)", '<a href="https://example.org/?a=1&amp;b=2">us</a>'),
        ("1 < 2 & \\*so\\* 3 > 2", "1 &lt; 2 &amp; *so* 3 &gt; 2"),
        ("**one\ntwo**", "<b>one\ntwo</b>"),
        ("it_is_so and **a**b", "it_is_so and <b>a</b>b"),
    ],
)
def test_markdown_becomes_the_html_telegram_takes(markdown: str, html: str) -> None:
    assert said(markdown) == html


@pytest.mark.parametrize(
    ("markdown", "complaint"),
    [
        ("**open", "'**' opens or closes nothing"),
        ("a * b", "'*' opens or closes nothing"),
        ("<b>x", "'<b>' is no markup here; write **bold**"),
        ("`code`", "'`' opens or closes nothing"),
        ("[a](javascript:alert)", "'](' opens or closes nothing"),
        ("[a](there)", "'there' is no address for a link; it begins with https://"),
        ("[a](https://example.org/{name})", "an address cannot hold a gap"),
        ("Dear {Name}", "'{Name' is no gap; write {name} or {name:form}"),
        ("- a\n  - b", "a list within a list"),
        ("> a\n> > b", "a quote within a quote"),
        ("\ue000", "holds characters of the private use area"),
    ],
)
def test_what_telegram_would_not_show_as_meant_is_a_complaint(markdown: str, complaint: str) -> None:
    assert complaint in read_markup(markdown)[1]


def test_a_line_with_nothing_to_hold_is_left_out_with_its_break() -> None:
    say = "A\n\n{x}\n\nB\nWhy: {y}\n- {x}\n\n> {x}\n\nC {x}."
    assert said(say, x="", y="") == "A\n\nB\n\nC ."
    assert said(say, x="1", y="2") == "A\n\n1\n\nB\nWhy: 2\n• 1\n\n<blockquote>1</blockquote>\n\nC 1."


def test_an_empty_line_does_not_swallow_the_break_around_it() -> None:
    assert said("A\n{x}\n\nB", x="") == "A\n\nB"
    assert said("A\n\n{x}\nB", x="") == "A\n\nB"
    assert said("{x}\n\nB", x="") == "B"


def test_markup_around_a_gap_goes_with_it() -> None:
    assert said("**{x}**\nB", x="") == "B"
    assert said("{a}*{b}*", a="1", b="2") == "1<i>2</i>"


def test_length_is_counted_as_telegram_counts() -> None:
    assert length("<b>a</b>&amp;😀") == 4
    assert plain_text('<a href="https://x.org">a &lt;b&gt;</a>') == "a <b>"


# --- values -----------------------------------------------------------------------------------------------------------


def test_what_somebody_typed_is_never_markup(write: Write) -> None:
    assert text(write, "Hi **{x}**", x="<b>*a*</b> & {y}") == "Hi <b>&lt;b&gt;*a*&lt;/b&gt; &amp; {y}</b>"


@pytest.mark.parametrize(
    ("gap", "value", "written"),
    [
        ("x", NOON, "Monday 23 November, 14:05"),
        ("x:day", NOON, "Monday 23 November"),
        ("x:short", NOON, "Mon 23 Nov"),
        ("x:time", NOON, "14:05"),
        ("x:when", datetime(2026, 7, 1, 23, 30, tzinfo=UTC), "Thursday 2 July, 00:30"),
        ("x", date(2026, 2, 1), "1 February 2026"),
        ("x:month", date(2026, 2, 1), "February 2026"),
        ("x:monthname", date(2026, 2, 1), "Feb"),
        ("x:hour", 9, "09:00"),
        ("x:weekday", 0, "Monday"),
        ("x:weekdays", {4, 0}, "Mon and Fri"),
        ("x:money", Decimal("65.00"), "£65"),
        ("x:money", 4.5, "£4.50"),
        ("x", 12345, "12,345"),
        ("x:number", 1.5, "1.5"),
        ("x:minutes", 1, "1 minute"),
        ("x:minutes", 4, "4 minutes"),
        ("x:years", 8, "8 years"),
        ("x:list", ("a", "b", "c"), "a, b and c"),
        ("x", ("a", "", None, "b<"), "a\nb&lt;"),
        ("x", 0, "0"),
    ],
)
def test_values_are_written_as_people_here_write_them(write: Write, gap: str, value: object, written: str) -> None:
    assert text(write, "{" + gap + "}", x=value) == written


@pytest.mark.parametrize("nothing", [None, "", ()])
def test_no_value_leaves_no_line(write: Write, nothing: object) -> None:
    assert text(write, "A\n\n{x}\n\nB", x=nothing) == "A\n\nB"


def test_a_say_within_a_say_keeps_its_markup(write: Write) -> None:
    folder = write("en/a.yaml", 'a.b: {say: "{x}"}\na.c: {say: "**{y}**"}\n')
    say = Say("a.b", {"x": (Say("a.c", {"y": "<"}), Say("a.c", {"y": 2}))})
    assert opened(folder).render(say, "en", "UTC").text == "<b>&lt;</b>\n<b>2</b>"


def test_what_leads_stands_above_in_the_same_message(write: Write) -> None:
    folder = write("en/a.yaml", "a.b: {say: Below}\na.c: {say: Above}\n")
    assert opened(folder).render(Say("a.b", lead=(Say("a.c"),)), "en", "UTC").text == "Above\n\nBelow"


def test_a_hint_stands_under_the_text_in_italics(write: Write) -> None:
    folder = write("en/a.yaml", "a.b: {say: Ask, hint: 'One\n\n  Two'}\n")
    assert opened(folder).render(Say("a.b"), "en", "UTC").text == "Ask\n\n<i>One</i>\n<i>Two</i>"


def test_a_forgotten_value_is_an_error_and_not_a_silent_hole(write: Write) -> None:
    with pytest.raises(LookupError, match=r"a\.b: no value for \{x\}"):
        rendered(write, "{x}")
    with pytest.raises(LookupError, match=r"a\.z: nothing to say"):
        opened(write("en/a.yaml", "a.b: {say: x}")).render(Say("a.z"), "en", "UTC")


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        Figures("en-GB", "GBP").write(datetime(2026, 1, 1), "", "UTC")  # noqa: DTZ001


# --- buttons, toasts, commands ----------------------------------------------------------------------------------------


def test_a_button_is_labelled_by_facts_or_its_step_or_what_all_steps_share(write: Write) -> None:
    write("en/common.yaml", "common.choices:\n  choices: {menu: Menu, go: Never}\n")
    offers = (
        (Offer("go", "1"), Offer("menu", "2")),
        (Offer("x", "3", "*as is*"), Offer("x", "4", ("time", NOON)), Offer("x", "5", Say("a.b", {}))),
        (Offer("go", "6", ticked=True), Offer("go", "7", ticked=False), Offer("go", "8", url="https://example.org")),
    )
    rows = rendered(write, "**Text** & so", offers).rows
    assert rows == (
        (("Go on", "1"), ("Menu", "2")),
        (("*as is*", "3"), ("14:05", "4"), ("Text & so", "5")),
        (("✅ Go on", "6"), ("▫️ Go on", "7"), ("Go on", "https://example.org")),
    )


def test_a_toast_is_plain_and_fits(write: Write) -> None:
    words = opened(write("en/a.yaml", 'a.b: {say: "**A** & {x}"}'))
    assert words.plain(Say("a.b", {"x": "<i>"}), "en", "UTC") == "A & <i>"
    assert len(words.plain(Say("a.b", {"x": "x" * 900}), "en", "UTC")) == 200
    assert words.bare(Say("a.b", {"x": "<i>" + "x" * 900}), "en", "UTC") == "A & <i>" + "x" * 900


def test_commands_come_by_role_in_their_order(write: Write) -> None:
    words = opened(write("en/commands.yaml", "patient: {zoo: Z, help: H}\ncontact: {help: C}\n"))
    assert words.commands("de", "patient") == [("zoo", "Z"), ("help", "H")]
    assert words.commands("en", "practitioner") == []


def test_a_locale_falls_back_to_its_language_then_to_the_practice(write: Write) -> None:
    write("de/a.yaml", 'a.b: {say: "Am {x:day}"}')
    words = opened(write("en/a.yaml", 'a.b: {say: "On {x:day}"}'))
    shown = {
        locale: words.render(Say("a.b", {"x": NOON}), locale, "UTC").text
        for locale in ("en", "en-GB", "en-AU", "de-AT", "fr", "", "../x")
    }
    assert shown == {
        "en": "On Monday 23 November",
        "en-GB": "On Monday 23 November",
        "en-AU": "On Monday 23 November",
        "de-AT": "Am Mo., 23. November",
        "fr": "On Monday 23 November",
        "": "On Monday 23 November",
        "../x": "On Monday 23 November",
    }


def test_the_digest_is_of_the_text_agreed_to(write: Write) -> None:
    words = opened(write("en/a.yaml", "a.b: {say: I agree.}"))
    assert words.digest("a.b", "en") == sha256(b"I agree.").digest()


def test_a_short_message_is_rendered_in_microseconds(write: Write) -> None:
    write("en/common.yaml", "common.choices: {choices: {back: Back, menu: Menu}}")
    words = opened(write("en/a.yaml", 'a.b: {say: "**Hello {x}.**\n\n  How are you?", choices: {"yes": "Yes"}}'))
    say = Say("a.b", {"x": "Ann"}, ((Offer("yes", "1"),), (Offer("back", "2"), Offer("menu", "3"))))
    best = min(repeat(lambda: words.render(say, "en", "UTC"), number=200, repeat=5)) / 200
    # 8 microseconds where this was written; the bound only tells a template that is parsed each time.
    assert best < 100e-6


# --- folders ----------------------------------------------------------------------------------------------------------


def test_a_practice_overrides_one_text_and_keeps_the_rest(tmp_path: Path) -> None:
    for name, content in [
        ("base", "a.b:\n  say: Base\n  choices: {x: X, y: Y}\na.c: {say: C}"),
        ("own", "a.b: {choices: {x: Z}}"),
    ]:
        (tmp_path / name / "en").mkdir(parents=True)
        (tmp_path / name / "en" / "a.yaml").write_text(content)
    words = opened(tmp_path / "base", tmp_path / "own")
    message = words.render(Say("a.b", {}, ((Offer("x", "1"), Offer("y", "2")),)), "en", "UTC")
    assert message == Message("Base", ((("Z", "1"), ("Y", "2")),))


HEAD = "---\ntitle: {}\nsection: {}\norder: {}\n"


def test_pages_come_section_by_section_with_what_they_rest_on(write: Write) -> None:
    write("sources.yaml", "S1: {short: S 2020, what: A study, where: Journal}")
    write("en/learn/two.md", HEAD.format("Two", "A", 9) + "sources: S1\nsee: one\nreviewed: no\n---\nBy\nhand & 5.\n")
    write("en/learn/three.md", HEAD.format("Three", "B", 5) + "reviewed: no\n---\nx\n")
    words = opened(write("en/learn/one.md", HEAD.format("One", "A", 1) + "reviewed: no\n---\nCall {phone}.\n"))
    assert words.pages("en") == (
        Reading("one", "One", "A"),
        Reading("two", "Two", "A", (Source("S 2020", "A study", "Journal"),), ("one",)),
        Reading("three", "Three", "B"),
    )
    assert words.render(Say("learn/two", {}), "en", "UTC").text == "<b>Two</b>\n\nBy hand &amp; 5."
    assert words.unreviewed == ("en/learn/one", "en/learn/three", "en/learn/two")
    assert not words.misfits([], ["phone"])


def test_a_practice_overrides_a_page_and_adds_one_of_its_own(tmp_path: Path) -> None:
    for name, pages in (("base", {"one": "Base", "two": "Kept"}), ("own", {"one": "Own", "three": "New"})):
        (tmp_path / name / "en" / "learn").mkdir(parents=True)
        for page, body in pages.items():
            head = HEAD.format(page.title(), "A", len(page))
            (tmp_path / name / "en" / "learn" / f"{page}.md").write_text(f"{head}reviewed: no\n---\n{body}\n")
    words = opened(tmp_path / "base", tmp_path / "own")
    assert [page.id for page in words.pages("en")] == ["one", "two", "three"]
    shown = [words.render(Say(f"learn/{page}"), "en", "UTC").text for page in ("one", "two", "three")]
    assert shown == ["<b>One</b>\n\nOwn", "<b>Two</b>\n\nKept", "<b>Three</b>\n\nNew"]


def test_a_page_may_have_a_picture(write: Write) -> None:
    picture = min(path.stem for path in PICTURES.glob("*.typ"))
    words = opened(write("en/learn/one.md", HEAD.format("One", "A", 1) + f"picture: {picture}\nreviewed: no\n---\nx\n"))
    assert words.pages("en") == (Reading("one", "One", "A", picture=f"pages/{picture}"),)


PAGE = "---\ntitle: T\nsection: S\norder: 1\nsources: {}\nreviewed: {}\n---\n{}\n"


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        (PAGE.format("X1", "no", "x"), "en/learn/p.md:5: 'X1' is not in sources.yaml"),
        (PAGE.format("memory", "no", "x"), "en/learn/p.md:5: memory is no source"),
        (
            PAGE.format("", "yes", "x"),
            "en/learn/p.md:6: a page without sources is general advice, which says reviewed: no",
        ),
        (
            PAGE.format("", "no", "One line.\n\nAbout 5 in 10"),
            "en/learn/p.md:10: a figure needs a source; name it under sources",
        ),
        (PAGE.format("", "no", "Rest.\nIt Helps."), "en/learn/p.md:9: 'helps' claims an effect, which needs a source"),
        (PAGE.format("", "no", "x " * 451), "en/learn/p.md:8: the page has 901 characters; a phone shows 900"),
        ("No head", "en/learn/p.md:1: begins with no head: --- title, section, order, sources, reviewed ---"),
        (
            "---\ntitel: T\n---\n",
            "en/learn/p.md:2: 'titel: T' is not one of title, section, order, sources, see, picture, reviewed",
        ),
        ("---\ntitle: T\norder: 1\nreviewed: no\n---\nx", "en/learn/p.md:1: a page has a section"),
        (HEAD.format("T" * 35, "S", 1) + "reviewed: no\n---\nx", "en/learn/p.md:2: the title has 35 characters"),
        (HEAD.format("T", "S", 1) + "see: q\nreviewed: no\n---\nx", "en/learn/p.md:5: there is no page 'q'"),
        (
            HEAD.format("T", "S", 1) + "picture: q\nreviewed: no\n---\nx",
            "en/learn/p.md:5: there is no picture 'q'",
        ),
    ],
)
def test_a_page_that_is_not_as_it_should_be_does_not_load(folder: Path, write: Write, page: str, fault: str) -> None:
    write("sources.yaml", "S1: {short: S 2020, what: A study, where: Journal}")
    write("en/claims.yaml", "claims: [helps]")
    write("en/learn/p.md", page)
    _, faults = read_library([folder], folder)
    assert any(str(each).startswith(fault) for each in faults), faults


@pytest.mark.parametrize("name", ["next", "Page One", "x" * 33, "seite-über"])
def test_a_page_is_called_as_a_button_can_send_it(folder: Path, write: Write, name: str) -> None:
    write(f"en/learn/{name}.md", HEAD.format("T", "S", 1) + "reviewed: no\n---\nx")
    library, faults = read_library([folder], folder)
    assert not library.shelves["en"].pages
    assert str(faults[0]).startswith(f"en/learn/{name}.md:1: a page's file is called by a-z, 0-9 and -")


BROKEN = """\
a.good:
  say: Fine
a.markup:
  say: Some **bold
a.gap:
  say: Dear {nmae}
a.form:
  say: "{name:tiem}"
a.choices:
  say: Choose
  choices:
    stray: Stray
    "no": ""
    long: {long}
a.huge:
  say: "{huge}"
a.stray:
  say: Nobody says this
a.good:
  say: Twice
a.field:
  says: What?
Bad Key:
  say: x
"""


def test_everything_that_does_not_fit_is_told_in_one_go_with_file_and_line(folder: Path, write: Write) -> None:
    write("en/a.yaml", BROKEN.replace("{long}", "l" * 65).replace("{huge}", "{x} " * 21))
    write("en/b.yaml", "a.markup: {say: Again}")
    words, faults = open_words([folder], locale="en", currency="GBP", root=folder)
    assert words
    faults += words.misfits(
        [
            *(spoken(f"a.{key}") for key in ("good", "markup", "field", "missing")),
            spoken("a.gap", "name"),
            spoken("a.form", "name"),
            Spoken("a.choices", choices=frozenset({"no", "long", "unlabelled"})),
            spoken("a.huge", "x"),
        ]
    )
    assert sorted(map(str, faults)) == sorted(
        [
            "en/a.yaml:19: the key 'a.good' is given twice (first on line 1)",
            "en/a.yaml:22: a.field has a field 'says' that means nothing; did you mean 'say'?",
            "en/a.yaml:23: 'Bad Key' is no key such as booking.visit",
            "en/b.yaml:1: a.markup is given twice (first in en/a.yaml:3)",
            "en/a.yaml:4: '**' opens or closes nothing",
            "en/a.yaml:6: a.gap: there is no value {nmae}; did you mean 'name'?",
            "en/a.yaml:8: {name:tiem} is in no known form; did you mean 'time'?",
            "en/a.yaml:10: a.choices: the choice unlabelled has no label",
            "en/a.yaml:12: a.choices: nothing offers the choice stray",
            "en/a.yaml:13: a.choices: the label of no has 0 characters, not 1 to 64",
            "en/a.yaml:14: a.choices: the label of long has 65 characters, not 1 to 64",
            "en/a.yaml:16: a.huge: comes to 4220 characters; Telegram takes 4096",
            "en/a.yaml:21: en: a.field: nothing to say",
            "en/a.yaml:21: en: a.missing: nothing to say",
            "en/a.yaml:18: nothing says a.stray",
        ]
    )


def test_a_locale_with_a_hole_does_not_fit(write: Write) -> None:
    write("de/a.yaml", "a.c: {say: C}")
    words = opened(write("en/a.yaml", "a.b: {say: B}\na.c: {say: C}"))
    (fault,) = words.misfits([spoken("a.b"), spoken("a.c")])
    assert str(fault).endswith("de/a.yaml:1: de: a.b: nothing to say")


def test_without_words_in_the_practices_language_nothing_opens(write: Write) -> None:
    words, faults = open_words([write("en/a.yaml", "a.b: {say: B}")], locale="fr-FR", currency="EUR")
    assert words is None
    assert [str(fault) for fault in faults] == ["there are no words for fr-FR"]


# --- what the product comes with --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def product() -> Words:
    furnished = furnish(None, None)
    assert not furnished.faults, "\n".join(map(str, furnished.faults))
    assert furnished.practice
    return furnished.practice.words


def filled(words: Words) -> dict[str, str]:
    """Every text of the product, with a value that needs escaping in each gap."""
    return {
        f"{name}: {key}": phrase.template.fill(lambda gap: "M &lt;&amp; " * 10)
        for name, tongue in words._tongues.items()
        for key, phrase in tongue.phrases.items()
        if phrase.template
    }


def test_every_text_of_the_product_passes_telegrams_own_parser(product: Words) -> None:
    tdjson = pytest.importorskip("tdjson", reason="NOT PROVEN HERE: tdjson has no wheel for this machine")

    def execute(**request: Any) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(tdjson.td_execute(json.dumps(request).encode()) or b"{}")
        return answer

    execute(**{"@type": "setLogVerbosityLevel", "new_verbosity_level": 0})
    texts = filled(product)
    assert len(texts) > 100
    for key, html in texts.items():
        parsed = execute(**{"@type": "parseTextEntities", "text": html, "parse_mode": {"@type": "textParseModeHTML"}})
        assert parsed["@type"] == "formattedText", f"{key}: {parsed.get('message')}"
        assert parsed["text"] == plain_text(html), key
        assert "**" not in parsed["text"], key


def test_there_are_pages_enough_and_every_source_is_used(product: Words) -> None:
    pages = product._tongues["en"].shelf.pages.values()
    assert len(pages) >= 25
    library, _ = read_library([BUILT_IN])
    tips = {key for one in practice().content.advice.topics for key in one.sources}
    assert library.sources.keys() == tips | {key for page in pages for key in page.sources}


def test_pages_hold_only_what_the_practice_gives_them(product: Words) -> None:
    for page in product.pages("en"):
        assert product.render(Say(f"learn/{page.id}", dict.fromkeys(VALUES, "999")), "en", "UTC").text


def test_a_reminder_shows_nothing_of_health_on_a_locked_phone(product: Words) -> None:
    values = dict.fromkeys(("reason", "do", "why", "source", "mark"), "It is good for the back.")
    for heading in ("plan.idea", "plan.after_visit", "plan.to_keep"):
        tip = product.render(Say("plan.tip", {**values, "heading": Say(heading)}), "en", "UTC").text
        assert not re.search(r"pain|back|needle|acupuncture|treat", tip.split("\n")[0], re.IGNORECASE)


def test_nothing_is_promised_and_nothing_harmful_advised() -> None:
    wrong = r"guarantee|\bcures?\b|detox|bed rest|perfect posture|out of place|weak core|stop taking"
    for path in [*BUILT_IN.glob("en/*.yaml"), *BUILT_IN.glob("en/learn/*.md")]:
        assert not (found := re.search(wrong, path.read_text("utf-8"), re.IGNORECASE)), f"{path.name}: {found}"
