"""Pixels: drawn in part or afresh they are the same, and every renderer shows the same picture."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from cowviz.errors import CowvizError
from cowviz.renderers.matplotlib import animate, draw, figure, rasterise
from cowviz.renderers.svg import to_svg
from cowviz.scene.shapes import Circle, Line, Rect, Scene, Shape, Text
from cowviz.scene.timeline import timeline

COLOURS = ["#0060a8", "#c2185b", "#fbe6d4", "#1a1d21"]


def difference(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """The mean difference of two images, in levels of 256."""
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


def drawn(made: matplotlib.figure.Figure) -> NDArray[np.uint8]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(made)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]


def any_shape(dice: random.Random) -> Shape:
    x, y = (dice.choice([dice.randrange(-40, 330), dice.random() * 300]) for _ in range(2))
    w, h = (dice.choice([dice.randrange(330), dice.random() * 300]) for _ in range(2))
    fill, stroke = dice.choice([None, *COLOURS]), dice.choice(COLOURS)
    opacity, width = dice.choice([1, 1, 1, 0.4, 0]), dice.choice([0, 1, 2, 3.3])
    dash = dice.choice([(), (), (7, 4)])
    match dice.randrange(4):
        case 0:
            corners, radius = dice.choice(["all", "left", "right"]), dice.choice([0, 9, 40])
            return Rect(x=x, y=y, w=w, h=h, radius=radius, corners=corners, fill=fill, stroke=stroke, width=width,
                        dash=dash, opacity=opacity)  # fmt: skip
        case 1:
            points = ((x, y), (w, y), (w, h))[: dice.choice([2, 3])]
            return Line(
                points=points, stroke=stroke, width=width + 1, dash=dash, head=dice.random() < 0.6, opacity=opacity
            )
        case 2:
            return Circle(x=x, y=y, r=w / 5, fill=fill, stroke=stroke, width=width, opacity=opacity)
        case _:
            anchor = dice.choice(["start", "middle", "end"])
            return Text(x=x, y=y, text=dice.choice(["fork()", "r-x"]), size=10 + w / 20, fill=stroke, anchor=anchor,
                        bold=dice.random() < 0.5, mono=dice.random() < 0.5, opacity=opacity)  # fmt: skip


def any_scenes(seed: int, count: int = 12) -> list[Scene]:
    """Scenes of which each changes, drops, adds and reorders a few shapes of the one before."""
    dice = random.Random(seed)
    shapes = {str(i): any_shape(dice) for i in range(25)}
    scenes = [Scene(dict(shapes), "#ffffff", width=320, height=240)]
    while len(scenes) < count:
        for name in dice.sample(sorted(shapes), 3):
            shapes[name] = any_shape(dice)
        del shapes[dice.choice(sorted(shapes))]
        shapes[f"new{len(scenes)}"] = any_shape(dice)
        names = list(shapes)
        if dice.random() < 0.5:
            names.insert(dice.randrange(len(names)), names.pop(dice.randrange(len(names))))
        shapes = {name: shapes[name] for name in names}
        scenes.append(Scene(dict(shapes), dice.choice(["#ffffff"] * 5 + ["#111111"]), width=320, height=240))
    return scenes


def assert_same_as_afresh(scenes: list[Scene], width: int, height: int, transparent: bool = False) -> None:
    """Every still drawn in part is the still drawn afresh, and nothing changes outside its boxes."""
    before: NDArray[np.uint8] | None = None
    for scene, still in zip(scenes, animate(scenes, width, height, transparent), strict=True):
        pixels, boxes = still.rgba if transparent else still.pixels, still.boxes
        assert np.array_equal(pixels, rasterise(scene, width, height, transparent))
        if before is not None:
            outside = np.ones((height, width), bool)
            for x0, y0, x1, y1 in boxes:
                outside[y0:y1, x0:x1] = False
            assert np.array_equal(pixels[outside], before[outside])
        before = pixels.copy()


@pytest.mark.parametrize("seed", range(6))
def test_drawing_in_part_is_drawing_afresh(seed: int) -> None:
    assert_same_as_afresh(any_scenes(seed), 320, 240)
    assert_same_as_afresh(any_scenes(seed, 5), 431, 257)
    assert_same_as_afresh(any_scenes(seed, 5), 431, 257, transparent=True)


def test_on_a_transparent_background_only_shapes_cover(lecture: Callable[..., Scene]) -> None:
    """Laid on the background it is the same picture as drawn on it."""
    scene = lecture()
    alone = rasterise(scene, 1280, 720, transparent=True).astype(float)
    assert alone[5, 5, 3] == 0 and alone[300, 300, 3] == 255
    cover = alone[..., 3:] / 255
    paper = np.array(list(bytes.fromhex(scene.background[1:])))
    laid = alone[..., :3] * cover + paper * (1 - cover)
    assert np.abs(laid - rasterise(scene, 1280, 720)).max() <= 3


@pytest.mark.parametrize("size", [(1280, 720), (800, 500)])
def test_the_lecture_drawn_in_part_is_drawn_afresh(lecture: Callable[..., Scene], size: tuple[int, int]) -> None:
    stills = timeline([[lecture(5, False)], [lecture(7, True)], [lecture(8, True)]], ["", "", ""], fps=15)
    assert_same_as_afresh([still.scene for still in stills], *size)


def test_the_first_still_is_new_everywhere_and_the_same_again_nowhere(lecture: Callable[..., Scene]) -> None:
    first, again = (still.boxes for still in animate([lecture(), lecture()], 640, 360))
    assert first == ((0, 0, 640, 360),)
    assert again == ()


def test_edges_on_whole_pixels_are_crisp_and_colours_exact() -> None:
    box = Rect(x=10, y=10, w=40, h=20, fill="#dbe8f4", stroke="#0060a8", width=2)
    image = rasterise(Scene({"a": box}, "#ffffff", width=80, height=60), 80, 60)
    seen = {tuple(map(int, pixel)) for pixel in image.reshape(-1, 3)}
    assert seen == {(0xDB, 0xE8, 0xF4), (0x00, 0x60, 0xA8), (0xFF, 0xFF, 0xFF)}
    assert tuple(image[9, 9]) == tuple(image[10, 10]) == (0x00, 0x60, 0xA8)


def test_other_proportions_are_centred_on_the_background() -> None:
    image = rasterise(Scene({"a": Rect(x=0, y=0, w=1280, h=720, fill="#c2185b")}, "#1a1d21"), 400, 400)
    rows = np.flatnonzero((image[:, 200] == (0xC2, 0x18, 0x5B)).all(axis=1))
    assert (rows[0], rows[-1]) == (88, 312) or (rows[0], rows[-1]) == (87, 311)
    assert tuple(image[0, 0]) == (0x1A, 0x1D, 0x21)


@pytest.mark.parametrize("anchor", ["start", "middle", "end"])
def test_text_stands_where_its_anchor_says(anchor: str) -> None:
    text = Text(x=200, y=60, text="HHHH", size=40, fill="#000000", anchor=anchor)
    ink = rasterise(Scene({"a": text}, "#ffffff", width=400, height=100), 400, 100)[..., 0] < 128
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    assert rows[-1] == 59  # the baseline
    edge = {"start": columns[0] - 4, "middle": (columns[0] + columns[-1] + 1) / 2, "end": columns[-1] + 5}[anchor]
    assert edge == pytest.approx(200, abs=1)


@pytest.mark.parametrize("shape", [
    Text(x=10, y=80, text="■■", size=60, fill="#000000", opacity=0.4),
    Rect(x=10, y=10, w=80, h=80, fill="#000000", opacity=0.4),
    Circle(x=50, y=50, r=40, fill="#000000", opacity=0.4),
    Line(points=((0, 50), (100, 50)), stroke="#000000", width=40, opacity=0.4),
])  # fmt: skip
def test_what_is_half_faded_is_seen_through(shape: Shape) -> None:
    image = rasterise(Scene({"a": shape}, "#ffffff", width=100, height=100), 100, 100)
    assert image.min() == pytest.approx(255 * 0.6, abs=1)


def test_an_image_without_pixels_is_refused() -> None:
    with pytest.raises(CowvizError, match="0x5"):
        rasterise(Scene({}, "#ffffff"), 0, 5)


@pytest.mark.parametrize("size", [(1280, 720), (960, 700)])
def test_artists_show_the_same_picture(lecture: Callable[..., Scene], size: tuple[int, int]) -> None:
    with matplotlib.rc_context({"text.hinting": "no_hinting"}):
        artists = drawn(figure(lecture(), *size))
    assert difference(artists, rasterise(lecture(), *size)) < 3  # artists do not snap to pixels


def test_artists_fit_into_axes_of_any_size_whatever_the_settings(lecture: Callable[..., Scene]) -> None:
    from matplotlib.figure import Figure

    strange = {"font.family": "serif", "text.hinting": "no_hinting", "lines.scale_dashes": False, "font.size": 40}
    with matplotlib.rc_context(strange):  # type: ignore[arg-type]
        made = Figure(figsize=(16, 9), dpi=100)
        ax = made.add_axes((0.1, 0.1, 0.8, 0.8))
        assert draw(lecture(), ax) is ax
        part = drawn(made)[90:810, 160:1440]
    assert difference(part, rasterise(lecture(), 1280, 720)) < 2


def test_a_dollar_is_a_dollar() -> None:
    money = Scene({"a": Text(x=10, y=60, text="$x_1$ $", size=40, fill="#000000")}, "#ffffff", width=400, height=100)
    with matplotlib.rc_context({"text.hinting": "no_hinting"}):
        assert difference(drawn(figure(money, 400, 100)), rasterise(money, 400, 100)) < 2


def test_drawing_leaves_the_settings_alone(lecture: Callable[..., Scene]) -> None:
    before = matplotlib.rcParams.copy()  # dict() of it would choose a backend, and import pyplot for that
    rasterise(lecture(), 320, 180)
    figure(lecture())
    assert matplotlib.rcParams.copy() == before


@pytest.mark.slow
def test_a_browser_shows_the_same_picture(lecture: Callable[..., Scene], tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        pytest.skip("no chromium on PATH to draw the SVG with")
    svg, png = tmp_path / "lecture.svg", tmp_path / "lecture.png"
    svg.write_text(to_svg(lecture()), encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars"]
    where = [f"--user-data-dir={tmp_path / 'profile'}", "--window-size=1280,720", f"--screenshot={png}", svg.as_uri()]
    subprocess.run([browser, *options, *where], check=True, capture_output=True, timeout=120)
    with Image.open(png) as image:
        shown = np.asarray(image.convert("RGB"))
    assert difference(shown, rasterise(lecture(), 1280, 720)) < 3
