"""Finds the files that a path stands for, and writes them whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cowviz.errors import CowvizError, OutputError

_FIELD = re.compile(r"\{(\{step(?:[^\w{}][^{}]*)?\})\}|\{step([^\w{}][^{}]*)?\}")  # what is doubled stands for itself
_FORM = re.compile(r":0?[1-9]?[0-9]?d?")  # digits, filled with blanks or zeros: no name of a gigabyte


def is_numbered(path: str | Path) -> bool:
    """Return whether the path has a place for the step's number: ``{step}`` or ``{step:02d}``. ``{{step}}`` is none."""
    return any(not field[1] for field in _FIELD.finditer(str(path)))


def numbered(path: str | Path, step: int) -> Path:
    """Return the path with the step's number in its place."""

    def number(field: re.Match[str]) -> str:
        if field[1]:
            return field[1]
        if field[2] and not _FORM.fullmatch(field[2]):
            raise CowvizError(
                f"{path}: {field[0]} is not how a step's number is written; write for example {{step:02d}}"
            )
        return format(step, (field[2] or ":")[1:])

    return Path(_FIELD.sub(number, str(path)))


def literal(path: str | Path) -> Path:
    """Return the path that is this one, whatever ``{step}`` there is in it, once it is ``numbered``."""
    return Path(_FIELD.sub(r"{\g<0>}", str(path)))


@contextmanager
def atomic_write(path: Path, new: bool = False) -> Iterator[Path]:
    """Yield where to write what becomes ``path`` at the end. Raises OutputError where it cannot.

    ``new``: nothing may stand there, which is a FileExistsError.
    """
    from cowviz.exporters._whole.files import whole_file

    with _told(path), whole_file(path, new) as temporary:
        yield temporary


def check(path: Path) -> None:
    """Raise OutputError where ``path`` cannot be written: before long work, not after it."""

    class Enough(Exception):
        pass

    with suppress(Enough), atomic_write(path):
        raise Enough


@contextmanager
def scratch(suffix: str) -> Iterator[Path]:
    """Yield a file for what goes elsewhere, which is gone at the end. Raises OutputError."""
    from cowviz.exporters._whole import files

    with _told(Path(f"a temporary {suffix}")), files.scratch(suffix) as made:
        yield made


def pour(made: Path, path: Path) -> None:
    """Write a file's content into a pipe, a device or an open file. Raises OutputError where it cannot."""
    from cowviz.exporters._whole import files

    with _told(path):
        files.pour(made, path)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Tell in one line why a file cannot be written."""
    try:
        yield
    except FileExistsError as error:  # of all that is done, only making the folder raises it
        if str(error.filename) == str(path):
            raise
        raise OutputError(f"cannot write {path}: {error.filename} is not a folder") from error
    except OSError as error:
        why = error.strerror or error
        if not path.is_absolute() and _is_nowhere():
            why = "the current folder has been removed; cd to another, or give the whole path"
        raise OutputError(f"cannot write {error.filename or path}: {why}") from error


def _is_nowhere() -> bool:
    """Return whether the current folder was deleted."""
    try:
        Path.cwd()
    except OSError:
        return True
    return False
