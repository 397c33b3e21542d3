"""Converts scenes to a slide's shapes in DrawingML (ECMA-376): boxes, text and connectors that can be edited.

Every shape is named ``!!`` and its id: PowerPoint's Morph treats shapes with the same such name on two slides as one.
A group of shapes is a group on the slide, but connectors stand alone, since Morph moves the ends of those only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count, groupby
from xml.sax.saxutils import escape

from cowviz.renderers._connectors import ANGLES, Site, glued, sides
from cowviz.renderers.alt_text import arrow_text, group_text
from cowviz.renderers.drawingml_forms import (
    DEGREE,
    Bounds,
    arc,
    around,
    bounds,
    is_elbow,
    language_tag,
    move,
    preset,
    properties,
    to,
    union,
)
from cowviz.renderers.geometry import Place, radii
from cowviz.scene.shapes import Circle, Colour, Line, Point, Rect, Scene, Text
from cowviz.text import clean, is_rtl

EMU = 9525  # English metric units a px
SANS, MONO = "+mn-lt", "Consolas"  # the deck's own font for text; Consolas comes with PowerPoint
JOINS = {"round": "<a:round/>", "miter": '<a:miter lim="800000"/>'}


def to_drawingml(
    scene: Scene, at: Place, colours: Mapping[Colour, str], first_id: int, rising: frozenset[str] = frozenset()
) -> str:
    """Return the scene's shapes as elements for a ``p:spTree`` that declares the prefixes a, p and r.

    ``at`` is in px of the slide. ``colours`` maps the deck's own colours to their names. Ids count from ``first_id``.
    ``rising`` names the lines that rise on other slides: a level one gets their orientation, so that it can morph.
    """
    return "".join(_Drawing(scene, at, colours, first_id, rising).elements())


class _Drawing:
    """One scene on its way."""

    def __init__(
        self, scene: Scene, at: Place, colours: Mapping[Colour, str], first_id: int, rising: frozenset[str]
    ) -> None:
        self.scene, self.at, self.colours, self.rising = scene, at, colours, rising
        self.shown = {name: shape for name, shape in scene.shapes.items() if shape.opacity > 0}
        self.glued = glued(scene)
        self.sites = self._extra_sites()
        numbers = count(first_id)
        self.ids = {name: next(numbers) for name in self.shown}
        self.group_ids = numbers

    def elements(self) -> Iterator[str]:
        seen: set[str] = set()
        for key, run in groupby(self.shown, self._group_of):
            names = list(run)
            if len(names) == 1:
                yield self._draw(names[0], alone=True)
                continue
            name = next(name for n in count(1) if (name := key if n == 1 else f"{key} ({n})") not in seen)
            seen.add(name)
            yield self._group(name, names)

    def _group_of(self, name: str) -> str:
        return name if name in self.glued else self.shown[name].group or name

    def _group(self, name: str, names: list[str]) -> str:
        x, y, w, h = (
            round(v) for v in self._emu(union([bounds(self.shown[member], self.scene.font) for member in names]))
        )
        frame = (
            f'<a:off x="{x}" y="{y}"/><a:ext cx="{w}" cy="{h}"/><a:chOff x="{x}" y="{y}"/><a:chExt cx="{w}" cy="{h}"/>'
        )
        about = properties(next(self.group_ids), name, group_text(self.scene, names))
        return (
            f"<p:grpSp><p:nvGrpSpPr>{about}<p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr>"
            f"<p:grpSpPr><a:xfrm>{frame}</a:xfrm></p:grpSpPr>{''.join(map(self._draw, names))}</p:grpSp>"
        )

    def _draw(self, name: str, alone: bool = False) -> str:
        shape = self.shown[name]
        match shape:
            case Rect():
                return self._sp(name, shape, self._rect(name, shape), alone)
            case Circle(x=x, y=y, r=r):
                return self._sp(name, shape, self._frame((x - r, y - r, 2 * r, 2 * r)) + preset("ellipse"), alone)
            case Line():
                return self._connector(name, shape)
            case Text():
                return self._text(name, shape)

    # Boxes

    def _sp(self, name: str, shape: Rect | Circle, geometry: str, alone: bool) -> str:
        """A filled shape; alone, it has nobody to speak for it, so that it is said to be decoration."""
        about = properties(self.ids[name], name, "", decorative=alone)
        return (
            f"<p:sp><p:nvSpPr>{about}<p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr>{geometry}"
            f"{self._fill(shape.fill, shape.opacity)}{self._stroke(shape)}</p:spPr></p:sp>"
        )

    def _rect(self, name: str, rect: Rect) -> str:
        left, right = radii(rect)
        frame = self._frame((rect.x, rect.y, rect.w, rect.h))
        if left != right or name in self.sites:
            return frame + self._outline(rect, self.sites.get(name, []))
        if not left:
            return frame + preset("rect")
        return frame + preset("roundRect", adj=round(100_000 * left / min(rect.w, rect.h)))

    def _outline(self, rect: Rect, extra: list[Site]) -> str:
        """The box as a path of its own: with other corners left than right, or where lines meet it off its middles."""
        width, height = self._length(rect.w), self._length(rect.h)
        left, right = (self._length(radius) for radius in radii(rect))
        points = [*enumerate(sides(rect)), *((site.side, site.point) for site in extra)]
        sites = "".join(
            f'<a:cxn ang="{ANGLES[side] * DEGREE}">'
            f'<a:pos x="{self._length(x - rect.x)}" y="{self._length(y - rect.y)}"/></a:cxn>'
            for side, (x, y) in points
        )
        path = move(left, 0) + to(width - right, 0) + arc(right, 270) + to(width, height - right) + arc(right, 0)
        path += to(left, height) + arc(left, 90) + to(0, left) + arc(left, 180) + "<a:close/>"
        return (
            f"<a:custGeom><a:avLst/><a:gdLst/><a:ahLst/><a:cxnLst>{sites}</a:cxnLst>"
            f'<a:rect l="0" t="0" r="r" b="b"/><a:pathLst><a:path w="{width}" h="{height}">{path}</a:path></a:pathLst>'
            "</a:custGeom>"
        )

    def _extra_sites(self) -> dict[str, list[Site]]:
        """For each box the sites that lie off the middles of its sides."""
        found: dict[str, list[Site]] = {}
        for site in (site for ends in self.glued.values() for site in ends if site):
            rect = self.scene.shapes[site.box]
            assert isinstance(rect, Rect)
            if not site.is_middle(rect) and site not in found.setdefault(site.box, []):
                found[site.box].append(site)
        return {box: sites for box, sites in found.items() if sites}

    # Lines

    def _connector(self, name: str, line: Line) -> str:
        """A connector, straight or with one bend, glued to its boxes; what has more bends is a plain path."""
        points, ends = line.points, self.glued.get(name, (None, None))
        backwards = len(points) == 3 and points[0][0] == points[1][0]
        if backwards:  # the preset runs sideways first
            points, ends = points[::-1], ends[::-1]
        alt = arrow_text(self.scene, line, self.glued[name]) if name in self.glued else ""
        about = properties(self.ids[name], name, alt, decorative=not alt)
        stroke = self._stroke(line, head="headEnd" if backwards else "tailEnd")
        if len(points) > 3 or (len(points) == 3 and not is_elbow(points)):
            return (
                f"<p:sp><p:nvSpPr>{about}<p:cNvSpPr/><p:nvPr/></p:nvSpPr>"
                f"<p:spPr>{self._polyline(points)}<a:noFill/>{stroke}</p:spPr></p:sp>"
            )
        glue = "".join(
            f'<a:{tag} id="{self.ids[site.box]}" idx="{self._index(site)}"/>'
            for tag, site in zip(("stCxn", "endCxn"), ends, strict=True)
            if site and site.box in self.ids
        )
        kind = "straightConnector1" if len(points) == 2 else "bentConnector2"
        (x0, y0), (x1, y1) = points[0], points[-1]
        flips = ' flipH="1"' * (x1 < x0) + ' flipV="1"' * (y1 < y0 or (y1 == y0 and name in self.rising))
        box = (min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0))
        return (
            f"<p:cxnSp><p:nvCxnSpPr>{about}<p:cNvCxnSpPr>{glue}</p:cNvCxnSpPr><p:nvPr/></p:nvCxnSpPr>"
            f"<p:spPr>{self._frame(box, flips)}{preset(kind)}{stroke}</p:spPr></p:cxnSp>"
        )

    def _index(self, site: Site) -> int:
        """The number of the connection site on its box."""
        extra = self.sites.get(site.box, [])
        return 4 + extra.index(site) if site in extra else site.side

    def _polyline(self, points: tuple[Point, ...]) -> str:
        x, y, w, h = around(points)
        first, *rest = [(self._length(px - x), self._length(py - y)) for px, py in points]
        path = move(*first) + "".join(to(*point) for point in rest)
        return (
            f"{self._frame((x, y, w, h))}<a:custGeom><a:avLst/><a:gdLst/><a:ahLst/><a:cxnLst/>"
            '<a:rect l="0" t="0" r="r" b="b"/><a:pathLst>'
            f'<a:path w="{self._length(w)}" h="{self._length(h)}" fill="none">{path}</a:path></a:pathLst></a:custGeom>'
        )

    # Text

    def _text(self, name: str, text: Text) -> str:
        """A box as wide as the text, which stands at its foot: there fonts differ least in where they put it."""
        align = {"start": "l", "middle": "ctr", "end": "r"}[text.anchor]
        weight = ' b="1"' if text.bold else ""
        rtl = ' rtl="1"' if is_rtl(text.text) else ""
        size = round(text.size * self.at.scale * 75)  # hundredths of a point
        return (
            f'<p:sp><p:nvSpPr>{properties(self.ids[name], name)}<p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr><p:spPr>'
            f"{self._frame(bounds(text, self.scene.font))}{preset('rect')}<a:noFill/></p:spPr><p:txBody>"
            '<a:bodyPr wrap="none" lIns="0" tIns="0" rIns="0" bIns="0" rtlCol="0" anchor="b"><a:noAutofit/></a:bodyPr>'
            f'<a:lstStyle/><a:p><a:pPr algn="{align}"{rtl}/><a:r>'
            f'<a:rPr lang="{language_tag()}" sz="{size}"{weight} noProof="1">'
            f'{self._fill(text.fill, text.opacity)}<a:latin typeface="{MONO if text.mono else SANS}"/></a:rPr>'
            f"<a:t>{escape(clean(text.text))}</a:t></a:r></a:p></p:txBody></p:sp>"
        )

    # Paint and places

    def _fill(self, colour: Colour | None, opacity: float) -> str:
        if colour is None:
            return "<a:noFill/>"
        tag, value = ("schemeClr", own) if (own := self.colours.get(colour)) else ("srgbClr", colour[1:].upper())
        alpha = "" if opacity >= 1 else f'<a:alpha val="{round(opacity * 100_000)}"/>'
        return f'<a:solidFill><a:{tag} val="{value}">{alpha}</a:{tag}></a:solidFill>'

    def _stroke(self, shape: Rect | Circle | Line, head: str = "") -> str:
        if shape.stroke is None or shape.width <= 0:
            return "<a:ln><a:noFill/></a:ln>"
        dash = "" if isinstance(shape, Circle) or not shape.dash else '<a:prstDash val="dash"/>'
        tip = ""
        if isinstance(shape, Line) and shape.head:
            long = "lg" if shape.head_size >= 4 * shape.width else "med"  # 5 and 3 times as long as the line is wide
            tip = f'<a:{head} type="triangle" w="{long}" len="{long}"/>'
        join = JOINS["round" if isinstance(shape, Line) else "miter"]
        fill = self._fill(shape.stroke, shape.opacity)
        return f'<a:ln w="{self._length(shape.width)}" cap="flat">{fill}{dash}{join}{tip}</a:ln>'

    def _frame(self, box: Bounds, flips: str = "") -> str:
        x, y, w, h = (round(v) for v in self._emu(box))
        return f'<a:xfrm{flips}><a:off x="{x}" y="{y}"/><a:ext cx="{w}" cy="{h}"/></a:xfrm>'

    def _emu(self, box: Bounds) -> Bounds:
        """A box on the slide; its sides are rounded, and not its size, so that what touches goes on doing so."""
        scale = self.at.scale
        left, top = round((self.at.x + box[0] * scale) * EMU), round((self.at.y + box[1] * scale) * EMU)
        right = round((self.at.x + (box[0] + box[2]) * scale) * EMU)
        bottom = round((self.at.y + (box[1] + box[3]) * scale) * EMU)
        return left, top, right - left, bottom - top

    def _length(self, px: float) -> int:
        return round(px * self.at.scale * EMU)
