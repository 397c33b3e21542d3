"""Composes a trace's scenes: finds the theme, font and views that the options name, and sets up the stage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cowviz import plugins
from cowviz.diagram.stage import Lanes, Stage
from cowviz.diagram.view import View
from cowviz.errors import CowvizError
from cowviz.exporters.options import RenderOptions
from cowviz.garbage import no_garbage
from cowviz.language import speaking
from cowviz.scene.shapes import WIDTH, Scene, canvas_width
from cowviz.scene.theme import Theme
from cowviz.scene.typeface import DEJAVU, Typeface
from cowviz.trace.model import Trace

DEFAULT_VIEW = ("columns",)


def scenes(trace: Trace, options: RenderOptions, folder: Path | None) -> list[list[Scene]]:
    """Compose the scenes of each step.

    View files that a scenario names are looked up in ``folder``.
    """
    with _composing(trace, options, folder) as stage, no_garbage():
        return stage.scenes


def before_after(trace: Trace, options: RenderOptions, folder: Path | None, step: int | None) -> Scene:
    """Compose the pictures before and after a step (from 1), by default around the first COW copy."""
    with _composing(trace, options, folder) as stage:
        return stage.before_after(step)


@contextmanager
def _composing(trace: Trace, options: RenderOptions, folder: Path | None) -> Iterator[Stage]:
    """Compose with the stage; raise CowvizError for what fails in a view that is not cowviz's."""
    lanes = _lanes(trace, options, folder)
    views = list(dict.fromkeys(view for each in lanes for view in each))
    foreign = next((view for view in views if not view.module.startswith("cowviz.")), views[0])
    font = _typeface(options)
    with speaking(trace.lang), plugins.calling(f"view {foreign.name!r}", foreign.module):
        yield Stage(trace, _theme(options.theme), lanes, _width(options, views), font)


def chosen(trace: Trace, options: RenderOptions) -> list[tuple[str, ...]]:
    """Return the names of each step's views: those of the options, else those of the scenario."""
    return [options.views or step.view or trace.view or DEFAULT_VIEW for step in trace.steps]


def names(chosen: Iterable[Sequence[str]]) -> list[str]:
    """Return the name of every view once, in order."""
    return list(dict.fromkeys(name for views in chosen for name in views))


def view(name: str, folder: Path | None) -> View:
    """Load a view by its name or its file, also looked up in ``folder``. Raises CowvizError if there is none."""
    is_beside = name.endswith(".py") and folder and not Path(name).is_file() and (folder / name).is_file()
    return View.of(name, plugins.find("views", str(folder / name) if folder and is_beside else name))


def _lanes(trace: Trace, options: RenderOptions, folder: Path | None) -> list[Lanes]:
    each = chosen(trace, options)
    found = {name: view(name, folder) for name in names(each)}
    return [tuple(found[name] for name in views) for views in each]


def _width(options: RenderOptions, views: Sequence[View]) -> int:
    """Return the canvas's width in px; it stays wide, with margins, if a view cannot draw 4:3."""
    return canvas_width(options.size) if all("4:3" in view.sizes for view in views) else WIDTH


def _typeface(options: RenderOptions) -> Typeface:
    """Return the font that is asked for. Raises CowvizError if it does not exist."""
    if not options.font:
        return DEJAVU
    from cowviz.renderers.fonts import find

    return find(options.font)


def _theme(theme: str | Theme) -> Theme:
    """Return the theme of that name. Raises CowvizError if it is not a theme."""
    found = plugins.find("themes", theme).THEME if isinstance(theme, str) else theme
    if isinstance(found, Theme):
        return found
    called = f"theme {theme!r}: its THEME" if isinstance(theme, str) else "a theme"
    kind = type(found).__name__
    raise CowvizError(f"{called} is a Theme, not a {kind}; begin with replace(LIGHT, accent=...)")
