from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cowviz import plugins
from cowviz.errors import MissingTool
from cowviz.exporters.request import ExportRequest

video = pytest.importorskip("cowviz.exporters.video", reason="needs av: pip install av", exc_type=ImportError)

each_format = pytest.mark.parametrize("suffix", video.SUFFIXES)


def probe(ffprobe: str, path: Path) -> dict[str, str]:
    command = [ffprobe, "-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json", path]
    found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)  # type: ignore[arg-type]
    return found["streams"][0] | {"duration": found["format"]["duration"]}


@each_format
def test_ffprobe_reads_it(task: ExportRequest, suffix: str, tmp_path: Path, needs: Callable[[str], str]) -> None:
    video.export(task, tmp_path / f"a{suffix}")
    found = probe(needs("ffprobe"), tmp_path / f"a{suffix}")
    seconds = sum(still.seconds for still in task.stills)
    assert found["codec_name"] == {".mp4": "h264", ".webm": "vp9"}[suffix]
    assert (found["width"], found["height"], found["pix_fmt"]) == (  # type: ignore[comparison-overlap]
        task.width,
        task.height,
        "yuv420p",
    )
    assert (found["color_space"], found["color_range"]) == ("bt709", "tv")
    assert found["avg_frame_rate"] == f"{task.fps}/1"
    assert float(found["duration"]) == pytest.approx(seconds, abs=1 / task.fps)
    assert int(found["nb_read_frames"]) == round(seconds * task.fps)


@each_format
def test_colours_are_what_was_drawn(
    task: ExportRequest, suffix: str, tmp_path: Path, needs: Callable[[str], str]
) -> None:
    video.export(task, tmp_path / f"a{suffix}")
    command = [needs("ffmpeg"), "-v", "error", "-sseof", "-0.5", "-i", tmp_path / f"a{suffix}"]
    command += ["-vf", "scale=in_color_matrix=bt709", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    run = subprocess.run(command, capture_output=True, check=True)  # type: ignore[arg-type]
    last = np.frombuffer(run.stdout, np.uint8).reshape(-1, task.height, task.width, 3)[-1].astype(int)
    for x, y, colour in [(10, 10, "fbfaf7"), (50, 70, "3b6ea8"), (50, 240, "b5533c"), (500, 265, "d9480f")]:
        assert np.abs(last[y, x] - np.frombuffer(bytes.fromhex(colour), np.uint8)).max() <= 4


@each_format
def test_odd_sizes_grow_by_a_pixel(
    make_task: Callable[..., ExportRequest], suffix: str, tmp_path: Path, needs: Callable[[str], str]
) -> None:
    video.export(make_task("animation", 321, 181), tmp_path / f"a{suffix}")
    found = probe(needs("ffprobe"), tmp_path / f"a{suffix}")
    assert (found["width"], found["height"]) == (322, 182)  # type: ignore[comparison-overlap]


def test_the_index_comes_first(task: ExportRequest, tmp_path: Path) -> None:
    video.export(task, tmp_path / "a.mp4")
    content = (tmp_path / "a.mp4").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_without_pyav_the_cure_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "cowviz.exporters.video")
    monkeypatch.setitem(sys.modules, "av", None)
    assert plugins.formats()[".mp4"].exporter == "video"  # known all the same
    with pytest.raises(MissingTool, match="pip install av"):
        plugins.find("exporters", "video")
