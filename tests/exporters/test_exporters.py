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
from cowviz.exporters.files import whole_file
from cowviz.exporters.job import Job

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
        # Another time zone and folder as well: neither may be in the file.
        environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": f"UTC-{seed}"}
        subprocess.run([sys.executable, write, *names], check=True, env=environment)
    differ = [s for s in SUFFIXES if len({(tmp_path / seed / f"a{s}").read_bytes() for seed in "12"}) > 1]
    assert not differ


def write(exporter: ModuleType, job: Job, target: Path) -> None:
    with whole_file(target) as path:
        exporter.export(job, path)
        job.progress(1, 1)  # those that write at once tell of none


@each_exporter
def test_an_interrupt_midway_leaves_the_old_file_and_no_other(
    make_job: Callable[..., Job], exporter: ModuleType, tmp_path: Path
) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    job = replace(make_job(exporter.SHOWS), progress=interrupt)
    target = tmp_path / f"a{exporter.SUFFIXES[0]}"
    target.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        write(exporter, job, target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
