"""The command line as an operator meets it: each command a process of its own, its words and its exit code."""

import base64
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import bot
from bot.config import KEY_BYTES, load_settings

CONTENT = Path(bot.__file__).parent / "content"
KEY = base64.urlsafe_b64encode(bytes(range(KEY_BYTES))).decode()


Acuback = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def acuback(tmp_path: Path) -> Acuback:
    """Runs a command with only these settings in its environment, in an empty folder."""
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    home |= {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(CONTENT.parents[1]), "PYTHONWARNINGS": "error"}

    def run(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        variables = {f"ACUBACK_{name.upper()}": text for name, text in settings.items()}
        command = [sys.executable, "-m", "bot", *arguments]
        return subprocess.run(
            command, env=home | variables, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False
        )

    return run


# Each edits one file: what stands there, what is put in its place, and a part of the line that must name it.
BROKEN = {
    "missing word": ("en/booking.yaml", "say: Which day suits you?", "say: ''", "booking.which_day: nothing to say"),
    "stray key": ("en/menu.yaml", "", "menu.chose:\n  say: Stray\n", "nothing says menu.chose"),
    "unknown placeholder": ("en/welcome.yaml", "say: Thank you.", "say: Thank you, {nme}.", "no value {nme}"),
    "broken markup": ("en/plan.yaml", "plan.well_done:\n  say: ", "plan.well_done:\n  say: <b>", "plan.yaml"),
    "a page too long": ("en/learn/risks.md", "About 1 in 10,000", "x " * 450, "a phone shows 900 at a glance"),
    "a page without source": ("en/learn/relaxing.md", "sources: XU13, MP05\n", "", "a figure needs a source"),
    "a page from memory": ("en/learn/sciatica.md", "sources: NG59", "sources: memory", "memory is no source"),
    "an unknown source": (
        "en/learn/how-strong.md",
        "MU20",
        "MU21",
        "'MU21' is not in sources.yaml; did you mean 'MU20'?",
    ),
    "bad hours": ("clinic.yaml", "friday: 09:00-13:00", "friday: 13:00-09:00", "hours.friday"),
    "overlapping hours": ("clinic.yaml", "monday: 09:00-13:00, 14:00", "monday: 09:00-13:00, 12:00", "hours.monday"),
    "visits alike": ("clinic.yaml", "- id: follow-up", "- id: first", "the id 'first' is taken"),
    "bad zone": ("clinic.yaml", "zone: Europe/London", "zone: Europe/Londn", "'Europe/Londn' is not an IANA time zone"),
    "duplicate key": ("clinic.yaml", "country: GB", "country: GB\ncountry: FR", "the key 'country' is given twice"),
    "no linkId": ("forms/intake.yaml", "- linkId: goal", "- prefix: goal", "an item without linkId"),
    "enableWhen to nowhere": ("forms/intake.yaml", "question: history", "question: histry", "no item 'histry'"),
    "no question to hang on": ("forms/before-visit.yaml", "question: legs", "question: leg", "no item 'leg'"),
}


def test_every_fault_is_named_with_file_and_line_in_one_run(acuback: Acuback, tmp_path: Path) -> None:
    own = tmp_path / "own"
    expected = []
    for file, old, new, part in BROKEN.values():
        path = own / file
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text((CONTENT / file).read_text() if (CONTENT / file).exists() else "")
        text = path.read_text()
        assert old in text, (file, old)
        path.write_text(text.replace(old, new, 1) if old else text + new)
        expected.append((f"own/{file}", part))
    found = acuback("check", clinic="own/clinic.yaml", content="own")
    assert found.returncode == 1, found.stderr
    assert "Traceback" not in found.stderr
    lines = found.stderr.splitlines()
    for file, part in expected:
        named = [line for line in lines if re.match(rf"{re.escape(file)}:\d+: ", line) and part in line]
        assert named, (file, part, lines)


UNBOUND = {
    "unknown answer": ("screening.yaml", "saddle: {new: emergency", "saddle: {nwe: emergency", "did you mean 'new'?"),
    "unknown effect": ("safety.yaml", "effect: never", "effect: nevr", "effect must be one of"),
    "an answer no rule knows": (
        "forms/before-visit.yaml",
        "{code: saddle, display",
        "{code: sadle, display",
        "screening.yaml:",
    ),
    "unknown item": (
        "en/advice.yaml",
        "{everyday: [stands]",
        "{evryday: [stands]",
        "did you mean 'everyday'?",
    ),
}


def test_rules_that_do_not_fit_the_forms_are_named_with_file_and_line(acuback: Acuback, tmp_path: Path) -> None:
    own = tmp_path / "own"
    for file, old, new, _ in UNBOUND.values():
        (own / file).parent.mkdir(parents=True, exist_ok=True)
        text = (CONTENT / file).read_text()
        assert old in text, (file, old)
        (own / file).write_text(text.replace(old, new, 1))
    found = acuback("check", content="own")
    assert found.returncode == 1, found.stderr
    for _, _, _, part in UNBOUND.values():
        assert re.search(rf"own/[\w/-]+\.yaml:\d+: .*{re.escape(part)}", found.stderr) or part in found.stderr, part
    assert re.search(r"own/screening\.yaml:\d+: legs: in the form 'Before your visit', 'legs' has", found.stderr)


UNFIT_TIPS = {
    "no source": ("    source: KOV03\n", "    source: ''\n", "source is missing"),
    "an unknown source": (
        "    source: WALK24\n",
        "    source: WALK23\n",
        "'WALK23' is not in sources.yaml; did you mean",
    ),
    "no phase": ("    phase: [between, after]\n", "    phase: []\n", "phase must list some of before, between"),
    "an unknown tag": (
        "    for: [drives, sits]\n",
        "    for: [drivs, sits]\n",
        "no tag 'drivs'; did you mean 'drives'?",
    ),
    "a figure from memory": (
        "why: It gives the day a calm end.",
        "why: It helps 3 in 10.",
        "a figure without a source",
    ),
    "too many words": ("do: Keep taking the medicines your", f"do: {'Long ' * 80}", "over 360 characters"),
    "a reason for nobody": ("tags:\n", "tags:\n  idle: {answers: {everyday: [sits]}}\n", "no topic goes by 'idle'"),
}


def test_a_tip_that_may_not_go_out_is_named_with_file_and_line_and_nothing_starts(
    acuback: Acuback, tmp_path: Path
) -> None:
    text = (CONTENT / "en/advice.yaml").read_text()
    for old, new, _ in UNFIT_TIPS.values():
        assert old in text, old
        text = text.replace(old, new, 1)
    (tmp_path / "own" / "en").mkdir(parents=True)
    (tmp_path / "own" / "en" / "advice.yaml").write_text(text)
    rows = text.splitlines()
    for said in (acuback("check", content="own"), acuback("run", content="own", token="12345:" + "a" * 35, key=KEY)):
        assert said.returncode == 1, said.stderr
        for why, (_, _, part) in UNFIT_TIPS.items():
            named = re.search(rf"own/en/advice\.yaml:(\d+): .*{re.escape(part)}", said.stderr)
            assert named, (why, said.stderr)
            assert rows[int(named[1]) - 1].strip(), why


def test_a_wrong_setting_does_not_keep_other_faults_from_being_told(acuback: Acuback, tmp_path: Path) -> None:
    clinic = tmp_path / "clinic.yaml"
    clinic.write_text((CONTENT / "clinic.yaml").read_text().replace("country: GB", "country: Britain"))
    found = acuback("check", clinic="clinic.yaml", token="not-a-token")
    assert found.returncode == 2
    assert "ACUBACK_TOKEN is not a bot token" in found.stderr
    assert "clinic.yaml:27: country" in found.stderr
    assert "not-a-token" not in found.stderr + found.stdout


def test_all_is_well_with_what_the_product_comes_with(acuback: Acuback, tmp_path: Path) -> None:
    found = acuback("check", token="12345:" + "a" * 35, key=KEY)
    assert found.returncode == 0, found.stderr
    assert found.stdout.splitlines()[-1] == "all is well"
    assert "there is no database yet" in found.stdout
    assert not list(tmp_path.rglob("*.db*"))


def test_a_misspelt_file_and_unreviewed_rules_are_notes(acuback: Acuback, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "screning.yaml").write_text("rules: {}")
    found = acuback("check", content="own")
    assert found.returncode == 0, found.stderr
    assert "note: own/screning.yaml: nothing reads this file" in found.stdout
    assert re.search(r"screening.yaml:\d+: RF01: nobody has reviewed it yet", found.stdout)
    assert re.search(r"safety.yaml:\d+: S01: nobody has reviewed it yet", found.stdout)


def test_without_a_command_the_help_is_shown(acuback: Acuback) -> None:
    found = acuback()
    assert found.returncode == 0
    for command in ("run", "demo", "check", "migrate", "invite", "people", "form", "key", "diagram", "signs"):
        assert re.search(rf"^  {command} ", found.stdout, re.MULTILINE), command


def test_a_key_is_one_line_that_the_settings_take(acuback: Acuback) -> None:
    first, second = acuback("key"), acuback("key")
    assert first.stdout.count("\n") == 1
    assert first.stdout != second.stdout
    settings, lines = load_settings({"ACUBACK_KEY": first.stdout})
    assert settings, lines
    assert len(settings.keys[0]) == KEY_BYTES


@pytest.mark.parametrize(
    ("arguments", "settings", "said"),
    [
        (["run"], {}, "ACUBACK_TOKEN is missing\nACUBACK_KEY is missing\n"),
        (["run"], {"token": "1:a", "key": "short"}, "ACUBACK_KEY is neither base64"),
        (["run", "--webhook"], {"token": "1:a", "key": KEY}, "ACUBACK_WEBHOOK_SECRET is missing"),
        (["run", "--webhook"], {"token": "1:a", "key": KEY, "webhook_secret": "s"}, "ACUBACK_PUBLIC_URL is missing"),
        (["run", "--log", "debug"], {"token": "1:a", "key": KEY}, "--log debug is for the demo"),
        (["people"], {"key": KEY, "databse_url": "x"}, "ACUBACK_DATABSE_URL is no setting"),
        (["invite", "practitioner", "--for", "exmple"], {"key": KEY}, "did you mean 'example'?"),
        (["people", "revoke", "7"], {"key": KEY}, "nobody is linked under the number 7"),
        (["migrate"], {"database_url": "sqlite:////proc/none/acuback.db"}, "ACUBACK_DATABASE_URL: /proc/none"),
    ],
)
def test_what_is_wrong_is_one_clear_line_and_exit_code_2(
    acuback: Acuback, arguments: list[str], settings: dict[str, str], said: str
) -> None:
    found = acuback(*arguments, **settings)
    assert found.returncode == 2, found.stderr
    assert said in found.stderr
    assert "Traceback" not in found.stderr


def test_an_unexpected_failure_is_one_line_without_a_traceback(acuback: Acuback, tmp_path: Path) -> None:
    (tmp_path / "broken.db").write_bytes(b"this is no database, but somebody's letter" * 100)
    found = acuback("people", key=KEY, database_url=f"sqlite:///{tmp_path}/broken.db")
    assert found.returncode == 1
    assert len(found.stderr.splitlines()) == 1
    assert found.stderr.startswith("acuback: unexpected DatabaseError")
    assert "letter" not in found.stderr


def test_an_invitation_is_a_link_code_of_128_bits_kept_as_a_hash_only(acuback: Acuback, tmp_path: Path) -> None:
    found = acuback("invite", "contact", "--for", "reception", key=KEY)
    assert found.returncode == 0, found.stderr
    code = found.stdout.removeprefix("/start ").strip()
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", code)
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*.db*"))
    assert b"reception" in kept
    assert code.encode() not in kept


def test_every_warning_sign_and_safety_answer_is_laid_out(acuback: Acuback, tmp_path: Path) -> None:
    found = acuback("signs", "--into", "docs")
    assert found.returncode == 0, found.stderr
    written = (tmp_path / "docs" / "warning-signs.md").read_text()
    assert written == acuback("signs").stdout
    for row in ("| RF01 |", "| RF22-four |", "| S25 |"):
        assert row in written


def test_every_flow_is_drawn(acuback: Acuback, tmp_path: Path) -> None:
    found = acuback("diagram", "--into", "docs")
    assert found.returncode == 0, found.stderr
    drawn = (tmp_path / "docs" / "flows.md").read_text()
    assert drawn == acuback("diagram").stdout
    assert "## booking" in drawn
    assert "    privacy --> agree\n" in drawn
