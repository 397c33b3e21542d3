"""Defines RenderOptions: look, size, pace, and options that only some formats support."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from math import isfinite
from pathlib import Path
from typing import TypedDict, cast

from cowviz.errors import CowvizError, short, unknown
from cowviz.scene.shapes import HEIGHT, WIDTH
from cowviz.scene.theme import Theme

QUALITIES = {"draft": (0.5, 10), "slides": (1.0, 20), "hd": (1.5, 30), "4k": (3.0, 30)}  # scale, stills a second
PICTURES = ("png", "gif", "mp4")  # what slides can show instead of shapes of their own
SMALLEST, LARGEST = 64, 16_000  # px of one side
FASTEST = 100  # stills a second; and how much faster than usual
MOST_LOOPS = 0xFFFF  # WebP has 16 bits for them

# What only some formats can do, in words: a format names those options in ``SUPPORTS``.
SELECTIVE = {
    "transparent": "a transparent background",
    "loop": "a number of loops",
    "poster": "a poster",
    "questions": "questions",
    "pictures": "a choice of pictures",
    "template": "a template",
    "into": "a deck to append to",
}


class LookOptions(TypedDict, total=False):
    """Names the options for one picture, for editors and mypy."""

    theme: str | Theme
    view: str | tuple[str, ...] | None
    font: str | tuple[str, ...]
    size: tuple[float, float]


class Options(LookOptions, total=False):
    """Names all options of ``RenderOptions``, for editors and mypy."""

    scale: float | None
    fps: int | None
    speed: float
    quality: str
    questions: bool
    transparent: bool
    loop: int
    poster: int | None
    reduced_motion: bool
    pictures: str | None
    template: Path | None
    into: Path | None


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """Holds the look and the pace of an output; the defaults suit a slide.

    It is also a mapping: ``movie.save(path, **options)``. Raises CowvizError for values that are not possible.
    """

    theme: str | Theme = "light"  # a name, the path of a .py with a THEME, or a Theme
    view: str | tuple[str, ...] | None = None  # a name, the path of a .py, or two of them; None: the scenario's own
    size: tuple[float, float] = (WIDTH, HEIGHT)  # px, before scale
    scale: float | None = None  # multiplies size; None: as quality says
    fps: int | None = None  # stills a second while something moves; None: as quality says
    speed: float = 1.0  # 2 shows everything for half as long
    quality: str = "slides"
    questions: bool = False  # whether a player asks before it shows what happens
    font: str | tuple[str, ...] = ""  # files (.ttf, .otf, .ttc) or names of fonts, tried in order; then DejaVu
    transparent: bool = False  # no background
    loop: int = 0  # how often an animation plays; 0: for ever
    poster: int | None = None  # the step that an animation's first still shows, from 1; None: the first step
    reduced_motion: bool = False  # cuts instead of motion, each step at the same moment
    pictures: str | None = None  # on slides: "png", "gif" or "mp4"; None draws a slide's own shapes
    template: Path | None = None  # a deck whose design the slides take
    into: Path | None = None  # a deck after whose slides they come

    def __post_init__(self) -> None:
        self._check_types()
        self._check_numbers()
        if self.quality not in QUALITIES:
            raise unknown("quality", self.quality, QUALITIES)
        if self.pictures and self.pictures not in PICTURES:
            raise unknown("kind of pictures", self.pictures, PICTURES)
        if self.template and self.into:
            raise CowvizError("--template begins a new deck, --into appends to a deck: choose one of them")
        for deck in map(Path, filter(None, (self.template, self.into))):
            if not deck.is_file():
                raise CowvizError(f"no deck {deck}; --template and --into take an existing .pptx")

    def _check_types(self) -> None:
        for name, types, right in _TYPES:
            value = getattr(self, name)
            if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
                raise CowvizError(f"{name} must be {right}, not {short(value)}")
        if not isinstance(self.font, str) and not all(isinstance(one, str) for one in self.font):
            raise CowvizError(f"font must be a font's file or name, or several, not {short(self.font)}")
        if self.view is not None and not (self.views and all(isinstance(one, str) for one in self.views)):
            raise CowvizError(f"view must be a view's name, or the path of a .py, or two, not {short(self.view)}")
        if len(self.size) != 2 or not all(isinstance(side, int | float) and isfinite(side) for side in self.size):
            raise CowvizError(f"size must be a width and a height in px, (1280, 720), not {short(self.size)}")

    def _check_numbers(self) -> None:
        if self.quality not in QUALITIES:
            return
        if self.scale is not None and not 0 < self.scale <= LARGEST:
            raise CowvizError(f"scale {self.scale:g}: it must be more than 0; 2 is twice as large")
        if not all(SMALLEST <= side <= LARGEST for side in self.pixels):
            width, height = self.pixels
            raise CowvizError(f"a picture of {width}x{height} px: each side must be {SMALLEST} to {LARGEST}")
        if not 1 <= self.rate <= FASTEST:
            raise CowvizError(f"fps {self.fps}: it must be 1 to {FASTEST}")
        if not 1 / FASTEST <= self.speed <= FASTEST:
            raise CowvizError(f"speed {self.speed:g}: it must be {1 / FASTEST:g} to {FASTEST}; 2 is twice as fast")
        if not 0 <= self.loop <= MOST_LOOPS:
            raise CowvizError(f"loop {self.loop}: it must be 1 to {MOST_LOOPS}, or 0 for ever")

    @property
    def selective(self) -> list[str]:
        """Return the names of options that are set and that only some formats support."""
        return [name for name in SELECTIVE if getattr(self, name) != _default(name)]

    def only(self, supported: Collection[str]) -> RenderOptions:
        """Return the same options without the selective ones that are not ``supported``."""
        kept = {name: self[name] for name in self.keys() if name in supported or name not in SELECTIVE}
        return options_from(kept)

    @property
    def views(self) -> tuple[str, ...]:
        """Name the views that are asked for, side by side; () where the scenario chooses."""
        return tuple(self.view.split(",")) if isinstance(self.view, str) else tuple(self.view or ())

    @property
    def pixels(self) -> tuple[int, int]:
        """Return the output's width and height in px."""
        scale = QUALITIES[self.quality][0] if self.scale is None else self.scale
        return round(self.size[0] * scale), round(self.size[1] * scale)

    @property
    def rate(self) -> int:
        """Return the stills per second of an animation while something moves."""
        return QUALITIES[self.quality][1] if self.fps is None else self.fps

    def keys(self) -> Iterator[str]:
        """Yield the options' names, which ``**options`` needs besides ``[]``."""
        return (field.name for field in fields(self))

    def __getitem__(self, name: str) -> object:
        """Return an option by its name. Raises KeyError."""
        if name not in self.keys():
            raise KeyError(name)
        return cast(object, getattr(self, name))


_NUMBER = (int, float)
_TYPES: tuple[tuple[str, tuple[type, ...], str], ...] = (  # what each option may be, and that in words
    ("theme", (str, Theme), "a name, the path of a .py, or a Theme"),
    ("view", (str, tuple, list, type(None)), "a name, the path of a .py, or two of them"),
    ("size", (tuple, list), "a width and a height in px, (1280, 720)"),
    ("scale", (*_NUMBER, type(None)), "a number"),
    ("fps", (int, type(None)), "a whole number"),
    ("speed", _NUMBER, "a number"),
    ("quality", (str,), "a text"),
    ("questions", (bool,), "True or False"),
    ("font", (str, tuple, list), "a font's file or name, or several"),
    ("transparent", (bool,), "True or False"),
    ("loop", (int,), "a whole number"),
    ("poster", (int, type(None)), "a step's number"),
    ("reduced_motion", (bool,), "True or False"),
    ("pictures", (str, type(None)), "a text"),
    ("template", (Path, str, type(None)), "a .pptx"),
    ("into", (Path, str, type(None)), "a .pptx"),
)


def _default(option: str) -> object:
    return next(field.default for field in fields(RenderOptions) if field.name == option)


def options_from(options: Mapping[str, object] | RenderOptions | None = None, /, **more: object) -> RenderOptions:
    """Make options from a mapping of names. Raises CowvizError, with the nearest name, for an unknown name."""
    given = {name: options[name] for name in options.keys()} if options else {}  # noqa: SIM118  # no Mapping: no items
    known = [field.name for field in fields(RenderOptions)]
    for name in (given := given | more):
        if name not in known:
            raise unknown("option", name, known)
    return RenderOptions(**given)  # type: ignore[arg-type]  # __post_init__ holds each to its type
