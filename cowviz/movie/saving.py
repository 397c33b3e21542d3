"""Saves a movie: finds the files of a path, checks that the format supports the options, calls the exporter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from cowviz import output_files, plugins
from cowviz.errors import CowvizError, short
from cowviz.exporters.options import SELECTIVE, RenderOptions
from cowviz.exporters.request import Exporter, ExportRequest, Plays, Progress
from cowviz.language import speaking
from cowviz.plugins import Format
from cowviz.scene.shapes import HEIGHT, Scene
from cowviz.scene.theme import Theme

if TYPE_CHECKING:
    from cowviz.movie.movie import Movie
    from cowviz.scene.timeline import Still


def save(
    movie: Movie, path: str | Path, step: int | None, before_after: bool, progress: Progress, options: RenderOptions
) -> list[Path]:
    """Write the files of a path: one, or one a step for ``{step}``. Raises CowvizError, OutputError, MissingTool."""
    if not isinstance(path, str | Path):
        raise CowvizError(f"save() takes a file's name, a text or a Path, not {short(path)}")
    suffix, format = plugins.format_of(Path(path))
    movie.check_step(step)
    movie.check_step(options.poster)
    if step or before_after or output_files.is_numbered(path):
        _check_shows_one(suffix, format)
    for name in options.selective:
        _check_supports(name, suffix, format)
    files = _files(movie, Path(path), step)
    for file, number in files:
        _export(format, file, _request(movie, format, options, number, before_after, progress))
    return [file for file, _ in files]


def _files(movie: Movie, path: Path, step: int | None) -> list[tuple[Path, int | None]]:
    """Return the files to write, each with the step that it shows."""
    if not output_files.is_numbered(path):
        return [(output_files.numbered(path, 0), step)]
    numbers = [step] if step else range(1, len(movie.trace.steps) + 1)
    return [(output_files.numbered(path, number), number) for number in numbers]


def _check_shows_one(suffix: str, format: Format) -> None:
    able = [name for name, other in plugins.formats().items() if other.shows in ("picture", "document")]
    if suffix not in able:
        raise CowvizError(f"a {suffix} cannot show one step, or before and after; {_listed(able)} can")


def _check_supports(option: str, suffix: str, format: Format) -> None:
    if option not in format.supports:
        able = [name for name, other in plugins.formats().items() if option in other.supports]
        raise CowvizError(f"a {suffix} cannot have {SELECTIVE[option]}; {_listed(able)} can")


def _listed(suffixes: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(suffixes[:-1]), *suffixes[-1:])))


def _export(format: Format, file: Path, request: ExportRequest) -> None:
    exporter = plugins.find("exporters", format.exporter)
    with (
        plugins.needed_by(f"a {file.suffix} file"),
        output_files.atomic_write(file) as temporary,
        speaking(request.trace.lang),
        plugins.calling(f"exporter {format.exporter!r}", exporter.__name__),
    ):
        cast(Exporter, exporter).export(request, temporary)


def _request(
    movie: Movie, format: Format, options: RenderOptions, step: int | None, before_after: bool, progress: Progress
) -> ExportRequest:
    """Return the request for the exporter of one file."""
    width, height = options.pixels
    stills: Sequence[Still] = movie.stills_of(options) if format.shows == "animation" else ()
    if format.shows == "trace":
        return ExportRequest(movie.trace, (), (), width, height, options, progress=progress)
    is_single = before_after or format.shows == "picture"
    numbers = [] if is_single else [step] if step else list(range(1, len(movie.trace.steps) + 1))

    def compose(theme: str | Theme) -> Plays:
        look = replace(options, theme=theme)
        if is_single:
            return [[movie.picture_of(look, step, before_after)]]
        return [movie.scenes_of(look)[number - 1] for number in numbers]

    plays = compose(options.theme)
    _check_glyphs(plays, format, options)
    scenes = [play[-1] for play in plays]
    height = round(height * scenes[0].height / HEIGHT)  # maybe two pictures, one above the other
    return ExportRequest(movie.trace, scenes, stills, width, height, options, numbers, plays, progress, compose)


def _check_glyphs(plays: Sequence[Sequence[Scene]], format: Format, options: RenderOptions) -> None:
    from cowviz.renderers.fonts import check_glyphs

    shown = (scene for play in plays for scene in play)
    check_glyphs(shown, only_warn=format.is_set_by_viewer and not options.pictures)
