"""Hostile text in Markdown: knitr, pandoc, Marp, reveal.js and Python-Markdown read it, and none of it is code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from decks import run
from hostile import ALL, RAN, hostile_movie, texts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cowviz import plugins
from cowviz.destinations._slides import one_line, slides
from cowviz.destinations.markdown import WORD_JOINER, in_comment, in_markdown, in_pandoc, in_pandoc_lines, in_yaml
from cowviz.exporters.options import RenderOptions
from cowviz.movie import Movie

# What knitr, Quarto and Jekyll look for in the text of a file, before anyone parses it.
CODE = re.compile(r"^[\t >]*(```|~~~)+\s*\{|`r[ #]|`\{|\{\{<|\{%|\{\{", re.MULTILINE)
# What pandoc may find in text: words, and what we put around them.
PLAIN = {"Str", "Space", "SoftBreak", "LineBreak", "Para", "Plain", "LineBlock", "Span", "Div", "Header", "Image"}
PLAIN |= {"MetaInlines", "MetaMap", "MetaString", "MetaBool", "OrderedList", "Period", "Decimal"}


@pytest.fixture(scope="module")
def movie() -> Movie:
    return hostile_movie()


@pytest.fixture(scope="module")
def decks(movie: Movie, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folders that the destinations of Markdown make of it."""
    found = {to: tmp_path_factory.mktemp(to) for to in ("quarto", "marp", "course")}
    for to, folder in found.items():
        plugins.find("destinations", to).export(movie, folder, RenderOptions(quality="draft"))
    return found


def kinds(node: Any) -> Iterator[str]:
    """The kinds of all that a tree of pandoc's holds."""
    if isinstance(node, dict):
        if "t" in node:
            yield node["t"]
        for value in node.values():
            yield from kinds(value)
    elif isinstance(node, list):
        for value in node:
            yield from kinds(value)


def words(node: Any) -> str:
    """What is read of a tree of pandoc's."""
    if isinstance(node, list):
        return "".join(map(words, node))
    kind, content = node["t"], node.get("c")
    if kind == "LineBlock":
        return "\n".join(map(words, content))
    if kind in ("Span", "Div"):
        return words(content[1])
    return {"Str": content, "Space": " ", "SoftBreak": " "}.get(kind, "") if kind != "Para" else words(content)


def tree(text: str, folder: Path, kind: str = "markdown") -> Any:
    (folder / "x.md").write_text(text, encoding="utf-8")
    return json.loads(run("pandoc", "-f", kind, "-t", "json", "x.md", cwd=folder))


class Page(HTMLParser):
    """The elements of a page and the attributes they have, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.alts: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += [(tag, name) for name, _ in attrs]
        self.alts += [value for name, value in attrs if name == "alt"]

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("to", ["quarto", "marp", "course"])
def test_nothing_is_written_that_is_run_before_it_is_read(to, decks):
    files = list(decks[to].rglob("*.*md"))
    assert len(files) == 1 or to == "course"
    for path in files:
        assert not CODE.findall(path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("to", ["quarto", "marp", "course"])
def test_knitr_runs_nothing_and_leaves_the_text_as_it_is(to, decks, needs):
    needs("knitr")
    folder = decks[to]
    before = sorted(path.name for path in folder.rglob("*"))
    for path in folder.glob("*.*md"):
        out = folder / f"{path.name}.out"
        run("Rscript", "-e", f"knitr::knit('{path.name}', '{out.name}', quiet = TRUE)", cwd=folder)
        assert out.read_text(encoding="utf-8") == path.read_text(encoding="utf-8")
        out.unlink()
    assert sorted(path.name for path in folder.rglob("*")) == before
    assert RAN not in before


def test_quarto_runs_no_engine(decks):
    head = (decks["quarto"] / "deck.qmd").read_text(encoding="utf-8").split("\n---\n")[0]
    assert "\nengine: markdown\n" in head


def test_pandoc_reads_words_alone_in_quartos_deck(decks, movie, needs):
    needs("pandoc")
    deck = json.loads(run("pandoc", "-f", "markdown", "-t", "json", "deck.qmd", cwd=decks["quarto"]))
    assert set(kinds(deck)) <= PLAIN
    shown = slides(movie, RenderOptions())
    pictures = [block["c"][0]["c"] for block in deck["blocks"] if block["t"] == "Para"]
    assert [dict(picture[0][2])["fig-alt"] for picture in pictures] == [slide.alt for slide in shown]
    assert [dict(picture[0][2])["alt"] for picture in pictures] == [slide.alt for slide in shown]
    notes = [words(block).replace("\u00a0", " ") for block in deck["blocks"] if block["t"] == "Div"]
    assert notes == [slide.notes for slide in shown]
    assert words(deck["meta"]["pagetitle"]["c"]) == one_line(movie.title)


@pytest.mark.slow
def test_marp_reads_words_alone(decks, movie, npm):
    folder = decks["marp"]
    marp = npm / "node_modules" / ".bin" / "marp"
    run(marp, "--no-config-file", "--template", "bare", "deck.md", "-o", "deck.html", cwd=folder)
    run(marp, "--no-config-file", "--notes", "deck.md", "-o", "notes.txt", cwd=folder)
    page = Page((folder / "deck.html").read_text(encoding="utf-8"))
    shown = slides(movie, RenderOptions())
    assert page.alts == [slide.alt for slide in shown]
    assert not set(page.elements) & {"a", "em", "strong", "code", "pre", "h1", "blockquote", "ul", "ol", "table"}
    assert {name for tag, name in page.attributes if tag == "img"} == {"src", "alt"}
    assert page.elements.count("section") == len(shown)
    assert ("section", "class") not in page.attributes
    notes = (folder / "notes.txt").read_text(encoding="utf-8").replace(WORD_JOINER, "")
    for slide in shown:
        assert f"* {slide.notes}" in notes
    assert one_line(movie.title) in unescape((folder / "deck.html").read_text(encoding="utf-8"))
    assert not (folder / RAN).exists()


@pytest.mark.parametrize("kind", ["gfm", "commonmark_x-smart", "commonmark", "markdown-smart"])
def test_pandoc_reads_words_alone_in_a_courses_snippet(kind, decks, movie, needs):
    needs("pandoc")
    (path,) = decks["course"].glob("*.md")
    deck = json.loads(run("pandoc", "-f", kind, "-t", "json", path.name, cwd=decks["course"]))
    assert set(kinds(deck)) <= PLAIN | {"HorizontalRule"}
    (listed,) = [block["c"][1] for block in deck["blocks"] if block["t"] == "OrderedList"]
    assert [words(item[0]["c"]) for item in listed] == [one_line(step.caption) for step in movie.trace.steps]


def test_a_courses_questions_are_words(decks, needs):
    needs("pandoc")
    paths = sorted((decks["course"] / "questions").iterdir())
    whole = "\n\n".join(path.read_text(encoding="utf-8") for path in paths)
    assert set(kinds(tree(whole, decks["course"], "gfm"))) <= PLAIN | {"BulletList"}
    (decks["course"] / "x.md").unlink()


@pytest.mark.parametrize("reader", ["mkdocs", "myst_parser"])
def test_a_site_reads_words_alone(reader, decks, needs):
    needs(reader)
    (path,) = decks["course"].glob("*.md")
    page = Page(SITES[reader](path.read_text(encoding="utf-8")))
    assert not set(page.elements) & {
        "a",
        "em",
        "strong",
        "code",
        "script",
        "style",
        "table",
        "abbr",
        "del",
        "sup",
        "svg",
    }
    assert not {name for _, name in page.attributes if name.startswith("on")}
    for text in ALL:
        assert one_line(text) in " ".join(page.text.split())


def _by_mkdocs(text: str) -> str:
    extensions = ["extra", "toc", "admonition", "sane_lists", "attr_list"]
    return import_module("markdown").markdown(text, extensions=extensions)


def _by_myst(text: str) -> str:
    from myst_parser.config.main import MdParserConfig
    from myst_parser.parsers.mdit import create_md_parser

    config = MdParserConfig(enable_extensions={"colon_fence", "dollarmath", "deflist", "attrs_inline", "strikethrough"})
    return create_md_parser(config, import_module("markdown_it.renderer").RendererHTML).render(text)


SITES = {"mkdocs": _by_mkdocs, "myst_parser": _by_myst}


@pytest.mark.slow
def test_reveal_js_reads_words_alone_in_a_courses_snippet(decks, movie, npm, browser):
    """As reveal-md does: it parts the slides, and reveal.js's own plugin reads their Markdown."""
    (path,) = decks["course"].glob("*.md")
    plugin = npm / "node_modules" / "reveal.js" / "plugin" / "markdown" / "markdown.js"
    page = browser.new_page()
    page.set_content("<div class=reveal><div class=slides><section data-markdown></section></div></div>")
    page.add_script_tag(content=plugin.read_text(encoding="utf-8"))
    for slide in path.read_text(encoding="utf-8").split("\n----\n"):
        html = page.evaluate("(text) => RevealMarkdown().marked.parse(text)", slide.replace("Note:\n", ""))
        read = Page(html)
        assert set(read.elements) <= {"h3", "p", "img", "ol", "li"}
        assert {name for _, name in read.attributes} <= {"src", "alt", "id"}
        assert one_line(movie.title) in " ".join(read.text.split())
    page.close()


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batch=st.lists(texts, min_size=60, max_size=60))
def test_pandoc_shows_any_text_as_it_is(batch, needs, tmp_path_factory):
    """Many at a time, as pandoc takes a while to start."""
    needs("pandoc")
    folder = tmp_path_factory.mktemp("texts")
    lines = "\n\n".join("\n".join(in_pandoc_lines(text)) for text in batch)
    images = "\n\n".join(f'![](x.svg){{alt="{in_pandoc(text)}"}}' for text in batch)
    whole = f"---\ntitle: {in_yaml(in_pandoc(batch[0]))}\n---\n\n{lines}\n\n{images}\n"
    assert not CODE.search(whole)
    read = tree(whole, folder)
    assert set(kinds(read)) <= PLAIN
    assert [words(b).replace("\u00a0", " ") for b in read["blocks"] if b["t"] == "LineBlock"] == batch
    assert [b["c"][0]["c"][0][2][0][1] for b in read["blocks"] if b["t"] == "Para"] == batch
    assert words(read["meta"]["title"]["c"]) == batch[0]
    for kind in ("gfm", "commonmark_x-smart"):
        read = tree("\n\n".join(map(in_markdown, batch)), folder, kind)
        assert set(kinds(read)) <= PLAIN
        assert [words(block["c"]) for block in read["blocks"]] == batch


@given(texts)
def test_in_a_comment_all_signs_stay_and_none_ends_it(text):
    written = in_comment(text)
    assert written.replace(WORD_JOINER, "") == text
    assert "-->" not in written and "--!>" not in written
    assert not CODE.search(written)
