"""Reads and checks what a scenario's file defines: play, LANG, DOC, PROFILE, VIEW."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from cowviz.errors import CowvizError, unknown
from cowviz.language import ENGLISH, known
from cowviz.memory.profile import PROFILES, Profile

if TYPE_CHECKING:
    from cowviz.story.story import Story


def play_of(module: ModuleType, path: Path) -> Callable[[Story], object]:
    """Return the file's ``play``. Raises CowvizError if it is missing or takes more than the story."""
    play = getattr(module, "play", None)
    if not inspect.isfunction(play):
        raise CowvizError(f"{path}: it has no play(story) function; 'cowviz new FILE.py' writes one to start from")
    try:
        inspect.signature(play).bind("story")
    except TypeError as error:
        line = play.__code__.co_firstlineno
        raise CowvizError(f"{path}, line {line}: play takes one argument, the story: def play(story)") from error
    return play


def why_untitled(path: Path) -> str:
    """Explain why a file has no title."""
    with suppress(OSError, SyntaxError, ValueError):
        match ast.parse(path.read_bytes()).body:
            case [ast.Expr(ast.JoinedStr()), *_]:
                return f"{path}: no title: {path.stem} stands for it; an f-string is no docstring, take the f away"
    return f"{path}: no title: {path.stem} stands for it; a docstring's first line is the title"


def lang_of(module: ModuleType, path: Path) -> str:
    """Return the language that the file is written in. Raises CowvizError for an unknown language."""
    lang = getattr(module, "LANG", ENGLISH)
    try:
        return known(lang)
    except CowvizError as error:
        raise CowvizError(f"{path}: LANG: {error}") from error


def docs_of(module: ModuleType, path: Path) -> dict[str, str]:
    """Return the file's docstring in other languages, each with a title and the rest.

    Raises CowvizError for anything else.
    """
    docs = getattr(module, "DOC", {})
    if not isinstance(docs, dict) or not all(isinstance(text, str) for text in docs.values()):
        raise CowvizError(f'{path}: DOC is a text by language: DOC = {{"ro": "Titlu\\n\\nText"}}')
    return docs


def profile_of(module: ModuleType, path: Path) -> Profile | None:
    """Return the profile that the file names, or None. Raises CowvizError for an unknown profile."""
    wanted = getattr(module, "PROFILE", None)
    if wanted is None or isinstance(wanted, Profile):
        return wanted
    if wanted not in PROFILES:
        raise CowvizError(f"{path}: {unknown('profile', str(wanted), PROFILES)}")
    return PROFILES[wanted]


def view_of(module: ModuleType, path: Path) -> tuple[str, ...]:
    """Return the views that the file names, perhaps none. Raises CowvizError for unknown views."""
    from cowviz.story.views import named_by

    if (wanted := getattr(module, "VIEW", None)) is None:
        return ()
    try:
        return named_by(wanted)
    except CowvizError as error:
        raise CowvizError(f"{path}: VIEW: {error}") from error
