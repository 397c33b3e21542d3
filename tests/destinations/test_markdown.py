"""Decks in Markdown: Marp builds the one, pandoc reads the one for Quarto."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from decks import HARD, SCENARIOS, run

from cowviz.destinations._slides import one_line
from cowviz.destinations.markdown import in_pandoc


class Deck(HTMLParser):
    """The sections of a page, the pictures in them with their alt texts, the notes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sections, self.pictures, self.notes = 0, [], []
        self._in_notes = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "section":
            self.sections += 1
        elif tag == "img":
            self.pictures.append((found.get("src") or found.get("data-src"), found.get("alt")))
        elif tag == "aside":
            self._in_notes = True
            self.notes.append("")

    def handle_endtag(self, tag):
        self._in_notes = self._in_notes and tag != "aside"

    def handle_data(self, data):
        if self._in_notes:
            self.notes[-1] += data


def expected(movie, name: str) -> list[tuple[str, str]]:
    descriptions = [" ".join(scenes[-1].description.split()) for scenes in movie.scenes()]
    return [(f"{name}-{number:02}.svg", alt) for number, alt in enumerate(descriptions, 1)]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "files"), [*zip(SCENARIOS, SCENARIOS, strict=True), ("hard", "a-b-c-_")])
def test_marp_builds_a_slide_a_step(name, files, export, movies, npm):
    folder = export(name, "marp")
    marp = npm / "node_modules" / ".bin" / "marp"
    run(marp, "--no-config-file", "deck.md", "-o", "deck.html", cwd=folder)
    run(marp, "--no-config-file", "--notes", "deck.md", "-o", "notes.txt", cwd=folder)
    built = Deck((folder / "deck.html").read_text(encoding="utf-8"))
    assert built.pictures == expected(movies[name], files)
    assert built.sections == len(built.pictures)
    notes = (folder / "notes.txt").read_text(encoding="utf-8")
    assert re.findall(r"^\* Step (\d+) / ", notes, re.MULTILINE) == [str(s.number) for s in movies[name].steps]
    assert "Frames in use" in notes.split("\n---\n")[-1]


@pytest.mark.slow
def test_a_marp_slide_is_its_picture(export, npm, browser):
    folder = export("fork_cow", "marp")
    run(npm / "node_modules" / ".bin" / "marp", "--no-config-file", "deck.md", "-o", "deck.html", cwd=folder)
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(f"{(folder / 'deck.html').as_uri()}#2")
    box = page.locator("img").nth(1).bounding_box()
    page.close()
    assert {side: round(px) for side, px in box.items()} == {"x": 0, "y": 0, "width": 1280, "height": 720}


@pytest.mark.parametrize(("name", "files"), [*zip(SCENARIOS, SCENARIOS, strict=True), ("hard", "a-b-c-_")])
def test_pandoc_reads_a_slide_a_step(name, files, export, movies, needs):
    needs("pandoc")
    folder = export(name, "quarto")
    run("pandoc", "--from=markdown", "--to=revealjs", "deck.qmd", "--output=deck.html", cwd=folder)
    read = Deck((folder / "deck.html").read_text(encoding="utf-8"))
    assert read.pictures == expected(movies[name], files)
    assert read.sections == len(read.notes) == len(read.pictures)
    assert [note.split()[:2] for note in read.notes] == [["Step", str(s.number)] for s in movies[name].steps]


def test_quarto_is_told_the_alt_text_in_its_own_word(export, movies):
    text = (export("hard", "quarto") / "deck.qmd").read_text(encoding="utf-8")
    said = one_line(movies["hard"].steps[0].alt_text)
    assert HARD in said
    assert f'fig-alt="{in_pandoc(said)}"' in text
    assert text.startswith("---\npagetitle: ")
