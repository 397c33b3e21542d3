"""Hostile text in pages, pictures, slides, subtitles and documents: their programs show it, and run none of it."""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from decks import run
from hostile import ALL, HTML, RAN, hostile_movie
from pypdf import PdfReader

import cowviz
from cowviz import notebook, plugins
from cowviz.destinations._slides import one_line, slides
from cowviz.exporters.options import RenderOptions
from cowviz.movie import Movie

SVG = {"svg", "title", "desc", "style", "g", "rect", "circle", "text", "polyline", "polygon", "path", "animate"}
WILD = """[...document.querySelectorAll("*")].flatMap((element) => [...element.attributes].filter((attribute) =>
    attribute.name.startsWith("on") || /^\\s*javascript:/i.test(attribute.value)).map((attribute) => attribute.name))"""
KINDS = """Object.fromEntries(["a", "script", "style", "iframe", "object", "embed", "form", "link", "b", "base"].map(
    (name) => [name, document.querySelectorAll(name).length]))"""


@pytest.fixture(scope="module")
def movie() -> Movie:
    return hostile_movie([*HTML, *ALL[:40:3], *ALL[-3:]])


@pytest.fixture(scope="module")
def plain() -> Movie:
    """What its pages are made of, when its words are none but words."""
    return hostile_movie([f"word {number}" for number in range(12)])


@pytest.fixture
def visit(browser):
    """A page in a tab: whatever it runs, fetches or says is found."""
    found: list[str] = []
    page = browser.new_page()
    page.on("dialog", lambda dialog: found.append(dialog.message))
    page.on("request", lambda r: found.append(r.url) if not r.url.startswith(("file:", "data:")) else None)

    def go(path: Path):
        page.goto(path.as_uri())
        assert page.evaluate(WILD) == []
        return page

    yield go
    assert page.evaluate("window.RAN") is None
    page.close()
    assert found == []


def elements(svg: str) -> set[str]:
    return {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(svg).iter()}


@pytest.mark.parametrize("name", ["x.svg", "x.anim.svg"])
def test_a_picture_holds_shapes_and_words_alone(name, movie, tmp_path, visit):
    (path,) = movie.save(tmp_path / name)
    text = path.read_text(encoding="utf-8")
    assert elements(text) <= SVG
    root = ElementTree.fromstring(text)
    assert not [name for element in root.iter() for name in element.attrib if re.search("^on|href", name)]
    assert root.findtext("{*}title") == movie.title
    visit(path)


def test_every_step_is_a_picture_that_can_be_read(movie, tmp_path):
    for path in movie.save(tmp_path / "{step}.svg"):
        assert elements(path.read_text(encoding="utf-8")) <= SVG


@pytest.mark.parametrize("to", ["html", "reveal"])
def test_a_page_runs_and_links_nothing_of_its_texts(to, movie, plain, tmp_path, visit):
    for folder, shown in (("plain", plain), ("hostile", movie)):
        plugins.find("destinations", to).export(shown, tmp_path / folder, RenderOptions())
    ours = visit(tmp_path / "plain" / "index.html").evaluate(KINDS)
    page = visit(tmp_path / "hostile" / "index.html")
    assert page.evaluate(KINDS) == ours
    assert page.title() == one_line(movie.title)
    if to == "reveal":
        alts = page.evaluate("[...document.querySelectorAll('.r-stack img')].map((image) => image.alt)")
        assert alts == [slide.alt for slide in slides(movie, RenderOptions())]
        notes = page.evaluate("[...document.querySelectorAll('aside pre')].map((notes) => notes.textContent)")
        assert notes == [slide.notes for slide in slides(movie, RenderOptions())]
    else:
        for step in movie.steps[1:]:
            page.keyboard.press("ArrowRight")
            page.keyboard.press("End") if step is movie.steps[-1] else None
        page.wait_for_function("!document.getAnimations().length")
        assert page.locator("#caption").inner_text() == one_line(movie.steps[-1].caption)


class Cell(HTMLParser):
    """The elements of a notebook's output."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_a_notebook_shows_one_frame(movie):
    cell = Cell()
    cell.feed(notebook.frame(movie))
    ((tag, attributes),) = cell.tags
    assert tag == "iframe"
    assert attributes["title"] == movie.title
    assert attributes["sandbox"] == "allow-scripts"
    assert not [name for name in attributes if name.startswith("on")]


def test_the_site_shows_a_lessons_words(movie, tmp_path):
    lessons = pytest.importorskip("docs.website.lessons")
    path = tmp_path / '"onload=RAN() <b>&amp;.json'
    movie.save(path)
    lessons.write(tmp_path, [lessons.Lesson(path, movie)])
    page = (tmp_path / "scenarios" / f"{path.stem}.html").read_text(encoding="utf-8")
    tags = Counter(re.findall(r"<([a-z]+)", page))
    assert tags["script"] == 0
    assert tags["iframe"] == 1
    assert tags["b"] == 0
    assert "onload=RAN()" not in " ".join(re.findall(r"<[^<>]*>", page))
    dead = pytest.importorskip("docs.website.links").dead(tmp_path)
    assert [line for line in dead if "'../" not in line] == []  # the rest of the site, which is not built here


@pytest.mark.parametrize("options", [{}, {"pictures": "png"}])
def test_slides_hold_words_and_no_links_or_fields(options, movie, tmp_path):
    pptx = pytest.importorskip("pptx")
    (path,) = movie.save(tmp_path / "x.pptx", **options)
    deck = pptx.Presentation(str(path))
    for slide, step in zip(deck.slides, movie.steps, strict=True):
        assert slide.shapes.title.text_frame.text.replace("\v", " ").split() == step.caption.split()
        for part in (slide, slide.notes_slide):
            kinds = {str(element.tag).rpartition("}")[2] for element in part.element.iter()}
            assert not kinds & {"hlinkClick", "hlinkHover", "hlinkMouseOver", "oleObj", "control", "cmd"}
            assert not [element for element in part.element.iter("{*}fld") if element.get("type") != "slidenum"]
            assert not [rel for rel in part.part.rels.values() if rel.is_external]
    assert deck.core_properties.title == movie.title[:255]


@pytest.mark.slow
def test_libreoffice_shows_the_slides(movie, tmp_path, needs):
    needs("soffice"), needs("pdftotext")
    movie.save(tmp_path / "x.pptx")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    run("soffice", profile, "--headless", "--convert-to", "pdf", "x.pptx", cwd=tmp_path)
    shown = "".join(run("pdftotext", "x.pdf", "-", cwd=tmp_path).split())
    for step in movie.steps[: len(HTML)]:
        assert "".join(step.caption.split()) in shown
    assert not (tmp_path / RAN).exists()


def test_a_document_does_nothing(movie, tmp_path):
    (path,) = movie.save(tmp_path / "x.pdf")
    reader = PdfReader(path)
    assert reader.metadata is not None
    assert reader.metadata.title == movie.title
    whole = str([reader.get_object(number) for number in range(1, len(reader.xref[0]))])
    assert not re.findall(r"/(JS|JavaScript|OpenAction|AA|URI|Launch|EmbeddedFile)\b(?!')", whole.replace("'/S'", ""))


def test_subtitles_are_a_cue_a_step(movie, tmp_path, visit):
    (path,) = movie.save(tmp_path / "x.vtt")
    source = f"data:text/vtt;base64,{b64encode(path.read_bytes()).decode()}"
    (tmp_path / "x.html").write_text(f'<video><track default src="{source}"></video>', encoding="utf-8")
    page = visit(tmp_path / "x.html")
    page.wait_for_function("document.querySelector('track').readyState == 2")
    cues = page.evaluate("[...document.querySelector('track').track.cues].map((c) => c.getCueAsHTML().textContent)")
    assert [cue.split() for cue in cues] == [step.caption.split() for step in movie.steps]


def test_the_trace_comes_back(movie, tmp_path):
    (path,) = movie.save(tmp_path / "x.json")
    assert cowviz.load(path).trace == movie.trace
