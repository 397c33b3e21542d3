"""The versions that pyproject.toml allows: the lowest of every package, and the other Pythons that are installed here.

Each has an environment of its own in .venv/others, which is made once; of what only tests use it has pytest and
hypothesis.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from sample import one_in

ROOT = Path(__file__).parents[1]
PROJECT, LOWEST = ROOT / "pyproject.toml", ROOT / "tests" / "lowest.txt"
OTHERS = ROOT / ".venv" / "others"
# Every format is made; and those that a library makes are looked into, but not by browsers and office programs.
MADE = ["test_exporters"]
LOOKED_INTO = ["test_export_gif", "test_export_pdf", "test_export_png", "test_export_video", "test_export_webp"]
LOOKED_INTO += ["test_deck", "test_export_pptx"]


def bounds() -> dict[str, str]:
    """The lower bound of each package that users install, by its name."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    extras = [line for extra, lines in project["optional-dependencies"].items() if extra != "test" for line in lines]
    found = [re.fullmatch(r"([\w.-]+)>=([\w.]+)", line) for line in project["dependencies"] + extras]
    assert all(found[: len(project["dependencies"])]), "a bound is a plain one: package>=1.0"
    return {bound[1]: bound[2] for bound in found if bound}


def constraints() -> dict[str, str]:
    lines = [line for line in LOWEST.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return dict(line.split("==") for line in lines)


def interpreter(version: str) -> str | None:
    """A Python of this version that runs, or None."""
    home = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = [shutil.which(f"python{version}"), *map(str, sorted(home.glob(f"versions/{version}.*/bin/python")))]
    for path in filter(None, [sys.executable, *found]):
        done = subprocess.run([path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], capture_output=True)
        if done.returncode == 0 and done.stdout.decode().strip() == version:
            return path
    return None


def environment(name: str, python: str, *options: str) -> Path:
    """The Python of an environment with cowviz and all its formats; what is there already is not made again."""
    folder = OTHERS / name
    marks = [PROJECT.read_bytes(), LOWEST.read_bytes(), str([folder, python, options]).encode()]
    key = hashlib.sha256(b"".join(marks)).hexdigest()
    inside, mark = folder / "bin" / "python", folder / "made-of"
    if not mark.is_file() or mark.read_text() != key:
        run(python, "-m", "venv", "--clear", "--without-pip", str(folder))
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(inside), "install", "-q"]
        run(*pip, "--no-compile", "--editable", f"{ROOT}[all,site]", "pytest", "hypothesis", *options)
        mark.write_text(key)
    return inside


def run(*command: str) -> str:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    done = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-6000:]}{done.stderr[-3000:]}"
    return done.stdout


def passes(python: Path, *names: str) -> None:
    tests = [f"tests/exporters/{name}.py" for name in names]
    closing = run(str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", *tests)
    assert re.search(r"\d\d passed", closing)


def test_the_constraints_are_the_bounds():
    assert constraints() == bounds()


@pytest.mark.slow
def test_the_lowest_versions_make_every_format(tmp_path):
    oldest = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["requires-python"].removeprefix(">=")
    python = interpreter(oldest)
    if python is None:
        pytest.skip(f"there is no Python {oldest} here")
    inside = environment("lowest", python, "--constraint", str(LOWEST))
    found = "from importlib.metadata import version; import sys; print(*map(version, sys.argv[1:]))"
    installed = run(str(inside), "-c", found, *constraints()).split()
    pairs = zip(installed, constraints().values(), strict=True)
    assert all(f"{here}.".startswith(f"{lowest}.") for here, lowest in pairs), installed
    passes(inside, *MADE, *LOOKED_INTO)
    run(str(inside), "-m", "docs.website", str(tmp_path / "site"), "fork_cow")


@pytest.mark.slow
@pytest.mark.parametrize("version", one_in(2, ["3.13", "3.12"]))
def test_other_pythons_make_every_format(version):
    python = interpreter(version)
    if python is None:
        pytest.skip(f"there is no Python {version} here")
    if python == sys.executable:
        pytest.skip(f"Python {version} runs all the tests")
    passes(environment(version, python), *MADE)
