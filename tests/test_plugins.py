"""A file is a plug-in, by its name; so is a file of the user's, and what other packages name."""

from __future__ import annotations

import builtins
import subprocess
import sys
from pathlib import Path

import pytest

from cowviz import plugins
from cowviz.errors import CowvizError, CowvizWarning, MissingTool
from cowviz.scene.theme import Theme

FORMATS = {".gif", ".webp", ".mp4", ".webm", ".png", ".svg", ".pdf", ".pptx", ".json", ".txt"}


def test_names():
    assert {"dark", "light"} <= set(plugins.names("themes"))
    assert "columns" in plugins.names("views")
    assert {"matplotlib", "svg"} <= set(plugins.names("renderers"))
    assert {"gif", "json"} <= set(plugins.names("exporters"))


def test_modules_without_the_marker_are_no_plugins():
    assert not {"task", "files", "palette", "patches"} & set(plugins.names("exporters"))


@pytest.mark.parametrize("name", plugins.names("themes"))
def test_every_theme_is_named_as_its_file(name):
    theme = plugins.find("themes", name).THEME
    assert isinstance(theme, Theme)
    assert theme.name == name


@pytest.mark.parametrize("suffix", plugins.formats())
def test_every_format_has_an_exporter(suffix):
    exporter = plugins.find("exporters", plugins.formats()[suffix].exporter)
    assert suffix in exporter.SUFFIXES
    assert callable(exporter.export)


def test_formats_are_listed_without_importing_them():
    code = "import sys; from cowviz import plugins; print(*plugins.formats()); print(*sys.modules)"
    formats, modules = subprocess.check_output([sys.executable, "-c", code], text=True).splitlines()
    assert set(formats.split()) >= FORMATS
    assert not {"matplotlib", "PIL", "numpy", "av"} & set(modules.split())


def test_the_longest_suffix_decides(monkeypatch):
    known = {".svg": plugins.Format("svg", "picture"), ".anim.svg": plugins.Format("anim", "animation")}
    monkeypatch.setattr(plugins, "formats", lambda: known)
    assert plugins.format_of(Path("x.ANIM.svg"))[0] == ".anim.svg"
    assert plugins.format_of(Path("x.v2.svg"))[0] == ".svg"


def test_unknown_names_and_suffixes():
    with pytest.raises(CowvizError, match="no theme 'drak'; did you mean dark"):
        plugins.find("themes", "drak")
    with pytest.raises(CowvizError, match=r"x\.gof: .*there are: \.anim\.svg, \.gif, "):
        plugins.format_of(Path("x.gof"))


def test_a_theme_of_ones_own(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "from dataclasses import replace\nfrom cowviz.themes.light import THEME as LIGHT\n"
        "THEME = replace(LIGHT, name='mine', accent='#123456')\n"
    )
    assert plugins.find("themes", str(file)).THEME.accent == "#123456"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "mine.py is no theme: it must define THEME"),
        ("THEME = 1 / 0\n", "mine.py, line 1: ZeroDivisionError: division by zero"),
        (None, "No such file or directory"),
    ],
)
def test_a_broken_theme_of_ones_own(tmp_path, text, told):
    file = tmp_path / "mine.py"
    if text is not None:
        file.write_text(text)
    with pytest.raises(CowvizError, match=told):
        plugins.find("themes", str(file))


def test_other_packages_add_plugins(tmp_path, monkeypatch):
    (tmp_path / "paper_theme.py").write_text("from cowviz.themes.light import THEME\n")
    (tmp_path / "ascii_export.py").write_text(
        "SUFFIXES = ('.asc',)\nSHOWS = 'document'\ndef export(request, path): path.write_text(request.trace.name)\n"
    )
    (tmp_path / "needy_export.py").write_text("import a_package_nobody_has\n")
    info = tmp_path / "extras-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: extras\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[cowviz.themes]\npaper = paper_theme\n[cowviz.exporters]\nascii = ascii_export\nneedy = needy_export\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert "paper" in plugins.names("themes")
    assert plugins.find("themes", "paper").THEME.name == "light"
    with pytest.warns(CowvizWarning, match="exporter 'needy' needs a_package_nobody_has"):
        plugins.formats()
    assert plugins.formats()[".asc"] == ("ascii", "document", (), False)
    with pytest.raises(
        MissingTool, match="exporter 'needy' needs a_package_nobody_has: pip install a_package_nobody_has"
    ):
        plugins.find("exporters", "needy")


def test_a_missing_package_is_named_with_its_cure(monkeypatch):
    real = builtins.__import__

    def without_watchfiles(name, *args, **kwargs):
        if name == "watchfiles":
            raise ModuleNotFoundError("No module named 'watchfiles'", name="watchfiles")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_watchfiles)
    with (
        pytest.raises(MissingTool, match=r"--watch needs watchfiles: pip install watchfiles"),
        plugins.needed_by("--watch"),
    ):
        import watchfiles  # noqa: F401


def test_a_mistake_of_our_own_is_not_taken_for_a_missing_package():
    with pytest.raises(ModuleNotFoundError), plugins.needed_by("it"):
        import cowviz.nonsense  # noqa: F401
