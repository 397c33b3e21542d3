"""The player's pictures: as the SVG's, by day and by night, on a phone, printed; its questions."""

from __future__ import annotations

import io
import json
import re
import subprocess
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image
from player_lab import step

import cowviz
from cowviz.exporters._player_data import Coder
from cowviz.exporters.html import PLAYER
from cowviz.renderers.svg import to_svg
from cowviz.scene.tween import between

PHONE = {"width": 390, "height": 844}


def still(page) -> None:
    """Wait until nothing moves: the same picture twice."""
    page.wait_for_timeout(150)
    page.wait_for_function(
        "() => { const now = document.getElementById('picture').innerHTML, was = window.was; window.was = now;"
        " return now === was; }",
        polling=120,
    )


def image(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), int)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_step_looks_as_the_svg_does(visit, movie, browser, theme, tmp_path):
    page = visit("plain.html", color_scheme=theme, viewport={"width": 1280, "height": 900})
    svg = browser.new_page(viewport={"width": 1280, "height": 720})
    box = page.locator("#picture").bounding_box()
    top = (box["height"] - 720) / 2
    clip = {"x": 0, "y": top, "width": 1280, "height": 720}
    for number in (1, 3, 5, 6, 9):
        page.evaluate(f"location.hash = '#step={number}'")
        still(page)
        path = tmp_path / f"{number}.svg"
        path.write_text(to_svg(movie.picture(number, theme=theme)), encoding="utf-8")
        svg.goto(path.as_uri())
        difference = np.abs(image(page.screenshot(clip=clip)) - image(svg.screenshot()))
        blocks = difference.mean(axis=2).reshape(36, 20, 64, 20).mean(axis=(1, 3))
        assert difference.mean() < 0.01, f"step {number}"
        assert blocks.max() < 2, f"step {number}: another picture at {np.argwhere(blocks >= 2)[0] * 20}"
    svg.close()


def test_it_moves_and_then_it_is_the_same_still(visit):
    page, other = visit("plain.html#step=5"), visit("plain.html#step=6")
    shown = "document.getElementById('picture').innerHTML"
    page.locator("#pace").select_option("0.5")  # 1.2 s
    page.locator("#forward").click()
    page.wait_for_timeout(400)
    midway = page.evaluate(shown)
    still(page)
    assert midway != page.evaluate(shown) == other.evaluate(shown)


def test_nothing_moves_where_no_motion_is_wanted(visit):
    page = visit("plain.html#step=5", reduced_motion="reduce")
    page.keyboard.press("ArrowRight")
    page.evaluate("new Promise(requestAnimationFrame)")
    shown = page.evaluate("document.getElementById('picture').innerHTML")
    page.wait_for_timeout(300)
    assert page.evaluate("document.getElementById('picture').innerHTML") == shown


def test_day_and_night_by_a_button(visit):
    page = visit("plain.html", color_scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(paper) == "rgb(20, 23, 28)"
    page.locator("#look").click()
    assert page.evaluate(paper) == "rgb(255, 255, 255)"
    assert page.locator("#picture > rect").first.get_attribute("fill") == "#ffffff"


def test_a_question_waits_for_its_answer(visit):
    page = visit("asking.html#step=4")
    page.keyboard.press("ArrowRight")
    assert page.locator("#asked").inner_text() == "Child writes to heap. What happens?"
    page.keyboard.press("PageDown")
    assert step(page) == 4
    page.locator("#choices button").nth(0).click()
    assert page.locator("#verdict").inner_text().startswith("No: a fault, and a frame is copied.")
    assert step(page) == 4
    page.locator("#go-on").click()
    assert (step(page), page.locator("#question").is_hidden()) == (5, True)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    assert step(page) == 5  # what was answered is not asked again


def test_a_question_may_be_skipped_or_left(visit):
    page = visit("asking.html#step=2")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    assert step(page) == 3
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert (step(page), page.locator("#question").is_hidden()) == (3, True)


def test_no_question_where_none_is_wished_for(visit):
    page = visit("plain.html#step=4")
    page.keyboard.press("ArrowRight")
    assert step(page) == 5


@pytest.mark.parametrize("how", [{}, {"color_scheme": "dark"}, {"viewport": PHONE}], ids=["light", "dark", "phone"])
def test_axe_finds_nothing(visit, needs, how):
    needs("axe_playwright_python")
    from axe_playwright_python.sync_playwright import Axe

    page = visit("asking.html#step=4", **how, bypass_csp=True)
    assert Axe().run(page).response["violations"] == []
    page.locator("#forward").click()
    page.locator("#choices button").nth(0).click()
    found = Axe().run(page).response
    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in found["violations"]] == []


def test_a_phone_shows_the_words_large_enough(visit, movie):
    page = visit("plain.html#step=5", viewport=PHONE, is_mobile=True, has_touch=True)
    page.wait_for_selector(".narrow")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.locator("#caption").bounding_box()["height"] > 40
    assert page.locator("#caption").evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 16
    written = page.locator("#picture text").all_text_contents()
    assert "heap" in written
    assert movie.title not in written


def test_printed_it_is_a_page_a_step(visit, needs, tmp_path):
    text = needs("pdftotext")
    page = visit("plain.html#step=3", color_scheme="dark")
    page.pdf(path=tmp_path / "x.pdf", prefer_css_page_size=True)
    done = subprocess.run([text, "-layout", tmp_path / "x.pdf", "-"], capture_output=True, text=True, check=True)
    pages = [page.replace(" ", "") for page in done.stdout.split("\f")[:-1]]
    assert len(pages) == 9
    assert all(f"{number}/9" in page for number, page in enumerate(pages, 1))


def test_it_plays_in_a_sandboxed_frame(visit, files):
    (files / "outer.html").write_text(
        '<!DOCTYPE html><iframe src="plain.html" width="900" height="560" sandbox="allow-scripts"></iframe>'
    )
    found = []
    page = visit("plain.html")
    page.context.on("weberror", lambda error: found.append(str(error.error)))
    outer = page.context.new_page()
    outer.goto((files / "outer.html").as_uri())
    frame = outer.frame_locator("iframe")
    frame.locator("#forward").click()
    assert frame.locator("#number").inner_text() == "2 / 9"
    assert found == []


def test_one_step_is_a_player_of_one(movie, tmp_path, browser):
    (path,) = movie.save(tmp_path / "one.html", step=5)
    page = browser.new_page()
    page.goto(path.as_uri())
    assert step(page) == 5
    page.close()


def coded(scene) -> dict:
    """A scene as the player has it once it is decoded."""
    coder = Coder()
    shown = coder.scene(scene, scene)
    shapes = [shape for _, shape in coder.shapes.values()]
    colours = [pair[0] for pair in coder.colours]
    assert shown["shapes"] == list(range(len(shapes)))
    return {"shapes": shapes, "colours": colours, "background": scene.background}


def channels(colour: str | None) -> list[int]:
    return list(bytes.fromhex(colour[1:])) if colour else []


def test_the_browser_tweens_as_python_does(movie, browser):
    """tween.js is tween.py: the same shapes, in the same order, at every share of the way."""
    page = browser.new_page()
    source = (PLAYER / "player.js").read_text(encoding="utf-8")
    defaults = re.search(r"const DEFAULTS = .*?\n};", source, re.DOTALL)[0]  # type: ignore[index]
    page.add_script_tag(content=(PLAYER / "tween.js").read_text(encoding="utf-8") + defaults)
    run = """([a, b, t]) => {
        const made = coded => ({background: coded.background, shapes: new Map(coded.shapes.map(s => [s.id, {
            ...DEFAULTS[s.kind], ...s, fill: coded.colours[s.fill], stroke: coded.colours[s.stroke]}]))});
        return [...between(made(a), made(b), t).shapes.values()]; }"""
    scenes = [scene for play in [*movie.scenes(), *cowviz.load("sections").scenes()] for scene in play]
    for before, after in pairwise(scenes):
        for t in (0.2, 0.45, 0.7):
            theirs = page.evaluate(run, json.loads(json.dumps([coded(before), coded(after), t])))
            ours = between(before, after, t).shapes
            assert [shape["id"] for shape in theirs] == list(ours)
            for shape, own in zip(theirs, ours.values(), strict=True):
                for name in ("x", "y", "w", "h", "r", "opacity", "width", "radius"):
                    if hasattr(own, name):
                        assert shape[name] == pytest.approx(getattr(own, name), abs=0.02), (shape["id"], name)
                assert shape.get("text") == getattr(own, "text", None), shape["id"]
                assert channels(shape.get("fill")) == pytest.approx(channels(getattr(own, "fill", None)), abs=1)
                if hasattr(own, "points"):
                    assert np.allclose(shape["points"], own.points, atol=0.02)
    page.close()
