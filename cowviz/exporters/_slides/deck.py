"""Opens the deck that slides go into: cowviz's own, a lecturer's template, or an existing deck."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from lxml import etree
from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.oxml.ns import qn
from pptx.presentation import Presentation as Deck
from pptx.shapes.placeholder import LayoutPlaceholder
from pptx.slide import SlideLayout
from pptx.util import Inches

from cowviz.errors import CowvizError
from cowviz.exporters._slides.deck_colours import write_scheme
from cowviz.scene.shapes import HEIGHT, Scene

SLIDE_HEIGHT = 7.5  # inches, of 16:9 and of 4:3 alike
EDGE = 0.025  # of a slide's width, kept free beside a picture in a lecturer's deck
LONGEST_TITLE = 255  # of a deck's properties: more is refused
LEAST = 0.3  # of a slide's height: what a picture needs at least
_FURNITURE = {PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER}
_TEMPLATE, _DECK = (f"presentationml.{kind}.main+xml".encode() for kind in ("template", "presentation"))
_P14 = "{http://schemas.microsoft.com/office/powerpoint/2010/main}"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first date that a zip file knows
OLE = b"\xd0\xcf\x11\xe0"  # how PowerPoint 97 began its files, and still does those with a password


class SlideArea(NamedTuple):
    """Holds a part of a slide, in EMU."""

    x: float
    y: float
    w: float
    h: float


def own_deck(scenes: Sequence[Scene], title: str) -> Deck:
    """Return an empty deck in the scenes' colours and aspect ratio, 16:9 or 4:3."""
    deck = Presentation()
    (master,) = deck.slide_masters
    slide = Inches(SLIDE_HEIGHT * scenes[0].width / HEIGHT), Inches(SLIDE_HEIGHT)
    widen = slide[0] / deck.slide_width
    for layout in (master, *master.slide_layouts):
        for place in layout.element.iter(qn("a:off"), qn("a:ext")):
            for side in ("x", "cx"):
                if place.get(side):
                    place.set(side, str(round(int(place.get(side)) * widen)))
    deck.slide_width, deck.slide_height = slide
    del deck.element.find(qn("p:sldSz")).attrib["type"]  # "screen4x3"
    write_scheme(master, scenes)
    _drop(deck.part.package, RT.THUMBNAIL)  # of another deck
    _drop(deck.part, RT.PRINTER_SETTINGS)
    about = deck.core_properties
    about.title, about.author, about.last_modified_by, about.revision = title[:LONGEST_TITLE], "", "", 1
    for child in list(about._element):
        if etree.QName(child).localname in ("created", "modified", "keywords"):
            about._element.remove(child)
    return deck


def open_deck(path: Path) -> Deck:
    """Open a lecturer's deck or template. Raises CowvizError if the file is neither."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CowvizError(f"cannot read {path}: {error.strerror or error}") from error
    if content.startswith(OLE):
        raise CowvizError(f"{path} has PowerPoint 97's format or a password: save it as .pptx without a password")
    try:
        content = _as_presentation(content)
        deck = Presentation(BytesIO(content))
        if deck.slide_width is None or deck.slide_height is None or not len(deck.slide_masters):
            raise ValueError("without slides or masters")
        len(deck.slides)
    except (BadZipFile, KeyError, ValueError, AttributeError, etree.XMLSyntaxError, EOFError, OSError) as error:
        raise CowvizError(
            f"{path} is not a PowerPoint deck (.pptx), or is broken: save it anew in PowerPoint"
        ) from error
    return deck


def without_slides(deck: Deck) -> None:
    """Remove all slides from a deck, and keep its design."""
    slides = deck.slides._sldIdLst
    for slide in list(slides):
        deck.part.drop_rel(slide.rId)
        slides.remove(slide)
    for name in ("p:custShowLst", "p:extLst"):  # shows and sections, which are lists of slides
        for element in deck.element.findall(qn(name)):
            deck.element.remove(element)


def title_only(deck: Deck, path: Path | None = None) -> SlideLayout:
    """Return the layout with a title and no other text placeholder, whatever its name.

    Raises CowvizError if there is none.
    """
    layouts = [layout for master in deck.slide_masters for layout in master.slide_layouts]
    with_title = [layout for layout in layouts if title_of(layout) is not None]
    for layout in with_title:
        if layout.element.get("type") == "titleOnly" or layout.name.casefold() == "title only":
            return layout
    for layout in with_title:
        if all(own.placeholder_format.type in _FURNITURE for own in layout.placeholders if own != title_of(layout)):
            return layout
    raise CowvizError(f"{path}: no layout has only a title; add one in PowerPoint: View, Slide Master, Insert Layout")


def beside_title(deck: Deck, layout: SlideLayout) -> SlideArea:
    """Return the area for a picture: what title and footers leave free, above or below the title.

    Raises CowvizError if too little is left.
    """
    width, height = int(deck.slide_width or 0), int(deck.slide_height or 0)
    title, margin = title_of(layout), width * EDGE
    assert title is not None
    feet = [own.top for own in layout.placeholders if own.placeholder_format.type in _FURNITURE]
    foot = min([height - margin, *(top for top in feet if top > height / 2)])
    below = SlideArea(margin, title.top + title.height, width - 2 * margin, foot - title.top - title.height)
    above = SlideArea(margin, margin, width - 2 * margin, title.top - margin)
    best = max(below, above, key=lambda area: area.h)
    if best.h < LEAST * height:
        raise CowvizError(f"the title of the layout {layout.name!r} leaves no room for a picture; make it lower")
    return best


def list_in_section(deck: Deck, slide_id: int) -> None:
    """Add a new slide to the deck's last section, if it has sections: PowerPoint needs every slide in one."""
    lists = list(deck.element.iter(f"{_P14}sldIdLst"))
    if lists:
        etree.SubElement(lists[-1], f"{_P14}sldId", id=str(slide_id))


def write(deck: Deck, path: Path) -> None:
    """Save the deck; the same deck gives the same bytes at any time."""
    saved = BytesIO()
    deck.save(saved)
    with ZipFile(saved) as parts, ZipFile(path, "w", ZIP_DEFLATED) as file:
        for name in sorted(parts.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            entry = ZipInfo(name, _EPOCH)
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            file.writestr(entry, parts.read(name))


def title_of(layout: SlideLayout) -> LayoutPlaceholder | None:
    """Return the layout's title placeholder, or None."""
    kinds = (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE)
    found: LayoutPlaceholder | None = next((p for p in layout.placeholders if p.placeholder_format.type in kinds), None)
    return found


def _as_presentation(content: bytes) -> bytes:
    """A template (.potx) as the deck that PowerPoint makes of it."""
    with ZipFile(BytesIO(content)) as parts:
        types = parts.read("[Content_Types].xml")
        if _TEMPLATE not in types:
            return content
        changed = BytesIO()
        with ZipFile(changed, "w") as file:
            for name in parts.namelist():
                file.writestr(
                    name, types.replace(_TEMPLATE, _DECK) if name == "[Content_Types].xml" else parts.read(name)
                )
        return changed.getvalue()


def _drop(part: Any, kind: str) -> None:
    """Cut a part's relationships of a kind, and so leave out what only they lead to."""
    for number, link in list(part._rels.items()):
        if link.reltype == kind:
            part._rels.pop(number)
