"""`acuback check`: settings, practice, content and database, every fault in one go."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.config import PREFIX, load_settings
from bot.furnishing import furnish
from bot.office import look

_READ = tuple(PREFIX + name for name in ("CLINIC", "CONTENT", "DATABASE_URL"))


@dataclass(frozen=True, slots=True)
class Findings:
    """Lines for the operator: of the settings, of everything else, and what can be lived with."""

    settings: tuple[str, ...]
    faults: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def code(self) -> int:
        """The exit code: 2 for a wrong setting, 1 for any other fault."""
        return 2 if self.settings else 1 if self.faults else 0


def check(environ: Mapping[str, str], root: Path) -> Findings:
    """Everything wrong with what the environment names. Files under `root` are named relative to it.

    A setting that is wrong itself is passed over for the rest: the built-in practice stands in for it.
    """
    settings, lines = load_settings(environ)
    if settings is None:
        wrong = {line.split()[0] for line in lines}
        sound = {name: text for name, text in environ.items() if name in _READ and name not in wrong}
        settings, _ = load_settings(sound)
        assert settings is not None
    furnished = furnish(settings.clinic, settings.content, root)
    fault, note = ("", "")
    if not any(line.startswith(_READ[2]) for line in lines):
        fault, note = look(settings.database_url.get_secret_value())
    missing = [f"{PREFIX}{name} is not set: `acuback run` needs it" for name in ("TOKEN", "KEY")
               if not environ.get(PREFIX + name)]  # fmt: skip
    if not environ.get(PREFIX + "PUBLIC_URL"):
        missing.append(f"{PREFIX}PUBLIC_URL is not set: no calendar can be given a practitioner's diary")
    return Findings(
        settings=tuple(lines),
        faults=(*map(str, furnished.faults), *filter(None, [fault])),
        notes=(*map(str, furnished.notes), *missing, *filter(None, [note])),
    )
