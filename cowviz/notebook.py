"""Shows a movie in a notebook: as the player; without HTML as the last step; else as text."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Collection
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING

from cowviz import output_files

if TYPE_CHECKING:
    from cowviz.movie import Movie

Bundle = tuple[dict[str, str], dict[str, dict[str, str]]]  # by MIME type: what is shown, and what is said about it


def bundle(movie: Movie, include: Collection[str] | None = None, exclude: Collection[str] | None = None) -> Bundle:
    """Return what Jupyter asks for: the movie by MIME type; only those it names are made."""
    wanted = [kind for kind in KINDS if (not include or kind in include) and kind not in (exclude or ())]
    alt = {"image/png": {"alt": " ".join(movie.picture().description.split())}} if "image/png" in wanted else {}
    return {kind: KINDS[kind](movie) for kind in wanted}, alt


def frame(movie: Movie) -> str:
    """Return the whole player in one element, which has the page's width and sees nothing of the page around it."""
    page = _file(movie, ".html").decode()
    for mark, name in (("&", "&amp;"), ("<", "&lt;"), ("'", "&#39;")):
        page = page.replace(mark, name)  # between single quotes: the player has few of these, and many double ones
    return (
        f'<iframe title="{escape(movie.title)}" sandbox="allow-scripts" allow="fullscreen" '
        f"style=\"width: 100%; aspect-ratio: 16 / 10; border: 0\" srcdoc='{page}'></iframe>"
    )


def display(movie: Movie) -> None:
    """Show the movie at a cell's end: the player, by a script; and after it the picture, which the player hides.

    A page that lets no script through (GitHub, ``nbconvert`` with ``sanitize_html``) has the picture alone, and none of
    the player's source. In one output they cannot be: such a page would take the script, and show nothing of it.
    """
    from IPython.display import publish_display_data

    publish_display_data({"application/javascript": script(movie)})
    publish_display_data(*bundle(movie, exclude=["text/html"]))


def script(movie: Movie) -> str:
    """Put the player into the output's element, and hide the output after it, in Jupyter's pages and nbconvert's."""
    player = frame(movie)
    name = f"cowviz-{sha256(player.encode()).hexdigest()[:8]}"
    after = f":is(.jp-OutputArea-child,.output_area,.output_wrapper > .output):has(#{name}) + *"
    inner = f'<div id="{name}"><style>{after}{{display:none}}</style>{player}</div>'
    told = json.dumps(inner).replace("<", "\\u003c")
    return f"(element.appendChild ? element : element[0]).innerHTML = {told};"


def words(movie: Movie) -> str:
    """Return the captions."""
    captions = (" ".join(step.caption.split()) for step in movie.steps)
    return "\n".join([repr(movie), *(f"{number:>3}  {caption}" for number, caption in enumerate(captions, 1))])


def _png(movie: Movie) -> str:
    return b64encode(_file(movie, ".png")).decode()


def _file(movie: Movie, suffix: str) -> bytes:
    """Return the content of the movie's file of that suffix."""
    with output_files.scratch(suffix) as path:
        movie.save(path)
        return path.read_bytes()


KINDS: dict[str, Callable[[Movie], str]] = {"text/html": frame, "image/png": _png, "text/plain": words}
