"""Draws stills to pixels and redraws only what changed: a display list on Agg, with dirty rectangles.

A partly redrawn still is identical to one drawn from scratch. Agg's own clipping is not exact at its edges, so shapes
that touch a dirty rectangle are drawn whole on a scratch canvas, and only the rectangle is copied from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from numpy.typing import NDArray

from cowviz.errors import CowvizError
from cowviz.renderers.display_list import Item, compile_shape
from cowviz.renderers.geometry import PixelBox, Place, place
from cowviz.scene.shapes import Colour, Scene, Shape
from cowviz.scene.typeface import Typeface

_PIECE = 4000  # px of extra area that cost as much as another rectangle


class Drawn(NamedTuple):
    """Holds one still: the whole image, which the next still overwrites, and the boxes that may have changed."""

    words: NDArray[np.uint32]  # (height, width): a pixel is one number, 0xffbbggrr, so quick to compare and to copy
    boxes: tuple[PixelBox, ...]

    @property
    def rgba(self) -> NDArray[np.uint8]:
        """The image as RGBA, shape (height, width, 4)."""
        height, width = self.words.shape
        return self.words.view(np.uint8).reshape(height, width, 4)

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """The image as RGB, shape (height, width, 3)."""
        return self.rgba[..., :3]


class Canvas:
    """Draws scenes one after another into one image."""

    def __init__(self, width: int, height: int, transparent: bool = False) -> None:
        if width < 1 or height < 1:
            raise CowvizError(f"an image of {width}x{height} px has no pixels; both must be at least 1")
        self._agg = RendererAgg(width, height, 72)
        self._scratch: NDArray[np.uint32] = np.asarray(self._agg.buffer_rgba()).view("<u4")[..., 0]
        self._words = np.zeros_like(self._scratch)
        self._flip = np.array([[1.0, 0, 0], [0, -1, height], [0, 0, 1]])
        self._items: dict[str, Item] = {}
        self._background: tuple[Colour, Place, Typeface] | None = None
        self._ground_alpha = "00" if transparent else "ff"

    def show(self, scene: Scene) -> Drawn:
        """Draw the scene over the previous one."""
        height, width = self._words.shape
        at = place(scene, width, height)
        background = (scene.background, at, scene.font)
        old = self._items if background == self._background else {}
        items = {name: _item(old.get(name), shape, at, height, scene.font) for name, shape in scene.shapes.items()}
        everything = (0, 0, width, height)
        dirty = _merge(_changed(old, items), everything) if background == self._background else (everything,)
        self._items, self._background = items, background
        self._redraw(dirty, scene.background + self._ground_alpha)
        return Drawn(self._words, dirty)

    def _redraw(self, dirty: tuple[PixelBox, ...], background: str) -> None:
        """Draw what is seen of each rectangle: what lies under a shape that covers it entirely is left out."""
        items = list(self._items.values())
        places = [(i, item.box) for i, item in enumerate(items)]
        ground: dict[int, list[tuple[PixelBox, str]]] = {}  # "#rrggbbaa"
        needed: set[int] = set()
        for box in dirty:
            floor, colour = -1, background
            x0, y0, x1, y1 = box
            touching = [i for i, (a0, b0, a1, b1) in places if x0 < a1 and a0 < x1 and y0 < b1 and b0 < y1]
            for i in reversed(touching):
                if _within(box, items[i].solid):
                    floor, colour = i, items[i].colour + "ff"
                    break
            ground.setdefault(floor, []).append((box, colour))
            needed.update(i for i in touching if i > floor)
        for i in sorted(needed | ground.keys()):
            if i in needed:
                items[i].draw(self._agg, self._flip)
            for box, colour in ground.get(i, ()):
                _part(self._scratch, box)[:] = np.frombuffer(bytes.fromhex(colour[1:]), "<u4")
        for box in dirty:
            _part(self._words, box)[:] = _part(self._scratch, box)


def rasterise(scene: Scene, width: int, height: int, transparent: bool = False) -> NDArray[np.uint8]:
    """Return the scene as an RGB image, shape (height, width, 3): scaled uniformly and centred on its background.

    If ``transparent``, the image is RGBA, shape (height, width, 4), with alpha not premultiplied.
    """
    drawn = Canvas(width, height, transparent).show(scene)
    return drawn.rgba if transparent else drawn.pixels


def animate(scenes: Iterable[Scene], width: int, height: int, transparent: bool = False) -> Iterator[Drawn]:
    """Yield the scenes as stills, each redrawn only where it differs; copy the pixels to keep them."""
    canvas = Canvas(width, height, transparent)
    return map(canvas.show, scenes)


def _item(old: Item | None, shape: Shape, at: Place, height: int, font: Typeface) -> Item:
    if old is not None and (old.shape is shape or old.shape == shape):
        return old
    return compile_shape(shape, at, height, font)


def _changed(old: dict[str, Item], new: dict[str, Item]) -> list[PixelBox]:
    """The boxes of what came, went, looks different or lies in another order."""
    boxes = [item.box for name, item in old.items() if new.get(name) is not item]
    boxes += [item.box for name, item in new.items() if old.get(name) is not item]
    before = [item for name, item in old.items() if new.get(name) is item]
    after = [item for name, item in new.items() if old.get(name) is item]
    # Where two overlapping items have changed places, at least one of them is at another index.
    boxes += [item.box for pair in zip(before, after, strict=True) if pair[0] is not pair[1] for item in pair]
    return boxes


def _merge(boxes: Iterable[PixelBox], limit: PixelBox) -> tuple[PixelBox, ...]:
    """Rectangles that do not overlap and cover the boxes, joined where that costs little area."""
    left, top, right, bottom = limit
    merged: list[tuple[PixelBox, int]] = []  # with their areas
    for x0, y0, x1, y1 in dict.fromkeys(boxes):
        x0, y0, x1, y1 = max(x0, left), max(y0, top), min(x1, right), min(y1, bottom)
        if x0 >= x1 or y0 >= y1:
            continue
        area = (x1 - x0) * (y1 - y0)
        i = 0
        while i < len(merged):
            (a0, b0, a1, b1), other = merged[i]
            u0, v0, u1, v1 = min(x0, a0), min(y0, b0), max(x1, a1), max(y1, b1)
            union = (u1 - u0) * (v1 - v0)
            if union <= area + other + _PIECE or (x0 < a1 and a0 < x1 and y0 < b1 and b0 < y1):
                del merged[i]
                x0, y0, x1, y1, area, i = u0, v0, u1, v1, union, 0
            else:
                i += 1
        merged.append(((x0, y0, x1, y1), area))
    return tuple(box for box, _ in merged)


def _within(inner: PixelBox, outer: PixelBox) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]


def _part(image: NDArray[Any], box: PixelBox) -> NDArray[Any]:
    return image[box[1] : box[3], box[0] : box[2]]
