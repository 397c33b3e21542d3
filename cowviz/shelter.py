"""Restores what the user's code may change in the process: the current folder, the streams, their file descriptors."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from io import TextIOBase
from typing import Any, TextIO

from cowviz.errors import told, warn

DEEPEST = 100_000  # calls
OUT_OF_REACH = 300  # the lowest number of a file that is kept: who closes all there are stops before


@contextmanager
def sheltered() -> Iterator[None]:
    """Restore the current folder, standard streams and the depth of calls after the block, whatever it did."""
    with ExitStack() as shelter:
        shelter.enter_context(_depth_bounded())
        shelter.enter_context(_threads_minor())
        for name, number in (("stdout", 1), ("stderr", 2)):
            shelter.enter_context(_stream_kept(name, number))
            for called in (name, f"__{name}__"):
                shelter.enter_context(_lent(called))
        shelter.enter_context(_folder_kept())
        yield


@contextmanager
def _depth_bounded() -> Iterator[None]:
    """Limit how deep calls may be nested in the block, whatever it sets, so that they do not take all memory."""
    before, real = sys.getrecursionlimit(), sys.setrecursionlimit
    sys.setrecursionlimit = lambda limit, /: real(min(limit, DEEPEST))
    try:
        yield
    finally:
        sys.setrecursionlimit = real
        real(before)


@contextmanager
def _threads_minor() -> Iterator[None]:
    """Let threads of the block not keep the process alive, and warn in a line of one that fails."""
    here, hook = threading.current_thread(), threading.excepthook
    was_minor = here.daemon
    here._daemonic = True  # type: ignore[attr-defined]  # new threads are as the one that starts them
    threading.excepthook = _told
    try:
        yield
    finally:
        here._daemonic = was_minor  # type: ignore[attr-defined]
        if threading.excepthook is _told:
            threading.excepthook = hook


def _told(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value is not None:
        warn(f"a thread of the scenario fails: {told(failed.exc_value)}")


@contextmanager
def _folder_kept() -> Iterator[None]:
    """Restore the current folder after the block, by its file descriptor, as it may have been renamed."""
    try:
        here = os.open(".", os.O_RDONLY)
    except OSError:  # it is gone already
        yield
        return
    try:
        yield
    finally:
        with suppress(OSError, TypeError):  # TypeError: not on this system
            os.chdir(here)
            os.close(here)


class _Lent(TextIOBase):
    """Wraps a standard stream for the user's code: closing the wrapper does not close the stream."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str, /) -> int:
        return self._stream.write(text)

    def flush(self) -> None:
        self._stream.flush()

    def fileno(self) -> int:
        return self._stream.fileno()

    def isatty(self) -> bool:
        return self._stream.isatty()

    def close(self) -> None:
        """It stays open: others write to it."""


@contextmanager
def _lent(name: str) -> Iterator[None]:
    """Lend a stream of ``sys``."""
    stream = getattr(sys, name)
    setattr(sys, name, stream and _Lent(stream))
    try:
        yield
    finally:
        setattr(sys, name, stream)


@contextmanager
def _stream_kept(name: str, number: int) -> Iterator[None]:
    """Keep a standard stream: the object in ``sys``, and the file behind its number."""
    stream: TextIO | None = getattr(sys, name)
    try:
        spare = _spare(number)
    except OSError:  # closed from the beginning
        spare = -1
    try:
        yield
    finally:
        if spare >= 0:
            with suppress(AttributeError, OSError, ValueError):
                getattr(sys, name).flush()
            with suppress(OSError):
                os.dup2(spare, number)
                os.close(spare)
        setattr(sys, name, _opened_anew(stream, number) if getattr(stream, "closed", False) else stream)


def _spare(number: int) -> int:
    """Duplicate a file descriptor. Raises OSError if it is closed, or none is free."""
    try:
        import fcntl
    except ImportError:  # not on this system
        return os.dup(number)
    return fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, OUT_OF_REACH)


def _opened_anew(stream: TextIO | None, number: int) -> TextIO | None:
    """Open a stream like the one that was closed."""
    encoding, errors = getattr(stream, "encoding", None), getattr(stream, "errors", None)
    try:
        return os.fdopen(number, "w", encoding=encoding or "utf-8", errors=errors, closefd=False)
    except OSError:
        return stream
