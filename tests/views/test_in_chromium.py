"""A browser draws the SVG as our own renderer draws the scene, and finds real text in it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from lessons import SCENARIOS, scenes
from PIL import Image

from cowviz.renderers.matplotlib import rasterise
from cowviz.renderers.svg import to_svg
from cowviz.scene.shapes import HEIGHT, WIDTH, Text


@pytest.fixture(scope="module")
def page(browser):
    opened = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    yield opened
    opened.close()


@pytest.fixture
def complaints(page):
    """What the browser has to say against the page."""
    found: list[str] = []
    listeners = {
        "console": lambda message: found.append(message.text) if message.type in ("error", "warning") else None,
        "pageerror": lambda error: found.append(str(error)),
        "request": lambda request: found.append(request.url) if not request.url.startswith("file:") else None,
    }
    for event, listen in listeners.items():
        page.on(event, listen)
    yield found
    for event, listen in listeners.items():
        page.remove_listener(event, listen)


def shown(page, path, scene):
    path.write_text(to_svg(scene), encoding="utf-8")
    page.goto(path.as_uri())
    return np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"), int)


def test_every_step_of_fork_cow_looks_as_our_own_picture(page, complaints, tmp_path):
    for number, (*_, scene) in enumerate(scenes("fork_cow"), 1):
        theirs = shown(page, tmp_path / f"{number}.svg", scene)
        ours = np.asarray(rasterise(scene, WIDTH, HEIGHT), int)[..., :3]
        assert theirs.shape == ours.shape
        difference = np.abs(theirs - ours)
        assert difference.mean() < 1.5, f"step {number}"
        blocks = (
            difference.mean(axis=2)[: HEIGHT // 20 * 20].reshape(HEIGHT // 20, 20, WIDTH // 20, 20).mean(axis=(1, 3))
        )
        assert blocks.max() < 35, f"step {number}: something is missing at {np.argwhere(blocks >= 35) * 20}"
    assert complaints == []


@pytest.mark.parametrize("name", SCENARIOS)
def test_text_is_text(page, complaints, tmp_path, name):
    scene = scenes(name)[-1][-1]
    shown(page, tmp_path / "last.svg", scene)
    written = page.evaluate("[...document.querySelectorAll('text')].map(text => text.textContent)")
    assert written == [shape.text for shape in scene.shapes.values() if isinstance(shape, Text)]
    assert page.evaluate("document.querySelector('svg > title').textContent") == scene.title
    assert page.evaluate("document.querySelectorAll('script, image, foreignObject').length") == 0
    assert complaints == []


def test_words_are_as_wide_as_they_were_measured(page, tmp_path):
    """So that nothing that fits in the layout sticks out in a browser; where the browser has the font."""
    from cowviz.scene.text_metrics import text_width

    scene = scenes("fork_cow")[-1][-1]
    shown(page, tmp_path / "last.svg", scene)
    if not page.evaluate("document.fonts.check('20px \"DejaVu Sans\"')"):
        pytest.skip("needs DejaVu fonts: apt-get install fonts-dejavu-core")
    widths = page.evaluate("[...document.querySelectorAll('text')].map(text => text.getComputedTextLength())")
    texts = [shape for shape in scene.shapes.values() if isinstance(shape, Text)]
    for text, width in zip(texts, widths, strict=True):
        assert width == pytest.approx(
            text_width(text.text, text.size, scene.font, text.bold, text.mono), rel=0.02, abs=1
        ), text.text
