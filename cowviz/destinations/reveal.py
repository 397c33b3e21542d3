"""A deck for reveal.js, which npm installs: one fragment a step."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from cowviz.destinations._slides import Slide, draw_steps, in_html, one_line, slides, write
from cowviz.exporters.options import RenderOptions
from cowviz.language import tag
from cowviz.movie import Movie

THEN = "npm install     and open index.html"

PACKAGE = {"private": True, "dependencies": {"reveal.js": "^5.1.0"}}

PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<!-- reveal.js is not in this folder until you run, in it: npm install -->
<link rel="stylesheet" href="node_modules/reveal.js/dist/reveal.css">
<link rel="stylesheet" href="node_modules/reveal.js/dist/theme/{theme}.css">
<link rel="icon" href="data:,">
<style>
.reveal .cowviz img {{ display: block; margin: 0; max-width: none; max-height: none; }}
.reveal .r-stack .fragment {{ transition: none; }}
.reveal .r-stack img {{ width: {width}px; height: {height}px; }}
.reveal .cowviz-both {{ display: flex; align-items: center; height: {height}px; }}
.reveal .cowviz-both img {{ width: {half}px; height: auto; }}
</style>
</head>
<body>
<div class="reveal"><div class="slides">
{sections}
</div></div>
<script src="node_modules/reveal.js/dist/reveal.js"></script>
<script src="node_modules/reveal.js/plugin/notes/notes.js"></script>
<script>
Reveal.initialize({{
  width: {width}, height: {height}, margin: 0, center: false, controls: false, hash: true, plugins: [RevealNotes],
}});
</script>
</body>
</html>"""


def export(movie: Movie, folder: Path, options: RenderOptions) -> list[Path]:
    """Write index.html, package.json and an SVG a step."""
    pictures, shown = draw_steps(movie, folder, options), slides(movie, options)
    width, height = options.size
    page = PAGE.format(
        lang=in_html(tag(getattr(movie.trace, "lang", "en"))),
        title=in_html(one_line(movie.title)),
        theme="white" if _is_light(shown[0].background) else "black",
        width=width,
        height=height,
        half=width // 2,
        sections="\n".join(_sections(shown, [picture.name for picture in pictures])),
    )
    index = write(folder / "index.html", [page])
    return [index, write(folder / "package.json", [json.dumps(PACKAGE, indent=2)]), *pictures]


def _sections(shown: Sequence[Slide], pictures: Sequence[str]) -> Iterator[str]:
    """The stack of stills; and the last of them beside the first, to where reveal.js moves it."""
    background = f'data-background-color="{in_html(shown[0].background)}"'
    last = len(shown) - 1
    yield f'<section class="cowviz" data-auto-animate {background} aria-label="{in_html(shown[0].caption)}">'
    yield _notes(shown[0])
    yield '<div class="r-stack">'
    for index, (slide, picture) in enumerate(zip(shown, pictures, strict=True)):
        yield _still(slide, picture, index, last)
    yield "</div>\n</section>"
    if last:
        yield f'<section class="cowviz" data-auto-animate {background}>\n<div class="cowviz-both">'
        yield _picture(shown[0], pictures[0])
        yield f"{_picture(shown[last], pictures[last])}\n</div>\n</section>"


def _still(slide: Slide, picture: str, index: int, last: int) -> str:
    """One of the stack: the first one gives way to the second; the last one stays."""
    if not last:
        return _picture(slide, picture)
    if index == 0:
        return f'<div class="fragment fade-out" data-fragment-index="0">{_picture(slide, picture)}</div>'
    kind = "fragment" if index == last else "fragment current-visible"
    return f'<div class="{kind}" data-fragment-index="{index - 1}">{_picture(slide, picture)}\n{_notes(slide)}</div>'


def _picture(slide: Slide, picture: str) -> str:
    return f'<img data-id="step-{slide.number}" src="{picture}" alt="{in_html(slide.alt)}">'


def _notes(slide: Slide) -> str:
    return f'<aside class="notes"><pre>{in_html(slide.notes)}</pre></aside>'


def _is_light(colour: str) -> bool:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return 2 * red + 5 * green + blue > 8 * 127
