from __future__ import annotations

import io
import subprocess
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cowviz.exporters import gif
from cowviz.exporters.request import ExportRequest
from cowviz.renderers.matplotlib import rasterise


@pytest.fixture
def movie(task: ExportRequest, tmp_path: Path) -> Path:
    path = tmp_path / "a.gif"
    gif.export(task, path)
    return path


def stills_of(path: Path) -> Iterator[tuple[np.ndarray, float]]:
    """Each image as a viewer shows it, and for how many seconds."""
    with Image.open(path) as image:
        for i in range(image.n_frames):  # type: ignore[attr-defined]
            image.seek(i)
            yield np.asarray(image.convert("RGB")).astype(int), image.info["duration"] / 1000


def sources(task: ExportRequest) -> list[np.ndarray]:
    """The different pictures, one after the other."""
    pictures: list[np.ndarray] = []
    for still in task.stills:
        picture = rasterise(still.scene, task.width, task.height).astype(int)
        if not pictures or (picture != pictures[-1]).any():
            pictures.append(picture)
    return pictures


def test_pillow_reads_it(task: ExportRequest, movie: Path) -> None:
    with Image.open(movie) as image:
        assert image.size == (task.width, task.height)
        assert image.info["loop"] == 0
        assert image.n_frames == len(sources(task))  # type: ignore[attr-defined]
    durations = [seconds for _, seconds in stills_of(movie)]
    assert sum(durations) == pytest.approx(sum(still.seconds for still in task.stills), abs=0.01)
    assert min(durations) >= 0.02


def test_stills_are_what_was_drawn(task: ExportRequest, movie: Path) -> None:
    for (shown, _), source in zip(stills_of(movie), sources(task), strict=True):
        error = np.abs(shown - source).max(axis=2)
        assert error.max() <= 40
        assert (error > 8).mean() < 0.005
        assert error.mean() < 0.5


def test_flat_colours_are_exact(movie: Path) -> None:
    *_, (last, _) = stills_of(movie)
    flat = [(10, 10, "fbfaf7"), (50, 70, "3b6ea8"), (50, 240, "b5533c"), (30, 320, "ffffff"), (500, 265, "d9480f")]
    for x, y, colour in flat:
        assert bytes(last[y, x].astype(np.uint8)).hex() == colour


def test_what_does_not_change_does_not_flicker(task: ExportRequest, movie: Path) -> None:
    shown, drawn = [picture for picture, _ in stills_of(movie)], sources(task)
    for i in range(1, len(shown)):
        still = (drawn[i] == drawn[i - 1]).all(axis=2)
        assert (shown[i] == shown[i - 1])[still].all()


def test_each_image_is_the_box_that_changed(task: ExportRequest, movie: Path) -> None:
    with Image.open(movie) as image:
        for i in range(1, image.n_frames):  # type: ignore[attr-defined]
            image.seek(i)
            (_, (left, top, right, bottom), *_rest) = image.tile[0]  # type: ignore[misc]
            assert (right - left) * (bottom - top) < task.width * task.height * 0.8


def test_one_palette_for_all(movie: Path) -> None:
    content = movie.read_bytes()
    assert content[10] == 0xF7  # 256 colours for all images
    place, flags = 13 + 3 * 256, []
    while content[place] != ord(";"):
        block = content[place]
        if block == ord(","):
            flags.append(content[place + 9])
            place += 11  # and the code size
        else:
            assert block == ord("!")
            place += 2
        while size := content[place]:
            place += size + 1
        place += 1
    assert place == len(content) - 1
    assert set(flags) == {0}  # none of its own


def test_it_is_small(task: ExportRequest, movie: Path) -> None:
    usual = io.BytesIO()
    first, *rest = [Image.fromarray(picture.astype(np.uint8)) for picture in sources(task)]
    first.save(usual, "GIF", save_all=True, append_images=rest)
    assert movie.stat().st_size < len(usual.getvalue()) / 2


def test_a_movie_of_one_still(task: ExportRequest, tmp_path: Path) -> None:
    one = replace(task, stills=task.stills[:1], width=63, height=37)
    gif.export(one, tmp_path / "a.gif")
    with Image.open(tmp_path / "a.gif") as image:
        assert image.n_frames == 1  # type: ignore[attr-defined]
        assert image.size == (63, 37)


def test_progress_goes_to_the_end(task: ExportRequest, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    gif.export(replace(task, progress=lambda *now: told.append(now)), tmp_path / "a.gif")
    total = len(task.stills)
    assert told == [(i, total) for i in range(1, total + 1)]


def test_ffmpeg_shows_the_same(task: ExportRequest, movie: Path, needs: Callable[[str], str]) -> None:
    command = [
        needs("ffmpeg"),
        "-v",
        "error",
        "-i",
        movie,
        "-vsync",
        "passthrough",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-",
    ]
    run = subprocess.run(command, capture_output=True, check=True)  # type: ignore[arg-type]
    theirs = np.frombuffer(run.stdout, np.uint8).reshape(-1, task.height, task.width, 3)
    ours = [picture for picture, _ in stills_of(movie)]
    assert len(theirs) == len(ours)
    assert all((a == b).all() for a, b in zip(theirs, ours, strict=True))


@pytest.mark.parametrize(("plays", "repeats"), [(0, 0), (1, None), (2, 1), (65535, 65534)])
def test_it_plays_as_often_as_is_wished(task: ExportRequest, tmp_path: Path, plays: int, repeats: int | None) -> None:
    """What Netscape's extension counts is the repeats; 0 is for ever, and without it a GIF plays once."""
    options = replace(task.options, loop=plays)
    gif.export(replace(task, options=options, stills=task.stills[-2:]), tmp_path / "a.gif")
    with Image.open(tmp_path / "a.gif") as image:
        assert image.info.get("loop") == repeats


def test_a_long_movie_is_kept_in_a_file_and_has_the_same_bytes(
    task: ExportRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short, long = tmp_path / "short.gif", tmp_path / "long.gif"
    gif.export(task, short)
    monkeypatch.setattr(gif, "MOST_IN_MEMORY", 1)
    monkeypatch.setattr(gif, "MOST_UNCOUNTED", 1)
    gif.export(task, long)
    assert short.read_bytes() == long.read_bytes()
    assert sorted(tmp_path.iterdir()) == [long, short]


def test_nothing_is_left_of_a_movie_that_fails_half_way(
    task: ExportRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gif, "MOST_IN_MEMORY", 1)
    whole = list(gif._patches(task))

    def failing(request: ExportRequest) -> Iterator[gif.RunLengthPatch]:
        yield from whole[:2]
        raise OSError("no room")

    monkeypatch.setattr(gif, "_patches", failing)
    with pytest.raises(OSError, match="no room"):
        gif.export(task, tmp_path / "a.gif")
    assert not [*tmp_path.iterdir()]


def test_many_patches_take_no_memory_of_their_own(tmp_path: Path) -> None:
    content = np.arange(1 << 17, dtype=np.uint64) << np.uint64(39) | np.uint64(1)  # of 1 MiB
    tracemalloc.start()
    with gif.KeptPatches(tmp_path) as images:
        for _ in range(100):
            images.add(gif.RunLengthPatch(0, 0, (1, content.size), content.copy(), 1))
        assert images.seen().size == content.size
        assert sum(image.content.size for image in images) == 100 * content.size
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60 << 20
