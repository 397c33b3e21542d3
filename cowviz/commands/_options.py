"""Defines the arguments and options that several commands share."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cowviz.errors import CowvizError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from cowviz.movie import Movie

F = TypeVar("F", bound=Callable[..., object])

_DEBUG = "cowviz.debug"


def _remember_debug(ctx: click.Context, _option: click.Parameter, on: bool) -> None:
    ctx.meta[_DEBUG] = on or is_debugging(ctx)


def is_debugging(ctx: click.Context) -> bool:
    """Return whether ``--debug`` was given, before or after the command's name."""
    return bool(ctx.meta.get(_DEBUG))


def _scenario_names(_ctx: click.Context, _argument: click.Parameter, start: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from cowviz.story.loader import scenarios

    names = [CompletionItem(found.name, help=found.title) for found in scenarios() if found.name.startswith(start)]
    return names or [CompletionItem(start, type="file")]


def plugin_names(kind: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Return a function that completes the names of plug-ins in the shell."""

    def complete(_ctx: click.Context, _option: click.Parameter, start: str) -> list[str]:
        from cowviz import plugins

        return [name for name in plugins.names(kind) if name.startswith(start)]

    return complete


def scenario_argument(command: F) -> F:
    """Add the argument SCENARIO: a name, or the path of a ``.py`` or a recorded ``.json``."""
    return click.argument("scenario", shell_complete=_scenario_names)(command)


def profile_option(command: F) -> F:
    """Add the option ``--profile``."""
    profiles = click.Choice(["textbook", "linux"])
    words = "The simplifications to make; by default the scenario's own choice, or textbook."
    return click.option("--profile", type=profiles, help=words)(command)


def _size(_ctx: click.Context, _option: click.Parameter, value: str) -> tuple[int, int]:
    """Parse ``1280x720`` into width and height in px."""
    match = re.fullmatch(r"(\d{1,6})[x×](\d{1,6})", value)
    if not match:
        raise CowvizError(f"no size {value!r}; write for example 1280x720")
    return int(match[1]), int(match[2])


_LOOK = [
    click.option(
        "-t",
        "--theme",
        default="light",
        envvar="COWVIZ_THEME",
        show_default=True,
        show_envvar=True,
        shell_complete=plugin_names("themes"),
        help="A theme's name, or the path of a .py with a THEME.",
    ),
    click.option(
        "--view",
        shell_complete=plugin_names("views"),
        help="A view's name, or the path of a .py with plan() and draw(); NAME,NAME stand side by side. By default the "
        "scenario's own, or columns.",
    ),
    click.option(
        "--font",
        multiple=True,
        metavar="FILE|NAME",
        help="A font's file, or an installed font's name. Of several, each draws what those before it lack.",
    ),
    click.option("--transparent", is_flag=True, help="Leave the background transparent: in .png, .svg and .webp."),
    click.option(
        "--size", callback=_size, default="1280x720", show_default=True, metavar="WxH", help="In px, before --scale."
    ),
    click.option(
        "--scale", type=float, metavar="N", help="Make everything N times as large; by default as --quality says."
    ),
    click.option(
        "-q",
        "--quality",
        type=click.Choice(["draft", "slides", "hd", "4k"]),
        default="slides",
        show_default=True,
        help="Set scale and fps together: to 0.5 and 10, 1 and 20, 1.5 and 30, or 3 and 30.",
    ),
]
_PACE = [
    click.option(
        "--fps", type=int, metavar="N", help="Stills a second while something moves; by default as --quality says."
    ),
    click.option("--speed", type=float, default=1.0, metavar="N", help="Play N times as fast."),
    click.option("--loop", type=int, default=0, metavar="N", help="Play a .gif or .webp N times; by default for ever."),
    click.option("--poster", type=int, metavar="N", help="Begin with step N's picture, for a moment: print shows it."),
    click.option(
        "--reduced-motion", is_flag=True, help="Cut from step to step without motion; the times stay the same."
    ),
]


def look_options(command: F) -> F:
    """Add the options for the look and size of a picture."""
    return _with(_LOOK, command)


def pace_options(command: F) -> F:
    """Add the options for the pace of an animation."""
    return _with(_PACE, command)


def _with(options: Sequence[Callable[[F], F]], command: F) -> F:
    for option in reversed(options):
        command = option(command)
    return command


def pptx_options(command: F) -> F:
    """Add the options of a .pptx: ``--pictures``, ``--template`` and ``--into``."""
    file = click.Path(path_type=Path)
    into = click.option("--into", type=file, metavar="DECK.pptx", help="Append the slides to this deck.")
    template = click.option(
        "--template", type=file, metavar="DECK.pptx", help="Give the slides the design of this deck."
    )
    kinds = click.Choice(["png", "gif", "mp4"])
    words = "Put pictures on the slides, not shapes to edit; gif and mp4 play all steps on one slide."
    pictures = click.option("--pictures", type=kinds, help=words)
    return pictures(template(into(command)))


def lang_option(command: F) -> F:
    """Add the option ``--lang``."""

    def complete(_ctx: click.Context, _option: click.Parameter, start: str) -> list[str]:
        from cowviz.language import languages

        return [lang for lang in languages() if lang.startswith(start)]

    words = "The language of the words, as in 'ro'; by default the scenario's own, or English."
    how: dict[str, Any] = {"metavar": "LANG", "envvar": "COWVIZ_LANG", "show_envvar": True, "shell_complete": complete}
    return click.option("--lang", help=words, **how)(command)


def debug_option(command: F) -> F:
    """Add the option ``--debug``, which every command and ``cowviz`` itself have."""
    words = "Check the simulated memory after each change, and show where an error comes from."
    return click.option("--debug", is_flag=True, expose_value=False, callback=_remember_debug, help=words)(command)


def load(scenario: str, profile: str | None, lang: str | None = None) -> Movie:
    """Load the movie of a SCENARIO argument."""
    from cowviz.movie import load

    return load(scenario, profile, lang=lang, check=is_debugging(click.get_current_context()))


def shown(path: Path) -> str:
    """Return a path for display: relative if it lies below the current folder."""
    try:
        here = Path.cwd()
    except OSError:  # it was deleted
        return str(path)
    absolute = path.absolute()
    return str(absolute.relative_to(here) if absolute.is_relative_to(here) else path)
