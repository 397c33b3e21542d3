"""Finds what other packages add by entry points; a broken entry is left out with a warning."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from cowviz.errors import told, warn

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


def entry_points(kind: str) -> dict[str, EntryPoint]:
    """Return the entry points of a kind ("scenarios" ...) by name; of two of one name the first counts."""
    if not is_extended(tuple(sys.path)):
        return {}
    from importlib.metadata import distributions  # slow to import

    found: dict[str, EntryPoint] = {}
    for distribution in distributions():
        try:
            for entry in distribution.entry_points:
                if entry.group == f"cowviz.{kind}" and _is_well_formed(entry):
                    found.setdefault(entry.name, entry)
        except Exception as error:  # whatever a spoilt file raises: importlib.metadata checks none of it
            warn(f"an installed package's entry points cannot be read: {told(error)}")
    return dict(sorted(found.items()))


def _is_well_formed(entry: EntryPoint) -> bool:
    """Return whether the entry names a module; importlib.metadata does not check that by itself."""
    try:
        return bool(entry.name.isprintable() and entry.module)
    except Exception:
        warn(f"the entry point {entry.name!r} names no module: {entry.value!r}")
        return False


@cache
def is_extended(path: tuple[str, ...]) -> bool:
    """Return whether an installed package has entry points for us; asking those that know takes long."""
    return any(_speaks_of_us(file) for folder in path for file in _infos(Path(folder)))


def _infos(folder: Path) -> list[Path]:
    try:
        return list(folder.glob("*-info/entry_points.txt"))
    except OSError:
        return []


def _speaks_of_us(file: Path) -> bool:
    try:
        return b"[cowviz." in file.read_bytes()
    except OSError:  # not ours to read: then it cannot be used either
        return False
