"""What is said of a recording beside its verdict, in a line each: where a program runs otherwise than by itself."""

from __future__ import annotations

import os
import platform
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from cowviz.errors import MissingTool
from cowviz.record.watch.system_calls import NAMES

MEASURED = "Linux 6.18 x86_64"  # what recordings were compared with the simulator on
PTRACE = "the program calls ptrace, which fails while it is recorded: a task has one tracer at a time"


def check_readable(path: str) -> None:
    """Raise MissingTool for a program that its user may run and not read: its memory cannot be looked at."""
    if not os.access(path, os.R_OK):
        raise MissingTool(f"you may run {Path(path).name}, but not read it: record it as root, or chmod +r it")


def of_program(path: str) -> Iterator[str]:
    """Yield what is to be said of a program before it runs; nothing where root records it."""
    if os.geteuid() == 0:
        return
    mode, name = os.stat(path).st_mode, Path(path).name  # noqa: PTH116
    if mode & (stat.S_ISUID | stat.S_ISGID) or _has_capabilities(path):
        yield f"{name} has rights of its own (setuid); while it is recorded it runs with yours: record it as root"


def of_machine() -> Iterator[str]:
    """Yield what is to be said where recordings were not measured."""
    here = f"{platform.system()} {'.'.join(platform.release().split('.')[:2])} {platform.machine()}"
    if here != MEASURED:
        yield f"measured on {MEASURED}; this is {here}: where the replay differs, the kernel may be right"
    if not NAMES:
        yield f"the system calls of {platform.machine()} are not known: hints, waits and moved regions are not told"


def _has_capabilities(path: str) -> bool:
    with suppress(OSError):
        return bool(os.getxattr(path, "security.capability"))
    return False
