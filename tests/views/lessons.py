"""Lessons to look at: every scenario there is, and made-up ones that are larger or odder than any of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import ModuleType

import made_up_more  # noqa: F401  # its lessons are in MADE_UP then
from made_up import MADE_UP
from made_up import ONE_STEP as ONE_STEP

from cowviz import plugins
from cowviz.diagram.stage import Stage
from cowviz.diagram.view import View
from cowviz.scene.shapes import WIDTH, Scene
from cowviz.scene.theme import Theme
from cowviz.story.loader import bundled, load_scenario
from cowviz.story.recording import record
from cowviz.story.story import Story
from cowviz.trace.model import Trace
from cowviz.views import columns

THEMES = plugins.names("themes")
SCENARIOS = sorted(path.stem for path in bundled().glob("[!_]*.py"))

Play = Callable[[Story], None]


@cache
def theme(name: str) -> Theme:
    found: Theme = plugins.find("themes", name).THEME
    return found


@cache
def trace(name: str) -> Trace:
    if name in MADE_UP:
        play, profile = MADE_UP[name]
        title = (play.__doc__ or name).rstrip(".")
        return record(play, name=name, title=title, profile=profile)
    return load_scenario(name).record()


def stage(trace: Trace, colours: Theme, width: int = WIDTH, view: ModuleType = columns) -> Stage:
    """A trace's stage with one view."""
    return Stage(trace, colours, [(View.of("columns", view),)] * len(trace.steps), width)


@cache
def scenes(name: str, colours: str = "light", width: int = WIDTH) -> list[list[Scene]]:
    return stage(trace(name), theme(colours), width).scenes


@cache
def before_after(name: str, colours: str = "light", width: int = WIDTH) -> Scene:
    return stage(trace(name), theme(colours), width).before_after()
