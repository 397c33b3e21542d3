"""cowviz render: draws a scenario into files."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

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
from cowviz.console import WordStream, aside, clean, terminal
from cowviz.errors import CowvizError, unknown
from cowviz.output_files import numbered, pour, scratch

if TYPE_CHECKING:
    from cowviz.exporters.options import RenderOptions
    from cowviz.exporters.request import Progress
    from cowviz.movie import Movie

TEXTS = (".svg", ".anim.svg", ".txt", ".json", ".html", ".vtt")

EPILOG = """\b
Examples:
  cowviz render fork_cow                                 all of it, into output/fork_cow/
  cowviz render fork_cow fork.gif fork.mp4 -q hd         an animation twice
  cowviz render fork_cow 'fork-{step:02d}.svg' -t dark   each step
  cowviz render fork_cow fork.gif --loop 2 --poster 7    for a slide that is printed too
  cowviz render lesson.py --preview --watch              while writing a scenario
  make_lesson | cowviz render - - --format svg > x.svg   from a program, for a program
"""


@click.command(epilog=EPILOG)
@scenario_argument
@click.argument("outs", metavar="[OUT]...", nargs=-1, type=click.Path(path_type=Path))
@look_options
@profile_option
@lang_option
@pace_options
@click.option("--step", type=int, metavar="N", help="Only this step, counted from 1: for pictures and documents.")
@click.option(
    "--before-after", is_flag=True, help="Show the memory before and after --step (or the copy) side by side."
)
@click.option(
    "--format", metavar="SUFFIX", help="The format for - or a pipe: svg, png, gif, or another suffix that OUT may have."
)
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
    step: int | None,
    before_after: bool,
    preview: bool,
    watch: bool,
    format: str | None,
    **options: object,
) -> None:
    """Draw a scenario into files.

    The suffix of each OUT says what it is: an animation, a picture, a document. With {step} in its name it is
    a picture a step. Without OUT: an animation, a picture a step, and before and after, in output/SCENARIO/.
    An OUT of - is standard output, and a SCENARIO of - standard input.
    """
    from cowviz.exporters.options import options_from

    streams = _streams(outs, format)
    _check(scenario, [out for out in outs if out not in streams], bool(streams), preview or watch)
    if not outs and (step or before_after):
        raise CowvizError("say where the picture goes: cowviz render SCENARIO OUT.png --step N")
    task = _Task(scenario, outs, streams, profile, lang, step, before_after, options_from(options))
    if watch:
        _watch(_sources(task), task.render, preview)
    else:
        files = task.render()
        if preview:
            _open(files[0])


def _streams(outs: Sequence[Path], format: str | None) -> dict[Path, str]:
    """Return the OUTs that are pipes or -, each with the suffix that ``--format`` gives it."""
    from cowviz.plugins import formats

    streams = [out for out in outs if str(out) == "-" or (format and not out.suffix and _is_pipe(out))]
    if streams and not format:
        raise CowvizError("say which format - gets: cowviz render SCENARIO - --format svg")
    if format and not streams:
        raise CowvizError("--format is for - and for pipes; a file gets the format of its suffix: leave --format out")
    suffix = f".{format.lower().removeprefix('.')}" if format else ""
    if format and suffix not in formats():
        raise unknown("format", format, [known.removeprefix(".") for known in formats()])
    if Path("-") in streams and suffix not in TEXTS and sys.stdout.isatty():
        raise CowvizError(f"a {suffix} cannot be shown in a terminal; write it to a file: ... > FILE{suffix}")
    return dict.fromkeys(streams, suffix)


def _is_pipe(out: Path) -> bool:
    try:
        mode = out.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISDIR(mode) and (not stat.S_ISREG(mode) or str(out.parent) in ("/dev", "/dev/fd"))


def _check(scenario: str, files: Sequence[Path], streams: bool, waiting: bool) -> None:
    """Check the options before a long run. Raises CowvizError for those that do not fit together."""
    from cowviz.plugins import format_of

    for out in files:
        format_of(out)
        numbered(out, 1)
    if waiting and (streams or scenario == "-"):
        raise CowvizError("--preview and --watch need a file: name one instead of -")


@dataclass(frozen=True)
class _Task:
    """Holds what the command line asks for."""

    scenario: str
    outs: Sequence[Path]
    streams: Mapping[Path, str]  # those OUTs that are no files, with their suffixes
    profile: str | None
    lang: str | None
    step: int | None
    before_after: bool
    options: RenderOptions

    def render(self) -> list[Path]:
        """Draw it once, telling of each file when all is done."""
        with aside() if self.streams else nullcontext() as output:  # a picture goes to standard output, nothing else
            movie = load(self.scenario, self.profile, self.lang)
            with _progress(movie.title) as progress:
                if self.outs:
                    files = [file for out in self.outs for file in self._save(movie, out, output, progress)]
                else:
                    files = movie.save_all(Path("output", movie.name), progress=progress, options=self.options)
        width = max((len(shown(file)) for file in files), default=0)
        for file in files:
            click.echo(f"{shown(file).ljust(width)}  {_kilobytes(file):>9}".rstrip(), err=bool(self.streams))
        return files

    def _save(self, movie: Movie, out: Path, output: WordStream | None, progress: Progress | None) -> list[Path]:
        """Save to a file, or to standard output or a pipe; return the files."""
        save = partial(
            movie.save, step=self.step, before_after=self.before_after, progress=progress, options=self.options
        )
        if out not in self.streams:
            return save(out)
        with scratch(self.streams[out]) as path:
            save(path)
            if str(out) == "-" and output:
                output.write_bytes(path.read_bytes())
            else:
                pour(path, out)
        return []


def _kilobytes(file: Path) -> str:
    """Return the size of the file in kB; "" for a pipe."""
    try:
        about = file.stat()
    except OSError:  # a pipe whose reader took it away
        return ""
    return f"{about.st_size / 1000:,.0f} kB" if stat.S_ISREG(about.st_mode) else ""


@contextmanager
def _progress(title: str) -> Iterator[Progress | None]:
    """Show a progress bar on a terminal, and remove it at the end."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress as Bar

    with Bar(console=Console(file=terminal(sys.stderr)), transient=True) as bar:
        task = bar.add_task(escape(clean(title)))
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _open(file: Path) -> None:
    """Show a file in the system's viewer."""
    has_screen = sys.platform != "linux" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if not has_screen or click.launch(str(file)) != 0:
        click.echo(f"cowviz: no program here can open it; the file is {file.absolute()}", err=True)


def _sources(task: _Task) -> list[Path]:
    """Return the user's files that the picture depends on."""
    from cowviz.story.loader import locate

    named = (str(task.options.theme), *task.options.views)
    files = [Path(name) for name in named if name.endswith(".py")]
    return [file.absolute() for file in (locate(task.scenario)[1], *files)]


def _watch(sources: list[Path], render: Callable[[], list[Path]], preview: bool) -> None:
    """Draw again at each change until Ctrl-C; after a mistake, print it and wait for the next change."""
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
