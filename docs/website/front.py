"""The front page: the main scenario's player, all scenarios, the documents."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from docs.website import documents, lessons, page

LEAD = (
    "The pictures that every operating-systems course draws by hand, made from a few lines of Python: "
    "copy-on-write, demand paging, page faults, step by step. A simulator runs each lesson, and checks what it claims."
)


def write(folder: Path, shown: Sequence[lessons.Lesson]) -> None:
    cards = "".join(map(_card, shown))
    texts = "".join(_text(document) for document in documents.all_documents() if "decisions" not in document.path.parts)
    body = (
        f'<h1>Virtual memory, drawn</h1>\n<p class="lead">{LEAD}</p>\n{lessons.player(shown[0], "scenarios/")}'
        '<p class="note">Arrow keys, a clicker, swipes or the buttons go from step to step.</p>\n'
        f'<h2 id="scenarios">Scenarios</h2>\n<ul class="gallery">\n{cards}</ul>\n'
        f'<h2 id="documentation">Documentation</h2>\n<dl class="documents">\n{texts}</dl>\n'
    )
    page.write(folder, "index.html", "cowviz: lecture figures of virtual memory", body)


def _card(lesson: lessons.Lesson) -> str:
    count = len(lesson.movie.steps)
    return (
        f'<li><a href="scenarios/{quote(lesson.name)}.html">{lessons.poster(lesson)}<h3>{escape(lesson.title)}</h3></a>'
        f"<p>{count} {'step' if count == 1 else 'steps'}</p></li>\n"
    )


def _text(document: documents.Document) -> str:
    title = "Start" if document.path.name == "README.md" and document.title == "cowviz" else document.title
    where = documents.address(document.path)
    return f'<dt><a href="{where}">{escape(title)}</a></dt><dd>{escape(document.lead)}</dd>\n'
