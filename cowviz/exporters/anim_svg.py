"""Animated SVG: the movie as one file that plays wherever an image can, also in READMEs and wikis.

SMIL animates it, which every browser plays inside ``<img>``, where no script runs. A shape is one element as long as
its words and form stay the same; its changes are animated over the whole loop. Readers who prefer reduced motion see
the last step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element, fromstring, tostring
from xml.sax.saxutils import escape

from cowviz.exporters._keyframes import NUMBER, Track, simplified, values_of
from cowviz.exporters.request import ExportRequest, Shows
from cowviz.renderers.svg import OWN, SANS, draw, number, own_prefix
from cowviz.scene.shapes import Rect, Scene, Shape
from cowviz.scene.timeline import Still

SUFFIXES = (".anim.svg",)
SHOWS: Shows = "animation"
SET_BY_VIEWER = True

MOTION = f".{OWN}m{{display:none}}.{OWN}s{{display:inline}}"
STYLE = f".{OWN}s{{display:none}}@media (prefers-reduced-motion:reduce){{{MOTION}}}"
BACKGROUND = "background"


class Sample(NamedTuple):
    """Holds what is seen ``at`` a time, in seconds from the start; sudden changes happen at ``since``."""

    at: float
    since: float
    scene: Scene


class AnimatedElement(NamedTuple):
    """Holds one element of the file and its animation: a shape while it keeps its words, form and attributes."""

    element: Element
    tracks: dict[tuple[int, str], Track]  # by the element within it (0: itself) and the attribute

    def add(self, time: int, element: Element) -> None:
        """Add the element's look at one sample."""
        for place, part in enumerate(element.iter()):
            opacity = {} if place else {"opacity": part.get("opacity", "1")}
            for attribute, value in {**part.attrib, **opacity}.items():
                self.tracks.setdefault((place, attribute), []).append((time, value))


def export(request: ExportRequest, path: Path) -> None:
    """Write the movie as an SVG that repeats forever."""
    samples = list(_samples(request.tracked(request.stills), 1.5 / request.fps))
    last = samples[-1].scene
    width, height = last.width, last.height
    size = f'width="{request.width}" height="{request.height}" viewBox="0 0 {number(width)} {number(height)}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{SANS}">',
        f"<title>{escape(request.trace.title)}</title>",
        f"<style>{STYLE}</style>",
        f'<g class="{OWN}m">',
        *(_written(actor, samples) for actor in _actors(samples)),
        f'</g>\n<g class="{OWN}s">',
        *(line for shape in _shapes(last).values() for line in draw(shape)),
        "</g>\n</svg>\n",
    ]
    text = "\n".join(lines)
    path.write_text(text.replace(OWN, own_prefix(text)), encoding="utf-8", newline="\n")


def _samples(stills: Iterator[Still], shortest: float) -> Iterator[Sample]:
    """Of a hold both its ends, of a still in motion its middle."""
    start = 0.0
    for still in stills:
        end = start + still.seconds
        for at in [start, end] if still.seconds > shortest else [(start + end) / 2]:
            yield Sample(at, start, still.scene)
        start = end


def _shapes(scene: Scene) -> dict[str, Shape]:
    """All that is to be drawn, what lies at the bottom first."""
    ground = Rect(x=0, y=0, w=scene.width, h=scene.height, fill=scene.background)
    return {BACKGROUND: ground, **scene.shapes}


def _actors(samples: Sequence[Sample]) -> list[AnimatedElement]:
    """The elements in an order that suits every scene, what travels on top; each has its tracks filled."""
    found: dict[tuple[bool, str], dict[object, AnimatedElement]] = {}
    drawn: dict[Shape, Element] = {}
    order: list[str] = []
    for sample in sorted(
        samples, key=lambda sample: sample.at != sample.since
    ):  # holds first: motion has its own order
        _extend(order, list(_shapes(sample.scene)))
    ranks = {name: rank for rank, name in enumerate(order)}
    for time, sample in enumerate(samples):
        travels = False  # what is drawn after the topmost thing of all
        shapes = _shapes(sample.scene)
        top = max(shapes, key=ranks.__getitem__)
        for name, shape in shapes.items():
            if shape not in drawn:
                drawn[shape] = fromstring("".join(draw(shape)))
            element = drawn[shape]
            actor = found.setdefault((travels, name), {}).setdefault(_form(element), AnimatedElement(element, {}))
            actor.add(time, element)
            travels = travels or name == top
    return [actor for key in sorted(found, key=lambda key: (key[0], ranks[key[1]])) for actor in found[key].values()]


def _extend(order: list[str], names: Sequence[str]) -> None:
    """Put new names into the order, each above what it lies on."""
    known, below = set(order), -1
    for name in names:
        if name in known:
            below = order.index(name)
        else:
            below += 1
            order.insert(below, name)


def _form(element: Element) -> object:
    """What animation cannot change: words, elements, which attributes they have, and how many numbers are in each."""
    return tuple(
        (part.tag, part.text, tuple((key, _pattern(part.attrib[key])) for key in part.attrib if key != "opacity"))
        for part in element.iter()
    )


def _pattern(value: str) -> str:
    """The value without its numbers; all colours are alike."""
    return "#" if value.startswith("#") else NUMBER.sub("", value)


def _written(actor: AnimatedElement, samples: Sequence[Sample]) -> str:
    """An element with its animations."""
    element = fromstring(tostring(actor.element))
    for place, part in enumerate(list(element.iter())):
        for (where, attribute), track in actor.tracks.items():
            if where != place:
                continue
            full = _with_absence(track, len(samples)) if attribute == "opacity" else track
            first = full[0][1]
            if any(value != first for _time, value in full):
                part.append(_animation(attribute, full, samples))
            elif (attribute, first) != ("opacity", "1"):
                part.set(attribute, first)
    return tostring(element, encoding="unicode")


def _with_absence(track: Track, count: int) -> Track:
    """The opacity at every moment: none where the shape is not there."""
    there = dict(track)
    return [(time, there.get(time, "0")) for time in range(count)]


def _animation(attribute: str, track: Track, samples: Sequence[Sample]) -> Element:
    seconds = samples[-1].at
    keys = simplified([(at / seconds, value) for at, value in _with_jumps(track, samples)])
    keys = [(0.0, keys[0][1]), *keys, (1.0, keys[-1][1])]
    kept = [key for key, after in pairwise(keys) if key != after] + keys[-1:]
    return Element(
        "animate",
        attributeName=attribute,
        values=";".join(value for _at, value in kept),
        keyTimes=";".join(f"{at:.5f}".rstrip("0").rstrip(".") or "0" for at, _value in kept),
        dur=f"{number(seconds)}s",
        repeatCount="indefinite",
    )


def _with_jumps(track: Track, samples: Sequence[Sample]) -> Iterator[tuple[float, str]]:
    """The values in time; one holds over an absence, and an opacity until its shape comes or goes at once."""
    for (time, value), (after, other) in pairwise(track):
        yield samples[time].at, value
        at_once = "0" in (value, other) and max(values_of(value) + values_of(other)) > 0.5
        if after > time + 1 or (at_once and len(values_of(value)) == 1):
            yield samples[after].since, value
            yield samples[after].since, other
    yield samples[track[-1][0]].at, track[-1][1]
