"""Sets the words of a slide: the caption as its title, the transcript as the speaker's notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from lxml import etree
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.shapes.autoshape import Shape as SlideShape
from pptx.slide import Slide, SlideLayout
from pptx.text.text import TextFrame
from pptx.util import Emu, Pt

from cowviz.diagram.furniture import LINE
from cowviz.exporters._slides.deck import title_of
from cowviz.narration.transcript import step_lines
from cowviz.renderers.drawingml import EMU, MONO
from cowviz.renderers.drawingml_forms import language_tag, morph_name
from cowviz.scene.shapes import HEIGHT, Line, Scene, Shape, Text, moved
from cowviz.scene.text_metrics import wrap
from cowviz.scene.typeface import DEJAVU
from cowviz.text import clean, is_rtl
from cowviz.trace.model import Trace

ASCENT = 0.76  # of the pitch of lines: where office programs put the baseline in a line of a fixed height
INSETS = 0.2 * 96  # px: PowerPoint's own, of a title's both sides
SMALLEST = 14  # pt of a caption in a lecturer's own title; and what does not fit then overflows
NOTES = 9  # pt: tables of 88 characters fit on the page of notes


class Captioned(NamedTuple):
    """Holds a scene without its caption, and the caption's lines."""

    scene: Scene
    lines: tuple[Text, ...]


def captioned(scene: Scene, role: str = "caption") -> Captioned:
    """Move the caption (or title) out of a scene, for the slide's title. Before-and-after pictures keep theirs."""
    lines = tuple(shape for shape in scene.shapes.values() if isinstance(shape, Text) and shape.role == role)
    if not lines or scene.height > HEIGHT:
        return Captioned(scene, ())
    return Captioned(replace(scene, shapes={n: s for n, s in scene.shapes.items() if s.role != role}), lines)


def closed_up(pictures: Sequence[Captioned]) -> list[Scene]:
    """Close the gaps that the captions left, in all scenes by the same amount, so that nothing jumps."""
    first = min((picture.lines[0].y for picture in pictures if picture.lines), default=HEIGHT)
    below = [
        shape.y - shape.size
        for picture in pictures
        for shape in picture.scene.shapes.values()
        if isinstance(shape, Text) and shape.y > first
    ]
    gap = max(0.0, min(below, default=HEIGHT) - first)
    return [_without_band(picture.scene, first, gap) for picture in pictures]


def _without_band(scene: Scene, top: float, gap: float) -> Scene:
    shapes = {name: moved(shape, 0, -gap) if _top(shape) > top else shape for name, shape in scene.shapes.items()}
    return replace(scene, shapes=shapes, height=scene.height - gap)


def _top(shape: Shape) -> float:
    return min(y for _, y in shape.points) if isinstance(shape, Line) else shape.y


def style_layout(layout: SlideLayout, line: Text, lines: int, width: float) -> None:
    """Place the title of cowviz's own layout where the scenes have those words, in the same size."""
    title = title_of(layout)
    assert title is not None
    _place(title, line, lines, width)
    body = title._element.txBody
    insets = dict.fromkeys(("lIns", "tIns", "rIns", "bIns"), "0")
    properties = body.find(qn("a:bodyPr"))
    for name, value in {"wrap": "square", **insets, "anchor": "t"}.items():
        properties.set(name, value)
    properties.append(parse_xml(f"<a:noAutofit {nsdecls('a')}/>"))
    styles = body.find(qn("a:lstStyle"))
    styles.append(
        parse_xml(
            f'<a:lvl1pPr {nsdecls("a")} algn="l"><a:lnSpc><a:spcPts val="{round(LINE * 75)}"/></a:lnSpc>'
            f'<a:defRPr sz="{round(line.size * 75)}" b="{int(line.bold)}"/></a:lvl1pPr>'
        )
    )


def _place(title: SlideShape, line: Text, lines: int, width: float) -> None:
    """Up to the slide's edge: in a font a little wider than ours, the lines still break where the picture's do."""
    title.left, title.top = Emu(round(line.x * EMU)), Emu(round((line.y - ASCENT * LINE) * EMU))
    title.width, title.height = Emu(round((width - line.x) * EMU)), Emu(round(lines * LINE * EMU))


def set_title(slide: Slide, text: str, size: float | None = None) -> SlideShape:
    r"""Set the slide's title and return its shape; "\v" breaks a line, ``size`` (pt) replaces the layout's."""
    title = slide.shapes.title
    assert title is not None  # of every layout that is chosen
    title.name = morph_name("caption")
    title.text_frame.text = clean(text.replace("\v", "\n")).replace("\n", "\v")
    set_direction(title.text_frame)
    for run in title.text_frame.paragraphs[0].runs:
        run.font._element.set("lang", language_tag())
        if size:
            run.font.size = Pt(size)
    return title


def set_direction(frame: TextFrame) -> None:
    """Mark each right-to-left paragraph as such."""
    for paragraph in frame.paragraphs:
        if is_rtl(paragraph.text):
            paragraph._p.get_or_add_pPr().set("rtl", "1")


def set_aside(title: SlideShape, width: float) -> None:
    """Move a title that the picture already shows above the slide, where screen readers and outlines find it."""
    title.left, title.top, title.width, title.height = (Emu(round(side * EMU)) for side in (0, -120, width, 100))
    for run in title.text_frame.paragraphs[0].runs:
        run.font.size = Pt(SMALLEST)


def fitting_size(layout: SlideLayout, captions: Sequence[str]) -> float | None:
    """Return the size in pt at which all captions fit the layout's title, or None if they already do."""
    title = title_of(layout)
    assert title is not None
    own = size = _title_size(layout)
    width, height = title.width / EMU - INSETS, title.height / EMU
    while size > SMALLEST and any(_needs(caption, size, width) > height for caption in captions):
        size -= 1
    return None if size == own else size


def _needs(caption: str, size: float, width: float) -> float:
    """The height in px of a caption in ``size`` pt."""
    px = size / 0.75
    return len(wrap(caption, px, width, DEJAVU, bold=True)) * px * 1.2


def _title_size(layout: SlideLayout) -> float:
    """What size the layout's title has by itself, in pt: its own, its master's, or PowerPoint's."""
    masters = [p._element for p in layout.slide_master.placeholders if p.placeholder_format.idx == 0]
    own = title_of(layout)
    assert own is not None
    for element in (
        own._element,
        *masters,
        layout.slide_master.element.find(f"{qn('p:txStyles')}/{qn('p:titleStyle')}"),
    ):
        style = None if element is None else element.find(f".//{qn('a:lvl1pPr')}/{qn('a:defRPr')}")
        if style is not None and style.get("sz"):
            return int(style.get("sz")) / 100
    return 44.0


def set_notes(slide: Slide, trace: Trace, number: int) -> None:
    """Set the step's transcript as the speaker's notes, in a monospaced font, so that columns align."""
    before = trace.steps[number - 2].machine if number > 1 else None
    lines = step_lines(trace, trace.steps[number - 1], number, before)
    frame = slide.notes_slide.notes_text_frame
    assert frame is not None  # python-pptx's own notes have one
    frame.text = clean("\n".join(lines).strip("\n").expandtabs(4))
    set_direction(frame)
    for paragraph in frame.paragraphs:
        for run in paragraph.runs:
            run.font.name, run.font.size = MONO, Pt(NOTES)


def set_transition(slide: Slide) -> None:
    """Set the Morph transition, with a fade for programs that lack it, right after the colour map."""
    markup = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        f'{nsdecls("p")}><mc:Choice xmlns:p159="http://schemas.microsoft.com/office/powerpoint/2015/09/main" '
        'Requires="p159"><p:transition xmlns:p14="http://schemas.microsoft.com/office/powerpoint/2010/main" '
        'spd="slow" p14:dur="1000"><p159:morph option="byObject"/></p:transition></mc:Choice>'
        '<mc:Fallback><p:transition spd="slow"><p:fade/></p:transition></mc:Fallback></mc:AlternateContent>'
    )
    colour_map = slide.element.find(qn("p:clrMapOvr"))
    if colour_map is None:
        slide.element.find(qn("p:cSld")).addnext(etree.fromstring(markup))
    else:
        colour_map.addnext(etree.fromstring(markup))
