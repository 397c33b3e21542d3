"""Writes a deck's colour scheme from the scenes' colours, and reads it to refer to colours by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from lxml import etree
from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.opc.package import Part
from pptx.oxml.ns import qn
from pptx.slide import SlideMaster

from cowviz.scene.shapes import Circle, Colour, Line, Rect, Scene, Shape, Text

FONT = "Verdana"  # on every Windows and Mac, and as wide as DejaVu, for which all is measured
ACCENTS = tuple(f"accent{n}" for n in range(1, 7))
DARK_ON_LIGHT = {"bg1": "lt1", "tx1": "dk1", "bg2": "lt2", "tx2": "dk2"}
LIGHT_ON_DARK = {"bg1": "dk1", "tx1": "lt1", "bg2": "dk2", "tx2": "lt2"}
_MOST_HAPPENS = ("tag", "chip", "current", "outline")  # roles that wear the accent


def write_scheme(master: SlideMaster, scenes: Sequence[Scene]) -> None:
    """Set the deck's colours and font from the scenes, so that a change of the scheme changes every slide."""
    slots = _slots(scenes)
    surfaces = DARK_ON_LIGHT if _luminance(slots["bg1"]) >= _luminance(slots["tx1"]) else LIGHT_ON_DARK
    mapping = master.element.find(qn("p:clrMap"))
    for name, slot in surfaces.items():
        mapping.set(name, slot)
    part = _theme_part(master)
    theme = etree.fromstring(part.blob)
    theme.set("name", "cowviz")
    scheme = _scheme(theme)
    scheme.set("name", "cowviz")
    for name, colour in slots.items():
        slot = scheme.find(qn(f"a:{surfaces.get(name, name)}"))
        slot[:] = [etree.Element(qn("a:srgbClr"), val=colour[1:].upper())]
    for latin in theme.iter(qn("a:latin")):
        latin.set("typeface", FONT)
    part.blob = etree.tostring(theme, xml_declaration=True, encoding="UTF-8", standalone=True)


def read_scheme(master: SlideMaster) -> Mapping[Colour, str]:
    """Return the deck's own colours, each with its name in the scheme."""
    mapping = master.element.find(qn("p:clrMap"))
    scheme = _scheme(etree.fromstring(_theme_part(master).blob))
    found: dict[Colour, str] = {}
    for name in (*DARK_ON_LIGHT, *ACCENTS):
        slot = scheme.find(qn(f"a:{mapping.get(name, name)}"))
        value = None if slot is None or not len(slot) else slot[0].get("lastClr") or slot[0].get("val")
        if value:
            found.setdefault(f"#{value.lower()}", name)
    return found


def _slots(scenes: Sequence[Scene]) -> dict[str, Colour]:
    """Colours by their slots: background and text, panel and quiet text, accent, sections, arrows."""
    shapes = [shape for scene in scenes for shape in scene.shapes.values()]
    background = scenes[0].background
    text = next(_texts(shapes, "caption", "title"), "#000000" if _luminance(background) > 0.5 else "#ffffff")
    quiet = next(_texts(shapes, "label", "legend", "counter"), text)
    panel = next((s.fill for s in shapes if isinstance(s, Rect) and s.role == "panel" and s.fill), background)
    accent = next((c for s in shapes if s.role in _MOST_HAPPENS and (c := _paint(s))), text)
    arrows = (s.stroke for s in shapes if isinstance(s, Line) and s.role == "arrow" and s.stroke != accent)
    sections = (s.fill for s in shapes if isinstance(s, Rect) and s.role == "stripe" and s.fill)
    line = next(arrows, text)
    colours = [accent, *[c for c in dict.fromkeys(sections) if c != accent][:4]]
    colours += [quiet] * (5 - len(colours)) + [line]
    return {"bg1": background, "tx1": text, "bg2": panel, "tx2": quiet, **dict(zip(ACCENTS, colours, strict=True))}


def _texts(shapes: Sequence[Shape], *roles: str) -> Iterator[Colour]:
    return chain.from_iterable((s.fill for s in shapes if isinstance(s, Text) and s.role == role) for role in roles)


def _paint(shape: Shape) -> Colour | None:
    if isinstance(shape, Rect | Circle):
        return shape.fill or shape.stroke
    return None


def _luminance(colour: Colour) -> float:
    red, green, blue = bytes.fromhex(colour[1:])
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255


def _theme_part(master: SlideMaster) -> Part:
    part: Part = master.part.part_related_by(RT.THEME)
    return part


def _scheme(theme: etree._Element) -> etree._Element:
    scheme = theme.find(f"{qn('a:themeElements')}/{qn('a:clrScheme')}")
    assert scheme is not None  # the schema asks for it
    return scheme
