"""Reports what this machine can do: what cowviz may need, whether it is here, and the command that mends it."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cowviz import __version__
from cowviz.errors import told

OLDEST_PYTHON = (3, 11)

# What is imported, the package that brings it, what it is for.
ESSENTIAL = [
    ("matplotlib.figure", "matplotlib", "draws the pictures"),
    ("numpy", "numpy", "holds their pixels"),
    ("PIL.Image", "pillow", "writes .gif, .png and .webp"),
    ("networkx", "networkx", "arranges pages and frames"),
    ("imageio", "imageio", "writes pictures and video"),
    ("pypdf", "pypdf", "tags .pdf for screen readers"),
    ("click", "click", "reads the command line"),
    ("rich.progress", "rich", "shows progress"),
]
EXTRA = [
    ("av", "av", "writes .mp4 and .webm"),
    ("pptx", "python-pptx", "writes .pptx"),
    ("watchfiles", "watchfiles", "watches files for cowviz render --watch"),
]


@dataclass(frozen=True)
class Diagnosis:
    """One thing that cowviz may need."""

    name: str
    ok: bool
    found: str  # a version, a path, or what it is for
    cure: str  # the command that mends it, where it is not ok
    essential: bool


def examine() -> list[Diagnosis]:
    """Return all findings, what is essential first."""
    with suppress(Exception):  # a broken matplotlib is told about below
        import_module("cowviz.renderers.homeless")
    return [
        Diagnosis("cowviz", True, f"{__version__}, in {Path(__file__).parent}", "", True),
        _python(),
        *(_package(module, package, purpose, True) for module, package, purpose in ESSENTIAL),
        _fonts(),
        _font_list(),
        _folder(),
        *(_package(module, package, purpose, False) for module, package, purpose in EXTRA),
    ]


def _python() -> Diagnosis:
    oldest = ".".join(map(str, OLDEST_PYTHON))
    found = sys.version.split()[0]
    return Diagnosis("Python", sys.version_info >= OLDEST_PYTHON, found, f"install Python {oldest} or newer", True)


def _package(module: str, package: str, purpose: str, essential: bool) -> Diagnosis:
    """Import the package, as an installed one may be broken."""
    cure = f"pip install {package}"
    try:
        import_module(module)
    except ModuleNotFoundError:
        return Diagnosis(package, False, purpose, cure, essential)
    except Exception as error:  # whatever a broken installation raises
        return Diagnosis(package, False, told(error), f"pip install --force-reinstall {package}", essential)
    return Diagnosis(package, True, f"{_version(package)}, {purpose}", cure, essential)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # copied in, not installed
        return "?"


def _fonts() -> Diagnosis:
    """Look for DejaVu: it comes with matplotlib, but some distributions remove it."""
    try:
        from cowviz.scene.text_metrics import font_file

        files = [font_file(bold, mono) for bold in (False, True) for mono in (False, True)]
        lost = [file.name for file in files if not file.is_file()]
    except (ImportError, OSError):
        lost = ["all four"]
    found = f"missing: {', '.join(lost)}" if lost else "write the text of the pictures"
    return Diagnosis("DejaVu fonts", not lost, found, "pip install --force-reinstall matplotlib", True)


def _font_list() -> Diagnosis:
    """Check that matplotlib can save its font list; if not, as in a container, each start takes a second longer."""
    name, cure = "list of fonts", "set MPLCONFIGDIR to a folder that can be written"
    try:
        from cowviz.renderers.homeless import keeps_its_fonts
    except Exception:  # told about above
        return Diagnosis(name, True, "", "", False)
    kept = keeps_its_fonts()
    found = "saved by matplotlib" if kept else "cannot be saved: matplotlib searches for fonts at every start"
    return Diagnosis(name, kept, found, cure, False)


def _folder() -> Diagnosis:
    cure = "cd to a folder of your own"
    try:
        here = Path.cwd()
    except OSError:
        return Diagnosis("this folder", False, "has been removed", cure, False)
    return Diagnosis("this folder", os.access(here, os.W_OK), f"{here}, for output/", cure, False)
