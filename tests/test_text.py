"""Text as it leaves: clean, and in its direction; whatever a title says, every format is made and can be read."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pptx import Presentation
from pypdf import PdfReader

import cowviz
from cowviz import plugins
from cowviz.errors import CowvizError
from cowviz.text import REPLACEMENT, check_whole, clean, is_rtl, is_whole

ODD = "a\ufeffb\x00c\x1b[2Jd\x7fe\x9bf\ufffeg\U0010ffffh"
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff\ufdd0-\ufdef]")


@given(st.text())
def test_what_is_clean_stays_so(text: str) -> None:
    cleaned = clean(text)
    assert not FORBIDDEN.search(cleaned)
    assert clean(cleaned) == cleaned
    cleaned.encode()
    ElementTree.fromstring(f"<a>{cleaned.translate({60: '_', 38: '_'})}</a>")
    if (
        not FORBIDDEN.search(text)
        and not re.search("[\u2028\u2029]", text)
        and not any(ord(c) & 0xFFFE == 0xFFFE for c in text)
    ):
        assert cleaned == text


def test_what_cannot_be_shown_is_seen() -> None:
    assert clean(ODD) == f"ab{REPLACEMENT}c{REPLACEMENT}[2Jd{REPLACEMENT}e{REPLACEMENT}f{REPLACEMENT}g{REPLACEMENT}h"
    assert clean("a\r\nb\rc\u2028d\te") == "a\nb\nc\nd\te"


def test_half_a_character_is_named() -> None:
    assert is_whole("é\U0001f404") and not is_whole("é\ud83d")
    with pytest.raises(CowvizError, match=r"^step 3's caption cannot be text: U\+D83D is half of a character$"):
        check_whole("x\ud83d", "step 3's caption")


@pytest.mark.parametrize(
    ("text", "rtl"),
    [("نسخ", True), ("(ילד) fork()", True), ("fork() ילד", False), ("42 ילד", True), ("42", False), ("", False)],
)
def test_the_first_letter_decides_the_direction(text: str, rtl: bool) -> None:
    assert is_rtl(text) is rtl


def odd(story: cowviz.Story) -> None:
    story.code(f"x = {ODD};")
    log = story.file(f"log{ODD}", [f"line {ODD}"], cached=True)
    parent = story.process(f"P{ODD}", text=f"main {ODD}", heap=[f"x = {ODD}", f"bare {ODD}"])
    parent.mmap(f"m{ODD}", 1, file=log)
    story.say(f"One {ODD}.", line=1)
    child = parent.fork(f"C{ODD}")
    child.write(child.heap[0], f"x = 2{ODD}")
    child.save(child.heap[0], log)
    story.say(f"Two {ODD}.\u2028More.")


class Page(HTMLParser):
    """What a browser reads."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> cowviz.Movie:
    odd.__doc__ = f"Title {ODD}.\n\nDoc {ODD}."
    return cowviz.run(odd)


@pytest.mark.parametrize("suffix", sorted(plugins.formats()))
def test_every_format_is_made_and_valid(movie: cowviz.Movie, tmp_path: Path, suffix: str) -> None:
    (file,) = movie.save(tmp_path / f"x{suffix}", scale=0.25, fps=4)
    if suffix in (".svg", ".anim.svg", ".html", ".json", ".txt", ".vtt"):
        text = file.read_bytes().decode()
        assert not FORBIDDEN.search(text)
    if suffix.endswith("svg"):
        ElementTree.fromstring(text)
    elif suffix == ".html":
        page = Page()
        page.feed(text)
        assert any("One" in words for words in page.words)
    elif suffix == ".json":
        json.loads(text)
        assert cowviz.load(file).trace == movie.trace
    elif suffix == ".pdf":
        reader = PdfReader(file)
        assert REPLACEMENT in (reader.metadata.title or "")
        assert "One" in reader.pages[0].extract_text()
    elif suffix == ".pptx":
        for slide in Presentation(str(file)).slides:
            assert slide.shapes.title.text


def test_text_from_right_to_left_says_so(tmp_path: Path) -> None:
    def play(story: cowviz.Story) -> None:
        """نسخ عند الكتابة"""
        story.process("الأب", heap="x = 1")
        story.say("بعد fork() يشترك الأب.")
        story.say("fork() first.")

    movie = cowviz.run(play)
    for suffix in (".svg", ".anim.svg", ".html", ".pptx"):
        movie.save(tmp_path / f"x{suffix}", **({"step": 1} if suffix == ".svg" else {}))  # type: ignore[arg-type]
    texts = {t.text: t for t in ElementTree.parse(tmp_path / "x.svg").iter("{http://www.w3.org/2000/svg}text")}
    arabic, name, latin = texts["بعد fork() يشترك الأب."], texts["الأب"], texts["heap"]
    assert arabic.get("direction") == name.get("direction") == "rtl"
    assert arabic.get("text-anchor") == "end"  # of the line: its left end stays where it was
    assert latin.get("direction") is None
    assert 'direction="rtl"' in (tmp_path / "x.anim.svg").read_text()
    assert 'dir="auto"' in (tmp_path / "x.html").read_text()
    slides = Presentation(str(tmp_path / "x.pptx")).slides
    assert [p._p.pPr is not None and p._p.pPr.get("rtl") for p in slides[0].shapes.title.text_frame.paragraphs] == ["1"]
    assert "rtl" not in (slides[1].shapes.title.text_frame.paragraphs[0]._p.xml.partition("pPr")[2][:40])


def test_pictures_in_one_page_share_no_id_and_no_class(tmp_path: Path) -> None:
    movie = cowviz.load("fork_cow")
    files = [*movie.save(tmp_path / "{step}.svg"), *movie.save(tmp_path / "d{step}.svg", theme="dark")]
    files += [*movie.save(tmp_path / "a.anim.svg", fps=5), *movie.save(tmp_path / "b.anim.svg", fps=5, theme="dark")]
    files += movie.save(tmp_path / "x.svg", before_after=True)
    seen: dict[str, str] = {}
    for file in files:
        text = file.read_text()
        names = set(re.findall(r' (?:id|class)="([^"]+)"', text)) | set(re.findall(r"\.([A-Za-z][\w-]*)\{", text))
        assert names
        for name in names:
            assert seen.setdefault(name, file.name) == file.name
        for wanted in re.findall(r'aria-\w+="([^"]+)"', text):
            assert wanted in names
    (again,) = movie.save(tmp_path / "again.svg", step=1)
    assert again.read_bytes() == (tmp_path / "1.svg").read_bytes()
