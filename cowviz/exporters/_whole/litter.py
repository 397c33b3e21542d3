"""Removes temporary files that killed processes left behind.

A process holds the lock of its temporary file until it ends, however it is killed, also in a container. A file is
litter if nobody holds its lock and the process in its name is dead, or younger than the file.
"""

from __future__ import annotations

import os
import re
import stat
import time
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    LOCKS = False
else:
    LOCKS = True

PREFIX = ".cowviz-"
_NAME = re.compile(rf"{re.escape(PREFIX)}([1-9]\d*)-\d+(\..*)?")
_SLACK = 2.0  # s that a clock may be wrong about what was first


def lock(file: int) -> bool:
    """Lock an open file until it is closed; return False if another process has it, or there are no locks."""
    if not LOCKS:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def sweep(folder: Path) -> None:
    """Remove what dead processes left in the folder; files that cannot be removed stay."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if found := _NAME.fullmatch(entry.name):
                _take_away(entry.path, int(found[1]))


def _take_away(path: str, pid: int) -> None:
    with suppress(OSError):
        file = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        try:
            about = os.fstat(file)
            if stat.S_ISREG(about.st_mode) and lock(file) and not _lives(pid, about.st_mtime):
                Path(path).unlink()
        finally:
            os.close(file)


def _lives(pid: int, since: float) -> bool:
    """Whether the process is there, and was then: a dead one's number goes to another some day."""
    if pid == os.getpid():
        return False  # ours are locked
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's
        pass
    try:
        about = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # no such table here
        return True
    state, ticks = about[0], int(about[19])
    boot = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    return state not in "ZX" and boot + ticks / os.sysconf("SC_CLK_TCK") <= since + _SLACK
