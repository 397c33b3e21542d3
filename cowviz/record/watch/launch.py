"""Starts a program so that nothing of it runs before it is watched, and it cannot outlive who watches."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from cowviz.errors import CowvizError
from cowviz.linux.pagemap import FILE, PFN_MASK, Pagemap, can_scan
from cowviz.record.watch.watched_space import ZeroPage

_PR_SET_THP_DISABLE, _ADDR_NO_RANDOMIZE = 41, 0x0040000

_libc = ctypes.CDLL(None)


@dataclass
class LaunchedProgram:
    """The program that was launched, and how it ended."""

    pid: int
    status: int | None = None  # waitpid's, once it has ended

    def wait(self) -> int:
        """Wait for its end; return its exit status as a shell has it: of a signal, 128 and its number."""
        if self.status is None:
            self.status = os.waitpid(self.pid, 0)[1]
        code = os.waitstatus_to_exitcode(self.status)
        return 128 - code if code < 0 else code


def program_path(name: str) -> str:
    """Return the program's file; CowvizError where there is none to run."""
    path = shutil.which(name)
    if path is None:
        there = "it is not executable (chmod +x?)" if os.path.exists(name) else "there is no such program"  # noqa: PTH110
        raise CowvizError(f"cannot record {name}: {there}")
    return path


def waiting(command: Sequence[str], path: str) -> tuple[int, int]:
    """Return a child that will become the program when a byte comes, and ends when our end of the pipe is closed."""
    ready, go = os.pipe()
    pid = os.fork()
    if pid:
        os.close(ready)
        return pid, go
    try:
        os.close(go)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, and ignoring is inherited
            signal.signal(number, signal.SIG_DFL)
        _libc.personality(_ADDR_NO_RANDOMIZE)  # the same addresses in every run; where forbidden, others
        _libc.prctl(_PR_SET_THP_DISABLE, 1, 0, 0, 0)  # a fault a page, as in the lecture
        if os.read(ready, 1):
            os.execv(path, list(command))
    finally:
        os._exit(127)


@contextmanager
def one_processor() -> Iterator[None]:
    """Run everything on our processor: a fault costs a third, and reuse is not mistaken for a copy.

    A page that was faulted in on one processor and is written on another may be copied by its sole owner.
    """
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def zero_page() -> ZeroPage:
    """Return how to know the zero page on this machine: we map it ourselves and look."""
    import mmap

    memory = mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    page = ctypes.c_char.from_buffer(memory)
    if memory[0] != 0:
        raise AssertionError("fresh memory is not zero")
    try:
        own = Pagemap()
    except OSError:  # after a change of user /proc/self is root's
        return ZeroPage(0, False)
    raw = own.read(ctypes.addressof(page) // mmap.PAGESIZE, 1)[0].raw
    own.close()
    return ZeroPage(0 if raw & FILE else raw & PFN_MASK, can_scan())
