from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cowviz.exporters import png
from cowviz.exporters.request import ExportRequest
from cowviz.renderers.matplotlib import rasterise


@pytest.mark.parametrize(("width", "height", "dpi"), [(1280, 720, 96), (2560, 1440, 192), (640, 360, 48)])
def test_pixels_and_resolution(
    make_task: Callable[..., ExportRequest], width: int, height: int, dpi: float, tmp_path: Path
) -> None:
    task = make_task("picture", width, height)
    png.export(task, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == "RGB"
        assert image.info.keys() == {"dpi", "Title", "Description"}  # no date, no software
        words = image.info["Title"], image.info["Description"]
        assert words == (task.scenes[0].title, task.scenes[0].description)
        assert words[0].lang == task.trace.lang  # type: ignore[attr-defined]
        assert image.info["dpi"] == pytest.approx((dpi, dpi), abs=0.02)
        assert (np.asarray(image) == rasterise(task.scenes[0], width, height)).all()


def test_a_transparent_background(make_task: Callable[..., ExportRequest], tmp_path: Path) -> None:
    task = make_task("picture")
    png.export(replace(task, options=replace(task.options, transparent=True)), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == "RGBA"
        assert image.getpixel((2, 2))[3] == 0  # type: ignore[index]
        assert image.getpixel((50, 240)) == (0xB5, 0x53, 0x3C, 255)
