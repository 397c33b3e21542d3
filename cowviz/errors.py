"""What can go wrong for a user, each with its exit status. The message is one or two plain lines that name the cure."""

from __future__ import annotations

from collections.abc import Iterable


class CowvizError(Exception):
    """What was asked for is wrong: an unknown name, a broken scenario, a bad size."""

    exit_status = 2


class UnknownWordError(CowvizError, AttributeError):
    """A word that a story or a process does not know; what looks whether there is one is told by the usual error."""


class ClaimError(CowvizError):
    """A scenario's own assert, or a check, found that something does not hold."""

    exit_status = 1


class MissingTool(CowvizError):
    """This machine lacks something; the message names the command that installs it."""

    exit_status = 3


class OutputError(CowvizError):
    """The output cannot be written."""

    exit_status = 4


def unknown(kind: str, name: str, known: Iterable[str]) -> CowvizError:
    """The error for a name that does not exist: the nearest ones, or all."""
    from difflib import get_close_matches  # nobody waits for it at the start of every command

    names = sorted(known)
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(names)}"
    return CowvizError(f"no {kind} {name!r}; {hint}")
