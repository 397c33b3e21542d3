"""How a file shall be made: what its maker may wish for, and every format takes what concerns it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from cowviz.errors import CowvizError, unknown
from cowviz.scene.shapes import HEIGHT, WIDTH
from cowviz.scene.theme import Theme

QUALITIES = {"draft": (0.5, 10), "slides": (1.0, 20), "hd": (1.5, 30), "4k": (3.0, 30)}  # scale, stills a second
SMALLEST, LARGEST = 64, 16_000  # px of one side
FASTEST = 100  # stills a second; and how much faster than usual


@dataclass(frozen=True, slots=True)
class Wishes:
    """The look and the pace of an output; the defaults are a slide's. Raises CowvizError for what cannot be."""

    theme: str | Theme = "light"  # a name, the path of a .py with a THEME, or a Theme
    view: str = "columns"  # a name, or the path of a .py with compose()
    size: tuple[int, int] = (WIDTH, HEIGHT)  # px, before scale
    scale: float | None = None  # multiplies size; None: as quality says
    fps: int | None = None  # stills a second while something moves; None: as quality says
    speed: float = 1.0  # 2 shows everything for half as long
    quality: str = "slides"
    questions: bool = False  # whether a player asks before it shows what happens

    def __post_init__(self) -> None:
        if self.quality not in QUALITIES:
            raise unknown("quality", self.quality, QUALITIES)
        if self.scale is not None and not 0 < self.scale <= LARGEST:
            raise CowvizError(f"scale {self.scale:g}: it must be more than 0; 2 is twice as large")
        if not all(SMALLEST <= side <= LARGEST for side in self.pixels):
            width, height = self.pixels
            raise CowvizError(f"a picture of {width}x{height} px: each side must be {SMALLEST} to {LARGEST}")
        if not 1 <= self.rate <= FASTEST:
            raise CowvizError(f"fps {self.fps}: it must be 1 to {FASTEST}")
        if not 1 / FASTEST <= self.speed <= FASTEST:
            raise CowvizError(f"speed {self.speed:g}: it must be {1 / FASTEST:g} to {FASTEST}; 2 is twice as fast")

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height of the output in px."""
        scale = QUALITIES[self.quality][0] if self.scale is None else self.scale
        return round(self.size[0] * scale), round(self.size[1] * scale)

    @property
    def rate(self) -> int:
        """Stills a second while something moves."""
        return QUALITIES[self.quality][1] if self.fps is None else self.fps


def wished(wishes: dict[str, Any]) -> Wishes:
    """The wishes by their names; a CowvizError names the nearest one to a name that does not exist."""
    names = [field.name for field in fields(Wishes)]
    for name in wishes:
        if name not in names:
            raise unknown("wish", name, names)
    return Wishes(**wishes)
