"""The project's site, built as ``make site`` builds it: links, and what a browser makes of its pages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[1]
SCENARIOS = {"fork_cow", "fork_heap_real", "parent_writes_first"}  # all of them would take a minute
PHONE = {"width": 390, "height": 844}
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]

pytestmark = pytest.mark.slow


def built(folder: Path, *names: str) -> Path:
    command = [sys.executable, "-m", "docs.website", str(folder), *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def dead(folder: Path) -> str:
    code = "import sys; from pathlib import Path; from docs.website.links import dead; print(*dead(Path(sys.argv[1])))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """That no link is dead is a condition of its being built."""
    return built(tmp_path_factory.mktemp("site") / "site", *SCENARIOS)


@pytest.fixture
def visit(browser, site):
    """``visit("index.html")``: a page that says nothing in the console and asks for nothing but files of the site."""
    contexts, found = [], []

    def refuse(route) -> None:
        found.append(route.request.url)
        route.abort()

    def go(name: str, **how):
        contexts.append(browser.new_context(**how))
        contexts[-1].route(lambda url: not url.startswith((site.as_uri(), "data:")), refuse)
        page = contexts[-1].new_page()
        page.on("console", lambda message: found.append(message.text))
        page.on("pageerror", lambda error: found.append(str(error)))
        page.goto((site / name).as_uri())
        return page

    yield go
    for context in contexts:
        context.close()
    assert found == []


def test_there_is_a_page_for_each_scenario_and_document(site):
    assert {path.stem for path in (site / "scenarios").glob("*.html")} == SCENARIOS
    for path in DOCUMENTS:
        assert (site / path.relative_to(ROOT).with_suffix(".html")).is_file()
    index = (site / "index.html").read_text(encoding="utf-8")
    assert [name for name in SCENARIOS if f'href="scenarios/{name}.html"' not in index] == []


def test_links_to_documents_have_become_links_to_their_pages(site):
    readme = (site / "README.html").read_text(encoding="utf-8")
    assert 'href="docs/writing-a-scenario.html"' in readme
    assert 'href="docs/decisions/index.html"' in readme
    assert 'href="memory-model.html#two-profiles"' in (site / "docs" / "writing-a-scenario.html").read_text("utf-8")
    assert [path for path in site.rglob("*.html") if '.md"' in path.read_text(encoding="utf-8")] == []


def test_no_page_asks_for_anything_else_nor_is_wider_than_a_phone(visit, site):
    page = visit("index.html", viewport=PHONE)
    for path in sorted(site.rglob("*.html")):
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path.name
        assert page.locator("h1").count() == 1, path.name


def test_players_play(visit):
    for name in ("index.html", "scenarios/fork_cow.html"):
        player = visit(name).frame_locator("iframe")
        player.locator("#forward").click()
        assert player.locator("#number").inner_text() == "2 / 9"


@pytest.mark.parametrize("how", [{}, {"color_scheme": "dark"}, {"viewport": PHONE}], ids=["light", "dark", "phone"])
@pytest.mark.parametrize("name", ["index.html", "scenarios/fork_cow.html"])
def test_axe_finds_nothing(browser, site, needs, name, how):
    needs("axe_playwright_python")
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(bypass_csp=True, **how)
    page.goto((site / name).as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    found = Axe().run(page).response["violations"]
    page.close()
    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in found] == []


def test_a_page_begins_with_the_way_past_its_head(visit):
    page = visit("index.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_same_site_each_time(site, tmp_path):
    again = built(tmp_path / "again", "parent_writes_first")
    files = [path for folder in ("scenarios/parent_writes_first", "docs") for path in (again / folder).rglob("*.*")]
    assert len(files) > 20
    assert [path.name for path in files if path.read_bytes() != (site / path.relative_to(again)).read_bytes()] == []


def test_what_is_wrong_with_links_is_found(tmp_path):
    (tmp_path / "a.html").write_text(
        dedent("""\
        <h1 id="here">A</h1> <a href="#here">fine</a> <a href="b.html#there">fine</a> <a href="https://x.org">fine</a>
        <a href="#gone">no</a> <a href="c.html">no</a> <a href="b.html#gone">no</a>
        <img src="https://x.org/y.png"><img src="gone.png"><link rel="stylesheet" href="//x.org/z.css">
        """)
    )
    (tmp_path / "b.html").write_text('<p id="there">B</p>')
    assert dead(tmp_path).split("a.html: ")[1:] == [
        "'#gone' leads to no such place ",
        "'c.html' leads to no file ",
        "'b.html#gone' leads to no such place ",
        "'https://x.org/y.png' is loaded from elsewhere ",
        "'gone.png' leads to no file ",
        "'//x.org/z.css' is loaded from elsewhere",
    ]
