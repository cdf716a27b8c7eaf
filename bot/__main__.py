"""The command line. What goes wrong is told in one line: exit code 2 for a setting or an argument, 1 for the rest."""

import gc
import json
import logging
import os
import random
import sys
import webbrowser
from collections.abc import Iterable, Sized
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from bot import logs
from bot.refusal import Refused

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.furnishing import Practice
    from bot.office import Office

logger = logging.getLogger(__name__)


class Level(StrEnum):
    """What is logged, from this on."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"


class Role(StrEnum):
    """Whom an invitation makes of whoever opens it."""

    PRACTITIONER = "practitioner"
    CONTACT = "contact"


LogLevel = Annotated[Level, typer.Option("--log", help="What is logged, from this level on.")]

cli = typer.Typer(
    help="acuback: a Telegram assistant for an acupuncture practice that treats low back pain.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
people_cli = typer.Typer(help="Who of the practice is linked to a chat.", rich_markup_mode=None)
cli.add_typer(people_cli, name="people")
form_cli = typer.Typer(help="Bring a form of your own: a FHIR R4 Questionnaire, YAML or JSON.", rich_markup_mode=None)
cli.add_typer(form_cli, name="form")


@cli.command()
def run(
    webhook: Annotated[
        bool, typer.Option("--webhook", help="Have Telegram bring updates to the public address, instead of polling.")
    ] = False,
    log: LogLevel = Level.WARNING,
) -> None:
    """Go live on Telegram: ACUBACK_TOKEN and ACUBACK_KEY are needed."""
    if log is Level.DEBUG:
        raise Refused("--log debug is for the demo: a live practice never logs at that level", 2)
    settings = _settings("token", "key", *(["webhook_secret"] if webhook else []))
    from bot import app

    door = app.door_of(settings) if webhook or settings.webhook_url else None
    _log(log, settings)
    app.run(settings, door, typer.echo)


@cli.command()
def demo(
    port: Annotated[int, typer.Option(help="Where the page is served on this machine; 0 takes a free port.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
    log: LogLevel = Level.WARNING,
) -> None:
    """Try the bot on a Telegram of its own: no token, no network, nothing kept."""
    from bot.config import load_settings

    kept = {name: text for name, text in os.environ.items() if name in ("ACUBACK_CLINIC", "ACUBACK_CONTENT")}
    settings = _sound(*load_settings(kept))
    from bot import app

    logs.set_up(log.upper())
    app.demo(settings, port, typer.echo, _browse if browser else _stay)


@cli.command()
def check() -> None:
    """Look over settings, practice, content and database: every fault with file and line, in one go."""
    from bot.check import check as look_over

    found = look_over(os.environ, Path.cwd())
    for line in found.notes:
        typer.echo(f"note: {line}")
    _tell((*found.settings, *found.faults))
    count = len(found.settings) + len(found.faults)
    typer.echo(f"{count} fault{'' if count == 1 else 's'}" if count else "all is well", err=bool(count))
    raise typer.Exit(found.code)


@cli.command()
def migrate() -> None:
    """Bring the database to this version's revision."""
    from bot.office import bring_up

    bring_up(_settings().database_url.get_secret_value())
    typer.echo("the database is at this version's revision")


@cli.command()
def invite(
    role: Annotated[Role, typer.Argument(help="Whom the invitation makes of whoever opens it.")],
    ref: Annotated[str | None, typer.Option("--for", help="The person's id in clinic.yaml.")] = None,
) -> None:
    """Print a link that works once, within seven days: the chat that opens it is that person of the practice."""
    settings = _settings("key")
    from bot import app
    from bot.office import invited

    clinic = app.load(settings).content.clinic
    person = invited(clinic, role.value, ref)
    name = app.ask_name(settings) if settings.token else ""
    code = _office(settings).invite(role.value, person, datetime.now(UTC))
    typer.echo(f"https://t.me/{name}?start={code}" if name else f"/start {code}")


@people_cli.callback(invoke_without_command=True)
def people(context: typer.Context) -> None:
    """List who of the practice is linked to a chat, and since when."""
    if context.invoked_subcommand:
        return
    linked = _office(_settings("key")).people(datetime.now(UTC))
    if not linked:
        typer.echo("nobody is linked yet: acuback invite practitioner")
        return
    typer.echo(f"{'number':>6}  {'role':12}  {'id':16}  {'since':16}  reachable")
    for person, since in linked:
        at = f"{since:%Y-%m-%d %H:%M}"
        reachable = "yes" if person.reachable else "no"
        typer.echo(f"{person.account_id:>6}  {person.role:12}  {person.ref:16}  {at:16}  {reachable}")


@people_cli.command()
def revoke(number: Annotated[int, typer.Argument(help="The number `acuback people` lists them under.")]) -> None:
    """End somebody's part in the practice at once."""
    if not _office(_settings("key")).revoke(number, datetime.now(UTC)):
        raise Refused(f"nobody is linked under the number {number}: acuback people lists them", 2)
    typer.echo(f"number {number} is no longer of the practice")


@cli.command()
def key() -> None:
    """Print a new encryption key for ACUBACK_KEY."""
    from storage.vault import new_key

    typer.echo(new_key(os.urandom))


@cli.command()
def diagram(
    into: Annotated[Path | None, typer.Option(help="A folder: flows.md is written there.", file_okay=False)] = None,
) -> None:
    """Draw every flow as a Mermaid state diagram."""
    from bot.diagram import document

    _put(document(_built_in().house.flows.values()), into, "flows.md")


@cli.command()
def signs(
    into: Annotated[
        Path | None, typer.Option(help="A folder: warning-signs.md is written there.", file_okay=False)
    ] = None,
) -> None:
    """Lay out what each warning sign and each safety answer means."""
    from bot.signs import document

    _put(document(_built_in().content), into, "warning-signs.md")


@form_cli.command("check")
def check_form(file: Annotated[Path, typer.Argument(help="The form.")]) -> None:
    """Look over a form: what it is, what it uses, what is odd about it. Exit code 1 if it cannot run."""
    from bot.formwork import look_over

    found = look_over(file)
    for line in (*found.about, *(f"warning: {note}" for note in found.notes)):
        typer.echo(line)
    _tell(found.faults)
    if found.faults:
        raise Refused(f"it cannot run: {_counted(found.faults, 'fault')}")
    typer.echo(f"it runs, with {_counted(found.notes, 'warning')}" if found.notes else "it runs")


@form_cli.command("validate")
def validate_response(
    response: Annotated[Path, typer.Argument(help="The QuestionnaireResponse, YAML or JSON.")],
    form: Annotated[Path, typer.Option("--form", help="The form it answers.")],
) -> None:
    """Hold a response against its form: every breach with its path. Exit code 1 if it is not valid."""
    from bot.formwork import validate

    found = validate(form, response)
    for note in found.notes:
        typer.echo(f"warning: {note}")
    _tell(found.faults)
    if found.faults:
        raise Refused(f"it is not valid: {_counted(found.faults, 'fault')}")
    typer.echo("it is valid")


@form_cli.command("try")
def try_form(
    form: Annotated[Path, typer.Argument(help="The form.")],
    seed: Annotated[int | None, typer.Option(help="The same number gives the same answers.")] = None,
) -> None:
    """Answer a form at random to its end and print the response, which is valid."""
    from bot.formwork import try_out

    chosen = random.randrange(1_000_000) if seed is None else seed
    typer.echo(json.dumps(try_out(form, random.Random(chosen)), ensure_ascii=False, indent=2))
    if seed is None:
        typer.echo(f"the same again: --seed {chosen}", err=True)


def _built_in() -> "Practice":
    from bot.furnishing import furnish

    practice = furnish(None, None).practice
    if practice is None:
        raise Refused("the built-in content has faults: acuback check tells them")
    return practice


def _put(page: str, into: Path | None, name: str) -> None:
    if into is None:
        typer.echo(page, nl=False)
    else:
        into.mkdir(parents=True, exist_ok=True)
        (into / name).write_text(page, encoding="utf-8")


def _settings(*needed: str) -> "Settings":
    from bot.config import load_settings

    return _sound(*load_settings(os.environ, needed))


def _sound(settings: "Settings | None", lines: Iterable[str]) -> "Settings":
    """The settings; without any, a line for each fault and exit code 2."""
    if settings is None:
        _tell(lines)
        raise typer.Exit(2)
    return settings


def _office(settings: "Settings") -> "Office":
    from bot.office import Office

    return Office(settings.database_url.get_secret_value(), settings.keys, os.urandom)


def _log(level: Level, settings: "Settings") -> None:
    token, secret = settings.token, settings.webhook_secret
    logs.set_up(level.upper(), tuple(each.get_secret_value() for each in (token, secret) if each))


def _tell(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line, err=True)


def _counted(lines: Sized, name: str) -> str:
    return f"{len(lines)} {name}{'' if len(lines) == 1 else 's'}"


def _browse(address: str) -> None:
    """Where there is a screen; a browser in the terminal would take it over."""
    if sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(address)


def _stay(_: str) -> None:
    """Nothing is opened."""


def main() -> NoReturn:
    """The command `acuback`. No traceback leaves it."""
    # Imports and content leave next to no garbage; looking for it would be an eighth of a start.
    gc.disable()
    try:
        cli(args=sys.argv[1:] or ["--help"], prog_name="acuback")
    except Refused as refusal:
        _tell([str(refusal)])
        sys.exit(refusal.code)
    except Exception as failure:
        *_, where = logs.outline(failure)
        _tell([f"acuback: unexpected {type(failure).__name__}, {where.strip()}; acuback check may tell more"])
        logger.info("what happened", exc_info=failure)
        sys.exit(1)
    sys.exit(0)


if __name__ == "__main__":
    main()
