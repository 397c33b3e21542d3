"""How often arrows cross, and how seldom they could: the order of the frames decides, and the best one is computed.

Two straight arrows between the same two upright lines cross if, and only if, they leave in one order and arrive in the
other. What a pair costs therefore depends only on which of its two frames stands higher, and the least over all orders
is found exactly, over sets of frames instead of their permutations (Held and Karp's dynamic programming).
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
    """An arrow of one picture: from which side and height it comes, and the frame that it goes to."""

    side: Hashable
    height: float
    frame: Hashable


def crossings(scene: Scene) -> int:
    """Return how many pairs of a scene's arrows cross; arrows that only meet, at a tip or along a run, do not."""
    arrows = [list(pairwise(line.points)) for line in _arrows(scene).values()]
    return sum(any(cross(a, b) for a in one for b in other) for one, other in combinations(arrows, 2))


def cross(one: Segment, other: Segment) -> bool:
    """Return whether two segments cross in a point within both."""
    return _apart(one, *other) and _apart(other, *one)


def links(scene: Scene) -> list[Link]:
    """Return the scene's straight arrows that end at a frame's edge."""
    boxes = [shape for shape in scene.shapes.values() if isinstance(shape, Rect) and is_frame(shape)]
    found = []
    for line in _arrows(scene).values():
        (x0, y0), (x1, y1) = line.points[0], line.points[-1]
        target = next((box for box in boxes if _touches(box, x1, y1)), None)
        if target and len(line.points) == 2:
            found.append(Link((round(x0), round(x1)), y0, target.group))
    return found


def is_frame(shape: Shape) -> bool:
    """Say whether a shape is the box of frames, which may change places with another's."""
    return shape.role == "box" and isinstance(shape.of, FrameRange)


def minimise_crossings(pictures: Iterable[Sequence[Link]], frames: Sequence[F]) -> tuple[int, list[F]]:
    """Return the fewest crossings in all pictures together that an order of the frames can have, and such an order.

    Among equally good orders it is the one nearest to the given order, first frame first. A ValueError tells of more
    frames than ``MOST``.
    """
    if len(frames) > MOST:
        raise ValueError(f"{len(frames)} frames are too many to look for their best order; {MOST} are not")
    costs = _costs(pictures)
    tied = [i for i, frame in enumerate(frames) if any(frame in pair for pair in costs)]  # others may stand anywhere
    cost = [[costs[frames[i], frames[j]] for j in tied] for i in tied]
    total, best = _best(cost)
    order: list[F] = list(frames)
    for place, i in zip(tied, best, strict=True):
        order[place] = frames[tied[i]]
    return total, order


def _best(cost: Sequence[Sequence[int]]) -> tuple[int, list[int]]:
    """The cheapest order, where ``cost[i][j]`` is for i above j: found for each set as the lower part of the whole."""
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
    """For frames a, b: how many pairs of arrows cross where a stands above b."""
    costs: Counter[tuple[Hashable, Hashable]] = Counter()
    for picture in pictures:
        for one, other in combinations(picture, 2):
            if one.side == other.side and one.frame != other.frame and one.height != other.height:
                upper, lower = sorted((one, other), key=lambda link: link.height)
                costs[lower.frame, upper.frame] += 1
    return costs


def _arrows(scene: Scene) -> dict[str, Line]:
    return {name: s for name, s in scene.shapes.items() if isinstance(s, Line) and s.role == "arrow"}


def _touches(box: Rect, x: float, y: float) -> bool:
    return min(abs(x - box.x), abs(x - box.x - box.w)) <= TOUCH and box.y <= y <= box.y + box.h


def _apart(line: Segment, a: Point, b: Point) -> bool:
    """Whether two points lie on different sides of a line, and neither on it."""
    return _side(line, a) * _side(line, b) < 0


def _side(line: Segment, point: Point) -> float:
    (x0, y0), (x1, y1) = line
    area = (x1 - x0) * (point[1] - y0) - (y1 - y0) * (point[0] - x0)
    return 0.0 if abs(area) < 1e-6 else area
