"""cowviz render: files out of a scenario."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cowviz.commands._options import (
    debug_option,
    lang_option,
    load,
    look_options,
    pace_options,
    pptx_options,
    profile_option,
    scenario_argument,
    shown,
)
from cowviz.errors import CowvizError

if TYPE_CHECKING:
    from cowviz.movie import Progress

EPILOG = """\b
Examples:
  cowviz render fork_cow                                 all of it, into output/fork_cow/
  cowviz render fork_cow fork.gif fork.mp4 -q hd         an animation twice
  cowviz render fork_cow 'fork-{step:02d}.svg' -t dark   each step
  cowviz render fork_cow fork.gif --loop 2 --poster 7    for a slide that is printed too
  cowviz render lesson.py --preview --watch              while writing a scenario
"""


@click.command(epilog=EPILOG)
@scenario_argument
@click.argument("outs", metavar="[OUT]...", nargs=-1, type=click.Path(path_type=Path))
@look_options
@profile_option
@lang_option
@pace_options
@click.option("--step", type=int, metavar="N", help="Only this step, counted from 1: for pictures and documents.")
@click.option("--before-after", is_flag=True, help="What --step changes (or the lesson as a whole), side by side.")
@click.option("--questions", is_flag=True, help="Let a player (.html) ask before it shows what happens.")
@pptx_options
@click.option("-p", "--preview", is_flag=True, help="Open the first file when it is done.")
@click.option("-w", "--watch", is_flag=True, help="Draw again whenever the scenario's file changes, until Ctrl-C.")
@debug_option
def command(
    scenario: str,
    outs: tuple[Path, ...],
    profile: str | None,
    lang: str | None,
    preview: bool,
    watch: bool,
    **wishes: Any,
) -> None:
    """Draw a scenario into files.

    The suffix of each OUT says what it is: an animation, a picture, a document. With {step} in its name it is
    a picture a step. Without OUT: an animation, a picture a step, and before and after, in output/SCENARIO/.
    """
    from cowviz.plugins import format_of

    for out in outs:
        format_of(out)  # before a long run, not after it
    if not outs and (wishes["step"] or wishes["before_after"]):
        raise CowvizError("say where the picture goes: cowviz render SCENARIO OUT.png --step N")
    render = partial(_render, scenario, outs, profile, lang, wishes)
    if watch:
        _watch(_sources(scenario, wishes), render, preview)
    else:
        files = render()
        if preview:
            _open(files[0])


def _render(
    scenario: str, outs: tuple[Path, ...], profile: str | None, lang: str | None, wishes: dict[str, Any]
) -> list[Path]:
    """Draw it once, telling of each file when all is done."""
    movie = load(scenario, profile, lang)
    with _progress(movie.title) as progress:
        if outs:
            files = [file for out in outs for file in movie.save(out, progress=progress, **wishes)]
        else:
            look = {name: wish for name, wish in wishes.items() if name not in ("step", "before_after")}
            files = movie.save_all(Path("output", movie.name), progress=progress, **look)
    width = max(len(shown(file)) for file in files)
    for file in files:
        click.echo(f"{shown(file).ljust(width)}  {_kilobytes(file):>9}")
    return files


def _kilobytes(file: Path) -> str:
    return f"{file.stat().st_size / 1000:,.0f} kB"


@contextmanager
def _progress(title: str) -> Iterator[Progress | None]:
    """A bar on a terminal, which is gone at the end; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(escape(title))
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _open(file: Path) -> None:
    """Show a file in the system's viewer."""
    has_screen = sys.platform != "linux" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if not has_screen or click.launch(str(file)) != 0:
        click.echo(f"cowviz: nothing here can open it; the file is {file.absolute()}", err=True)


def _sources(scenario: str, wishes: dict[str, Any]) -> list[Path]:
    """The user's files that the picture depends on."""
    from cowviz.story.loader import locate

    files = [wishes[kind] for kind in ("theme", "view") if wishes[kind].endswith(".py")]
    own = locate(scenario)[1]
    return [Path(file).absolute() for file in [own, *files]]


def _watch(sources: list[Path], render: Callable[[], list[Path]], preview: bool) -> None:
    """Draw, and draw again at each change; a mistake is told and the next change awaited. Ctrl-C ends it."""
    from cowviz.plugins import needed_by

    with needed_by("--watch"):
        from watchfiles import watch

    folders = {source.parent for source in sources}  # not the files: editors replace them

    def concerns(_change: object, path: str) -> bool:
        return Path(path) in sources or path.endswith(".py")  # a neighbour that one of them imports

    def draw(preview: bool) -> None:
        try:
            files = render()
            if preview:
                _open(files[0])
        except CowvizError as error:
            click.echo(f"cowviz: {error}", err=True)

    draw(preview)
    click.echo("waiting for changes; Ctrl-C ends", err=True)
    for _ in watch(*folders, watch_filter=concerns, recursive=False, raise_interrupt=True):
        draw(False)
