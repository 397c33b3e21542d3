"""Other languages are longer, or have no blanks: the picture holds."""

from __future__ import annotations

import pytest
from legibility import layout_findings

from cowviz.movie import load
from cowviz.story.loader import bundled

NAMES = sorted(path.stem for path in bundled().glob("[!_]*.*"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lang", ["ro", "en-XA"])
def test_longer_words_neither_overlap_nor_stick_out(name, lang):
    movie = load(name, lang=lang)
    for scenes in movie.scenes():
        assert layout_findings(scenes[-1]) == []
    assert layout_findings(movie.picture(before_after=True)) == []


@pytest.mark.parametrize("name", NAMES)
def test_words_without_blanks_and_in_ideographs(name, needs_cjk):
    for scenes in load(name, lang="qps-ploca").scenes(font=str(needs_cjk)):
        assert layout_findings(scenes[-1]) == []
