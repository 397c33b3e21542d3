"""Makes movies from a scenario, a recorded trace, or a ``play(story)`` function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from inspect import isfunction
from pathlib import Path
from typing import TYPE_CHECKING

from cowviz import claims
from cowviz.errors import CowvizError, short, unknown, warn
from cowviz.language import ENGLISH, known
from cowviz.memory.profile import PROFILES, Profile
from cowviz.movie.movie import Movie
from cowviz.story.loader import load_scenario, load_trace, locate, split_doc
from cowviz.story.recording import record
from cowviz.trace.model import Trace
from cowviz.watch import EndlessError

if TYPE_CHECKING:
    from cowviz.story.story import Story


def load(
    source: str | Path, profile: str | Profile | None = None, *, lang: str | None = None, check: bool = False
) -> Movie:
    """Make a movie from a scenario (its name, or the path of its ``.py``) or a recorded trace (``.json``).

    ``lang`` is the language of its words; by default the scenario's own. ``check`` verifies the machine's invariants
    after each change. Raises ClaimError if an assert of the scenario fails, CowvizError for any other mistake.
    """
    if not isinstance(source, str | Path):
        raise CowvizError(
            f"load() takes a scenario's name or a path, not {short(source)}; run() takes a function, play(story)"
        )
    name, path = locate(str(source))
    if path.suffix == ".json":
        if profile:
            raise CowvizError(f"{source}: a recorded trace keeps the profile it was recorded with: leave --profile out")
        return Movie(_without_foreign_views(in_language(load_trace(path), lang), str(source)), name)
    return Movie(load_scenario(source).record(_profile(profile), check, lang), folder=path.parent)


def run(
    play: Callable[[Story], object],
    profile: str | Profile | None = None,
    *,
    lang: str = ENGLISH,
    check: bool = False,
) -> Movie:
    """Make a movie from a ``play(story)`` function; its docstring, or its module's, is the title.

    Raises CowvizError for an endless play; other exceptions of ``play`` pass through.
    """
    function = getattr(play, "__func__", play)
    if not isfunction(function):
        raise CowvizError(f"run() takes a function, play(story), not {short(play)}; load() takes a scenario's name")
    file = function.__globals__.get("__file__")  # a notebook has none
    name = Path(file).stem if file and function.__name__ == "play" else function.__name__
    with claims.kept_in(function) as (own, of_module):
        title, about = split_doc(own or (of_module if file else None))
        try:
            trace = record(
                play, name=name, title=title or name, doc=about, lang=lang, profile=_profile(profile), check=check
            )
        except EndlessError as error:
            raise CowvizError(f"{error.file}, line {error.line}: {error}") from None
    if not title:
        warn(f"no title: {name} stands for it; a docstring's first line is the title")
    return Movie(trace)


def in_language(trace: Trace, lang: str | None) -> Trace:
    """Translate cowviz's own words in a trace; the scenario's words stay as they are."""
    known(trace.lang)
    if lang is None or known(lang) == trace.lang:
        return trace
    if trace.recording:
        from cowviz.record.translation import translated

        return translated(trace, lang)
    return replace(trace, lang=lang)


def _without_foreign_views(trace: Trace, source: str) -> Trace:
    """Take the files out of a trace's views: a trace may come from anywhere, and runs no code."""
    files = [view for views in (trace.view, *(step.view for step in trace.steps)) for view in views if "." in view]
    if not files:
        return trace
    warn(f"{source}: its view {files[0]} is a file, which a trace does not contain: add --view {files[0]}")

    def own(views: tuple[str, ...]) -> tuple[str, ...]:
        return () if any("." in view for view in views) else views

    return replace(trace, view=own(trace.view), steps=tuple(replace(s, view=own(s.view)) for s in trace.steps))


def _profile(profile: str | Profile | None) -> Profile | None:
    if profile is None or isinstance(profile, Profile):
        return profile
    if not isinstance(profile, str):
        raise CowvizError(f"profile must be 'textbook', 'linux', or a Profile, not {short(profile)}")
    if profile not in PROFILES:
        raise unknown("profile", profile, PROFILES)
    return PROFILES[profile]
