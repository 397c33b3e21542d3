"""Writes the small parts of DrawingML: names and ids, preset shapes, path segments; and measures shapes."""

from __future__ import annotations

from locale import normalize
from xml.sax.saxutils import quoteattr

from cowviz.language import spoken, tag
from cowviz.scene.shapes import Circle, Line, Point, Rect, Shape, Text
from cowviz.scene.text_metrics import text_width
from cowviz.scene.typeface import Typeface
from cowviz.text import clean

DEGREE = 60_000
DESCENT = 0.225  # of a font's size: what its line reaches below the baseline; Verdana 0.21, DejaVu 0.236, Consolas 0.25
LINE_HEIGHT = 1.2  # of a font's size
NOWHERE = ("-AA", "-XX")  # what Python's table of locales has for a language without one country: ar, eo
DECORATIVE = (
    '<a:extLst><a:ext uri="{C183D7F6-B498-43B3-948B-1728B52AA6E4}"><adec:decorative '
    'xmlns:adec="http://schemas.microsoft.com/office/drawing/2017/decorative" val="1"/></a:ext></a:extLst>'
)
Bounds = tuple[float, float, float, float]  # x, y, w, h in px of the scene


def morph_name(name: str) -> str:
    """Return the name by which PowerPoint's Morph finds the shape on the next slide."""
    return f"!!{clean(name)}"


def language_tag() -> str:
    """Return the current language as office programs name it: with the country that it is mostly spoken in, sv-SE."""
    likely = tag(normalize(spoken()).partition(".")[0])
    return tag(spoken()) if likely.endswith(NOWHERE) else likely


def properties(number: int, name: str, alt: str = "", decorative: bool = False) -> str:
    """Return the element with id, name and alternate text; screen readers skip decorative shapes."""
    described = f" descr={quoteattr(clean(alt))}" if alt else ""
    start = f'<p:cNvPr id="{number}" name={quoteattr(morph_name(name))}{described}'
    return f"{start}>{DECORATIVE}</p:cNvPr>" if decorative else f"{start}/>"


def preset(name: str, **adjust: int) -> str:
    """Return a preset shape; adjustments are in units of 1/100,000."""
    guides = "".join(f'<a:gd name="{key}" fmla="val {value}"/>' for key, value in adjust.items())
    return f'<a:prstGeom prst="{name}"><a:avLst>{guides}</a:avLst></a:prstGeom>'


def move(x: int, y: int) -> str:
    """Return a moveTo element: the start of a path."""
    return f'<a:moveTo><a:pt x="{x}" y="{y}"/></a:moveTo>'


def to(x: int, y: int) -> str:
    """Return a lnTo element: a straight segment of a path."""
    return f'<a:lnTo><a:pt x="{x}" y="{y}"/></a:lnTo>'


def arc(radius: int, start: int) -> str:
    """Return an arcTo element: a clockwise quarter circle from ``start`` degrees; 270 is the top."""
    return f'<a:arcTo wR="{radius}" hR="{radius}" stAng="{start * DEGREE}" swAng="{90 * DEGREE}"/>' if radius else ""


def is_elbow(points: tuple[Point, ...]) -> bool:
    """Return whether points run horizontally and then vertically, as a connector with one bend does."""
    (_, y0), (x1, y1), (x2, _) = points
    return y0 == y1 and x1 == x2


def around(points: tuple[Point, ...]) -> Bounds:
    """Return the bounding box of points, in px."""
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)


def union(boxes: list[Bounds]) -> Bounds:
    """Return the bounding box of boxes, in px."""
    x, y = min(box[0] for box in boxes), min(box[1] for box in boxes)
    return x, y, max(box[0] + box[2] for box in boxes) - x, max(box[1] + box[3] for box in boxes) - y


def bounds(shape: Shape, font: Typeface) -> Bounds:
    """Return a shape's bounding box without its stroke, in px of the scene."""
    match shape:
        case Rect(x=x, y=y, w=w, h=h):
            return x, y, w, h
        case Circle(x=x, y=y, r=r):
            return x - r, y - r, 2 * r, 2 * r
        case Line(points=points):
            return around(points)
        case Text(x=x, y=y, size=size, anchor=anchor):
            width = text_width(shape.text, size, font, shape.bold, shape.mono)
            left = x - width * {"start": 0, "middle": 0.5, "end": 1}[anchor]
            return left, y + (DESCENT - LINE_HEIGHT) * size, width, LINE_HEIGHT * size
