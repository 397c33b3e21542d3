"""Hostile text in Beamer's frame: a TeX that may run programs runs none, reads and writes no file, shows the text."""

from __future__ import annotations

from decks import run
from hostile import HTML, KNITR, TEX, hostile_movie, texts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cowviz import plugins
from cowviz.destinations._slides import slides
from cowviz.destinations.beamer import ANY_CHARACTER, in_tex
from cowviz.exporters.options import RenderOptions

# It may do whatever a text asks of it.
TEX_COMMAND = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-shell-escape"]
# How pdfTeX sets some signs, and what it has no sign for.
SET = str.maketrans({"’": "'", "\u2018": "`", "\u02dc": "~", "\u02c6": "^", "”": '"', "中": "?"})
PAGE = r"""\documentclass{article}
\usepackage[T1]{fontenc}\usepackage{lmodern}\usepackage[paperwidth=90cm,paperheight=90cm,margin=1cm]{geometry}
\pagestyle{empty}\parindent0pt
"""


def squeezed(text: str) -> str:
    return "".join(text.translate(SET).split())


def test_the_deck_and_its_notes_are_words(tmp_path, needs):
    needs("pdflatex"), needs("pdftotext")
    movie = hostile_movie([*TEX, *KNITR[:3], *HTML[:3]])
    plugins.find("destinations", "beamer").export(movie, tmp_path, RenderOptions())
    deck = tmp_path / "deck.tex"
    deck.write_text(deck.read_text(encoding="utf-8").replace("% \\setbeamer", "\\setbeamer"), encoding="utf-8")
    before = {path.name for path in tmp_path.iterdir()}
    run(*TEX_COMMAND, deck.name, cwd=tmp_path)
    made = {path.name for path in tmp_path.iterdir()} - before
    assert made == {f"deck.{suffix}" for suffix in ("aux", "log", "nav", "out", "pdf", "snm", "toc")}
    shown = slides(movie, RenderOptions())
    pages = run("pdftotext", "-raw", "deck.pdf", "-", cwd=tmp_path).split("\f")[:-1]
    assert len(pages) == 2 * len(shown)
    for slide, page in zip(shown, pages[1::2], strict=True):
        assert [line for line in slide.notes.split("\n") if squeezed(line) not in squeezed(page)] == []


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batch=st.lists(texts, min_size=60, max_size=60))
def test_any_text_is_shown_as_it_is(batch, needs, tmp_path_factory):
    needs("pdflatex"), needs("pdftotext")
    folder = tmp_path_factory.mktemp("tex")
    lines = "".join(f"\\mbox{{\\ttfamily {in_tex(text)}}}\\par\n" for text in batch)
    whole = f"{PAGE}{ANY_CHARACTER}\n% {in_tex(batch[0])}\n\\begin{{document}}\n{lines}\\end{{document}}\n"
    (folder / "x.tex").write_text(whole, encoding="utf-8")
    run(*TEX_COMMAND, "x.tex", cwd=folder)
    assert {path.name for path in folder.iterdir()} == {"x.tex", "x.aux", "x.log", "x.pdf"}
    shown = run("pdftotext", "-layout", "x.pdf", "-", cwd=folder)
    assert squeezed(shown) == squeezed("".join(batch))
