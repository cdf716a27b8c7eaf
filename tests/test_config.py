"""The settings: what is taken, what is refused, and that a secret never shows."""

import base64
from pathlib import Path

import pytest

from bot.config import SETTINGS, Address, Settings, load_settings

KEY, OLDER = b"\x01" * 32, b"\xfb\xff" * 16
TOKEN = "123456:ABC-DEF_1234ghIkl"


def base64_of(key: bytes) -> str:
    return base64.b64encode(key).decode()


def loaded(**given: str) -> Settings:
    settings, lines = load_settings({f"ACUBACK_{name.upper()}": text for name, text in given.items()})
    assert lines == []
    assert settings is not None
    return settings


def refused(*needed: str, **given: str) -> list[str]:
    settings, lines = load_settings({f"ACUBACK_{name.upper()}": text for name, text in given.items()}, needed)
    assert settings is None
    return lines


def test_an_empty_environment_is_enough_for_a_start() -> None:
    settings = loaded()
    assert settings.token is None
    assert settings.keys == ()
    assert settings.api_url == "https://api.telegram.org"
    assert settings.listen == Address("127.0.0.1", 8080)
    assert settings.webhook_at is None
    assert settings.database_url.get_secret_value().startswith("sqlite:////")
    assert settings.database_url.get_secret_value().endswith("/acuback.db")


def test_only_the_environment_handed_in_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACUBACK_TOKEN", TOKEN)
    assert loaded().token is None


def test_other_variables_are_nobody_s_business() -> None:
    assert load_settings({"PATH": "/bin", "TOKEN": "x", "ACUBACKUP": "y"})[1] == []


def test_everything_well_written_is_taken(tmp_path: Path) -> None:
    (tmp_path / "clinic.yaml").touch()
    settings = loaded(
        token=f" {TOKEN}\n",
        api_url="http://127.0.0.1:8081/",
        database_url="postgresql+psycopg://acuback:secret@db/acuback",
        key=base64_of(KEY),
        clinic=str(tmp_path / "clinic.yaml"),
        content=str(tmp_path),
        listen="[::1]:443",
        public_url="https://acuback.example.org/",
        webhook_secret="a-Z_9",
    )
    assert settings.token is not None
    assert settings.token.get_secret_value() == TOKEN
    assert settings.api_url == "http://127.0.0.1:8081"
    assert settings.keys == (KEY,)
    assert settings.clinic == tmp_path / "clinic.yaml"
    assert settings.content == tmp_path
    assert (settings.listen.host, settings.listen.port, str(settings.listen)) == ("::1", 443, "[::1]:443")
    assert settings.webhook_at == "https://acuback.example.org/telegram"


def test_a_webhook_address_of_its_own_wins_and_needs_the_secret() -> None:
    there = {"public_url": "https://a.example", "webhook_url": "https://b.example/in"}
    assert loaded(**there, webhook_secret="s").webhook_at == "https://b.example/in"
    lines = refused(**there)
    assert lines == ["ACUBACK_WEBHOOK_SECRET is missing, and a webhook (ACUBACK_WEBHOOK_URL) needs it"]


@pytest.mark.parametrize("apart", [",", "\n", ", ", "\n\n"])
def test_several_keys_come_newest_first(apart: str, tmp_path: Path) -> None:
    text = apart.join([base64_of(KEY), base64.urlsafe_b64encode(OLDER).decode().rstrip("=")])
    assert loaded(key=text).keys == (KEY, OLDER)
    file = tmp_path / "key"
    file.write_text(text + "\n")
    file.chmod(0o600)
    assert loaded(key=str(file)).keys == (KEY, OLDER)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_key_file_others_can_get_at_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "key"
    file.write_text(base64_of(KEY))
    file.chmod(mode)
    assert refused(key=str(file)) == [
        f"ACUBACK_KEY names {file}, which others can read (mode {mode:04o}): chmod 600 {file}"
    ]


def test_a_key_that_is_none_is_told_and_never_shown(tmp_path: Path) -> None:
    short = base64_of(b"\x02" * 31)
    assert refused(key=short) == [
        "ACUBACK_KEY is neither base64 of 32 bytes nor a file (`acuback key` prints a new key)"
    ]
    assert refused(key=f"{base64_of(KEY)},{short}") == ["ACUBACK_KEY holds 2 keys: 2 is not base64 of 32 bytes"]
    assert refused(key="x" * 5000) == refused(key=short)
    file = tmp_path / "key"
    file.touch(0o600)
    assert refused(key=str(file)) == [f"ACUBACK_KEY names {file}, which holds no key"]
    file.write_text(f"{base64_of(KEY)}\n{short}")
    assert refused(key=str(file)) == [f"ACUBACK_KEY names {file}, where key 2 is not base64 of 32 bytes"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("token", "ABCDEF"),
        ("token", f"bot{TOKEN}"),
        ("token", f"'{TOKEN}'"),
        ("api_url", "api.telegram.org"),
        ("api_url", "https://u:p@x.example"),
        ("api_url", "https://x:port"),
        ("database_url", "postgresql://db/acuback"),
        ("database_url", "mysql://db/acuback"),
        ("database_url", "acuback.db"),
        ("database_url", "sqlite://"),
        ("database_url", "sqlite:///:memory:"),
        ("clinic", "/nowhere/clinic.yaml"),
        ("content", "/nowhere"),
        ("listen", "8080"),
        ("listen", "localhost:99999"),
        ("listen", "::1:80"),
        ("public_url", "http://acuback.example.org"),
        ("public_url", "https://acuback.example.org/?a=1"),
        ("public_url", "https://"),
        ("webhook_url", "http://acuback.example.org"),
        ("webhook_secret", "with space"),
        ("webhook_secret", "x" * 257),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_variable(name: str, text: str) -> None:
    lines = [line for line in refused(**{name: text}) if not line.startswith("ACUBACK_WEBHOOK_SECRET is miss")]
    assert len(lines) == 1
    assert lines[0].startswith(f"ACUBACK_{name.upper()} ")
    assert "\n" not in lines[0]


def test_plain_http_will_do_on_this_machine() -> None:
    assert loaded(public_url="http://127.0.0.1:8080").public_url == "http://127.0.0.1:8080"


def test_everything_wrong_is_told_in_one_go() -> None:
    lines = refused("token", "key", listen="x", api_url="y", key="z", tokn="1")
    assert sorted(line.split()[0] for line in lines) == [
        "ACUBACK_API_URL", "ACUBACK_KEY", "ACUBACK_LISTEN", "ACUBACK_TOKEN", "ACUBACK_TOKN",
    ]  # fmt: skip
    assert "ACUBACK_TOKN is no setting; did you mean 'ACUBACK_TOKEN'?" in lines
    assert "ACUBACK_TOKEN is missing" in lines


def test_a_name_in_small_letters_is_not_passed_over() -> None:
    assert load_settings({"acuback_token": TOKEN})[1] == ["acuback_token is no setting; did you mean 'ACUBACK_TOKEN'?"]


def test_an_empty_variable_counts_as_none() -> None:
    assert loaded(token="", listen=" ").listen == Address("127.0.0.1", 8080)
    assert refused("token", token="") == ["ACUBACK_TOKEN is missing"]


def test_no_secret_shows_in_a_line_nor_in_what_is_printed(tmp_path: Path) -> None:
    bad = {
        "token": "Geheim", "key": "Geheim", "webhook_secret": "Geheim!", "database_url": "mysql://u:Geheim@db",
        "api_url": "https://Geheim@x", "public_url": "ftp://Geheim", "webhook_url": "https://x/?Geheim",
    }  # fmt: skip
    lines = refused(**bad)
    assert len(lines) == len(bad)
    assert "Geheim" not in "\n".join(lines)
    settings = loaded(
        token=TOKEN, key=base64_of(b"Geheim" * 5 + b"!!"), webhook_secret="Geheim",
        database_url="postgresql+psycopg://u:Geheim@db/x",
    )  # fmt: skip
    shown = f"{settings!r} {settings} {settings.model_dump()}"
    assert "Geheim" not in shown
    assert TOKEN not in shown


def test_every_setting_is_named_and_explained() -> None:
    assert [setting.name for setting in SETTINGS] == [
        f"ACUBACK_{name}"
        for name in (
            "TOKEN",
            "API_URL",
            "DATABASE_URL",
            "KEY",
            "CLINIC",
            "CONTENT",
            "LISTEN",
            "PUBLIC_URL",
            "ALLOW_PRIVATE_CALENDARS",
            "WEBHOOK_SECRET",
            "WEBHOOK_URL",
        )
    ]
    assert all(setting.meaning.endswith(".") for setting in SETTINGS)


def test_every_setting_is_documented_for_whoever_operates_it() -> None:
    page = Path(__file__).parents[1] / "docs" / "operating.md"
    if not page.exists():
        pytest.skip("docs/operating.md is not written yet")
    text = page.read_text(encoding="utf-8")
    assert [setting.name for setting in SETTINGS if f"`{setting.name}`" not in text] == []
    assert [setting.name for setting in SETTINGS if setting.default not in text] == []
