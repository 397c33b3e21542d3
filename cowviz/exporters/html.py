"""HTML: the player in one self-contained file. It loads nothing from the network, and its policy forbids it.

The page, its style and its scripts are the files of ``cowviz/player``.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template

from cowviz.exporters._player_data import StepData, player_data
from cowviz.exporters.request import ExportRequest, Plays, Shows
from cowviz.language import _, tag
from cowviz.renderers.svg import SANS
from cowviz.scene.shapes import Colour, Scene, Text

SUFFIXES = (".html",)
SHOWS: Shows = "document"
SET_BY_VIEWER = True
SUPPORTS = ("questions",)

PLAYER = Path(__file__).parents[1] / "player"
SCRIPTS = ("tween.js", "draw.js", "player.js")


def export(request: ExportRequest, path: Path) -> None:
    """Write the player with the request's steps; its theme is used by day if it is light, else by night."""
    day, night = _looks(request)
    data = player_data(request, day, night)
    style = _colours(day[0][0], night[0][0]) + _read("player.css")
    script = '"use strict";\n{\n' + "\n".join(map(_read, SCRIPTS)) + "}"  # a block: its names are nobody else's
    texts = {
        "lang": tag(request.trace.lang),
        "title": day[0][0].title or request.trace.title,
        "policy": _policy(style, script),
        "font": SANS,
        **labels(),
    }
    markup = {
        "style": style,
        "script": script,
        "data": json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
        "transcript": _transcript(data["steps"]),
    }
    page = Template(_read("page.html")).substitute({name: escape(text) for name, text in texts.items()} | markup)
    path.write_text(page, encoding="utf-8", newline="\n")


def labels() -> Mapping[str, str]:
    """Return the names of the controls, in the current language."""
    return {
        "controls": _("Steps"),
        "back": _("Back"),
        "forward": _("Forward"),
        "play": _("Play"),
        "step": _("Step"),
        "pace": _("Pace"),
        "look": _("Light or dark"),
        "full": _("Full screen"),
    }


def _looks(request: ExportRequest) -> tuple[Plays, Plays]:
    """The plays by day and by night: the theme asked for, and cowviz's own of the other kind."""
    if request.compose is None:
        return request.plays, request.plays
    if _is_dark(request.plays[0][0].background):
        return request.compose("light"), request.plays
    return request.plays, request.compose("dark")


def _is_dark(colour: Colour) -> bool:
    return sum(bytes.fromhex(colour[1:])) < 3 * 128


def _colours(day: Scene, night: Scene) -> str:
    """The page's own colours: those of the picture's background and title."""
    by_day, by_night = (f"{{--paper:{scene.background};--ink:{_ink(scene)};" for scene in (day, night))
    return (
        f":root{by_day}color-scheme:light}}\n"
        f"@media (prefers-color-scheme:dark){{:root{by_night}color-scheme:dark}}}}\n"
        f":root[data-look=day]{by_day}color-scheme:light}}\n"
        f":root[data-look=night]{by_night}color-scheme:dark}}\n"
        f"@media print{{:root,:root[data-look]{by_day}color-scheme:light}}}}\n"
    )


def _ink(scene: Scene) -> Colour:
    texts = [shape for shape in scene.shapes.values() if isinstance(shape, Text)]
    found = next((text.fill for text in texts if text.role == "title"), None)
    return found or ("#ffffff" if _is_dark(scene.background) else "#000000")


def _policy(style: str, script: str) -> str:
    """What the page may do: run this script, be styled by this style sheet, and nothing else."""
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


def _transcript(steps: Sequence[StepData]) -> str:
    """The captions, for those who run no scripts."""
    items = (f'<li value="{step["number"]}" dir="auto">{escape(step["caption"])}</li>' for step in steps)
    return f"<ol>{''.join(items)}</ol>"


def _read(name: str) -> str:
    return (PLAYER / name).read_text(encoding="utf-8")
