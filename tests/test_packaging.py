"""What somebody who installs acuback gets."""

import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = sorted(ROOT.glob("requirements*.lock"))


def pins(lock: Path) -> dict[str, str]:
    """The version of every package that a lock names."""
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ]+)", lock.read_text(), re.MULTILINE))


def wheel(folder: Path) -> Path:
    build = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    name = subprocess.check_output([sys.executable, "-c", build, folder], cwd=ROOT, text=True)
    return folder / name.strip()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_pins_by_hash_and_names_no_index(lock: Path) -> None:
    requirements = lock.read_text().replace("\\\n", " ").splitlines()
    assert requirements
    for requirement in requirements:
        assert re.fullmatch(r"[a-z0-9-]+==[^ ]+( ; [^#/]+?)? +(--hash=sha256:[0-9a-f]{64} *)+", requirement)


def test_the_locks_agree_with_one_another() -> None:
    runtime, dev = (pins(ROOT / name) for name in ("requirements.lock", "requirements-dev.lock"))
    assert {name: dev[name] for name in runtime.keys() & dev.keys()} == {
        name: runtime[name] for name in runtime.keys() & dev.keys()
    }


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    named = {"requirements.lock": [*project["project"]["dependencies"], *project["dependency-groups"]["build"]]}
    named["requirements-dev.lock"] = project["dependency-groups"]["dev"]
    for lock, requirements in named.items():
        names = {re.split(r"[^A-Za-z0-9-]", requirement)[0].lower() for requirement in requirements}
        assert names <= pins(ROOT / lock).keys()


def test_the_wheel_holds_every_file_of_both_packages_and_nothing_else(tmp_path: Path) -> None:
    there = {
        path.relative_to(ROOT).as_posix()
        for package in ("bot", "storage")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.parent.name != "__pycache__"
    }
    with zipfile.ZipFile(wheel(tmp_path)) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == there


@pytest.mark.prove
def test_the_wheel_and_the_runtime_lock_are_all_that_the_command_needs(tmp_path: Path) -> None:
    home = tmp_path / "venv"
    venv.create(home, with_pip=True)
    install = [str(home / "bin" / "python"), "-m", "pip", "install", "-qq"]
    subprocess.check_call([*install, "--require-hashes", "-r", str(ROOT / "requirements.lock")])
    subprocess.check_call([*install, "--no-index", str(wheel(tmp_path))])
    key = subprocess.check_output([home / "bin" / "acuback", "key"], cwd=tmp_path, text=True)
    assert len(key.splitlines()) == 1
