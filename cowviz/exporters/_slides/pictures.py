"""Adds pictures to slides: a PNG with its SVG, an animated GIF, a video with its poster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import imageio.v3 as imageio
from lxml import etree
from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.opc.package import Part
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.slide import Slide

from cowviz.exporters._slides.deck import SlideArea
from cowviz.exporters._whole.files import temporary
from cowviz.exporters.request import ExportRequest
from cowviz.renderers.drawingml_forms import morph_name
from cowviz.renderers.matplotlib import rasterise
from cowviz.renderers.svg import to_svg
from cowviz.scene.shapes import Scene
from cowviz.scene.timeline import timeline
from cowviz.text import clean

PIXELS = 2  # of a picture, for each px of the scene: sharp on a projector of twice its size
_BOTTOM = 2  # the place of the lowest shape in a slide's tree, after what is said of the tree itself
_SVG_IMAGE = "{96DAC541-7B7A-43D3-8B79-37D633B846F1}"  # the extension by which PowerPoint finds the SVG of a picture


def add_picture(slide: Slide, scene: Scene, area: SlideArea, alt: str) -> None:
    """Add the scene as a PNG, and as an SVG for programs that can show it."""
    picture = slide.shapes.add_picture(BytesIO(_png(scene)), *_in(area))
    _finish(picture, alt)
    svg = Part(
        slide.part.package.next_media_partname("svg"), "image/svg+xml", slide.part.package, to_svg(scene).encode()
    )
    number = slide.part.relate_to(svg, RT.IMAGE)
    picture._element.find(f"{qn('p:blipFill')}/{qn('a:blip')}").append(
        parse_xml(
            f'<a:extLst {nsdecls("a", "r")}><a:ext uri="{_SVG_IMAGE}">'
            f'<asvg:svgBlip xmlns:asvg="http://schemas.microsoft.com/office/drawing/2016/SVG/main" r:embed="{number}"/>'
            "</a:ext></a:extLst>"
        )
    )


def add_animation(
    slide: Slide, request: ExportRequest, plays: Sequence[Sequence[Scene]], area: SlideArea, alt: str, folder: Path
) -> None:
    """Add all steps as one GIF or video, as the options say; temporary files go to ``folder``."""
    captions = [request.trace.steps[number - 1].caption for number in request.numbers]
    stills = timeline(plays, captions or [alt], fps=request.fps, speed=request.options.speed)
    with temporary(folder, f".{request.options.pictures}") as file:
        if request.options.pictures == "gif":
            from cowviz.exporters import gif

            gif.export(replace(request, stills=stills), file)
            _finish(slide.shapes.add_picture(BytesIO(file.read_bytes()), *_in(area)), alt)
            return
        from cowviz.exporters import video

        video.export(replace(request, stills=stills), file)
        poster = BytesIO(_png(stills[0].scene))
        shown: Any = slide.shapes.add_movie(BytesIO(file.read_bytes()), *_in(area), poster, "video/mp4")
        _finish(shown, alt)


def _png(scene: Scene) -> bytes:
    pixels = rasterise(scene, round(scene.width * PIXELS), round(scene.height * PIXELS))
    return bytes(imageio.imwrite("<bytes>", pixels, plugin="pillow", extension=".png", compress_level=6))


def _finish(picture: Any, alt: str) -> None:
    """Name it, say what it shows, and lay it below the slide's title, which it has a gap for."""
    picture._element.getparent().insert(_BOTTOM, picture._element)
    about: etree._Element = picture._element.xpath(".//p:cNvPr")[0]
    about.set("name", morph_name("picture"))
    about.set("descr", clean(alt))


def _in(area: SlideArea) -> Any:
    return tuple(round(side) for side in area)
