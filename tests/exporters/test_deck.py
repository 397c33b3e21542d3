"""Slides in a lecturer's template, and after the slides of a deck that is there."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pptx import Presentation
from pptx.oxml import parse_xml
from pptx.util import Emu

import cowviz
from cowviz.cli import cli
from cowviz.errors import CowvizError

P14 = "http://schemas.microsoft.com/office/powerpoint/2010/main"


def lecture(path: Path, *, sections: bool = False) -> Path:
    """A 4:3 deck with one slide, as python-pptx makes it."""
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[0])
    slide.shapes.title.text = "Lecture 7"
    slide.notes_slide.notes_text_frame.text = "Good morning"
    if sections:
        deck.element.append(
            parse_xml(
                '<p:extLst xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main">'
                f'<p:ext uri="{{521415D9-36F7-43E2-AB2F-B90AF26B5E84}}"><p14:sectionLst xmlns:p14="{P14}">'
                '<p14:section name="One" id="{11111111-1111-1111-1111-111111111111}"><p14:sldIdLst>'
                f'<p14:sldId id="{slide.slide_id}"/></p14:sldIdLst></p14:section></p14:sectionLst></p:ext></p:extLst>'
            )
        )
    deck.save(str(path))
    return path


def save(out: Path, **options: Any) -> Any:
    cowviz.load("fork_cow").save(out, **options)
    return Presentation(str(out))


def test_a_template_gives_the_design_and_none_of_its_slides(tmp_path: Path) -> None:
    deck = save(tmp_path / "a.pptx", template=lecture(tmp_path / "t.pptx", sections=True))
    assert (deck.slide_width, len(deck.slides)) == (9_144_000, 9)
    for slide in deck.slides:
        assert slide.slide_layout.name == "Title Only"
        assert slide.shapes.title.left == slide.slide_layout.placeholders[0].left
        assert slide.shapes.title.text
        texts = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
        assert sum(text == slide.shapes.title.text for text in texts) == 1
    assert len(list(deck.element.iter(f"{{{P14}}}sldId"))) == 0
    names = zipfile.ZipFile(tmp_path / "a.pptx").namelist()
    assert len(names) == len(set(names))
    assert len([name for name in names if name.startswith("ppt/slides/slide")]) == 9


def test_the_picture_lies_between_title_and_footer_on_its_own_ground(tmp_path: Path) -> None:
    deck = save(tmp_path / "a.pptx", template=lecture(tmp_path / "t.pptx"), theme="dark")
    title = deck.slides[0].slide_layout.placeholders[0]
    for slide in deck.slides:
        drawn = [shape for shape in slide.shapes if shape != slide.shapes.title]
        assert drawn[0].name == "!!ground"
        assert str(drawn[0].fill.fore_color.rgb) == "14171C"
        assert min(shape.top for shape in drawn) >= title.top + title.height
        assert max(shape.top + shape.height for shape in drawn) <= 6_356_350  # where the footer begins
        assert abs(min(s.left for s in drawn) + max(s.left + s.width for s in drawn) - deck.slide_width) < 3
    grounds = {
        (s.left, s.top, s.width, s.height) for slide in deck.slides for s in slide.shapes if s.name == "!!ground"
    }
    assert len(grounds) == 1  # nothing jumps


def test_a_caption_too_long_for_the_title_is_set_smaller_on_all_slides_alike(tmp_path: Path) -> None:
    deck = save(tmp_path / "a.pptx", template=lecture(tmp_path / "t.pptx"))
    sizes = {run.font.size for slide in deck.slides for run in slide.shapes.title.text_frame.paragraphs[0].runs}
    assert len(sizes) == 1
    assert 14 <= sizes.pop().pt < 44


def test_into_appends_and_keeps_what_was_there(tmp_path: Path) -> None:
    before = lecture(tmp_path / "t.pptx", sections=True)
    deck = save(before, into=before)  # in its own place
    assert deck.slides[0].shapes.title.text == "Lecture 7"
    assert deck.slides[0].notes_slide.notes_text_frame.text == "Good morning"
    assert len(deck.slides) == 10
    listed = [element.get("id") for element in deck.element.iter(f"{{{P14}}}sldId")]
    assert listed == [str(slide.slide_id) for slide in deck.slides]
    assert [path.name for path in tmp_path.iterdir()] == ["t.pptx"]


def test_a_potx_is_a_template_too(tmp_path: Path) -> None:
    lecture(tmp_path / "t.pptx")
    with zipfile.ZipFile(tmp_path / "t.pptx") as deck, zipfile.ZipFile(tmp_path / "t.potx", "w") as template:
        for name in deck.namelist():
            content = deck.read(name)
            template.writestr(name, content.replace(b"presentation.main+xml", b"template.main+xml"))
    assert len(save(tmp_path / "a.pptx", template=tmp_path / "t.potx").slides) == 9


def test_a_layout_is_known_by_what_it_has_not_by_its_english_name(tmp_path: Path) -> None:
    deck = Presentation(str(lecture(tmp_path / "t.pptx")))
    for layout in deck.slide_layouts:
        layout.name = f"Folie {layout.name[::-1]}"
        layout.element.attrib.pop("type", None)
    deck.save(str(tmp_path / "t.pptx"))
    made = save(tmp_path / "a.pptx", template=tmp_path / "t.pptx")
    assert made.slides[0].slide_layout.name == "Folie " + "Title Only"[::-1]


def broken(folder: Path, what: str) -> Path:
    path = folder / "t.pptx"
    if what == "text":
        path.write_text("no deck")
    elif what == "password":
        path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    elif what == "cut":
        path.write_bytes(lecture(path).read_bytes()[:20_000])
    elif what == "xml":
        with zipfile.ZipFile(lecture(folder / "u.pptx")) as deck, zipfile.ZipFile(path, "w") as file:
            for name in deck.namelist():
                file.writestr(name, b"<p" if name == "ppt/presentation.xml" else deck.read(name))
    elif what == "word":
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("word/document.xml", "<w/>")
    elif what == "untitled":
        deck = Presentation(str(lecture(path)))  # type: ignore[assignment]
        for layout in list(deck.slide_layouts)[1:]:  # type: ignore[attr-defined]
            deck.slide_layouts.remove(layout)  # type: ignore[attr-defined]
        deck.save(str(path))  # type: ignore[attr-defined]
    elif what == "all title":
        deck = Presentation(str(lecture(path)))  # type: ignore[assignment]
        title = deck.slide_layouts[5].placeholders[0]  # type: ignore[attr-defined]
        title.left, title.top, title.width, title.height = (Emu(n) for n in (0, 0, 9_144_000, 6_858_000))
        deck.save(str(path))  # type: ignore[attr-defined]
    return path


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("text", "is not a PowerPoint deck"),
        ("password", "without a password"),
        ("cut", "is not a PowerPoint deck"),
        ("xml", "is not a PowerPoint deck"),
        ("word", "is not a PowerPoint deck"),
        ("missing", "no deck"),
        ("untitled", "no layout has only a title"),
        ("all title", "leaves no room"),
    ],
)
@pytest.mark.parametrize("option", ["--template", "--into"])
def test_what_is_no_deck_is_told_in_a_line_and_left_alone(what: str, says: str, option: str, tmp_path: Path) -> None:
    deck = broken(tmp_path, what)
    before = deck.read_bytes() if deck.exists() else None
    result = CliRunner().invoke(cli, ["render", "fork_cow", str(tmp_path / "a.pptx"), option, str(deck)])
    assert result.exit_code == 2
    assert says in result.output
    assert len(result.output.strip().splitlines()) <= 2
    assert not (tmp_path / "a.pptx").exists()
    assert (deck.read_bytes() if deck.exists() else None) == before


def test_one_of_template_and_into(tmp_path: Path) -> None:
    deck = lecture(tmp_path / "t.pptx")
    with pytest.raises(CowvizError, match="choose one"):
        save(tmp_path / "a.pptx", template=deck, into=deck)
    with pytest.raises(CowvizError, match="no kind of pictures"):
        save(tmp_path / "a.pptx", pictures="bmp")
