"""What holds for every format, by its being there."""

from __future__ import annotations

import importlib
import os
import pkgutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

import cowviz.exporters
from cowviz.exporters._whole.files import whole_file
from cowviz.exporters.request import ExportRequest

MODULES = [
    importlib.import_module(f"cowviz.exporters.{found.name}")
    for found in pkgutil.iter_modules(cowviz.exporters.__path__)
]
EXPORTERS = [module for module in MODULES if hasattr(module, "SUFFIXES")]
SUFFIXES = [suffix for module in EXPORTERS for suffix in module.SUFFIXES]

each_exporter = pytest.mark.parametrize("exporter", EXPORTERS, ids=lambda module: module.__name__.rpartition(".")[2])


@each_exporter
def test_it_keeps_the_contract(exporter: ModuleType) -> None:
    assert exporter.SHOWS in {"animation", "picture", "document", "trace"}
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in exporter.SUFFIXES)
    assert exporter.export.__doc__


def test_a_suffix_has_one_exporter() -> None:
    assert len(SUFFIXES) == len(set(SUFFIXES))


def test_the_same_bytes_on_every_run(tmp_path: Path, needs: Callable[[str], str]) -> None:
    needs("av")
    write = Path(__file__).with_name("conftest.py")
    for seed in ("1", "2"):
        (tmp_path / seed).mkdir()
        names = [str(tmp_path / seed / f"a{suffix}") for suffix in SUFFIXES]
        # Another time zone and folder as well: neither may be in the file. Nor is a date, or a list of fonts needed.
        environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": f"UTC-{seed}"}
        if seed == "2":
            environment |= {"SOURCE_DATE_EPOCH": "x", "MPLCONFIGDIR": f"{os.devnull}/folder"}
        done = subprocess.run([sys.executable, write, *names], check=True, env=environment, capture_output=True)
        assert done.stderr == b""
    differ = [s for s in SUFFIXES if len({(tmp_path / seed / f"a{s}").read_bytes() for seed in "12"}) > 1]
    assert not differ


def write(exporter: ModuleType, task: ExportRequest, target: Path) -> None:
    with whole_file(target) as path:
        exporter.export(task, path)
        task.progress(1, 1)  # those that write at once tell of none


@each_exporter
def test_an_interrupt_midway_leaves_the_old_file_and_no_other(
    make_task: Callable[..., ExportRequest], exporter: ModuleType, tmp_path: Path
) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    task = replace(make_task(exporter.SHOWS), progress=interrupt)
    target = tmp_path / f"a{exporter.SUFFIXES[0]}"
    target.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        write(exporter, task, target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@each_exporter
@pytest.mark.skipif(sys.platform == "win32", reason="there are no limits to files")
def test_a_full_disk_leaves_the_old_file_and_no_other(
    make_task: Callable[..., ExportRequest], exporter: ModuleType, tmp_path: Path
) -> None:
    import resource

    target = tmp_path / f"a{exporter.SUFFIXES[-1]}"
    target.write_text("old")
    task = make_task(exporter.SHOWS)
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, usual[1]))
    try:
        with pytest.raises(OSError, match="too large") as caught:
            write(exporter, task, target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert caught.value.filename == str(target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("date", ["", "x", "-1", "9" * 30, "1e9", " 0"])
def test_no_date_of_the_build_is_in_a_pdf(
    make_task: Callable[..., ExportRequest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, date: str
) -> None:
    from cowviz.exporters import pdf

    pdf.export(make_task("document"), tmp_path / "without.pdf")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", date)
    pdf.export(make_task("document"), tmp_path / "with.pdf")
    assert (tmp_path / "with.pdf").read_bytes() == (tmp_path / "without.pdf").read_bytes()
    assert os.environ["SOURCE_DATE_EPOCH"] == date
