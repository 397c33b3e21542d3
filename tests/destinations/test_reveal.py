"""The deck for reveal.js, run in a real browser."""

from __future__ import annotations

import json

import pytest
from decks import HARD, SCENARIOS

from cowviz.destinations._slides import one_line

SEEN = """[...document.querySelectorAll(".r-stack img")].filter((image) => image.checkVisibility(
    {checkOpacity: true, checkVisibilityCSS: true})).map((image) => image.alt)"""


@pytest.fixture
def visit(browser, npm):
    """The deck in a tab, with reveal.js where npm puts it; nothing may fail, nor come from the network."""
    found: list[str] = []
    page = browser.new_page(viewport={"width": 1280, "height": 720})

    def go(folder):
        (folder / "node_modules").symlink_to(npm / "node_modules")
        page.on("console", lambda message: found.append(message.text))
        page.on("pageerror", lambda error: found.append(str(error)))
        page.on("requestfailed", lambda request: found.append(request.url))
        page.on("request", lambda r: found.append(r.url) if not r.url.startswith(("file:", "data:")) else None)
        page.goto((folder / "index.html").as_uri())
        page.wait_for_function("Reveal.isReady()")
        return page

    yield go
    page.close()
    assert found == []


def alts(movie) -> list[str]:
    return [" ".join(scenes[-1].description.split()) for scenes in movie.scenes()]


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_each_key_shows_the_next_still_and_that_alone(name, export, movies, visit):
    page, expected = visit(export(name, "reveal")), alts(movies[name])
    seen = [page.evaluate(SEEN)]
    for _ in expected[1:]:
        page.keyboard.press("ArrowRight")
        seen.append(page.evaluate(SEEN))
    assert seen == [[alt] for alt in expected]
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(SEEN) == [expected[-2]]


@pytest.mark.slow
def test_the_stills_fill_the_slide(export, visit):
    page = visit(export("fork_cow", "reveal"))
    box = page.locator(".r-stack img").first.bounding_box()
    assert {side: round(px) for side, px in box.items()} == {"x": 0, "y": 0, "width": 1280, "height": 720}


@pytest.mark.slow
def test_at_the_end_the_last_still_moves_beside_the_first(export, movies, visit):
    page, last = visit(export("fork_cow", "reveal")), len(movies["fork_cow"].steps)
    for _ in range(last):
        page.keyboard.press("ArrowRight")
    moving = page.locator(f"section.present [data-id=step-{last}]")
    assert moving.get_attribute("data-auto-animate-target")
    page.wait_for_timeout(1500)
    first, second = (page.locator(f"section.present [data-id=step-{n}]").bounding_box() for n in (1, last))
    assert (round(first["x"]), round(second["x"]), round(second["width"])) == (0, 640, 640)


@pytest.mark.slow
def test_words_that_are_hard_to_quote(export, visit, movies):
    page = visit(export("hard", "reveal"))
    said = one_line(movies["hard"].steps[0].alt_text)
    assert HARD in said
    assert page.evaluate(SEEN) == [said]
    assert HARD.split()[0] in page.locator("aside.notes").first.inner_text()


def test_each_step_has_notes(export, movies):
    text = (export("fork_cow", "reveal") / "index.html").read_text(encoding="utf-8")
    assert text.count('<aside class="notes">') == len(movies["fork_cow"].steps)
    assert "Child&#x27;s heap now maps Frame D" in text


@pytest.mark.parametrize(("theme", "reveals"), [("light", "white"), ("dark", "black")])
def test_reveal_js_is_npms_and_in_the_colours_of_the_theme(theme, reveals, export):
    folder = export("fork_cow", "reveal", theme=theme)
    assert json.loads((folder / "package.json").read_text())["dependencies"] == {"reveal.js": "^5.1.0"}
    assert f"node_modules/reveal.js/dist/theme/{reveals}.css" in (folder / "index.html").read_text(encoding="utf-8")
