"""What Linux says of a process's pages: /proc/PID/pagemap, the PAGEMAP_SCAN ioctl, /proc/kpageflags and kpagecount.

Source: the kernel's Documentation/admin-guide/mm/pagemap.rst and include/uapi/linux/fs.h.
"""

from __future__ import annotations

import array
import ctypes
import errno
import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

PAGE = os.sysconf("SC_PAGE_SIZE")  # bytes

PRESENT, SWAPPED, FILE, MAPPED_ONCE = 1 << 63, 1 << 62, 1 << 61, 1 << 56
GUARD = 1 << 58  # Linux 6.15 and newer
PFN_MASK = (1 << 55) - 1

KPF_KSM, KPF_ZERO_PAGE = 21, 24  # bits of /proc/kpageflags

_PAGE_IS_PRESENT, _PAGE_IS_PFNZERO = 1 << 3, 1 << 5  # categories of PAGEMAP_SCAN
_SCAN = 0xC0606610  # _IOWR('f', 16, struct pm_scan_arg)
_REGIONS = 512  # that one ioctl can tell


class Entry(NamedTuple):
    """One page as /proc/PID/pagemap shows it; ``pfn`` is 0 where there is no frame, or none that we may see."""

    raw: int

    @property
    def present(self) -> bool:
        return bool(self.raw & PRESENT)

    @property
    def swapped(self) -> bool:
        return bool(self.raw & SWAPPED)

    @property
    def file(self) -> bool:
        """Whether the frame is a file's page or shared anonymous memory's."""
        return bool(self.raw & FILE)

    @property
    def mapped_once(self) -> bool:
        return bool(self.raw & MAPPED_ONCE)

    @property
    def guard(self) -> bool:
        return bool(self.raw & GUARD)

    @property
    def pfn(self) -> int:
        return self.raw & PFN_MASK if self.raw & PRESENT else 0


class Pagemap:
    """The pagemap of one process, open for as long as the object lives; it outlives the process and is then empty."""

    def __init__(self, pid: int | str = "self") -> None:
        self.fd = os.open(f"/proc/{pid}/pagemap", os.O_RDONLY | os.O_CLOEXEC)

    def close(self) -> None:
        os.close(self.fd)

    def raw(self, vpn: int, pages: int) -> Sequence[int]:
        """Return the entries of a range as 64-bit numbers; fewer, down to none, where the process has ended."""
        entries = array.array("Q")
        while len(entries) < pages:
            data = os.pread(self.fd, (pages - len(entries)) * 8, (vpn + len(entries)) * 8)
            if not data:
                break
            entries.frombytes(data)
        return entries

    def read(self, vpn: int, pages: int) -> list[Entry]:
        return [Entry(raw) for raw in self.raw(vpn, pages)]

    def zero_pages(self, vpn: int, pages: int) -> set[int]:
        """Return the pages that map the shared zero page; OSError ENOTTY before Linux 6.7, which cannot say it."""
        end, found = (vpn + pages) * PAGE, set[int]()
        while vpn * PAGE < end:
            regions, walked = self._scan(vpn * PAGE, end, _PAGE_IS_PRESENT | _PAGE_IS_PFNZERO)
            for start, stop in regions:
                found.update(range(start // PAGE, stop // PAGE))
            vpn = walked // PAGE
        return found

    def _scan(self, start: int, end: int, wanted: int) -> tuple[list[tuple[int, int]], int]:
        """The ranges (bytes) with all the wanted categories, and how far the kernel looked."""
        found = (ctypes.c_uint64 * (3 * _REGIONS))()
        argument = (ctypes.c_uint64 * 12)(
            96, 0, start, end, 0, ctypes.addressof(found), _REGIONS, 0, 0, wanted, 0, wanted
        )
        count = fcntl.ioctl(self.fd, _SCAN, argument)
        return [(found[3 * i], found[3 * i + 1]) for i in range(count)], max(argument[4], start + PAGE)


def can_scan() -> bool:
    """Return whether this kernel has PAGEMAP_SCAN."""
    try:
        with opened("self") as own:
            own.zero_pages(1, 1)
    except OSError as error:
        if error.errno in (errno.ENOTTY, errno.EINVAL, errno.ENOENT, errno.EACCES, errno.EPERM):
            return False
        raise
    return True


@contextmanager
def opened(pid: int | str) -> Iterator[Pagemap]:
    """Open a pagemap for one look."""
    pagemap = Pagemap(pid)
    try:
        yield pagemap
    finally:
        pagemap.close()


def frame_words(file: str, pfns: Sequence[int]) -> dict[int, int]:
    """Read the 64-bit words that /proc/kpageflags or /proc/kpagecount hold for frames; only root may."""
    fd = os.open(f"/proc/{file}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        return {pfn: int.from_bytes(os.pread(fd, 8, pfn * 8), "little") for pfn in pfns}
    finally:
        os.close(fd)
