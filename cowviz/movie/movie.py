"""Defines Movie: a lesson that was run and can be drawn, checked and saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cowviz import notebook, output_files, plugins
from cowviz.errors import CowvizError, short, unknown
from cowviz.exporters.options import LookOptions, Options, RenderOptions, options_from
from cowviz.exporters.request import Progress, no_progress
from cowviz.language import speaking
from cowviz.memory.events import Event
from cowviz.memory.machine import Machine
from cowviz.movie import composing
from cowviz.narration.alt_text import alt_text
from cowviz.scene.shapes import HEIGHT, WIDTH, Scene, canvas_width
from cowviz.scene.theme import Theme
from cowviz.trace.model import Trace

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Unpack

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cowviz.legibility.rule import Finding
    from cowviz.scene.timeline import Still

LEGIBLE = 60  # signs of a caption that stand for it in a list


@dataclass(frozen=True, repr=False)
class MovieStep:
    """Holds one step: its words, and the counters at its end, summed over all processes."""

    number: int  # from 1, as on the picture
    caption: str
    alt_text: str  # what is on screen and what changed, for who does not see it
    events: tuple[Event, ...]
    machine: Machine

    def __repr__(self) -> str:
        words = " ".join(self.caption.split())
        return f"<Step {self.number}: {words if len(words) <= LEGIBLE else f'{words[: LEGIBLE - 4]} ...'}>"

    @property
    def faults(self) -> int:
        return sum(process.counters.faults for process in self.machine.processes.values())

    @property
    def copies(self) -> int:
        return sum(process.counters.copies for process in self.machine.processes.values())


class PictureOptions(LookOptions, total=False):
    """Names the options of ``Movie.picture``, for editors and mypy."""

    before_after: bool


class Movie:
    """Holds a lesson that was run, ready to be drawn. Steps count from 1, as in the pictures."""

    def __init__(self, trace: Trace, name: str | None = None, folder: Path | None = None) -> None:
        """``name`` is what its files are called; nothing that a trace from outside says becomes a path.

        ``folder`` is the scenario's: views that it names by their files may lie there.
        """
        self.trace = trace
        self.name = name or trace.name
        self.folder = folder
        self._composed: dict[tuple[object, ...], list[list[Scene]]] = {}

    def __repr__(self) -> str:
        return f"<Movie {self.trace.name}: {len(self.trace.steps)} steps>"

    @property
    def title(self) -> str:
        """Return the lesson's title."""
        return self.trace.title

    @property
    def steps(self) -> list[MovieStep]:
        """Return the steps with their words and counters."""
        with speaking(self.trace.lang):
            alt = [alt_text(self.trace, n) for n in range(1, len(self.trace.steps) + 1)]
        steps = enumerate(zip(self.trace.steps, alt, strict=True), 1)
        return [MovieStep(n, step.caption, text, step.events, step.machine) for n, (step, text) in steps]

    @property
    def views(self) -> tuple[str, ...]:
        """Return the names of the views that show the lesson, in the order of its steps."""
        return tuple(composing.names(composing.chosen(self.trace, RenderOptions())))

    def is_suited_by(self, view: str) -> bool:
        """Return whether a view suits this lesson, as the view decides. Raises CowvizError for an unknown view."""
        return composing.view(view, self.folder).suits(self.trace)

    def to_text(self) -> str:
        """Return the transcript: the trace in words, step by step."""
        from cowviz.narration.transcript import to_text

        with speaking(self.trace.lang):
            return to_text(self.trace)

    def scenes(
        self,
        theme: str | Theme = "light",
        view: str | Sequence[str] | None = None,
        font: str | Sequence[str] = "",
        size: tuple[float, float] = (WIDTH, HEIGHT),
    ) -> list[list[Scene]]:
        """Compose the scenes of each step, on a canvas for an output of ``size`` (px).

        A step's last scene is held while its caption is read. Raises CowvizError if a view cannot show the trace.
        """
        return self.scenes_of(_look(theme, view, font, size))

    def stills(
        self,
        theme: str | Theme = "light",
        view: str | Sequence[str] | None = None,
        fps: int = 20,
        speed: float = 1.0,
        *,
        font: str | Sequence[str] = "",
        size: tuple[float, float] = (WIDTH, HEIGHT),
        poster: int | None = None,
        reduced_motion: bool = False,
    ) -> Sequence[Still]:
        """Make the stills of the animation, with motion or without; ``speed`` 2 takes half the time.

        ``poster`` is a step (from 1) whose picture is shown first, for as long as one still of a motion.
        """
        pace = {"fps": fps, "speed": speed, "poster": poster, "reduced_motion": reduced_motion}
        return self.stills_of(options_from(_look(theme, view, font, size), **pace))

    def picture(
        self,
        step: int | None = None,
        *,
        theme: str | Theme = "light",
        view: str | Sequence[str] | None = None,
        font: str | Sequence[str] = "",
        size: tuple[float, float] = (WIDTH, HEIGHT),
        before_after: bool = False,
    ) -> Scene:
        """Compose the picture of a step, by default the last; or before and after, by default the first COW copy.

        Raises CowvizError for a step that does not exist.
        """
        return self.picture_of(_look(theme, view, font, size), step, before_after)

    def figure(self, step: int | None = None, **options: Unpack[PictureOptions]) -> Figure:
        """Draw a step, by default the last, as a matplotlib Figure that is not registered with pyplot.

        ``options`` are those of ``picture``. Raises CowvizError as ``picture`` does.
        """
        from cowviz.renderers import matplotlib

        scene = self.picture(step, **_known(options))
        return matplotlib.figure(scene, round(scene.width), round(scene.height))

    def draw(self, step: int | None = None, ax: Axes | None = None, **options: Unpack[PictureOptions]) -> Axes:
        """Draw a step into ``ax``, or into a new Figure. ``options`` are those of ``picture``."""
        from cowviz.renderers import matplotlib

        if ax is None:
            return self.figure(step, **options).axes[0]
        return matplotlib.draw(self.picture(step, **_known(options)), ax)

    def check(
        self,
        *,
        theme: str | Theme = "light",
        view: str | Sequence[str] | None = None,
        size: tuple[float, float] = (WIDTH, HEIGHT),
        speed: float = 1.0,
    ) -> list[Finding]:
        """Return what makes steps or motions hard to read on a slide of this size (px)."""
        from cowviz.legibility.figure import Figure, check

        return check(Figure.of(self.trace, self.scenes(theme, view, size=size), size, speed))

    def save(
        self,
        path: str | Path,
        *,
        step: int | None = None,
        before_after: bool = False,
        progress: Progress | None = None,
        options: RenderOptions | None = None,
        **more: Unpack[Options],
    ) -> list[Path]:
        """Write a file in the format of its suffix; ``{step}`` or ``{step:02d}`` in its name writes one for each step.

        Options are a ``RenderOptions`` or its fields by name: theme, view, size, scale, fps, speed, quality ... Returns
        the files. Raises CowvizError for options that the format lacks, OutputError if a file cannot be written,
        MissingTool if a program or package is missing.
        """
        from cowviz.movie.saving import save

        return save(self, path, step, before_after, progress or no_progress, options_from(options, **more))

    def save_all(
        self,
        folder: str | Path,
        *,
        progress: Progress | None = None,
        options: RenderOptions | None = None,
        **more: Unpack[Options],
    ) -> list[Path]:
        """Write a lecture's files into a folder: NAME.gif, 01.png ... for each step, before-after.png.

        Each file uses the options that its format supports: the GIF the number of loops, the pictures a transparent
        background.
        """
        folder, every = output_files.literal(folder), options_from(options, **more)
        digits = max(2, len(str(len(self.trace.steps))))

        def save(name: str, before_after: bool = False) -> list[Path]:
            supported = every.only(plugins.format_of(Path(name))[1].supports)
            return self.save(folder / name, before_after=before_after, progress=progress, options=supported)

        files = save(f"{output_files.literal(self.name)}.gif") + save(f"{{step:0{digits}d}}.png")
        return files + save("before-after.png", before_after=True) if len(self.trace.steps) > 1 else files

    def _ipython_display_(self) -> None:
        """Show the movie at the end of a notebook's cell."""
        notebook.display(self)

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> notebook.Bundle:
        """Return what a notebook shows: the player; without HTML, the last step."""
        return notebook.bundle(self, include, exclude)

    # The same, of options that were checked: what exporters and destinations use

    def scenes_of(self, options: RenderOptions) -> list[list[Scene]]:
        """Return the scenes for these options, composed at most once."""
        theme = options.theme if isinstance(options.theme, str) else repr(options.theme)
        key = theme, options.views, str(options.font), canvas_width(options.size)
        if key not in self._composed:
            self._composed[key] = composing.scenes(self.trace, options, self.folder)
        return self._composed[key]

    def stills_of(self, options: RenderOptions) -> Sequence[Still]:
        """Return the stills for these options, as ``stills`` does."""
        from cowviz.scene.timeline import BRIEFLY, Still, timeline

        self.check_step(options.poster)
        captions = [step.caption for step in self.trace.steps]
        scenes = self.scenes_of(options)
        stills = timeline(scenes, captions, options.rate, options.speed, options.reduced_motion)
        first = max(1 / options.rate, BRIEFLY)
        return [Still(scenes[options.poster - 1][-1], first), *stills] if options.poster else stills

    def picture_of(self, options: RenderOptions, step: int | None = None, before_after: bool = False) -> Scene:
        """Return the picture for these options, as ``picture`` does."""
        self.check_step(step)
        if before_after:
            return composing.before_after(self.trace, options, self.folder, step)
        return self.scenes_of(options)[step - 1 if step else -1][-1]

    def check_step(self, step: int | None) -> None:
        """Check the number of a step. Raises CowvizError if there is no such step."""
        count = len(self.trace.steps)
        if step is not None and (not isinstance(step, int) or isinstance(step, bool)):
            raise CowvizError(f"a step is a number, from 1, not {short(step)}")
        if step is not None and not 1 <= step <= count:
            raise CowvizError(f"no step {step}; {self.trace.name} has steps 1 to {count}")


def _look(
    theme: str | Theme,
    view: str | Sequence[str] | None,
    font: str | Sequence[str],
    size: tuple[float, float],
) -> RenderOptions:
    """Return the options of one picture. Raises CowvizError at once for wrong ones."""
    return options_from(theme=theme, view=_tuple(view), font=_tuple(font), size=size)


def _tuple(names: object) -> object:
    return tuple(names) if isinstance(names, list) else names


def _known(options: PictureOptions) -> PictureOptions:
    """Return the options of one picture. Raises CowvizError, with the nearest names, for an unknown one."""
    for name in options:
        if name not in PictureOptions.__annotations__:
            raise unknown("option", name, PictureOptions.__annotations__)
    return options
