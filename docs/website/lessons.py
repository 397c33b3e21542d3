"""A page for each scenario: its player, its words, its source, its files."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import cowviz
from docs.website import ROOT, page

SUFFIXES = {
    ".html": "the player: one file, works offline",
    ".gif": "the animation, for slides",
    ".anim.svg": "the animation, for web pages",
    ".svg": "the last step",
}


class Lesson(NamedTuple):
    """A bundled scenario, and its movie."""

    path: Path
    movie: cowviz.Movie

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def title(self) -> str:
        return self.movie.title

    @property
    def fullest(self) -> int:
        """The last of the steps with the most to see; at the end, much may have gone."""
        fullness = [len(plays[-1].shapes) for plays in self.movie.scenes()]
        return max(range(1, len(fullness) + 1), key=lambda number: (fullness[number - 1], number))


def all_lessons() -> list[Lesson]:
    """The main scenario first."""
    paths = [path for path in (ROOT / "scenarios").iterdir() if path.suffix in (".py", ".json")]
    ordered = sorted(paths, key=lambda path: (path.stem != "fork_cow", path.suffix == ".json", path.stem))
    return [Lesson(path, cowviz.load(path)) for path in ordered if not path.stem.startswith("_")]


def write(folder: Path, lessons: Sequence[Lesson]) -> None:
    for i, lesson in enumerate(lessons):
        files = folder / "scenarios" / lesson.name
        for suffix in SUFFIXES:
            lesson.movie.save(files / f"{lesson.name}{suffix}")
        for theme in ("light", "dark"):
            lesson.movie.save(files / f"poster-{theme}.svg", step=lesson.fullest, theme=theme)
        shutil.copyfile(lesson.path, files / lesson.path.name)
        page.write(folder, f"scenarios/{lesson.name}.html", lesson.title, _body(files, lesson, lessons[i + 1 : i + 2]))


def player(lesson: Lesson, root: str = "") -> str:
    """The frame that docs/web.md recommends."""
    source = f"{root}{quote(lesson.name)}/{quote(lesson.name)}.html"
    return (
        f'<iframe class="player" src="{source}" title="{escape(lesson.title)}: player" '
        'allow="fullscreen" sandbox="allow-scripts"></iframe>\n'
    )


def poster(lesson: Lesson) -> str:
    """One step, by day and by night, as the front page shows it."""
    name = f"scenarios/{quote(lesson.name)}/poster"
    return (
        f'<picture><source media="(prefers-color-scheme: dark)" srcset="{name}-dark.svg">'
        f'<img src="{name}-light.svg" width="1280" height="720" loading="lazy" alt=""></picture>'
    )


def _body(files: Path, lesson: Lesson, following: Sequence[Lesson]) -> str:
    doc = "".join(f"<p>{escape(text)}</p>\n" for text in lesson.movie.trace.doc.split("\n\n") if text)
    captions = "".join(f"<li>{escape(' '.join(step.caption.split()))}</li>\n" for step in lesson.movie.steps)
    after = "".join(
        f'<p class="next"><a href="{quote(n.name)}.html">Next: {escape(n.title)}</a></p>\n' for n in following
    )
    told = page.code(lesson.movie.to_text())
    return (
        f"<h1>{escape(lesson.title)}</h1>\n{doc}{player(lesson)}"
        '<p class="note">Arrow keys, a clicker, swipes or the buttons go from step to step.</p>\n'
        f'<h2 id="steps">Step by step</h2>\n<ol class="steps">\n{captions}</ol>\n'
        f"<details><summary>With every page, frame and counter</summary>\n{told}</details>\n"
        f'<h2 id="source">The scenario</h2>\n{_source(lesson)}'
        f'<h2 id="files">Files</h2>\n<ul class="files">\n{_files(files, lesson)}</ul>\n{after}'
    )


def _source(lesson: Lesson) -> str:
    command = page.code(f"cowviz render {lesson.name}")
    if lesson.path.suffix == ".py":
        return page.code(lesson.path.read_text(encoding="utf-8"), "python") + f"<p>To draw it:</p>\n{command}"
    return f"<p>Recorded from a real program on a real kernel, not simulated. To draw it:</p>\n{command}"


def _files(files: Path, lesson: Lesson) -> str:
    meanings = {f"{lesson.name}{suffix}": meaning for suffix, meaning in SUFFIXES.items()}
    meanings[lesson.path.name] = "the scenario" if lesson.path.suffix == ".py" else "the recording"
    return "".join(
        f'<li><a href="{quote(f"{lesson.name}/{name}")}">{escape(name)}</a> {meaning} ({_size(files / name)})</li>\n'
        for name, meaning in meanings.items()
    )


def _size(path: Path) -> str:
    return f"{max(1, round(path.stat().st_size / 1000))} kB"
