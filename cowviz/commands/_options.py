"""Arguments and options that several commands take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from cowviz.movie import Movie

F = TypeVar("F", bound=Callable[..., Any])

_DEBUG = "cowviz.debug"


def _remember_debug(ctx: click.Context, _option: click.Parameter, on: bool) -> None:
    ctx.meta[_DEBUG] = on or is_debugging(ctx)


def is_debugging(ctx: click.Context) -> bool:
    """Whether ``--debug`` stands before or after the command's name."""
    return bool(ctx.meta.get(_DEBUG))


def _scenario_names(_ctx: click.Context, _argument: click.Parameter, start: str) -> list[CompletionItem]:
    from cowviz.story.loader import scenarios

    names = [CompletionItem(found.name, help=found.title) for found in scenarios() if found.name.startswith(start)]
    return names or [CompletionItem(start, type="file")]


def plugin_names(kind: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Completes the names of plug-ins."""

    def complete(_ctx: click.Context, _option: click.Parameter, start: str) -> list[str]:
        from cowviz import plugins

        return [name for name in plugins.names(kind) if name.startswith(start)]

    return complete


def scenario_argument(command: F) -> F:
    """SCENARIO: a name, a path to a ``.py``, or to a recorded ``.json``."""
    return click.argument("scenario", shell_complete=_scenario_names)(command)


def profile_option(command: F) -> F:
    """``--profile``."""
    profiles = click.Choice(["textbook", "linux"])
    words = "The simplifications to make; by default the scenario's own choice, or textbook."
    return click.option("--profile", type=profiles, help=words)(command)


def debug_option(command: F) -> F:
    """``--debug``, which every command takes, and so does ``cowviz`` itself."""
    words = "Check the simulated memory after each change, and show where an error comes from."
    return click.option("--debug", is_flag=True, expose_value=False, callback=_remember_debug, help=words)(command)


def load(scenario: str, profile: str | None) -> Movie:
    """The movie of the SCENARIO that was given."""
    from cowviz.movie import load

    return load(scenario, profile, check=is_debugging(click.get_current_context()))


def shown(path: Path) -> str:
    """A path as people want to read it: relative where it lies below the current folder."""
    absolute = path.absolute()
    return str(absolute.relative_to(Path.cwd()) if absolute.is_relative_to(Path.cwd()) else path)
