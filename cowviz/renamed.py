"""Lets names of the first edition work for one version more, each with a warning that says the new one."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from cowviz.errors import warn

# What plug-ins of other packages may import: the old module, the new one, and names that differ in it.
MODULES: dict[str, tuple[str, dict[str, str]]] = {
    "cowviz.exporters.job": ("cowviz.exporters.request", {"Job": "ExportRequest"}),
    "cowviz.exporters.wishes": (
        "cowviz.exporters.options",
        {"Wishes": "RenderOptions", "wished": "options_from", "SPECIAL": "SELECTIVE"},
    ),
    "cowviz.targets": ("cowviz.output_files", {"written": "atomic_write"}),
    "cowviz.story.trace": ("cowviz.trace.model", {}),
    "cowviz.story.transcript": ("cowviz.narration.transcript", {}),
    "cowviz.story.alt_text": ("cowviz.narration.alt_text", {}),
}


def renamed(old: str, new: str) -> None:
    """Warn that ``old`` is now called ``new``."""
    warn(f"{old} is now {new}: the old name goes with the next version")


class RenamedModules(MetaPathFinder, Loader):
    """Finds modules by the names that they had in the first edition."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module that has another name now; None for all others."""
        return ModuleSpec(fullname, self) if fullname in MODULES else None

    def exec_module(self, module: ModuleType) -> None:
        """Fill it with what the new module has, under the old names too."""
        new, names = MODULES[module.__name__]
        renamed(module.__name__, new)
        found = vars(import_module(new))
        vars(module).update({name: value for name, value in found.items() if not name.startswith("__")})
        vars(module).update({old: found[now] for old, now in names.items()})


def install() -> None:
    """Let old names be imported; modules that exist are found as ever."""
    if not any(isinstance(finder, RenamedModules) for finder in sys.meta_path):
        sys.meta_path.append(RenamedModules())
