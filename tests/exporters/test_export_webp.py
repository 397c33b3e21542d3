from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cowviz.exporters import webp
from cowviz.exporters.request import ExportRequest
from cowviz.renderers.matplotlib import rasterise


def test_pillow_shows_exactly_what_was_drawn(task: ExportRequest, tmp_path: Path) -> None:
    webp.export(task, tmp_path / "a.webp")
    drawn = [rasterise(still.scene, task.width, task.height) for still in task.stills]
    drawn = [now for i, now in enumerate(drawn) if not i or (now != drawn[i - 1]).any()]
    with Image.open(tmp_path / "a.webp") as image:
        assert image.size == (task.width, task.height)
        assert image.info["loop"] == 0
        assert image.n_frames == len(drawn)  # type: ignore[attr-defined]
        time = 0
        for i, picture in enumerate(drawn):
            image.seek(i)
            image.load()
            time += image.info["duration"]
            assert (np.asarray(image.convert("RGB")) == picture).all()
    assert time == pytest.approx(1000 * sum(still.seconds for still in task.stills), abs=1)


@pytest.mark.parametrize("size", [(63, 37), (1, 1)])
def test_any_size(make_task: Callable[..., ExportRequest], size: tuple[int, int], tmp_path: Path) -> None:
    webp.export(make_task("animation", *size), tmp_path / "a.webp")
    with Image.open(tmp_path / "a.webp") as image:
        assert image.size == size
    length = int.from_bytes((tmp_path / "a.webp").read_bytes()[4:8], "little")
    assert length == (tmp_path / "a.webp").stat().st_size - 8


@pytest.mark.parametrize("plays", [0, 1, 7])
def test_it_plays_as_often_as_is_wished(task: ExportRequest, tmp_path: Path, plays: int) -> None:
    webp.export(replace(task, options=replace(task.options, loop=plays)), tmp_path / "a.webp")
    with Image.open(tmp_path / "a.webp") as image:
        assert image.info["loop"] == plays


def test_on_a_transparent_background_nothing_is_left_of_what_vanished(task: ExportRequest, tmp_path: Path) -> None:
    there_and_gone = [*task.stills, task.stills[0]]
    options = replace(task.options, transparent=True)
    webp.export(replace(task, options=options, stills=there_and_gone), tmp_path / "a.webp")
    drawn = [rasterise(still.scene, task.width, task.height, transparent=True) for still in there_and_gone]
    drawn = [now for i, now in enumerate(drawn) if not i or (now != drawn[i - 1]).any()]
    with Image.open(tmp_path / "a.webp") as image:
        assert image.n_frames == len(drawn)  # type: ignore[attr-defined]
        for i, picture in enumerate(drawn):
            image.seek(i)
            shown = np.asarray(image.convert("RGBA"))
            assert (shown[..., 3] == picture[..., 3]).all()
            assert (shown == picture)[picture[..., 3] > 0].all()
    assert (drawn[0][..., 3] == 0).any() and (drawn[0][..., 3] == 255).any()
