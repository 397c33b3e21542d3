"""Words for Markdown and HTML, as real readers take them."""

from __future__ import annotations

import html
import re

import pytest
from decks import HARD, run

from cowviz.destinations._slides import file_name, one_line, printable
from cowviz.destinations.markdown import in_markdown
from cowviz.movie import Movie

BEGINNINGS = ["1. x", "12) x", "::: x", "== x", "- x", "+ x", "# x", "> x", "    x y", "| a |"]


@pytest.mark.parametrize("text", [HARD, *BEGINNINGS, "a*b*c_d_e", "x &amp; <i>"])
@pytest.mark.parametrize("kind", ["commonmark", "gfm", "markdown"])
def test_markdown_shows_the_text_as_it_is(text, kind, needs, tmp_path):
    needs("pandoc")
    (tmp_path / "x.md").write_text(in_markdown(one_line(text)), encoding="utf-8")
    shown = run("pandoc", "-f", f"{kind}-smart", "-t", "html", "--wrap=none", "x.md", cwd=tmp_path)
    assert html.unescape(re.sub(r"^<p>(.*)</p>\n$", r"\1", shown)) == one_line(text)


def test_what_steers_a_terminal_is_not_kept():
    assert printable("a\x1b[1mb\u202ec") == "a?[1mb?c"


def test_names_of_files(movies):
    trace = movies["fork_cow"].trace
    names = ["fork_cow", "a b.c", "--", "ñandú"]
    assert [file_name(Movie(trace, name)) for name in names] == ["fork_cow", "a-b-c", "movie", "and"]
