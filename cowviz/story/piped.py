"""Reads a scenario or a trace from a pipe, which can be read only once and whose name has no suffix."""

from __future__ import annotations

import os
import stat
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

from cowviz.errors import CowvizError
from cowviz.trace.limits import MOST_BYTES

if sys.platform == "win32":
    from pathlib import WindowsPath as _OwnPath
else:
    from pathlib import PosixPath as _OwnPath

STANDARD_INPUT = "-"
_contents: dict[tuple[str, int, int], bytes] = {}  # what is drawn in three languages is read thrice


class Piped(_OwnPath):
    """Stands in for a path: reading it returns what came through the pipe."""

    content: bytes

    @property
    def suffix(self) -> str:
        """``.json`` for a trace (it begins with a brace, as no scenario does), else ``.py``."""
        return ".json" if self.content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{") else ".py"

    @property
    def called(self) -> str:
        """The scenario's name: that of a named pipe, else ``stdin``."""
        stem = self.name.partition(".")[0]
        return "stdin" if self.name == STANDARD_INPUT or _is_open_file(str(self)) or not stem else stem

    @property
    def parent(self) -> Path:  # type: ignore[override]
        """The current folder: files that the scenario names are looked up there."""
        return Path()

    def resolve(self, strict: bool = False) -> Path:  # type: ignore[override]
        return Path(os.path.abspath(self.name)) if _has_folder() else self  # noqa: PTH100

    def read_bytes(self) -> bytes:
        return self.content

    def read_text(self, encoding: str | None = None, *_more: object, **_else: object) -> str:
        return self.content.decode(encoding or "utf-8")

    def open(  # type: ignore[override]  # what is read of it, and no more
        self, mode: str = "r", *_more: object, encoding: str | None = None, **_else: object
    ) -> BytesIO | TextIOWrapper:
        file = BytesIO(self.content)
        return file if "b" in mode else TextIOWrapper(file, encoding or "utf-8")


def piped(source: str) -> Piped | None:
    """Read standard input (``-``), a pipe or a device; return None for a file or a missing path.

    Raises CowvizError if it cannot be read, or is longer than a trace may be.
    """
    path, key = Piped(source), (source, 0, 0)
    if source != STANDARD_INPUT:
        try:
            found = Path(source).stat()
        except (OSError, ValueError):
            return None
        if stat.S_ISDIR(found.st_mode) or (stat.S_ISREG(found.st_mode) and not _is_open_file(source)):
            return None
        key = source, found.st_dev, found.st_ino
    if key not in _contents:
        _contents[key] = _read(source)
    path.content = _contents[key]
    return path


def _read(source: str) -> bytes:
    what = "standard input" if source == STANDARD_INPUT else source
    try:
        if source != STANDARD_INPUT:
            with Path(source).open("rb") as file:
                content = file.read(MOST_BYTES + 1)
        else:
            content = sys.stdin.buffer.read(MOST_BYTES + 1) if sys.stdin else b""
    except OSError as error:
        raise CowvizError(f"cannot read {what}: {error.strerror}") from error
    if not content.strip():
        raise CowvizError(f"nothing comes from {what}; it must give a scenario in Python, or a trace")
    if len(content) > MOST_BYTES:
        raise CowvizError(
            f"what comes from {what} is longer than {MOST_BYTES >> 20} MB: give a shorter scenario or trace"
        )
    return content


def _is_open_file(source: str) -> bool:
    """Return whether a path, as ``/dev/stdin``, names a file that is open already."""
    return Path(source).parent == Path("/dev") or os.path.realpath(Path(source).parent) == os.path.realpath("/dev/fd")


def _has_folder() -> bool:
    """Return whether the current folder exists."""
    try:
        Path.cwd()
    except OSError:
        return False
    return True
