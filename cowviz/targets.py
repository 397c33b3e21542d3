"""Where output goes: which files a path stands for; and that they are written whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cowviz.errors import CowvizError, OutputError

_STEP = re.compile(r"\{step(?::([^{}]*))?\}")


def is_numbered(path: str | Path) -> bool:
    """Whether the path has a place for the step's number: ``{step}`` or ``{step:02d}``."""
    return bool(_STEP.search(str(path)))


def numbered(path: str | Path, step: int) -> Path:
    """The path with the step's number in its place."""
    try:
        return Path(_STEP.sub(lambda field: format(step, field[1] or ""), str(path)))
    except ValueError as error:
        raise CowvizError(f"{path}: {error}; write for example {{step:02d}}") from error


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """Where to write what becomes ``path`` at the end. Raises OutputError where it cannot."""
    from cowviz.exporters.files import whole_file

    try:
        with whole_file(path) as beside:
            yield beside
    except FileExistsError as error:  # of all that is done, only making the folder raises it
        raise OutputError(f"cannot write {path}: {error.filename} is no folder") from error
    except OSError as error:
        raise OutputError(f"cannot write {error.filename or path}: {error.strerror or error}") from error
