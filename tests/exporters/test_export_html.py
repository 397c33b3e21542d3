"""The player: one small file, its keys, its pointer, what it reads aloud."""

from __future__ import annotations

import re

import pytest
from player_lab import step

import cowviz
from cowviz.story.loader import bundled

SCENARIOS = sorted(path.stem for path in bundled().glob("[!_]*.*") if path.suffix in (".py", ".json"))


LIMIT = 120_000  # bytes


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_is_small_and_names_no_other_place(name, tmp_path):
    (path,) = cowviz.load(name).save(tmp_path / "x.html", questions=True)
    assert path.stat().st_size < LIMIT
    addresses = re.findall(r"https?://[^\"'\s]+", path.read_text(encoding="utf-8"))
    assert set(addresses) <= {"http://www.w3.org/2000/svg"}


def test_it_may_run_only_its_own_script_and_style(visit):
    page = visit("plain.html")
    policy = page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.evaluate("document.querySelectorAll('[style], [onclick]').length") == 0


def test_a_script_that_is_put_in_is_refused(browser, files):
    page = browser.new_page()
    page.goto((files / "plain.html").as_uri())
    page.evaluate("""() => { const script = document.createElement('script'); script.text = 'window.intruder = 1';
        document.body.append(script); }""")
    assert page.evaluate("window.intruder") is None
    page.close()


@pytest.mark.parametrize("forward", ["ArrowRight", "PageDown", " ", "ArrowDown"])
def test_keys_go_forward(visit, forward):
    page = visit("plain.html#step=2")
    page.keyboard.press(forward)
    assert step(page) == 3
    assert page.url.endswith("#step=3")


@pytest.mark.parametrize("back", ["ArrowLeft", "PageUp", "Shift+ ", "ArrowUp"])
def test_keys_go_back(visit, back):
    page = visit("plain.html#step=2")
    page.keyboard.press(back)
    assert step(page) == 1
    page.keyboard.press(back)
    assert step(page) == 1


def test_home_and_end(visit):
    page = visit("plain.html")
    page.keyboard.press("End")
    assert (step(page), page.locator("#forward").get_attribute("aria-disabled")) == (9, "true")
    page.keyboard.press("ArrowRight")
    assert step(page) == 9
    page.keyboard.press("Home")
    assert step(page) == 1


def test_keys_of_a_control_are_its_own(visit):
    page = visit("plain.html")
    page.locator("#pace").focus()
    page.keyboard.press("PageDown")
    assert step(page) == 1
    page.locator("#forward").focus()
    page.keyboard.press(" ")
    assert step(page) == 2  # and not 3


def test_a_link_leads_to_a_step_and_an_unknown_one_to_the_first(visit):
    page = visit("plain.html#step=4")
    assert step(page) == 4
    page.evaluate("location.hash = '#step=7'")
    page.wait_for_function("document.getElementById('number').textContent.startsWith('7')")
    assert step(visit("plain.html#step=77")) == 1


def test_scrubber_and_pointer(visit):
    page = visit("plain.html", has_touch=True)
    page.locator("#scrubber").fill("6")
    assert step(page) == 6
    swipe = """way => { const stage = document.getElementById('stage');
        const at = (type, x) => stage.dispatchEvent(new PointerEvent(type,
            {pointerId: 1, pointerType: 'touch', isPrimary: true, clientX: x, clientY: 300, bubbles: true}));
        at('pointerdown', 600); at('pointerup', 600 + way); }"""
    page.evaluate(swipe, -120)
    assert step(page) == 7
    page.evaluate(swipe, 120)
    assert step(page) == 6
    page.evaluate(swipe, 10)
    assert step(page) == 6


def test_it_plays_only_when_asked_and_stops(visit):
    page = visit("plain.html#step=8")
    page.wait_for_timeout(400)
    assert step(page) == 8
    page.clock.install()
    page.locator("#pace").select_option("2")
    page.locator("#play").click()
    assert page.locator("#play").get_attribute("aria-label") == "Pause"
    page.clock.run_for(10_000)
    assert step(page) == 9
    page.clock.run_for(10_000)
    assert page.locator("#play").get_attribute("aria-label") == "Play"


def test_what_is_said_is_read_aloud(visit, movie):
    page = visit("plain.html")
    page.keyboard.press("ArrowRight")
    assert page.locator("#caption").get_attribute("aria-live") == "polite"
    assert page.locator("#caption").text_content() == " ".join(movie.steps[1].caption.split())
    assert page.locator("#picture").get_attribute("aria-label") == movie.scenes()[1][-1].description
    assert "Step 2 of 9" in page.locator("#scrubber").get_attribute("aria-valuetext")
