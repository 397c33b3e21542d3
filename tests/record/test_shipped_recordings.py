"""The recordings that come with cowviz: they load, hold, replay and can be drawn on every machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from record_lab import replayed

from cowviz.memory.invariants_incremental import violations_since
from cowviz.movie import load

RECORDINGS = sorted((Path(__file__).parents[2] / "scenarios").glob("*.json"))


def test_there_are_some() -> None:
    assert {path.stem for path in RECORDINGS} >= {"fork_faults_real", "fork_heap_real"}


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_a_recording(path: Path) -> None:
    movie = load(path)
    assert path.stat().st_size < 50_000
    assert movie.trace.recording is not None
    before = None
    for machine in (snapshot.machine for step in movie.trace.steps for snapshot in step.snapshots):
        assert violations_since(before, machine) == []
        before = machine
    count, differences = replayed(movie.trace)
    assert count > 0
    assert differences == []
    assert len(movie.scenes()) == len(movie.steps)
    assert "Step 1 / " in movie.to_text()
