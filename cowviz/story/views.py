"""Checks the views that a scenario asks for, and the page or process that they are about."""

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
    """Check the names of views: cowviz's, other packages', or files. Raises CowvizError for an unknown one."""
    if len(names) > MOST_VIEWS:
        raise CowvizError(f"a stage holds two views, not {len(names)}")
    known = plugins.names("views")
    for name in names:
        called = text(name, "a view's name", MOST_SIGNS_OF_A_NAME)
        if called not in known and PurePath(called).suffix != ".py":
            raise unknown("view", called, known)
    return tuple(map(str, names))


def named_by(constant: object) -> tuple[str, ...]:
    """Return the views that a file's ``VIEW`` names: one, or a pair. Raises CowvizError for anything else."""
    if isinstance(constant, tuple | list):
        return view_names(constant)
    return view_names((constant,))


def place_of(thing: Actor | Region) -> tuple[int, int | None]:
    """Return the page (pid, vpn) or process (pid, None) that a view is about. Raises CowvizError for anything else."""
    from cowviz.story.actor import Actor

    if isinstance(thing, Actor):
        return thing.pid, None
    if isinstance(thing, Region):
        return thing.actor.pid, thing.start
    raise CowvizError(f"a view is about a page or a process, as in of=p.heap, and not {shown(thing)}")
