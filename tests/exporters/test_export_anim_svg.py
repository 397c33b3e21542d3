"""The animated SVG in a real browser: it moves inside ``<img>``, shows what the movie does, is small."""

from __future__ import annotations

import io
from xml.etree.ElementTree import fromstring

import numpy as np
import pytest
from PIL import Image

import cowviz
from cowviz.exporters._keyframes import simplified
from cowviz.renderers.svg import to_svg
from cowviz.story.loader import bundled

SCENARIOS = sorted(path.stem for path in bundled().glob("[!_]*.*") if path.suffix in (".py", ".json"))
LIMIT = 150_000  # bytes
SIZE = {"width": 1280, "height": 720}


AT = """seconds => { const svg = document.documentElement;
    svg.pauseAnimations(); svg.setCurrentTime(seconds);
    return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))); }"""


@pytest.fixture(scope="module")
def movie():
    return cowviz.load("fork_cow")


@pytest.fixture(scope="module")
def path(movie, tmp_path_factory):
    (written,) = movie.save(tmp_path_factory.mktemp("svg") / "fork.anim.svg")
    return written


def image(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), int)


def svg_of(page, scene, folder) -> np.ndarray:
    (folder / "still.svg").write_text(to_svg(scene), encoding="utf-8")
    page.goto((folder / "still.svg").as_uri())
    return image(page.screenshot())


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_is_small_and_its_text_is_text(name, tmp_path):
    (written,) = cowviz.load(name).save(tmp_path / "x.anim.svg")
    assert written.stat().st_size < LIMIT
    root = fromstring(written.read_text(encoding="utf-8"))
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert "text" in tags
    assert not tags & {"script", "image", "foreignObject", "a"}


def test_at_every_moment_it_shows_the_movies_still(movie, path, browser, tmp_path):
    page, other = browser.new_page(viewport=SIZE), browser.new_page(viewport=SIZE)
    page.goto(path.as_uri())
    now = 0.0
    for number, still in enumerate(movie.stills()):
        middle, now = now + still.seconds / 2, now + still.seconds
        if still.seconds < 0.5 and number % 5:
            continue  # of a motion, every fifth still
        page.evaluate(AT, middle)
        difference = np.abs(image(page.screenshot()) - svg_of(other, still.scene, tmp_path))
        assert difference.mean() < (0.02 if still.seconds > 0.5 else 0.5), f"still {number}, at {middle:.2f} s"
    page.close()
    other.close()


def shown_as_image(browser, path, **how):
    page = browser.new_page(viewport=SIZE, **how)
    (path.parent / "readme.html").write_text(f'<body style="margin:0"><img src="{path.name}" width="1280">')
    page.goto((path.parent / "readme.html").as_uri())
    page.wait_for_function("document.images[0].complete")
    return page


def test_it_plays_inside_an_image(movie, browser, tmp_path):
    (fast,) = movie.save(tmp_path / "fast.anim.svg", speed=20)
    page = shown_as_image(browser, fast)
    seen = set()
    for _ in range(8):
        page.wait_for_timeout(250)
        seen.add(page.screenshot())
    page.close()
    assert len(seen) > 3


def test_who_wants_no_motion_sees_the_last_step(movie, path, browser, tmp_path):
    page = browser.new_page(viewport=SIZE, reduced_motion="reduce")
    page.goto(path.as_uri())
    shown = image(page.screenshot())
    expected = svg_of(page, movie.picture(), tmp_path)
    page.close()
    assert np.abs(shown - expected).mean() < 0.01


def test_nor_does_it_move_inside_an_image(movie, path, launch, tmp_path):
    """Emulated media end at an image's border; the browser as a whole must want no motion."""
    with launch("--force-prefers-reduced-motion") as calm:
        page = shown_as_image(calm, path)
        shown = image(page.screenshot())
        assert np.abs(shown - svg_of(page, movie.picture(), tmp_path)).mean() < 0.01


def test_keys_on_a_straight_way_are_left_out_and_jumps_kept():
    assert simplified([(0, "0"), (0.1, "10"), (0.2, "20"), (1, "100")]) == [(0, "0"), (1, "100")]
    jump = [(0, "1"), (0.5, "1"), (0.5, "0"), (1, "0")]
    assert simplified(jump) == jump
    assert simplified([(0, "#000000"), (0.5, "#ff0000"), (1, "#000000")])[1] == (0.5, "#ff0000")
