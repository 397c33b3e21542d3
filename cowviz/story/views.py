"""Which views show a lesson, and what they are about, as its author says it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from cowviz import plugins
from cowviz.errors import CowvizError, unknown
from cowviz.story.asked import shown, text
from cowviz.story.region import Region
from cowviz.trace.limits import MOST_SIGNS_OF_A_NAME, MOST_VIEWS

if TYPE_CHECKING:
    from cowviz.story.actor import Actor


def view_names(names: Sequence[object]) -> tuple[str, ...]:
    """Check names of views, side by side: of this package, of others, or files. Raises CowvizError."""
    if len(names) > MOST_VIEWS:
        raise CowvizError(f"a stage holds two views, not {len(names)}")
    known = plugins.names("views")
    for name in names:
        called = text(name, "a view's name", MOST_SIGNS_OF_A_NAME)
        if called not in known and PurePath(called).suffix != ".py":
            raise unknown("view", called, known)
    return tuple(map(str, names))


def named_by(constant: object) -> tuple[str, ...]:
    """Take the views that a file's ``VIEW`` names: one, or a pair. Raises CowvizError."""
    if isinstance(constant, tuple | list):
        return view_names(constant)
    return view_names((constant,))


def place_of(thing: Actor | Region) -> tuple[int, int | None]:
    """Take the page (pid, vpn) or the process (pid, None) that a view is to be about. Raises CowvizError."""
    from cowviz.story.actor import Actor

    if isinstance(thing, Actor):
        return thing.pid, None
    if isinstance(thing, Region):
        return thing.actor.pid, thing.start
    raise CowvizError(f"a view is about a page or a process, as in of=p.heap; this is {shown(thing)}")
