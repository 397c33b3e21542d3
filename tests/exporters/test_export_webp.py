from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cowviz.exporters import webp
from cowviz.exporters.job import Job
from cowviz.renderers.matplotlib import rasterise


def test_pillow_shows_exactly_what_was_drawn(job: Job, tmp_path: Path) -> None:
    webp.export(job, tmp_path / "a.webp")
    drawn = [rasterise(still.scene, job.width, job.height) for still in job.stills]
    drawn = [now for i, now in enumerate(drawn) if not i or (now != drawn[i - 1]).any()]
    with Image.open(tmp_path / "a.webp") as image:
        assert image.size == (job.width, job.height)
        assert image.info["loop"] == 0
        assert image.n_frames == len(drawn)
        time = 0
        for i, picture in enumerate(drawn):
            image.seek(i)
            image.load()
            time += image.info["duration"]
            assert (np.asarray(image.convert("RGB")) == picture).all()
    assert time == pytest.approx(1000 * sum(still.seconds for still in job.stills), abs=1)


@pytest.mark.parametrize("size", [(63, 37), (1, 1)])
def test_any_size(make_job: Callable[..., Job], size: tuple[int, int], tmp_path: Path) -> None:
    webp.export(make_job("animation", *size), tmp_path / "a.webp")
    with Image.open(tmp_path / "a.webp") as image:
        assert image.size == size
    length = int.from_bytes((tmp_path / "a.webp").read_bytes()[4:8], "little")
    assert length == (tmp_path / "a.webp").stat().st_size - 8
