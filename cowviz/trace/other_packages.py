"""Modules of other installed packages that define events: entry points of the group ``cowviz.events``.

One that fails is named in a line, and left out.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from types import ModuleType

from cowviz.errors import told, warn
from cowviz.packages import entry_points
from cowviz.userfile import printing_aside


def event_modules() -> dict[str, ModuleType]:
    """Import the modules with events that other packages name, by what their entry points are called."""
    return _imported(tuple(sys.path))


@cache
def _imported(path: tuple[str, ...]) -> dict[str, ModuleType]:
    """The modules along ``path``."""
    found: dict[str, ModuleType] = {}
    for name, entry in entry_points("events").items():
        try:
            with printing_aside():
                found[name] = import_module(entry.module)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit too: a plug-in does not decide about our end
            warn(f"events {name!r} ({entry.module}) fails: {told(error)}")
    return found
