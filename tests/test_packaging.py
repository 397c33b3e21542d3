"""The wheel and the sdist hold what they should, and cowviz works where only the wheel is."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

import cowviz

ROOT = Path(__file__).parents[1]
SCENARIOS = {path.name for path in (ROOT / "scenarios").glob("*.py")}


def build(target: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    (made,) = folder.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_wheel_holds_one_package_and_nothing_beside_it(names: set[str]) -> None:
    top = {name.split("/")[0] for name in names}
    assert top == {"cowviz", f"cowviz-{cowviz.__version__}.dist-info"}


def test_wheel_holds_every_module_and_the_typing_marker(names: set[str]) -> None:
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "cowviz").rglob("*.py")}
    assert modules <= names
    assert "cowviz/py.typed" in names


def test_wheel_holds_every_scenario_inside_the_package(names: set[str]) -> None:
    assert SCENARIOS
    assert {f"cowviz/scenarios/{name}" for name in SCENARIOS} <= names


def test_wheel_holds_the_player(names: set[str]) -> None:
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "cowviz" / "player").iterdir()}
    assert files
    assert files <= names


def test_wheel_holds_the_words_of_other_languages(names: set[str]) -> None:
    catalogues = {path.relative_to(ROOT).as_posix() for path in (ROOT / "cowviz" / "locale").rglob("*.mo")}
    assert "cowviz/locale/ro/LC_MESSAGES/cowviz.mo" in catalogues
    assert catalogues <= names


def test_wheel_holds_the_licence_and_no_litter(names: set[str]) -> None:
    assert f"cowviz-{cowviz.__version__}.dist-info/licenses/LICENSE" in names
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


def test_metadata_name_the_command_the_extras_and_no_upper_bounds(wheel: Path) -> None:
    folder = f"cowviz-{cowviz.__version__}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        metadata = Parser().parsestr(archive.read(f"{folder}/METADATA").decode())
        assert "cowviz = cowviz.cli:main" in archive.read(f"{folder}/entry_points.txt").decode()
    assert metadata["Version"] == cowviz.__version__
    assert metadata["Requires-Python"] == ">=3.11"
    assert {"video", "watch", "all"} <= set(metadata.get_all("Provides-Extra", []))
    assert not [line for line in metadata.get_all("Requires-Dist", []) if "<" in line.split(";")[0]]


def test_sdist_holds_what_a_developer_needs(tmp_path: Path) -> None:
    with tarfile.open(build("sdist", tmp_path)) as archive:
        files = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile", ".ci/run"}
    assert wanted <= files
    assert {f"scenarios/{name}" for name in SCENARIOS} <= files
    assert {"tests/conftest.py", "docs/architecture.md", "cowviz/cli.py"} <= files


@pytest.mark.slow
def test_installed_wheel_renders_outside_of_the_clone(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    bin_ = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "COWVIZ"))}

    def run(*command: str) -> str:
        done = subprocess.run(
            [str(bin_ / command[0]), *command[1:]], cwd=tmp_path, env=clean, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("python", "-m", "pip", "install", "--quiet", str(wheel))
    assert "fork_cow" in run("cowviz", "list")
    run("cowviz", "render", "fork_cow", "out.gif")
    assert (tmp_path / "out.gif").read_bytes().startswith(b"GIF89a")
