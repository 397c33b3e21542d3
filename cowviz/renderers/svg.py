"""Writes scenes as SVG: one element a line, real text, no scripts; golden files use it.

Arrowheads are polygons, not markers, since slide programs read the file too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from cowviz.language import spoken, tag
from cowviz.renderers.geometry import arrow, line_dashes, place, radii, rect_dashes
from cowviz.scene.shapes import Circle, Line, Point, Rect, Scene, Shape, Text
from cowviz.text import clean, is_rtl

SANS = "DejaVu Sans, Verdana, sans-serif"
MONO = "DejaVu Sans Mono, Menlo, Consolas, monospace"
OWN = "\x01"  # stands before each id until the picture's own prefix is known; no text has it

Attribute = str | float | None


def to_svg(
    scene: Scene,
    width: int | None = None,
    height: int | None = None,
    transparent: bool = False,
    is_apart: bool = False,
) -> str:
    """Return the scene as an SVG document; the same scene gives the same text.

    With ``is_apart`` its ids are unique to this picture, so that a page may hold several.
    ``width`` and ``height`` are in px; one alone keeps the scene's aspect ratio. In another aspect ratio the scene is
    centred, and the background fills the rest unless it is ``transparent``.
    """
    if width is None:
        width = round(scene.width if height is None else height * scene.width / scene.height)
    if height is None:
        height = round(width * scene.height / scene.width)
    text = "\n".join(_document(scene, width, height, transparent)) + "\n"
    return text.replace(OWN, own_prefix(text) if is_apart else "")


def own_prefix(text: str) -> str:
    """Return a prefix of ids and classes that is unique to this picture: a hash of its content."""
    return f"c{sha256(text.encode()).hexdigest()[:8]}-"


def _document(scene: Scene, width: int, height: int, transparent: bool) -> Iterator[str]:
    view = f"0 0 {number(scene.width)} {number(scene.height)}"
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="{view}" role="img"'
        f'{_named_by(scene)} lang="{tag(spoken())}" font-family="{_families(scene, SANS)}">'
    )
    if scene.title:
        yield f'  <title id="{OWN}svg-title">{_escape(scene.title)}</title>'
    if scene.description:
        yield f'  <desc id="{OWN}svg-description">{_escape(scene.description)}</desc>'
    if not transparent:
        yield "  " + _background(scene, width, height)
    taken = {"svg-title", "svg-description"}
    mono = _families(scene, MONO)
    for group, ids in groupby(scene.shapes, lambda name: scene.shapes[name].group or name):
        yield from _group(scene, group, list(ids), taken, mono)
    yield "</svg>"


def _families(scene: Scene, usual: str) -> str:
    """The families that text is looked for in: the scene's own first, but after DejaVu's for code."""
    if not scene.font.families:
        return usual
    own = ", ".join("'" + re.sub(r"[^\w .+-]", "", family) + "'" for family in scene.font.families)
    first, rest = usual.split(", ", 1)
    return f"{first}, {own}, {rest}" if usual == MONO else f"{own}, {usual}"


def _named_by(scene: Scene) -> str:
    """Names the elements that a screen reader reads in place of the picture."""
    ids = [name for name, words in (("title", scene.title), ("description", scene.description)) if words]
    attributes = (f'aria-{"labelledby" if name == "title" else "describedby"}="{OWN}svg-{name}"' for name in ids)
    return "".join(f" {attribute}" for attribute in attributes)


def _background(scene: Scene, width: int, height: int) -> str:
    at = place(scene, width, height)
    return element(
        "rect",
        x=-at.x / at.scale or None,
        y=-at.y / at.scale or None,
        width=width / at.scale,
        height=height / at.scale,
        fill=scene.background,
    )


def _group(scene: Scene, group: str, ids: list[str], taken: set[str], mono: str) -> Iterator[str]:
    """The shapes of one group; a lone one needs no group around it."""
    if len(ids) == 1:
        yield from ("  " + line for line in draw(scene.shapes[ids[0]], _xml_id(ids[0], taken), mono))
        return
    yield f'  <g id="{_xml_id(group, taken)}">'
    for name in ids:
        yield from ("    " + line for line in draw(scene.shapes[name], _xml_id(name, taken), mono))
    yield "  </g>"


def draw(shape: Shape, name: str | None = None, mono: str = MONO) -> list[str]:
    """Return the shape's lines of SVG; ``name`` is its XML id, ``mono`` the font families of code."""
    match shape:
        case Rect():
            return [_rect(shape, name)]
        case Line():
            return _line(shape, name)
        case Circle(x=x, y=y, r=r):
            return [element("circle", id=name, cx=x, cy=y, r=r, **_paint(shape))]
        case Text():
            return [_text(shape, name, mono)]


def _rect(rect: Rect, name: str | None) -> str:
    left, right = radii(rect)
    if left == right:
        box = {"x": rect.x, "y": rect.y, "width": rect.w, "height": rect.h, "rx": left or None}
        return element("rect", id=name, **box, **_paint(rect))
    outline = f"M{number(rect.x + left)} {number(rect.y)}H{number(rect.x + rect.w - right)}"
    outline += _corner(right, right, right) + f"V{number(rect.y + rect.h - right)}" + _corner(right, -right, right)
    outline += f"H{number(rect.x + left)}" + _corner(left, -left, -left) + f"V{number(rect.y + left)}"
    outline += _corner(left, left, -left) + "Z"
    return element("path", id=name, d=outline, **_paint(rect))


def _corner(radius: float, dx: float, dy: float) -> str:
    return f"a{number(radius)} {number(radius)} 0 0 1 {number(dx)} {number(dy)}" if radius else ""


def _line(line: Line, name: str | None) -> list[str]:
    shaft, head = arrow(line)
    style: dict[str, Attribute] = {
        "fill": "none",
        "stroke": line.stroke,
        "stroke_width": line.width,
        "stroke_linejoin": "round" if len(shaft) > 2 else None,
        "stroke_dasharray": _dashes(line_dashes(line)),
    }
    opacity = None if line.opacity == 1 else line.opacity
    if head is None:
        return [element("polyline", id=name, points=_points(shaft), **style, opacity=opacity)]
    return [
        element("g", id=name, opacity=opacity)[:-2] + ">",
        "  " + element("polyline", points=_points(shaft), **style),
        "  " + element("polygon", points=_points(head), fill=line.stroke),
        "</g>",
    ]


def _text(text: Text, name: str | None, mono: str) -> str:
    words, rtl = _escape(text.text), is_rtl(text.text)
    anchor = {"start": "end", "end": "start"}.get(text.anchor, text.anchor) if rtl else text.anchor  # where lines begin
    blanks = "  " in text.text or text.text != text.text.strip()
    start = element(
        "text",
        id=name,
        x=text.x,
        y=text.y,
        font_family=mono if text.mono else None,
        font_size=text.size,
        font_weight="bold" if text.bold else None,
        direction="rtl" if rtl else None,
        text_anchor=None if anchor == "start" else anchor,
        fill=text.fill,
        opacity=None if text.opacity == 1 else text.opacity,
        **{"xml:space": "preserve" if blanks else None},
    )
    return f"{start[:-2]}>{words}</text>"


def _paint(shape: Rect | Circle) -> dict[str, Attribute]:
    stroked = shape.stroke is not None and shape.width > 0
    return {
        "fill": shape.fill or "none",
        "stroke": shape.stroke if stroked else None,
        "stroke_width": shape.width if stroked and shape.width != 1 else None,
        "stroke_dasharray": _dashes(rect_dashes(shape)) if stroked and isinstance(shape, Rect) else None,
        "opacity": None if shape.opacity == 1 else shape.opacity,
    }


def element(tag: str, **attributes: Attribute) -> str:
    """Return one empty element; None attributes are left out, "_" in a name becomes "-"."""
    parts = [tag]
    for name, value in attributes.items():
        if value is not None:
            words = value if isinstance(value, str) else number(value)
            parts.append(f"{name.replace('_', '-')}={quoteattr(words)}")
    return f"<{' '.join(parts)}/>"


def number(value: float) -> str:
    """Format a number with at most two decimals, without trailing zeros or a negative zero."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _dashes(dash: tuple[float, ...]) -> str | None:
    return " ".join(map(number, dash)) or None


def _points(points: tuple[Point, ...]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)


def _escape(text: str) -> str:
    return escape(clean(text))


def _xml_id(name: str, taken: set[str]) -> str:
    """The name as an XML id that is not taken yet, and take it."""
    safe = re.sub(r"[^A-Za-z0-9_.]+", "-", name).strip("-") or "shape"
    if not (safe[0].isalpha() or safe[0] == "_"):
        safe = "_" + safe
    unique, n = safe, 1
    while unique in taken:
        n += 1
        unique = f"{safe}-{n}"
    taken.add(unique)
    return OWN + unique
