"""Stills to pixels, redrawing only what changed: a display list on Agg, and dirty rectangles.

A still drawn in part is identical to one drawn afresh. Agg's own clipping is not exact at its edges; so shapes that
touch a dirty rectangle are drawn whole on a scratch canvas, and only the rectangle is copied from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from numpy.typing import NDArray

from cowviz.errors import CowvizError
from cowviz.renderers.display_list import Box, Item, compile_shape
from cowviz.renderers.geometry import Place, place
from cowviz.scene.shapes import Colour, Scene, Shape

_PIECE = 4000  # px of extra area that cost as much as another rectangle


class Drawn(NamedTuple):
    """One still: the whole image (overwritten by the next still), and what may differ from the one before."""

    pixels: NDArray[np.uint8]  # (height, width, 3), RGB
    boxes: tuple[Box, ...]


class Canvas:
    """An image that follows the scenes it is shown."""

    def __init__(self, width: int, height: int) -> None:
        if width < 1 or height < 1:
            raise CowvizError(f"an image of {width}x{height} px has no pixels; both must be at least 1")
        self.pixels = np.zeros((height, width, 3), np.uint8)
        self._agg = RendererAgg(width, height, 72)
        self._scratch = np.asarray(self._agg.buffer_rgba())
        self._words = self._scratch.view(np.uint32)[..., 0]  # the same pixels, one number each: fast to fill
        self._flip = np.array([[1.0, 0, 0], [0, -1, height], [0, 0, 1]])
        self._items: dict[str, Item] = {}
        self._background: tuple[Colour, Place] | None = None

    def show(self, scene: Scene) -> Drawn:
        """Draw the scene over the one before."""
        height, width = self.pixels.shape[:2]
        at = place(scene, width, height)
        background = (scene.background, at)
        old = self._items if background == self._background else {}
        items = {name: _item(old.get(name), shape, at, height) for name, shape in scene.shapes.items()}
        everything = (0, 0, width, height)
        dirty = _merge(_changed(old, items), everything) if background == self._background else (everything,)
        self._items, self._background = items, background
        self._redraw(dirty, scene.background)
        return Drawn(self.pixels, dirty)

    def _redraw(self, dirty: tuple[Box, ...], background: Colour) -> None:
        """Draw what is seen of each rectangle: what lies under a shape that covers it entirely is left out."""
        items = list(self._items.values())
        ground: dict[int, list[tuple[Box, Colour]]] = {}
        needed: set[int] = set()
        for box in dirty:
            floor, colour = -1, background
            touching = [i for i, item in enumerate(items) if _touch(item.box, box)]
            for i in reversed(touching):
                if _within(box, items[i].solid):
                    floor, colour = i, items[i].colour
                    break
            ground.setdefault(floor, []).append((box, colour))
            needed.update(i for i in touching if i > floor)
        for i in sorted(needed | ground.keys()):
            if i in needed:
                items[i].draw(self._agg, self._flip)
            for box, colour in ground.get(i, ()):
                _part(self._words, box)[:] = np.frombuffer(bytes.fromhex(colour[1:] + "ff"), np.uint32)
        for box in dirty:
            seen, drawn = _part(self.pixels, box), _part(self._scratch, box)
            for channel in range(3):  # six times as fast as all three at once
                seen[..., channel] = drawn[..., channel]


def rasterise(scene: Scene, width: int, height: int) -> NDArray[np.uint8]:
    """The scene as an RGB image, shape (height, width, 3): scaled uniformly, centred, on its background."""
    return Canvas(width, height).show(scene).pixels


def animate(scenes: Iterable[Scene], width: int, height: int) -> Iterator[Drawn]:
    """The scenes one after another, each redrawn only where it differs; copy ``pixels`` to keep them."""
    canvas = Canvas(width, height)
    return map(canvas.show, scenes)


def _item(old: Item | None, shape: Shape, at: Place, height: int) -> Item:
    if old is not None and (old.shape is shape or old.shape == shape):
        return old
    return compile_shape(shape, at, height)


def _changed(old: dict[str, Item], new: dict[str, Item]) -> list[Box]:
    """The boxes of what came, went, looks different or lies in another order."""
    boxes = [item.box for name, item in old.items() if new.get(name) is not item]
    boxes += [item.box for name, item in new.items() if old.get(name) is not item]
    before = [item for name, item in old.items() if new.get(name) is item]
    after = [item for name, item in new.items() if old.get(name) is item]
    # Where two overlapping items have changed places, at least one of them is at another index.
    boxes += [item.box for pair in zip(before, after, strict=True) if pair[0] is not pair[1] for item in pair]
    return boxes


def _merge(boxes: list[Box], limit: Box) -> tuple[Box, ...]:
    """Rectangles that do not overlap and cover the boxes, joined where that costs little area."""
    merged: list[Box] = []
    for box in boxes:
        box = (max(box[0], limit[0]), max(box[1], limit[1]), min(box[2], limit[2]), min(box[3], limit[3]))
        if box[0] >= box[2] or box[1] >= box[3]:
            continue
        i = 0
        while i < len(merged):
            union = _union(box, merged[i])
            if _touch(box, merged[i]) or _area(union) <= _area(box) + _area(merged[i]) + _PIECE:
                del merged[i]
                box, i = union, 0
            else:
                i += 1
        merged.append(box)
    return tuple(merged)


def _union(a: Box, b: Box) -> Box:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _touch(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _within(inner: Box, outer: Box) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]


def _part(image: NDArray[Any], box: Box) -> NDArray[Any]:
    return image[box[1] : box[3], box[0] : box[2]]
