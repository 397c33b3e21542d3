"""The whole way from a scenario to files: load it, compose its scenes, cut the stills, hand them to an exporter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from inspect import isfunction, signature
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from cowviz import claims, notebook, plugins, targets
from cowviz.diagram.stage import Stage
from cowviz.diagram.view import View
from cowviz.errors import CowvizError, short, unknown, warn
from cowviz.exporters.job import Job
from cowviz.exporters.wishes import SPECIAL, Wishes, wished
from cowviz.language import ENGLISH, known, speaking
from cowviz.memory.events import Event
from cowviz.memory.machine import Machine
from cowviz.memory.profile import PROFILES, Profile
from cowviz.narration.alt_text import alt_text
from cowviz.scene.shapes import HEIGHT, WIDTH, Scene, canvas_width
from cowviz.scene.theme import Theme
from cowviz.scene.typeface import Typeface, typeset
from cowviz.story.loader import load_scenario, load_trace, locate, split_doc
from cowviz.trace.model import Trace
from cowviz.watch import EndlessError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cowviz.legibility.rule import Finding
    from cowviz.plugins import Format
    from cowviz.scene.timeline import Still
    from cowviz.story.story import Story

LEGIBLE = 60  # signs of a caption that stand for it in a list
Progress = Callable[[int, int], None]  # called with (done, total)


def load(
    source: str | Path, profile: str | Profile | None = None, *, lang: str | None = None, check: bool = False
) -> Movie:
    """The movie of a scenario (its name, or the path of its ``.py``) or of a recorded trace (``.json``).

    ``lang`` is the language of its words; by default the scenario's own. ``check`` recounts the machine's
    invariants after each change. Raises CowvizError, ClaimError where an assert fails.
    """
    if not isinstance(source, str | Path):
        raise CowvizError(f"a scenario is named by a text or a Path, not {short(source)}; cowviz.run() takes a play()")
    name, path = locate(str(source))
    if path.suffix == ".json":
        if profile:
            raise CowvizError(f"{source}: a recorded trace keeps the profile it was recorded with")
        return Movie(_in_language(load_trace(path), lang), name)
    return Movie(load_scenario(source).record(_profile(profile), check, lang))


def run(
    play: Callable[[Story], object],
    profile: str | Profile | None = None,
    *,
    lang: str = ENGLISH,
    check: bool = False,
) -> Movie:
    """The movie of a ``play(story)`` function; its docstring, or its module's, is the title. What it raises passes."""
    from cowviz.story.story import record

    function = getattr(play, "__func__", play)
    if not isfunction(function):
        raise CowvizError(f"run() takes a function, play(story), not {short(play)}; load() takes a scenario's name")
    file = function.__globals__.get("__file__")  # a notebook has none
    name = Path(file).stem if file and function.__name__ == "play" else function.__name__
    with claims.kept_in(function) as (own, of_module):
        title, about = split_doc(own or (of_module if file else None))
        words = {"name": name, "title": title or name, "doc": about, "lang": lang}
        try:
            movie = Movie(record(play, **words, profile=_profile(profile), check=check))
        except EndlessError as error:
            raise CowvizError(f"{error.file}, line {error.line}: {error}") from None
    if not title:
        warn(f"no title: {name} stands for it; a docstring's first line is the title")
    return movie


@dataclass(frozen=True, repr=False)
class MovieStep:
    """One step: its words, and where the counters stand at its end, over all processes."""

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


class Movie:
    """A lesson that has run, ready to be drawn. Steps are counted from 1, as on the pictures."""

    def __init__(self, trace: Trace, name: str | None = None) -> None:
        """``name`` is what its files are called; nothing that a trace from outside says becomes a path."""
        self.trace = trace
        self.name = name or trace.name
        self._composed: dict[tuple[str, str, str, int], list[list[Scene]]] = {}

    def __repr__(self) -> str:
        return f"<Movie {self.trace.name}: {len(self.trace.steps)} steps>"

    @property
    def title(self) -> str:
        return self.trace.title

    @property
    def steps(self) -> list[MovieStep]:
        with speaking(self.trace.lang):
            alt = [alt_text(self.trace, n) for n in range(1, len(self.trace.steps) + 1)]
        steps = enumerate(zip(self.trace.steps, alt, strict=True), 1)
        return [MovieStep(n, step.caption, text, step.events, step.machine) for n, (step, text) in steps]

    def to_text(self) -> str:
        """The trace in words, step by step."""
        from cowviz.narration.transcript import to_text

        with speaking(self.trace.lang):
            return to_text(self.trace)

    def scenes(
        self,
        theme: str | Theme = "light",
        view: str = "columns",
        font: str | Sequence[str] = "",
        size: tuple[float, float] = (WIDTH, HEIGHT),
    ) -> list[list[Scene]]:
        """For each step the scenes it plays, on a canvas that suits an output of ``size``.

        The last one stands while the caption is read.
        """
        Wishes(theme=theme, view=view, font=_fonts(font), size=size)  # what cannot be is told now
        key = theme if isinstance(theme, str) else repr(theme), view, str(font), canvas_width(size)
        if key not in self._composed:
            face = _typeface(font)
            with typeset(face), speaking(self.trace.lang), self._guarded(view):
                steps = self._stage(theme, view, size).scenes
            self._composed[key] = [[replace(scene, font=face) for scene in step] for step in steps]
        return self._composed[key]

    def _stage(self, theme: str | Theme, view: str, size: tuple[float, float]) -> Stage:
        """What composes the pictures: a view that draws for no canvas of 4:3 stays wide, and is drawn with margins."""
        lanes = tuple(View.of(name, module) for name, module in _modules(view))
        width = canvas_width(size) if all("4:3" in one.sizes for one in lanes) else WIDTH
        return Stage(self.trace, _theme(theme), [lanes] * len(self.trace.steps), width)

    def _guarded(self, view: str) -> AbstractContextManager[None]:
        """What goes wrong in a view that is not ours is told in a line."""
        names = [getattr(module, "__name__", "") for _, module in _modules(view)]
        return plugins.calling(f"view {view!r}", next((n for n in names if not n.startswith("cowviz.")), "cowviz."))

    def stills(
        self,
        theme: str | Theme = "light",
        view: str = "columns",
        fps: int = 20,
        speed: float = 1.0,
        *,
        font: str | Sequence[str] = "",
        size: tuple[float, float] = (WIDTH, HEIGHT),
        poster: int | None = None,
        reduced_motion: bool = False,
    ) -> Sequence[Still]:
        """The animation: holds and motion, or cuts. ``speed`` 2 shows everything for half as long.

        ``poster`` is the step whose picture comes first of all, for as short as one still of a motion.
        """
        from cowviz.scene.timeline import BRIEFLY, Still, timeline

        Wishes(fps=fps, speed=speed, reduced_motion=reduced_motion)
        self._check_step(poster)
        captions = [step.caption for step in self.trace.steps]
        scenes = self.scenes(theme, view, font, size)
        with typeset(_typeface(font)):
            stills = timeline(scenes, captions, fps, speed, reduced_motion)
        return [Still(scenes[poster - 1][-1], max(1 / fps, BRIEFLY)), *stills] if poster else stills

    def picture(
        self,
        step: int | None = None,
        *,
        theme: str | Theme = "light",
        view: str = "columns",
        font: str | Sequence[str] = "",
        size: tuple[float, float] = (WIDTH, HEIGHT),
        before_after: bool = False,
    ) -> Scene:
        """One scene: the step's, by default the last; or both sides of it, by default of the crucial change."""
        self._check_step(step)
        if before_after:
            Wishes(theme=theme, view=view, font=_fonts(font), size=size)
            with typeset(face := _typeface(font)), speaking(self.trace.lang), self._guarded(view):
                scene = self._stage(theme, view, size).before_after(step)
            return replace(scene, font=face)
        return self.scenes(theme, view, font, size)[step - 1 if step else -1][-1]

    def figure(self, step: int | None = None, **wishes: Any) -> Figure:
        """A matplotlib Figure of a step, by default the last; pyplot does not know of it. Wishes are ``picture``'s."""
        from cowviz.renderers import matplotlib

        scene = self.picture(step, **_known(wishes))
        return matplotlib.figure(scene, round(scene.width), round(scene.height))

    def draw(self, step: int | None = None, ax: Axes | None = None, **wishes: Any) -> Axes:
        """Draw a step into ``ax``, or into a new Figure. Wishes are ``picture``'s."""
        from cowviz.renderers import matplotlib

        if ax is None:
            return self.figure(step, **wishes).axes[0]
        return matplotlib.draw(self.picture(step, **_known(wishes)), ax)

    def check(
        self,
        *,
        theme: str | Theme = "light",
        view: str = "columns",
        size: tuple[float, float] = (WIDTH, HEIGHT),
        speed: float = 1.0,
    ) -> list[Finding]:
        """What keeps steps and motions from being read on a slide of this size."""
        from cowviz.legibility.figure import Figure, check

        return check(Figure.of(self.trace, self.scenes(theme, view, size=size), size, speed))

    def save(
        self,
        path: str | Path,
        *,
        step: int | None = None,
        before_after: bool = False,
        progress: Progress | None = None,
        **wishes: Any,
    ) -> list[Path]:
        """Write the file that the suffix asks for; with ``{step}`` or ``{step:02d}`` in its name, one for each step.

        ``wishes`` are the names of ``Wishes``: theme, view, size, scale, fps, speed, quality ... Returns the files.
        Raises CowvizError, OutputError, MissingTool.
        """
        if not isinstance(path, str | Path):
            raise CowvizError(f"a file is named by a text or a Path, not {short(path)}")
        wanted, how = Path(path), wished(wishes)
        suffix, form = plugins.format_of(wanted)
        self._check_step(step)
        self._check_step(how.poster)
        if step or before_after or targets.is_numbered(wanted):
            _must_be_still(suffix, form)
        for name in how.special:
            _must_heed(name, suffix, form)
        files = self._files(wanted, step)
        for file, number in files:
            _export(form, file, self._job(form, how, number, before_after, progress or _quiet))
        return [file for file, _ in files]

    def save_all(self, folder: str | Path, **wishes: Any) -> list[Path]:
        """Write what a lecture needs into a folder: NAME.gif, 01.png ... one a step, before-after.png.

        Each file heeds what its format can: the GIF the loops, the pictures a transparent background.
        """
        folder, progress = targets.literal(folder), wishes.pop("progress", None)
        digits = max(2, len(str(len(self.trace.steps))))

        def save(name: str, before_after: bool = False) -> list[Path]:
            heeded = wished(wishes).only(plugins.format_of(Path(name))[1].heeds)
            return self.save(folder / name, before_after=before_after, progress=progress, **heeded.as_dict())

        files = save(f"{targets.literal(self.name)}.gif") + save(f"{{step:0{digits}d}}.png")
        return files + save("before-after.png", before_after=True) if len(self.trace.steps) > 1 else files

    def _ipython_display_(self) -> None:
        """Show the movie at the end of a notebook's cell."""
        notebook.display(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> notebook.Bundle:
        """What a notebook shows: the player; where no page can be, the last step."""
        return notebook.bundle(self, include, exclude)

    def _check_step(self, step: int | None) -> None:
        count = len(self.trace.steps)
        if step is not None and (not isinstance(step, int) or isinstance(step, bool)):
            raise CowvizError(f"a step is a number, from 1, not {short(step)}")
        if step is not None and not 1 <= step <= count:
            raise CowvizError(f"no step {step}; {self.trace.name} has steps 1 to {count}")

    def _files(self, wanted: Path, step: int | None) -> list[tuple[Path, int | None]]:
        """The files to write, each with the step it shows."""
        if not targets.is_numbered(wanted):
            return [(targets.numbered(wanted, 0), step)]
        numbers = [step] if step else range(1, len(self.trace.steps) + 1)
        return [(targets.numbered(wanted, number), number) for number in numbers]

    def _job(self, form: Format, how: Wishes, step: int | None, before_after: bool, progress: Progress) -> Job:
        """What the exporter of one file gets."""
        from cowviz.renderers.fonts import check_glyphs

        look: dict[str, Any] = {"theme": how.theme, "view": how.view, "font": how.font, "size": how.size}
        width, height = how.pixels
        stills: Sequence[Still] = ()
        if form.shows == "animation":
            pace: dict[str, Any] = {"fps": how.rate, "speed": how.speed}
            stills = self.stills(**look, **pace, poster=how.poster, reduced_motion=how.reduced_motion)
        if form.shows == "trace":
            return Job(self.trace, (), (), width, height, how, progress=progress)
        single = before_after or form.shows == "picture"
        numbers = [] if single else [step] if step else list(range(1, len(self.trace.steps) + 1))

        def compose(theme: str | Theme) -> list[list[Scene]]:
            if single:
                return [[self.picture(step, **look | {"theme": theme}, before_after=before_after)]]
            return [self.scenes(**look | {"theme": theme})[number - 1] for number in numbers]

        plays = compose(how.theme)
        check_glyphs((scene for play in plays for scene in play), only_warn=form.is_set_by_viewer and not how.pictures)
        scenes = [play[-1] for play in plays]
        height = round(height * scenes[0].height / HEIGHT)  # maybe two pictures, one above the other
        return Job(self.trace, scenes, stills, width, height, how, numbers, plays, progress, compose)


def _must_be_still(suffix: str, form: Format) -> None:
    able = [name for name, other in plugins.formats().items() if other.shows in ("picture", "document")]
    if suffix not in able:
        raise CowvizError(f"one step, or before and after, is nothing for {suffix}; it is for {', '.join(able)}")


def _must_heed(wish: str, suffix: str, form: Format) -> None:
    if wish not in form.heeds:
        able = [name for name, other in plugins.formats().items() if wish in other.heeds]
        raise CowvizError(f"{SPECIAL[wish]} is nothing for {suffix}; it is for {', '.join(able)}")


def _export(form: Format, file: Path, job: Job) -> None:
    exporter = plugins.find("exporters", form.exporter)
    with (
        plugins.needed_by(f"a {file.suffix} file"),
        targets.written(file) as beside,
        speaking(job.trace.lang),
        plugins.calling(f"exporter {form.exporter!r}", exporter.__name__),
    ):
        exporter.export(job, beside)


def _known(wishes: dict[str, Any]) -> dict[str, Any]:
    """Wishes for one picture. Raises CowvizError, with the nearest names, for one that is none."""
    names = [name for name in signature(Movie.picture).parameters if name not in ("self", "step")]
    for name in wishes:
        if name not in names:
            raise unknown("wish", name, names)
    return wishes


def _quiet(done: int, total: int) -> None:
    """No progress is shown."""


def _fonts(font: str | Sequence[str]) -> Any:
    return tuple(font) if isinstance(font, list) else font


def _typeface(font: str | Sequence[str]) -> Typeface | None:
    from cowviz.renderers.fonts import find

    return find(font) if font else None


def _in_language(trace: Trace, lang: str | None) -> Trace:
    """The trace with cowviz's words in another language; a scenario's own stay as they were told."""
    known(trace.lang)
    if lang is None or known(lang) == trace.lang:
        return trace
    if trace.recording:
        from cowviz.record.translation import translated

        return translated(trace, lang)
    return replace(trace, lang=lang)


def _theme(theme: str | Theme) -> Theme:
    """The theme of that name. Raises CowvizError for what is none."""
    found = plugins.find("themes", theme).THEME if isinstance(theme, str) else theme
    if isinstance(found, Theme):
        return found
    called = f"theme {theme!r}: its THEME" if isinstance(theme, str) else "a theme"
    kind = type(found).__name__
    raise CowvizError(f"{called} is a Theme, not a {kind}; begin with replace(LIGHT, accent=...)")


def _modules(view: str) -> list[tuple[str, ModuleType]]:
    """The views that are named, side by side."""
    if not isinstance(view, str):
        raise CowvizError(f"a view is a name, or the path of a .py, not {short(view)}")
    return [(name, plugins.find("views", name)) for name in view.split(",")]


def _profile(profile: str | Profile | None) -> Profile | None:
    if profile is None or isinstance(profile, Profile):
        return profile
    if not isinstance(profile, str):
        raise CowvizError(f"a profile is 'textbook', 'linux', or a Profile, not {short(profile)}")
    if profile not in PROFILES:
        raise unknown("profile", profile, PROFILES)
    return PROFILES[profile]
