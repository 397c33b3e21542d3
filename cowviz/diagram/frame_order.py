"""Counts crossings of arrows, and finds the order of the frames that has the fewest.

Two straight arrows between the same two vertical lines cross if and only if they leave in one order and arrive in the
other. The crossings of two frames therefore depend only on which of them stands higher. The minimum over all orders is
exact: it is computed over sets of frames, not permutations (dynamic programming; Held and Karp, 1962).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from itertools import combinations, pairwise
from typing import NamedTuple, TypeVar

from cowviz.diagram.things import FrameRange
from cowviz.scene.shapes import Line, Point, Rect, Scene, Shape

MOST = 13  # frames whose orders are searched: time and memory double with each
TOUCH = 1.0  # px from an arrow's tip to the edge that it touches

F = TypeVar("F", bound=Hashable)
Segment = tuple[Point, Point]


class Link(NamedTuple):
    """Holds an arrow of one picture: the side and height (px) where it starts, and the frame it points to."""

    side: Hashable
    height: float
    frame: Hashable


def crossings(scene: Scene) -> int:
    """Count the pairs of arrows that cross in a scene; arrows that only touch or overlap do not cross."""
    arrows = [list(pairwise(line.points)) for line in _arrows(scene).values()]
    return sum(any(cross(a, b) for a in one for b in other) for one, other in combinations(arrows, 2))


def cross(one: Segment, other: Segment) -> bool:
    """Return whether two segments cross at a point inside both."""
    return _apart(one, *other) and _apart(other, *one)


def links(scene: Scene) -> list[Link]:
    """Return the straight arrows of a scene that end at a frame's edge."""
    boxes = [shape for shape in scene.shapes.values() if isinstance(shape, Rect) and is_frame(shape)]
    found = []
    for line in _arrows(scene).values():
        (x0, y0), (x1, y1) = line.points[0], line.points[-1]
        target = next((box for box in boxes if _touches(box, x1, y1)), None)
        if target and len(line.points) == 2:
            found.append(Link((round(x0), round(x1)), y0, target.group))
    return found


def is_frame(shape: Shape) -> bool:
    """Return whether a shape is the box of one or more frames."""
    return shape.role == "box" and isinstance(shape.of, FrameRange)


def minimise_crossings(pictures: Iterable[Sequence[Link]], frames: Sequence[F]) -> tuple[int, list[F]]:
    """Return the fewest crossings, summed over all pictures, of any order of the frames, and such an order.

    Of equally good orders it returns the lexicographically first, by places in ``frames``. Raises ValueError for more
    than ``MOST`` frames.
    """
    if len(frames) > MOST:
        raise ValueError(f"cannot search the best order of {len(frames)} frames: at most {MOST} are allowed")
    costs = _costs(pictures)
    tied = [i for i, frame in enumerate(frames) if any(frame in pair for pair in costs)]  # others may stand anywhere
    cost = [[costs[frames[i], frames[j]] for j in tied] for i in tied]
    total, best = _best(cost)
    order: list[F] = list(frames)
    for place, i in zip(tied, best, strict=True):
        order[place] = frames[tied[i]]
    return total, order


def _best(cost: Sequence[Sequence[int]]) -> tuple[int, list[int]]:
    """Find the cheapest order, where ``cost[i][j]`` is the cost of i above j; each set is tried as the lower part."""
    count = len(cost)
    everything = (1 << count) - 1
    below = [[0] * (everything + 1) for _ in range(count)]  # what i costs above a set
    for i in range(count):
        for group in range(1, everything + 1):
            low = group & -group
            below[i][group] = below[i][group ^ low] + cost[i][low.bit_length() - 1]
    total = [0] * (everything + 1)
    for group in range(1, everything + 1):
        total[group] = min(below[i][group ^ 1 << i] + total[group ^ 1 << i] for i in range(count) if group >> i & 1)
    order, group = [], everything
    while group:
        members = (i for i in range(count) if group >> i & 1)
        first = next(i for i in members if below[i][group ^ 1 << i] + total[group ^ 1 << i] == total[group])
        order.append(first)
        group ^= 1 << first
    return total[everything], order


def _costs(pictures: Iterable[Sequence[Link]]) -> Counter[tuple[Hashable, Hashable]]:
    """Count, for frames a and b, the pairs of arrows that cross if a stands above b."""
    costs: Counter[tuple[Hashable, Hashable]] = Counter()
    for picture, times in Counter(map(tuple, pictures)).items():
        for one, other in combinations(picture, 2):
            if one.side == other.side and one.frame != other.frame and one.height != other.height:
                upper, lower = sorted((one, other), key=lambda link: link.height)
                costs[lower.frame, upper.frame] += times
    return costs


def _arrows(scene: Scene) -> dict[str, Line]:
    return {name: s for name, s in scene.shapes.items() if isinstance(s, Line) and s.role == "arrow"}


def _touches(box: Rect, x: float, y: float) -> bool:
    return min(abs(x - box.x), abs(x - box.x - box.w)) <= TOUCH and box.y <= y <= box.y + box.h


def _apart(line: Segment, a: Point, b: Point) -> bool:
    """Return whether two points lie on different sides of a line, and neither on it."""
    return _side(line, a) * _side(line, b) < 0


def _side(line: Segment, point: Point) -> float:
    (x0, y0), (x1, y1) = line
    area = (x1 - x0) * (point[1] - y0) - (y1 - y0) * (point[0] - x0)
    return 0.0 if abs(area) < 1e-6 else area
