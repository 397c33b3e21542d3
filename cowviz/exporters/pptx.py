"""PPTX: one slide a step, of shapes that can be edited and that PowerPoint's Morph moves; or of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide

from cowviz.exporters._slides import deck as decks
from cowviz.exporters._slides.deck import SlideArea
from cowviz.exporters._slides.deck_colours import read_scheme
from cowviz.exporters._slides.pictures import add_animation, add_picture
from cowviz.exporters._slides.words import (
    Captioned,
    captioned,
    closed_up,
    fitting_size,
    set_aside,
    set_notes,
    set_title,
    set_transition,
    style_layout,
)
from cowviz.exporters.request import ExportRequest, Shows
from cowviz.renderers.drawingml import EMU, to_drawingml
from cowviz.renderers.geometry import Place
from cowviz.scene.shapes import Line, Rect, Scene

SUFFIXES = (".pptx",)
SHOWS: Shows = "document"
SET_BY_VIEWER = True
SUPPORTS = ("pictures", "template", "into")

CARD = 16  # px: radius of the ground that a picture brings into a deck of another's


def export(request: ExportRequest, path: Path) -> None:
    """Write the steps as slides: in a new deck, in a template, or after the slides of a deck."""
    deck = _deck(request)
    if request.options.pictures in ("gif", "mp4"):
        _Slides(request, deck, "title").animation(path.parent)
    else:
        _Slides(request, deck, "caption").steps()
    decks.write(deck, path)


def _deck(request: ExportRequest) -> Deck:
    source = request.options.into or request.options.template
    if source is None:
        return decks.own_deck(request.scenes, request.trace.title)
    deck = decks.open_deck(source)
    if source == request.options.template:
        decks.without_slides(deck)
    return deck


class _Slides:
    """The slides of one request, all alike: what is ``apart`` from the pictures' other words is the slides' title."""

    def __init__(self, request: ExportRequest, deck: Deck, apart: str) -> None:
        self.request, self.deck = request, deck
        source = request.options.into or request.options.template
        self.own = source is None
        self.layout = decks.title_only(deck, source)
        self.pictures = [captioned(scene, apart) for scene in request.scenes]
        self.apart = apart
        self.colours = read_scheme(self.layout.slide_master)
        words = [picture.lines for picture in self.pictures if picture.lines]
        if self.own and words:
            style_layout(self.layout, words[0][0], max(map(len, words)), request.scenes[0].width)
        self.area = (
            SlideArea(0, 0, deck.slide_width, deck.slide_height) if self.own else decks.beside_title(deck, self.layout)
        )

    def steps(self) -> None:
        """One slide a step."""
        scenes = [picture.scene for picture in self.pictures]
        size = None
        if not self.own:
            size = fitting_size(self.layout, [self._title(i) for i in range(len(scenes))])
            scenes = closed_up(self.pictures)
        rising = _rising(scenes)
        for i, scene in enumerate(self.request.tracked(scenes)):
            slide = self._slide(self._title(i), self.pictures[i], size)
            if self.request.numbers:
                set_notes(slide, self.request.trace, self.request.numbers[i])
            if self.request.options.pictures:
                add_picture(slide, scene, self._within(scene), scene.description or scene.title)
            else:
                self._draw(slide, scene, rising)
            set_transition(slide)

    def animation(self, folder: Path) -> None:
        """All steps in one moving picture on one slide; ``folder`` can be written to."""
        title = self.request.trace.title
        size = None if self.own else fitting_size(self.layout, [title])
        slide = self._slide(title, self.pictures[0], size)
        plays = [[captioned(scene, self.apart).scene for scene in play] for play in self.request.plays]
        shape = replace(self.request.scenes[0], width=self.request.width, height=self.request.height)
        alt = " ".join(self.request.trace.steps[number - 1].caption for number in self.request.numbers) or title
        add_animation(slide, self.request, plays, self._within(shape), alt, folder)
        set_transition(slide)

    def _title(self, i: int) -> str:
        """The slide's title: the caption; in a deck of our own it breaks where the picture breaks it."""
        picture = self.pictures[i]
        if picture.lines:
            return ("\v" if self.own else " ").join(line.text for line in picture.lines)
        return picture.scene.title or self.request.trace.title

    def _slide(self, title: str, picture: Captioned, size: float | None) -> Slide:
        slide = self.deck.slides.add_slide(self.layout)
        decks.list_in_section(self.deck, slide.slide_id)
        shape = set_title(slide, title, size)
        if self.own and not picture.lines:
            set_aside(shape, self.request.scenes[0].width)
        return slide

    def _within(self, scene: Scene) -> SlideArea:
        """Where a scene lies on the slide: as large as the room allows, in its middle."""
        scale = min(self.area.w / scene.width, self.area.h / scene.height)
        w, h = scene.width * scale, scene.height * scale
        return SlideArea(self.area.x + (self.area.w - w) / 2, self.area.y + (self.area.h - h) / 2, w, h)

    def _draw(self, slide: Slide, scene: Scene, rising: frozenset[str]) -> None:
        x, y, w, _ = self._within(scene)
        if not self.own:  # whatever lies behind it in the other's design, the picture stays legible
            ground = Rect(x=0, y=0, w=scene.width, h=scene.height, radius=CARD, fill=scene.background)
            scene = replace(scene, shapes={"ground": ground, **scene.shapes})
        at = Place(w / EMU / scene.width, x / EMU, y / EMU)
        tree = slide.shapes._spTree
        first_id = max(int(number) for number in tree.xpath("//@id") if str(number).isdigit()) + 1
        markup = to_drawingml(scene, at, self.colours, first_id, rising)
        tree.extend(list(parse_xml(f"<p:spTree {nsdecls('p', 'a', 'r')}>{markup}</p:spTree>")))


def _rising(scenes: Sequence[Scene]) -> frozenset[str]:
    """The lines that somewhere end higher than they begin, and nowhere lower."""
    up: set[str] = set()
    down: set[str] = set()
    for scene in scenes:
        for name, shape in scene.shapes.items():
            if isinstance(shape, Line) and shape.points[-1][1] != shape.points[0][1]:
                (up if shape.points[-1][1] < shape.points[0][1] else down).add(name)
    return frozenset(up - down)
