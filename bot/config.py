"""The settings: everything the environment may say, under names that begin with `ACUBACK_`.

Read once, here; `bot.app` hands on the values. A wrong, missing or unknown variable is one line that names
it. What a secret holds is never shown, neither in such a line nor by `repr`.
"""

import base64
import os
import re
import stat
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretBytes,
    SecretStr,
    ValidationError,
)

from bot.source import nearest

PREFIX = "ACUBACK_"
KEY_BYTES = 32
WEBHOOK_PATH = "/telegram"
"""Where updates arrive under the public address, unless a webhook address is set."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a socket listens. Port 0 takes a free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _fits(pattern: str, otherwise: str) -> Callable[[SecretStr], SecretStr]:
    def check(secret: SecretStr) -> SecretStr:
        if not re.fullmatch(pattern, secret.get_secret_value()):
            raise ValueError(otherwise)
        return secret

    return check


def _address(given: object) -> Address:
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})", str(given))
    if match is None or int(match[2]) > 65535:
        raise ValueError("is not host:port, such as 127.0.0.1:8080 or [::1]:8080")
    return Address(match[1].strip("[]"), int(match[2]))


def _web_address(text: str) -> str:
    """The address without its last slash."""
    shape = "is not a web address such as https://example.org, without user, query or fragment"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError(shape) from None
    strays = parts.query or parts.fragment or "@" in parts.netloc or re.search(r"\s", text)
    if parts.scheme not in ("http", "https") or not host or strays:
        raise ValueError(shape)
    return text.rstrip("/")


def _https(text: str) -> str:
    """An address handed to Telegram and to patients: https, or http where it never leaves this machine."""
    address = _web_address(text)
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError("does not begin with https://")
    return address


def _database(secret: SecretStr) -> SecretStr:
    scheme, _, rest = secret.get_secret_value().partition("://")
    if scheme in ("postgresql", "postgres"):
        raise ValueError("must begin with postgresql+psycopg:// for PostgreSQL")
    if scheme not in ("sqlite", "postgresql+psycopg"):
        raise ValueError("begins with neither sqlite:/// nor postgresql+psycopg://")
    if scheme == "sqlite" and (not rest.startswith("/") or rest[1:] in ("", ":memory:")):
        raise ValueError("names no file: write sqlite:/// and then its path")
    return secret


def _default_database() -> SecretStr:
    return SecretStr(f"sqlite:///{user_data_path('acuback', appauthor=False) / 'acuback.db'}")


def _keys(given: str) -> list[bytes]:
    file = _file_named(given)
    pieces = [piece for piece in re.split(r"[,\s]+", _private_text(file) if file else given) if piece]
    keys = [key for piece in pieces if (key := _key(piece))]
    if keys and len(keys) == len(pieces):
        return keys
    wrong = [str(number) for number, piece in enumerate(pieces, 1) if not _key(piece)]
    if file and pieces:
        raise ValueError(f"names {file}, where key {', '.join(wrong)} is not base64 of {KEY_BYTES} bytes")
    if file:
        raise ValueError(f"names {file}, which holds no key")
    if keys:
        raise ValueError(f"holds {len(pieces)} keys: {', '.join(wrong)} is not base64 of {KEY_BYTES} bytes")
    raise ValueError(f"is neither base64 of {KEY_BYTES} bytes nor a file (`acuback key` prints a new key)")


def _key(piece: str) -> bytes | None:
    """A key in base64, of either alphabet, padded or not; None for anything else."""
    text = piece.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        return None
    return key if len(key) == KEY_BYTES else None


def _file_named(text: str) -> Path | None:
    try:
        path = Path(text).expanduser()
        return path if path.is_file() else None
    except (OSError, RuntimeError, ValueError):
        return None


def _private_text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            mode = stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
            content = opened.read()
    except OSError:
        raise ValueError(f"names {file}, which cannot be read") from None
    if mode & 0o077:
        raise ValueError(f"names {file}, which others can read (mode {mode:04o}): chmod 600 {file}")
    return content.decode("ascii", "replace")


def _existing_file(path: Path) -> Path:
    if not (path := path.expanduser()).is_file():
        raise ValueError(f"names no file: {path}")
    return path


def _existing_folder(path: Path) -> Path:
    if not (path := path.expanduser()).is_dir():
        raise ValueError(f"names no folder: {path}")
    return path


Token = Annotated[
    SecretStr, AfterValidator(_fits(r"[0-9]+:[A-Za-z0-9_-]+", "is not a bot token as BotFather gives it"))
]
WebhookSecret = Annotated[
    SecretStr, AfterValidator(_fits(r"[A-Za-z0-9_-]{1,256}", "is not 1 to 256 of A-Z, a-z, 0-9, _ and -"))
]
WebAddress = Annotated[str, AfterValidator(_web_address)]
PublicAddress = Annotated[str, AfterValidator(_https)]


class Settings(BaseModel):
    """Every setting, checked. The variable of a field is `ACUBACK_` and its name in capitals."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    token: Token | None = Field(
        default=None,
        description="The bot's token, from BotFather. `run` needs it.",
    )
    api_url: WebAddress = Field(
        default="https://api.telegram.org",
        description="The Bot API. Calls go to `{url}/bot{token}/{method}`, files to `{url}/file/bot{token}/{path}`.",
    )
    database_url: Annotated[SecretStr, AfterValidator(_database)] = Field(
        default_factory=_default_database,
        description="`sqlite:///` and a path, or `postgresql+psycopg://user:password@host/name`."
        " Without it: `acuback.db` in the user's data folder.",
    )
    key: Annotated[tuple[SecretBytes, ...], BeforeValidator(_keys)] = Field(
        default=(),
        description="What patients say is encrypted with it: 32 bytes in base64, as `acuback key` prints"
        " them, or a file that holds them and that nobody else can read. Several, newest first, apart by"
        " commas or new lines, while keys are changed. `run` needs it.",
    )
    clinic: Annotated[Path, AfterValidator(_existing_file)] | None = Field(
        default=None,
        description="The practice's `clinic.yaml`. Without it: the built-in example practice.",
    )
    content: Annotated[Path, AfterValidator(_existing_folder)] | None = Field(
        default=None,
        description="A folder with the practice's own words, pages and forms, which replace the built-in ones"
        " entry by entry.",
    )
    listen: Annotated[Address, BeforeValidator(_address)] = Field(
        default=Address("127.0.0.1", 8080),
        description="Where the web server listens, as `host:port`.",
    )
    public_url: PublicAddress | None = Field(
        default=None,
        description="Where the world reaches this process, over https. Without it nothing that needs such an"
        " address is offered.",
    )
    allow_private_calendars: bool = Field(
        default=False,
        description="`yes` lets practitioners take busy times from calendars inside this network too. Without it such"
        " an address is refused.",
    )
    webhook_secret: WebhookSecret | None = Field(
        default=None,
        description="What Telegram must say with every update it brings: 1 to 256 of `A-Z a-z 0-9 _ -`."
        " A webhook needs it.",
    )
    webhook_url: PublicAddress | None = Field(
        default=None,
        description="Where Telegram brings updates, over https. Setting it chooses the webhook over polling."
        f" With `run --webhook` and without it: `{WEBHOOK_PATH}` under the public address.",
    )

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The encryption keys, 32 bytes each, newest first."""
        return tuple(key.get_secret_value() for key in self.key)

    @property
    def webhook_at(self) -> str | None:
        """Where a webhook would be: the address set for it, or a path under the public one; else None."""
        if self.webhook_url is None and self.public_url is not None:
            return self.public_url + WEBHOOK_PATH
        return self.webhook_url


@dataclass(frozen=True, slots=True)
class Setting:
    """A line of the documentation: a variable, its default ('' where there is none), what it is for."""

    name: str
    default: str
    meaning: str


SETTINGS = tuple(
    Setting(
        PREFIX + name.upper(),
        str(field.default) if field.default_factory is None and field.default else "",
        field.description or "",
    )
    for name, field in Settings.model_fields.items()
)
"""Every setting there is, in the order they are documented."""


def load_settings(environ: Mapping[str, str], needed: Collection[str] = ()) -> tuple[Settings | None, list[str]]:
    """The settings an environment makes, or a line for everything wrong with it, all in one go.

    `needed` names the fields the command cannot do without (`run`: token and key). An empty variable
    counts as none. The settings are None exactly when there are lines.
    """
    given = {name: text.strip() for name, text in environ.items() if name.upper().startswith(PREFIX)}
    known = [setting.name for setting in SETTINGS]
    lines = [f"{name} is no setting{nearest(name.upper(), known)}" for name in given if name not in known]
    settings = None
    try:
        settings = Settings.model_validate(
            {name.removeprefix(PREFIX).lower(): text for name, text in given.items() if text and name in known}
        )
    except ValidationError as error:
        lines += [
            f"{PREFIX}{str(wrong['loc'][0]).upper()} {wrong['msg'].removeprefix('Value error, ')}"
            for wrong in error.errors(include_url=False, include_input=False, include_context=False)
        ]
    wanted = dict.fromkeys(needed, "is missing")
    if given.get(PREFIX + "WEBHOOK_URL"):
        wanted["webhook_secret"] = f"is missing, and a webhook ({PREFIX}WEBHOOK_URL) needs it"
    for name, message in wanted.items():
        variable = PREFIX + name.upper()
        if not given.get(variable):
            lines.append(f"{variable} {message}")
    return (None, lines) if lines else (settings, [])
