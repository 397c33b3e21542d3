"""Imports matplotlib, quietly and safely, also if it has no folder to write to.

If matplotlib cannot write to its folder in the user's home, it makes a temporary one and prints two long lines to
standard error at every start. If it can write nowhere, its import fails. It keeps only its list of fonts there.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def import_matplotlib() -> None:
    """Import matplotlib, before any other module of cowviz does."""
    if "matplotlib.font_manager" in sys.modules:  # somebody else's doing
        return
    with _quiet():
        if keeps_its_fonts():
            import_module("matplotlib.font_manager")
        else:
            _import_without_folders()


def keeps_its_fonts() -> bool:
    """Return whether matplotlib has its folders; without them it searches for fonts at every start."""
    if not sys.platform.startswith(("linux", "freebsd")):
        return True  # it knows other systems' folders better
    own = os.environ.get("MPLCONFIGDIR")
    return all(map(_is_writable, [Path(own)] if own else _folders()))


def _folders() -> Iterator[Path]:
    """As matplotlib finds them."""
    for variable, name in (("XDG_CONFIG_HOME", ".config"), ("XDG_CACHE_HOME", ".cache")):
        base = os.environ.get(variable)
        try:
            yield Path(base, "matplotlib") if base else Path.home() / name / "matplotlib"
        except RuntimeError:  # a user without a home
            yield Path(os.devnull, "matplotlib")


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def _import_without_folders() -> None:
    """Import it as if its folders were there, with the settings that it brings along; afterwards it is as always."""
    with _own_settings():
        matplotlib: Any = import_module("matplotlib")
    real = matplotlib.get_configdir, matplotlib.get_cachedir
    matplotlib.get_configdir = matplotlib.get_cachedir = lambda: os.devnull
    try:
        for module in ("font_manager", "texmanager", "style"):  # whatever asks for a folder while it is imported
            import_module(f"matplotlib.{module}")
    finally:
        matplotlib.get_configdir, matplotlib.get_cachedir = real


@contextmanager
def _own_settings() -> Iterator[None]:
    """Let it read its settings from its package: it looks no further then."""
    spec, before = find_spec("matplotlib"), os.environ.get("MATPLOTLIBRC")
    folders = (spec and spec.submodule_search_locations) or ()
    if before is None:
        os.environ["MATPLOTLIBRC"] = str(Path(*folders, "mpl-data", "matplotlibrc"))
    try:
        yield
    finally:
        if before is None:
            del os.environ["MATPLOTLIBRC"]


@contextmanager
def _quiet() -> Iterator[None]:
    log = logging.getLogger("matplotlib")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


import_matplotlib()
