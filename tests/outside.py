"""Another package, as pip would install it: its files, its entry points, and cowviz run beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]


def install(folder: Path, files: Mapping[str, str], entry_points: Mapping[str, Mapping[str, str]]) -> None:
    """Write the files of a package ``extras`` and what it tells of itself: modules by group ("views") and name."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    info = folder / "extras-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: extras\nVersion: 1.0\n", encoding="utf-8")
    groups = (
        f"[cowviz.{group}]\n" + "".join(f"{name} = {module}\n" for name, module in modules.items())
        for group, modules in entry_points.items()
    )
    (info / "entry_points.txt").write_text("\n".join(groups), encoding="utf-8")


def run(folder: Path, *arguments: str, installed: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command of cowviz in a folder of its own, beside the package or without it."""
    here = folder / "lessons"
    here.mkdir(exist_ok=True)
    path = os.pathsep.join([str(ROOT), *[str(folder)] * installed])
    return subprocess.run(
        [sys.executable, "-m", "cowviz", *arguments],
        cwd=here,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
