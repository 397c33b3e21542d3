"""What can go wrong for a user, each with its exit status. The message is one or two plain lines that name the cure."""

from __future__ import annotations

import warnings
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


# The packages of modules that are called otherwise.
PACKAGES = {"PIL": "pillow", "pptx": "python-pptx"}


def to_install(module: str) -> str:
    """Return the command that installs what brings a module: true wherever cowviz runs, as no index has its extras."""
    return f"pip install {PACKAGES.get(module, module)}"


def unknown(kind: str, name: str, known: Iterable[str]) -> CowvizError:
    """Return the error for a name that does not exist: the nearest ones, or all."""
    from difflib import get_close_matches  # nobody waits for it at the start of every command

    names = sorted(known)
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(names)}"
    return CowvizError(f"no {kind} {name!r}; {hint}")


class CowvizWarning(UserWarning):
    """What was made is not quite what was asked for; the command line tells it in one line."""


def warn(words: str) -> None:
    """Warn of something that does not keep the work from being done; in Python a filter of ``warnings`` hides it."""
    warnings.warn(words, CowvizWarning, stacklevel=3)


def one_line(text: str, most: int = 300) -> str:
    """Return the text in one line of at most so many characters: it may come from anywhere."""
    words = " ".join(text[: 10 * most].split())
    return words if len(words) <= most else words[: most - 1] + "…"


def told(error: BaseException) -> str:
    """Return an exception in one line, its kind and its words; one whose words cannot be had has its kind alone."""
    try:
        words = one_line(str(error))
    except BaseException:
        words = ""
    return f"{type(error).__name__}{words and ': ' + words}"


def short(value: object) -> str:
    """Return a value as an error message shows it: in one line, and not all of a long one."""
    try:
        return one_line(repr(value), 60)
    except Exception:
        return f"a {type(value).__name__}"
