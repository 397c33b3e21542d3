"""A movie at the end of a cell, in pages that the real tools make: nbconvert, Sphinx with MyST, MkDocs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import pytest

import cowviz

ROOT = Path(__file__).parents[1]
FRAME = re.search(r"^<iframe .*</iframe>$", (ROOT / "docs" / "web.md").read_text(encoding="utf-8"), re.MULTILINE)[0]  # type: ignore[index]
CELL = 'import cowviz\n\nmovie = cowviz.load("fork_cow")\nmovie'


@pytest.fixture(scope="module")
def movie():
    return cowviz.load("fork_cow")


def run(*command: str | Path, cwd: Path) -> None:
    environ = os.environ | {"PYTHONPATH": str(ROOT), "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=cwd, env=environ, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def plays(browser):
    """``plays(path)``: the page's one player shows its picture, and goes on by key; nothing complains."""

    def check(path: Path) -> None:
        complaints: list[str] = []
        page = browser.new_page(viewport={"width": 1000, "height": 900})
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.route(re.compile("^https?:"), lambda route: route.fulfill(body=""))  # nbconvert's MathJax
        page.goto(path.as_uri())
        inside = page.frame_locator("iframe")
        assert inside.locator("#picture text").count() > 10
        assert inside.locator("#number").inner_text() == "1 / 9"
        box = page.locator("iframe").bounding_box()
        assert box["width"] / box["height"] == pytest.approx(1.6, abs=0.01)
        inside.locator("#forward").focus()
        inside.locator("#forward").press("ArrowRight")
        assert inside.locator("#number").inner_text() == "2 / 9"
        page.close()
        assert complaints == []

    return check


def test_only_what_is_asked_for_is_made(movie):
    data, said = movie._repr_mimebundle_(include={"text/plain"})
    assert list(data) == ["text/plain"]
    assert said == {}
    data, _ = movie._repr_mimebundle_(exclude={"text/html"})
    assert list(data) == ["image/png", "text/plain"]


def test_a_picture_has_words_for_those_who_do_not_see_it(movie):
    data, said = movie._repr_mimebundle_()
    assert b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert said["image/png"]["alt"] == " ".join(movie.picture().description.split())


def test_the_words_are_those_of_the_captions(movie):
    first, *lines = movie._repr_mimebundle_(include=["text/plain"])[0]["text/plain"].splitlines()
    assert first == "<Movie fork_cow: 9 steps>"
    assert len(lines) == 9
    assert lines[3].startswith("  4  The child reads x = 1 from the parent's frame. Reading")


def test_it_is_the_same_each_time(movie):
    assert cowviz.load("fork_cow")._repr_mimebundle_() == movie._repr_mimebundle_()


def test_a_quotation_mark_in_a_lesson_does_not_end_the_frame(browser, tmp_path):
    def play(story: cowviz.Story) -> None:
        """It's <b>"bold"</b> & 'brave'"""
        story.process("Parent", heap="x = '&lt;'")
        story.say("""Both " and ' and &amp; stay.""")

    path = tmp_path / "x.html"
    path.write_text(cowviz.run(play)._repr_mimebundle_()[0]["text/html"], encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    assert page.locator("iframe").get_attribute("title") == "It's <b>\"bold\"</b> & 'brave'"
    assert page.frame_locator("iframe").locator("#caption").text_content() == """Both " and ' and &amp; stay."""
    page.close()


@pytest.mark.slow
def test_nbconvert_runs_a_notebook_to_html_and_latex(needs, plays, browser, tmp_path):
    needs("nbconvert")
    needs("ipykernel")
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    cells = [CELL, "movie.figure(3)", "movie.draw(4)"]
    notebook = new_notebook(cells=[new_code_cell(cell, id=f"cell{i}") for i, cell in enumerate(cells)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, tmp_path / "lesson.ipynb")
    run("nbconvert", "--execute", "--to", "notebook", "--inplace", "lesson.ipynb", cwd=tmp_path)
    run("nbconvert", "--to", "html", "lesson.ipynb", cwd=tmp_path)
    plays(tmp_path / "lesson.html")
    page = browser.new_page()
    page.route(re.compile("^https?:"), lambda route: route.fulfill(body=""))
    page.goto((tmp_path / "lesson.html").as_uri())
    visible = [image.is_visible() for image in page.locator("img").all()]
    assert visible == [False, True, True]  # the player hides its own picture
    page.close()
    for option in (
        "--HTMLExporter.sanitize_html=True",
        "--HTMLExporter.preprocessors=nbconvert.preprocessors.sanitize.SanitizeHTML",
    ):
        run("nbconvert", "--to", "html", option, "--output", "clean.html", "lesson.ipynb", cwd=tmp_path)
        clean = (tmp_path / "clean.html").read_text(encoding="utf-8")
        assert clean.count('src="data:image/png;base64,') == 3
        assert "srcdoc" not in clean and "lt;iframe" not in clean
    run("nbconvert", "--to", "latex", "lesson.ipynb", cwd=tmp_path)
    names = re.findall(r"\{(lesson_files/[^}]+\.png)\}", (tmp_path / "lesson.tex").read_text(encoding="utf-8"))
    assert len(names) == 3
    assert all((tmp_path / name).read_bytes().startswith(b"\x89PNG") for name in names)


@pytest.mark.slow
def test_a_page_of_sphinx_and_myst_holds_the_player(movie, needs, plays, tmp_path):
    needs("sphinx")
    needs("myst_parser")
    (tmp_path / "conf.py").write_text(
        'extensions = ["myst_parser"]\nhtml_theme = "basic"\nhtml_extra_path = ["extra"]\n'
    )
    (tmp_path / "index.md").write_text(f"# Copy-on-write\n\n{FRAME}\n", encoding="utf-8")
    movie.save(tmp_path / "extra" / "fork_cow.html")
    run("sphinx", "-W", "-b", "html", ".", "built", cwd=tmp_path)
    plays(tmp_path / "built" / "index.html")


@pytest.mark.slow
def test_a_page_of_mkdocs_holds_the_player(movie, needs, plays, tmp_path):
    needs("mkdocs")
    (tmp_path / "mkdocs.yml").write_text(
        "site_name: Lessons\ntheme: {name: readthedocs, highlightjs: false}\nplugins: []\n"
    )
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text(f"# Copy-on-write\n\n{FRAME}\n", encoding="utf-8")
    movie.save(tmp_path / "docs" / "fork_cow.html")
    run("mkdocs", "build", "--strict", "--site-dir", "built", cwd=tmp_path)
    plays(tmp_path / "built" / "index.html")
