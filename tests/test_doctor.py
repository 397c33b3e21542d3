"""The doctor tells what is here, what is not, and what mends it."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path

from click.testing import CliRunner

from cowviz import doctor
from cowviz.cli import cli


def found(name: str) -> doctor.Diagnosis:
    return next(finding for finding in doctor.examine() if finding.name == name)


def test_this_machine_can_draw():
    assert all(finding.ok for finding in doctor.examine() if finding.essential)
    result = CliRunner().invoke(cli, ["doctor"])
    assert result.exit_code == 0
    assert "DejaVu fonts" in result.output


def test_json():
    findings = json.loads(CliRunner().invoke(cli, ["doctor", "--json"]).output)
    assert {"name", "ok", "found", "cure", "essential"} == set(findings[0])


def test_something_essential_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "networkx", None)  # importing it now raises ModuleNotFoundError
    result = CliRunner().invoke(cli, ["doctor"])
    assert result.exit_code == 3
    assert any(
        line.startswith("missing  networkx") and "pip install networkx" in line for line in result.output.splitlines()
    )


def test_something_extra_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    assert found("av").cure == "pip install av"
    assert CliRunner().invoke(cli, ["doctor"]).exit_code == 0


def test_a_broken_installation_is_missing_too(monkeypatch):
    def broken(module):
        raise OSError("libfoo.so: cannot open shared object file")

    monkeypatch.setattr(doctor, "import_module", broken)
    assert not found("numpy").ok
    assert "libfoo.so" in found("numpy").found


def test_fonts_taken_out(monkeypatch, tmp_path):
    monkeypatch.setattr("cowviz.scene.text_metrics.font_file", lambda bold, mono: tmp_path / f"{bold}{mono}.ttf")
    assert not found("DejaVu fonts").ok
    monkeypatch.setitem(sys.modules, "cowviz.scene.text_metrics", None)
    assert not found("DejaVu fonts").ok


def test_a_folder_that_cannot_be_written(monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert not found("this folder").ok


def test_it_knows_the_version_of_all_that_cowviz_needs():
    """Whoever reports a bug sends this along."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    needed = [*project["dependencies"], extras["pptx"][0], *extras["watch"], "av", "cowviz"]
    for package in (re.split(r"[^A-Za-z-]", line)[0] for line in needed):
        assert re.match(r"\d+\.\d+", found(package).found), package


def test_what_is_broken_is_installed_anew(monkeypatch):
    """To install it once more does nothing where pip believes that it is there."""

    def broken(module):
        raise ImportError("libfoo.so: cannot open shared object file\nmore")

    monkeypatch.setattr(doctor, "import_module", broken)
    assert found("pillow").cure == "pip install --force-reinstall pillow"
    assert "\n" not in found("pillow").found
