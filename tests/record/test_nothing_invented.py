"""What is said of a recording is what was seen: no size of a memory or a swap that nobody measured, no PSS, no USS."""

from __future__ import annotations

import re

import pytest

from cowviz import load
from cowviz.narration.alt_text import alt_text
from cowviz.narration.transcript import to_text
from cowviz.scene.shapes import Text
from cowviz.trace.model import Trace

SHIPPED = ("fork_faults_real", "fork_heap_real")


@pytest.fixture(params=SHIPPED)
def trace(request: pytest.FixtureRequest) -> Trace:
    return load(str(request.param)).trace


def test_no_total_is_told(trace: Trace) -> None:
    assert "Frames in use by what is drawn: " in to_text(trace)
    told = [to_text(trace), *(alt_text(trace, number) for number in range(1, len(trace.steps) + 1))]
    assert [text for text in told if re.search(r"104857\d|[Ss]wap", text)] == []


def test_no_total_is_drawn() -> None:
    movie = load("fork_heap_real")
    for scene in [scene for scenes in movie.scenes() for scene in scenes]:
        texts = [shape.text for shape in scene.shapes.values() if isinstance(shape, Text)]
        assert texts
        assert [text for text in texts if re.search(r"104857\d|Swap", text)] == []


def test_what_others_map_is_not_claimed_to_be_known(trace: Trace) -> None:
    assert not re.search(r"PSS|USS", to_text(trace))
    assert re.search(r"   RSS of what is drawn \d+ pages\n", to_text(trace))
