"""A small movie to export. As a program, ``python conftest.py FILE ...`` writes it: for runs in other processes."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from player_lab import SIZE

import cowviz
import cowviz.exporters
from cowviz.exporters.options import RenderOptions
from cowviz.exporters.request import ExportRequest
from cowviz.scene.shapes import Circle, Line, Rect, Scene, Shape, Text
from cowviz.scene.timeline import Still
from cowviz.story.recording import record
from cowviz.story.story import Story

WIDTH, HEIGHT = 640, 360
STEPS, MOVING = 3, 4
HOLD = 1.234
CAPTIONS = ("One process", "fork() copies the page table", "The child writes")
BARS = ("#3b6ea8", "#3f8f5f", "#b5533c")


def scene(step: int, t: float) -> Scene:
    """A step of the movie, so far into its motion."""
    shapes: dict[str, Shape] = {
        "caption": Text(x=40, y=60, text=CAPTIONS[step], size=32, fill="#222222"),
        "panel": Rect(x=40, y=100, w=500, h=560, radius=16, fill="#ffffff", stroke="#c8c4bb", width=2),
    }
    for i, colour in enumerate(BARS):
        y = 130 + 170 * i
        shapes[f"bar{i}"] = Rect(x=70, y=y, w=400, h=120, radius=8, fill=colour)
        shapes[f"name{i}"] = Text(x=100, y=y + 70, text=f"Page {i}", size=40, fill="#ffffff", bold=True)
    end = 190 + 170 * min(2, step - 1 + t) if step else 190
    shapes["arrow"] = Line(points=((470, 190), (900, end)), stroke="#444444", width=4, head=True)
    shapes["flash"] = Circle(x=1000, y=end, r=60, fill="#d9480f", opacity=t)
    return Scene(shapes=shapes, background="#fbfaf7", title=CAPTIONS[step])


def play(story: Story) -> None:
    parent = story.process("Parent", heap="Heap")
    story.say(CAPTIONS[0])
    child = parent.fork("Child")
    story.say(CAPTIONS[1])
    child.write(child.heap[0], "child's data")
    story.say(CAPTIONS[2])


def job_for(shows: str, width: int = WIDTH, height: int = HEIGHT) -> ExportRequest:
    steps = [scene(step, 1) for step in range(STEPS)]
    stills = []
    for step in range(STEPS):
        stills += [Still(scene(step, (i + 1) / MOVING), 1 / 30) for i in range(MOVING)] + [Still(steps[step], HOLD)]
    trace = record(play, name="sample", title="Copy-on-write after fork()")
    numbers, plays = ([], [steps[-1:]]) if shows == "picture" else ([1, 2, 3], [[shown] for shown in steps])
    scenes = [play[-1] for play in plays]
    return ExportRequest(trace, scenes, stills, width, height, RenderOptions(fps=30), numbers, plays)


def exporters() -> Iterator[ModuleType]:
    """Every format, found by its being there."""
    for module in pkgutil.iter_modules(cowviz.exporters.__path__):
        found = importlib.import_module(f"cowviz.exporters.{module.name}")
        if hasattr(found, "SUFFIXES"):
            yield found


@pytest.fixture
def task() -> ExportRequest:
    return job_for("animation")


@pytest.fixture
def make_task() -> Callable[..., ExportRequest]:
    """``make_task("picture", 1280, 720)``: another size, and what the exporter shows."""
    return job_for


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        (exporter,) = (module for module in exporters() if path.name[1:] in module.SUFFIXES)
        exporter.export(job_for(exporter.SHOWS), path)


@pytest.fixture(scope="module")
def movie():
    return cowviz.load("fork_cow")


@pytest.fixture(scope="module")
def files(movie, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("player")
    movie.save(folder / "plain.html")
    movie.save(folder / "asking.html", questions=True)
    return folder


@pytest.fixture
def visit(browser, files):
    """``visit("plain.html#step=4")``: the file in a tab of its own, whose complaints and requests must be none."""
    contexts, found = [], []

    def go(name: str, **how):
        contexts.append(browser.new_context(**{"viewport": SIZE, **how}))
        page = contexts[-1].new_page()
        page.on("console", lambda message: found.append(message.text))
        page.on("pageerror", lambda error: found.append(str(error)))
        page.on("request", lambda request: found.append(request.url) if name.split("#")[0] not in request.url else None)
        page.goto(f"{(files / name.split('#')[0]).as_uri()}#{name.partition('#')[2]}")
        return page

    yield go
    for context in contexts:
        context.close()
    assert found == []
