"""Names of the first edition go on working, with a warning that says the new one."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest

import cowviz
from cowviz import plugins
from cowviz.errors import CowvizWarning
from cowviz.exporters.options import RenderOptions
from cowviz.exporters.request import ExportRequest
from cowviz.renamed import MODULES


@pytest.mark.parametrize("old", MODULES)
def test_an_old_module_is_the_new_one(old: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, old, raising=False)
    new, names = MODULES[old]
    with pytest.warns(CowvizWarning, match=rf"{old} is now {new}"):
        module = import_module(old)
    for before, now in names.items():
        assert getattr(module, before) is getattr(import_module(new), now)


def test_an_old_exporter_goes_on(tmp_path: Path) -> None:
    module = tmp_path / "old.py"
    module.write_text(
        "SUFFIXES = ('.old',)\nSHOWS = 'trace'\nHEEDS = ('loop',)\n"
        "def export(job, path): path.write_text(str(job.wishes.loop))\n",
        encoding="utf-8",
    )
    found = plugins.find("exporters", str(module))
    with pytest.warns(CowvizWarning, match="HEEDS is now SUPPORTS"):
        offered = plugins._offered("old", found)
    assert offered[".old"].supports == ("loop",)
    request = ExportRequest(cowviz.load("fork_cow").trace, (), (), 1, 1, RenderOptions(loop=3))
    with pytest.warns(CowvizWarning, match=r"request\.wishes is now request\.options"):
        found.export(request, tmp_path / "x")
    assert (tmp_path / "x").read_text() == "3"


def test_an_old_destination_takes_its_options_as_a_mapping() -> None:
    options = RenderOptions(theme="dark")
    assert dict(options)["theme"] == options["theme"] == "dark"
    with pytest.raises(KeyError):
        options["them"]
