"""Gives back what code of the user's took away from the whole process: its folder, its streams, their numbers."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TextIO


@contextmanager
def sheltered() -> Iterator[None]:
    """After the block the current folder, standard streams and the depth of calls are as before, whatever it did."""
    with ExitStack() as shelter:
        shelter.callback(sys.setrecursionlimit, sys.getrecursionlimit())
        for name, number in (("stdout", 1), ("stderr", 2)):
            shelter.enter_context(_stream_kept(name, number))
        shelter.enter_context(_folder_kept())
        yield


@contextmanager
def _folder_kept() -> Iterator[None]:
    """Keep the current folder, by its number: it may have another name by then."""
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


@contextmanager
def _stream_kept(name: str, number: int) -> Iterator[None]:
    """Keep a standard stream: the object in ``sys``, and the file behind its number."""
    stream: TextIO | None = getattr(sys, name)
    try:
        spare = os.dup(number)
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


def _opened_anew(stream: TextIO | None, number: int) -> TextIO | None:
    """A stream as the one that was closed."""
    encoding, errors = getattr(stream, "encoding", None), getattr(stream, "errors", None)
    try:
        return os.fdopen(os.dup(number), "w", encoding=encoding or "utf-8", errors=errors)
    except OSError:
        return stream
