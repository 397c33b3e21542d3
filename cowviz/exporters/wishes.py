"""How a file shall be made: what its maker may wish for, and every format takes what concerns it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from math import isfinite
from pathlib import Path
from typing import Any

from cowviz.errors import CowvizError, short, unknown
from cowviz.scene.shapes import HEIGHT, WIDTH
from cowviz.scene.theme import Theme

QUALITIES = {"draft": (0.5, 10), "slides": (1.0, 20), "hd": (1.5, 30), "4k": (3.0, 30)}  # scale, stills a second
PICTURES = ("png", "gif", "mp4")  # what slides can show instead of shapes of their own
SMALLEST, LARGEST = 64, 16_000  # px of one side
FASTEST = 100  # stills a second; and how much faster than usual
MOST_LOOPS = 0xFFFF  # WebP has 16 bits for them

# What not every format can heed, each with what it is for: a format names those it heeds in ``HEEDS``.
SPECIAL = {
    "transparent": "a transparent background",
    "loop": "a number of loops",
    "poster": "a poster",
    "questions": "a question before what happens",
    "pictures": "a choice of pictures",
    "template": "a template",
    "into": "a deck to append to",
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """The look and the pace of an output; the defaults are a slide's. Raises CowvizError for what cannot be."""

    theme: str | Theme = "light"  # a name, the path of a .py with a THEME, or a Theme
    view: str = "columns"  # a name, or the path of a .py with compose()
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
        self._check_kinds()
        self._check_numbers()
        if self.quality not in QUALITIES:
            raise unknown("quality", self.quality, QUALITIES)
        if self.pictures and self.pictures not in PICTURES:
            raise unknown("kind of pictures", self.pictures, PICTURES)
        if self.template and self.into:
            raise CowvizError("--template begins a deck, --into goes on with one: choose one of them")
        for deck in map(Path, filter(None, (self.template, self.into))):
            if not deck.is_file():
                raise CowvizError(f"no deck {deck}; --template and --into name a .pptx that is there")

    def _check_kinds(self) -> None:
        for name, kinds, right in _KINDS:
            value = getattr(self, name)
            if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
                raise CowvizError(f"{name} is {right}, not {short(value)}")
        if not isinstance(self.font, str) and not all(isinstance(one, str) for one in self.font):
            raise CowvizError(f"font is a font's file or name, or several, not {short(self.font)}")
        if len(self.size) != 2 or not all(isinstance(side, int | float) and isfinite(side) for side in self.size):
            raise CowvizError(f"size is a width and a height in px, (1280, 720), not {short(self.size)}")

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
    def special(self) -> list[str]:
        """The wishes that not every format can heed, where they are wished for."""
        return [name for name in SPECIAL if getattr(self, name) != _usual(name)]

    def only(self, heeded: Collection[str]) -> Wishes:
        """The same wishes without the special ones that are not ``heeded``."""
        return replace(self, **{name: _usual(name) for name in self.special if name not in heeded})

    def as_dict(self) -> dict[str, Any]:
        """The wishes by their names."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height of the output in px."""
        scale = QUALITIES[self.quality][0] if self.scale is None else self.scale
        return round(self.size[0] * scale), round(self.size[1] * scale)

    @property
    def rate(self) -> int:
        """Stills a second while something moves."""
        return QUALITIES[self.quality][1] if self.fps is None else self.fps


_NUMBER = (int, float)
_KINDS: tuple[tuple[str, tuple[type, ...], str], ...] = (  # what each wish may be, and that in words
    ("theme", (str, Theme), "a name, the path of a .py, or a Theme"),
    ("view", (str,), "a name, or the path of a .py"),
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


def _usual(wish: str) -> Any:
    return next(field.default for field in fields(Wishes) if field.name == wish)


def wished(wishes: dict[str, Any]) -> Wishes:
    """The wishes by their names; a CowvizError names the nearest one to a name that does not exist."""
    names = [field.name for field in fields(Wishes)]
    for name in wishes:
        if name not in names:
            raise unknown("wish", name, names)
    return Wishes(**wishes)
