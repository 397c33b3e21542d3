"""The files that verify maps: memory files, and unnamed ones on a tmpfs and an ext4 where this machine has them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from cowviz.linux.pagemap import PAGE

_PLACES = ("/dev/shm", "/run", "/var/tmp", "/tmp", ".", "~")


class Unsupported(Exception):
    """This machine's kernel cannot do an operation; the message is why."""


class Files:
    """The files of one list of operations, open; close() makes them go."""

    def __init__(self) -> None:
        self._open: dict[str, int] = {}

    def number(self, file: str, pages: int) -> int:
        """Return the descriptor of ``memfd:x``, ``tmpfs:x``, ``ext4:x``: new files have so many pages.

        A memory file's are holes; the others' are written, and so in the page cache. Raises Unsupported.
        """
        if file not in self._open:
            kind = file.partition(":")[0]
            self._open[file] = _memory_file(file, pages) if kind == "memfd" else _written_file(kind, pages)
        return self._open[file]

    def close(self) -> None:
        for number in self._open.values():
            os.close(number)
        self._open = {}


def _memory_file(name: str, pages: int) -> int:
    number = os.memfd_create(name)
    os.ftruncate(number, pages * PAGE)
    return number


def _written_file(kind: str, pages: int) -> int:
    with tempfile.TemporaryFile(dir=folder_on(kind), buffering=0) as file:
        for _ in range(pages):  # one by one: a longer write is a large folio, which Linux 6.18 maps in one fault
            file.write(bytes(PAGE))
        os.fsync(file.fileno())  # else the kernel may write it back, and protect it against writes, in mid-run
        return os.dup(file.fileno())


def folder_on(kind: str) -> Path:
    """Return a folder that we may write to on a file system of this type."""
    for place in _PLACES:
        folder = Path(place).expanduser()
        if os.access(folder, os.W_OK | os.X_OK) and _type_of(folder) == kind:
            return folder
    raise Unsupported(f"no {kind} file system here that {'root' if os.geteuid() == 0 else 'this user'} may write to")


def _type_of(folder: Path) -> str:
    """The type of the file system that a folder lies on, as /proc/self/mountinfo has it (proc_pid_mountinfo(5))."""
    folder, best = folder.resolve(), ("", "")
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        left, _, right = line.partition(" - ")
        point = left.split()[4]
        if folder.is_relative_to(point) and len(point) >= len(best[0]):
            best = point, right.split()[0]
    return best[1]
