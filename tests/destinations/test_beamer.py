"""The frame for Beamer, compiled by a real TeX."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from decks import SCENARIOS, run

from cowviz.destinations.beamer import ANY_CHARACTER, in_tex

TEX = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape"]


def compiled(folder: Path, name: str = "deck") -> str:
    """Its log; the PDF lies beside it."""
    run(*TEX, f"{name}.tex", cwd=folder)
    return (folder / f"{name}.log").read_text(encoding="latin-1")


def words(folder: Path, name: str, page: int) -> str:
    return " ".join(run("pdftotext", "-f", str(page), "-l", str(page), f"{name}.pdf", "-", cwd=folder).split())


def test_an_overlay_a_step_each_with_an_alt_text(export, movies):
    frame = (export("fork_cow", "beamer") / "fork_cow-frame.tex").read_text(encoding="utf-8")
    pages = re.findall(r"\\only<(\d+)>\{\\includegraphics\[page=(\d+),alt=\{(.+)\}\]\{fork_cow-pages\.pdf\}\}", frame)
    assert [(only, page) for only, page, _ in pages] == [(str(n), str(n)) for n in range(1, 10)]
    assert "two hyphens: r-{}-" not in frame
    assert r"r-{}-" in frame  # in the notes
    captions = [" ".join(scenes[-1].description.split()) for scenes in movies["fork_cow"].scenes()]
    assert [alt for *_, alt in pages] == [in_tex(caption) for caption in captions]


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_compiles_to_a_page_a_step(name, export, movies, needs):
    needs("pdflatex"), needs("pdfinfo"), needs("pdftotext")
    folder = export(name, "beamer")
    log = compiled(folder)
    assert not re.search("^(Overfull|Underfull|!)|LaTeX Warning", log, re.MULTILINE)
    steps = movies[name].steps
    assert f"Pages: {len(steps)}" in " ".join(run("pdfinfo", "deck.pdf", cwd=folder).split())
    for step in steps:
        assert " ".join(step.caption.split()) in words(folder, "deck", step.number)


def test_its_notes_fit_and_say_what_happens(export, needs):
    needs("pdflatex"), needs("pdftotext")
    folder = export("three_generations", "beamer")
    deck = folder / "deck.tex"
    deck.write_text(deck.read_text(encoding="utf-8").replace("% \\setbeamer", "\\setbeamer"), encoding="utf-8")
    assert "Overfull" not in compiled(folder)
    assert "Frames in use: 5 of 6" in words(folder, "deck", 14)


def test_words_that_are_hard_to_quote_compile_in_a_deck_of_ones_own(export, needs):
    needs("pdflatex"), needs("pdftotext")
    folder = export("hard", "beamer")
    (folder / "own.tex").write_text(
        "\\documentclass{beamer}\n\\begin{document}\n"
        "\\begin{frame}Before\\end{frame}\n\\input{a-b-c-_-frame}\n\\end{document}\n"
    )
    compiled(folder, "own")
    assert words(folder, "own", 1).startswith("Before")


@pytest.mark.parametrize("text", [r"\ _ & % # { } ~ ^ < > $ | r-- -- ,, ''", "× – ’ ă ș é", "100% 中 →"])
def test_the_text_comes_through(text, needs, tmp_path):
    needs("pdflatex"), needs("pdftotext")
    (tmp_path / "x.tex").write_text(
        "\\documentclass{article}\\usepackage[T1]{fontenc}\\usepackage{lmodern}\\pagestyle{empty}\n"
        f"{ANY_CHARACTER}\n\\begin{{document}}\\ttfamily\\noindent {in_tex(text)}\\end{{document}}\n",
        encoding="utf-8",
    )
    compiled(tmp_path, "x")
    plain = words(tmp_path, "x", 1).replace("’’", "''").replace("\u02dc", "~").replace("\u02c6", "^")
    assert plain == text.replace("中", "?").replace("ș", "s,")  # whose comma is set below
