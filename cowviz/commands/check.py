"""cowviz check: finds what is hard to read in a figure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from cowviz.commands._options import F, debug_option, load, plugin_names, profile_option
from cowviz.errors import ClaimError, CowvizError
from cowviz.language import _, languages, n_, speaking

if TYPE_CHECKING:
    from cowviz.legibility.figure import Figure
    from cowviz.legibility.rule import Finding
    from cowviz.movie import Movie

SLIDES = {"16:9": (1280, 720), "4:3": (960, 720)}  # px of slides that are 7.5 inches high

EPILOG = """\b
Examples:
  cowviz check fork_cow                        light, in English, on a slide of 16:9
  cowviz check lesson.py --all-themes          in every theme
  cowviz check lesson.py --picture found/      the pictures, with what was found marked
  cowviz check --all                           all bundled scenarios in all looks
"""


class _Variant(NamedTuple):
    """Holds one way to draw a figure."""

    lang: str
    view: str
    size: str
    theme: str

    def __str__(self) -> str:
        usual = _Variant("en", "columns", "16:9", "light")
        return ", ".join(mine for mine, its in zip(self, usual, strict=True) if mine != its)


@dataclass(frozen=True)
class _Judged:
    """Holds a figure that was checked, and its findings."""

    scenario: str
    look: _Variant
    movie: Movie
    figure: Figure
    findings: list[Finding]

    @property
    def heading(self) -> str:
        return f"{self.scenario} ({self.look})" if str(self.look) else self.scenario


def _slide(size: str) -> tuple[int, int]:
    """Parse ``4:3`` or ``1600x900`` into the width and height of a slide in px."""
    match = re.fullmatch(r"([1-9]\d{1,5})[x×]([1-9]\d{1,5})", size)
    if size not in SLIDES and not match:
        raise CowvizError(f"no size {size!r}; write 16:9, 4:3, or for example 1600x900")
    return SLIDES[size] if match is None else (int(match[1]), int(match[2]))


def _repeated(*names: str, default: str, **more: Any) -> Callable[[F], F]:
    """Return an option that may be given several times."""
    return click.option(*names, multiple=True, default=[default], show_default=True, **more)


@click.command(epilog=EPILOG)
@click.argument("scenarios", metavar="[SCENARIO]...", nargs=-1)
@_repeated(
    "-t",
    "--theme",
    "themes",
    default="light",
    shell_complete=plugin_names("themes"),
    help="May be given several times.",
)
@click.option("--all-themes", is_flag=True, help="Check in every theme.")
@click.option(
    "--view",
    "views",
    multiple=True,
    shell_complete=plugin_names("views"),
    help="May be given several times; by default the scenario's own, or columns.",
)
@_repeated("--lang", "langs", default="en", metavar="LANG", help="May be given several times.")
@_repeated(
    "--size",
    "sizes",
    default="16:9",
    metavar="SIZE",
    help="The slide's size: 16:9, 4:3 or WxH in px. May be given several times.",
)
@click.option(
    "--all", "everything", is_flag=True, help="All themes, views, languages, 16:9 and 4:3; all bundled scenarios."
)
@click.option("--speed", type=click.FloatRange(0.01, 100), default=1.0, metavar="N", help="Play N times as fast.")
@profile_option
@click.option("--json", "as_json", is_flag=True, help="For programs: a list of findings.")
@click.option(
    "--picture", "folder", type=click.Path(path_type=Path), metavar="DIR", help="Draw what was found into DIR."
)
@debug_option
def command(
    scenarios: tuple[str, ...],
    profile: str | None,
    speed: float,
    themes: tuple[str, ...],
    all_themes: bool,
    views: tuple[str, ...],
    langs: tuple[str, ...],
    sizes: tuple[str, ...],
    everything: bool,
    as_json: bool,
    folder: Path | None,
) -> None:
    """Look for whatever keeps a figure from being read.

    Every step and the middle of every motion: words that overlap, are cut, crossed, small or pale, arrows through boxes
    or not at their edges, meanings told apart by hue alone, motion without a cause. One line for each finding.
    """
    if not scenarios and not everything:
        raise CowvizError("say which scenario: cowviz check SCENARIO, or --all for the bundled ones")
    looks = _Variants(themes, views, langs, sizes, everything)
    looks = looks.all() if everything else looks.in_all_themes() if all_themes else looks
    judged: list[_Judged] = []
    for name in scenarios or tuple(_bundled()):
        mine = list(_judge(name, profile, speed, looks))
        judged += mine
        if not as_json:
            _tell(name, mine)
        if folder:
            _draw(folder, mine)
    found = sum(len(one.findings) for one in judged)
    if as_json:
        click.echo(json.dumps([entry for one in judged for entry in _plain(one)], indent=2, ensure_ascii=False))
    elif len(judged) > 1:
        click.echo(_("{figures} figures, {findings}").format(figures=len(judged), findings=_count(found)))
    if found:
        click.get_current_context().exit(ClaimError.exit_status)


@dataclass(frozen=True)
class _Variants:
    """Holds the ways in which every scenario is drawn and checked."""

    themes: Sequence[str]
    views: Sequence[str]  # none: each scenario's own
    langs: Sequence[str]
    sizes: Sequence[str]
    is_all: bool = False  # a view that does not suit a scenario is then left out

    def in_all_themes(self) -> _Variants:
        """The same in every theme there is; what is usual tells of the layout."""
        from cowviz import plugins

        return replace(self, themes=sorted(plugins.names("themes"), key=lambda theme: theme != "light"))

    def all(self) -> _Variants:
        """Everything that there is of each."""
        from cowviz import plugins

        views = plugins.names("views")
        return replace(self.in_all_themes(), views=views, langs=languages(), sizes=list(SLIDES), is_all=True)

    def views_for(self, movie: Movie) -> dict[str, str | None]:
        """What a movie is looked at in, by what that is called: its own view is None. Of all, only those that suit."""
        own: dict[str, str | None] = {"+".join(movie.views): None}
        if not self.is_all:
            return {view: view for view in self.views} or own
        return own | {view: view for view in self.views if movie.is_suited_by(view) and view not in own}


def _bundled() -> Iterator[str]:
    from cowviz.story.loader import scenarios

    yield from (one.name for one in scenarios())


def _judge(name: str, profile: str | None, speed: float, looks: _Variants) -> Iterator[_Judged]:
    """Check a scenario in every look: the layout in the first theme alone, the colours in the first size alone."""
    for lang in looks.langs:
        with speaking(lang):
            movie = load(name, profile, lang)
            for called, view in looks.views_for(movie).items():
                for theme, size in product(looks.themes, looks.sizes):
                    look = _Variant(lang, called, size, theme)
                    if (figure := _figure(movie, look, view, speed, looks.is_all)) is None:
                        break
                    findings = figure.check(layout=theme == looks.themes[0], colours=size == looks.sizes[0])
                    yield _Judged(name, look, movie, figure, findings)


def _figure(movie: Movie, look: _Variant, view: str | None, speed: float, is_all: bool) -> Figure | None:
    """Return the figure to check; with --all, print a line for a view that cannot show the trace, and go on."""
    from cowviz.diagram.view import NotForThisTrace
    from cowviz.legibility.figure import Figure

    try:
        scenes = movie.scenes(look.theme, view, size=_slide(look.size))
    except NotForThisTrace as reason:
        if not is_all or not view:
            raise
        click.echo(f"{movie.name}: not in the view {view}: {reason}", err=True)
        return None
    return Figure.of(movie.trace, scenes, _slide(look.size), speed)


def _tell(name: str, judged: Sequence[_Judged]) -> None:
    """Print the findings, one a line, and how many figures were checked."""
    from cowviz.legibility.figure import crossed

    for one in judged:
        for finding in one.findings:
            click.echo(f"{one.heading}: {finding.line()}")
    steps = len(judged[0].figure.scenes)
    cross, least = max((crossed(one.figure.scenes) for one in judged), key=lambda pair: pair[0] - pair[1])
    words = [n_("{n} step", "{n} steps", steps).format(n=steps)]
    if len(judged) > 1:
        words.append(n_("{n} look", "{n} looks", len(judged)).format(n=len(judged)))
    words.append(_count(sum(len(one.findings) for one in judged)))
    times = n_("arrows cross {n} time, the least is {least}", "arrows cross {n} times, the least is {least}", cross)
    click.echo(f"{name}: {', '.join(words)}; {times.format(n=cross, least=least)}")


def _count(findings: int) -> str:
    return n_("{n} finding", "{n} findings", findings).format(n=findings)


def _plain(one: _Judged) -> Iterator[dict[str, Any]]:
    for finding in one.findings:
        yield {"scenario": one.scenario, **one.look._asdict(), **finding.plain()}


def _draw(folder: Path, judged: Sequence[_Judged]) -> None:
    """Draw a PNG of each picture with a finding."""
    from cowviz import output_files
    from cowviz.exporters import png
    from cowviz.exporters.request import ExportRequest
    from cowviz.legibility.marked import marked

    for one in judged:
        looks = list(one.figure.looks()) if one.findings else []
        for number in dict.fromkeys(finding.picture for finding in one.findings):
            mine = [finding for finding in one.findings if finding.picture == number]
            scene = marked(looks[number].scene, mine)
            look = "-".join(Path(part).stem.replace(":", "x") for part in one.look)
            kind = "motion" if looks[number].moving else "step"
            file = folder / f"{one.movie.name}-{look}-{number:03d}-{kind}-{looks[number].step}.png"
            request = ExportRequest(one.movie.trace, [scene], (), round(scene.width), round(scene.height))
            with output_files.atomic_write(file) as temporary:
                png.export(request, temporary)
            click.echo(str(file), err=True)
