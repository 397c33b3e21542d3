"""Draw lecture figures of virtual memory from scenarios in Python.

movie = cowviz.load("fork_cow")
movie.save("fork.gif", theme="dark")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from cowviz.renamed import install

if TYPE_CHECKING:
    from cowviz.memory.profile import LINUX, TEXTBOOK
    from cowviz.movie import Movie, load, run
    from cowviz.story.story import Story
    from cowviz.terminal import show
    from cowviz.trace.model import Trace

install()

__version__ = "0.1.0"
__all__ = ["LINUX", "TEXTBOOK", "Movie", "Story", "Trace", "__version__", "load", "run", "show"]

_HOME = {
    "LINUX": "cowviz.memory.profile",
    "TEXTBOOK": "cowviz.memory.profile",
    "Movie": "cowviz.movie",
    "Story": "cowviz.story.story",
    "Trace": "cowviz.trace.model",
    "load": "cowviz.movie",
    "run": "cowviz.movie",
    "show": "cowviz.terminal",
}


def __getattr__(name: str) -> object:
    """Import a public name on first use, so that the command line starts without all of them."""
    if name not in _HOME:
        raise AttributeError(f"module 'cowviz' has no attribute {name!r}")
    value: object = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
