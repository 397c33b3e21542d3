"""perf_event_open(2) for one software event: the page faults that a task takes in user mode.

Source: perf_event_open(2), include/uapi/linux/perf_event.h. ``sigtrap`` is of Linux 5.13.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import platform
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_NUMBERS = {"x86_64": 298, "aarch64": 241, "riscv64": 241}  # of the system call
_SOFTWARE, _PAGE_FAULTS = 1, 2
_SIZE = 136  # of struct perf_event_attr, version 8: the first with sig_data
_TID, _TIME, _ADDR = 1 << 1, 1 << 2, 1 << 3  # what a sample holds
_DISABLED, _INHERIT, _NO_KERNEL, _NO_HV = 1 << 0, 1 << 1, 1 << 5, 1 << 6
_COMM, _TASK, _SAMPLE_ID_ALL, _COMM_EXEC = 1 << 9, 1 << 13, 1 << 18, 1 << 24
_REMOVE_ON_EXEC, _SIGTRAP = 1 << 36, 1 << 37
_CLOEXEC = 8

PARANOID = Path("/proc/sys/kernel/perf_event_paranoid")

_libc = ctypes.CDLL(None, use_errno=True)


def _open(sample: int, flags: int, pid: int, cpu: int) -> int:
    number = _NUMBERS.get(platform.machine())
    if number is None:
        raise OSError(errno.ENOSYS, f"no perf_event_open for {platform.machine()}")
    attr = struct.pack("=IIQQQQQ", _SOFTWARE, _SIZE, _PAGE_FAULTS, 1, sample, 0, flags).ljust(_SIZE, b"\0")
    fd: int = _libc.syscall(number, attr, pid, cpu, -1, _CLOEXEC)
    if fd < 0:
        failed = ctypes.get_errno()
        raise OSError(failed, os.strerror(failed))
    return fd


def stop_at_faults(tid: int) -> int:
    """Have the task get a SIGTRAP after each of its page faults, until it execs; the event's file descriptor."""
    return _open(_ADDR, _NO_KERNEL | _NO_HV | _REMOVE_ON_EXEC | _SIGTRAP, tid, -1)


class Record(NamedTuple):
    """What a ring tells: a fault's address, or that a process began, ended, or runs another program."""

    what: str  # "fault", "fork", "exit", "exec", "lost"
    time: int
    pid: int
    tid: int
    value: int = 0  # the fault's address; of a fork the parent's pid; how many records were lost


class Ring:
    """A buffer that the kernel fills with the faults of a process and of all that it starts. It stops nobody."""

    PAGES = 128  # a power of two; perf_event_mlock_kb allows 516 kB

    def __init__(self, tid: int, cpu: int) -> None:
        flags = _INHERIT | _NO_KERNEL | _NO_HV | _TASK | _COMM | _COMM_EXEC | _SAMPLE_ID_ALL
        self.fd = _open(_TID | _TIME | _ADDR, flags, tid, cpu)
        page = mmap.PAGESIZE
        try:
            self._memory = mmap.mmap(self.fd, (self.PAGES + 1) * page)
        except OSError:
            os.close(self.fd)
            raise
        self._start, self._size = page, self.PAGES * page

    def close(self) -> None:
        self._memory.close()
        os.close(self.fd)

    def records(self) -> Iterator[Record]:
        """Yield what has come since the last look."""
        head, tail = struct.unpack_from("=QQ", self._memory, 1024)
        while tail < head:
            kind, _, size = struct.unpack("=IHH", self._take(tail, 8))
            record = _record(kind, self._take(tail, size))
            if record:
                yield record
            tail += size
        struct.pack_into("=Q", self._memory, 1032, tail)

    def _take(self, position: int, size: int) -> bytes:
        """Bytes of the ring, which may go round its end."""
        first = position % self._size
        rest = max(first + size - self._size, 0)
        whole = self._memory[self._start + first : self._start + first + size - rest]
        return whole + self._memory[self._start : self._start + rest]


def _record(kind: int, data: bytes) -> Record | None:
    """One record without its header of 8 bytes; sample_id puts pid, tid and time at the end of all but samples."""
    if kind == 9:  # PERF_RECORD_SAMPLE
        pid, tid, time, address = struct.unpack_from("=IIQQ", data, 8)
        return Record("fault", time, pid, tid, address)
    pid, tid, time = struct.unpack("=IIQ", data[-16:])
    if kind == 2:
        return Record("lost", time, pid, tid, struct.unpack_from("=Q", data, 16)[0])
    if kind == 3 and data[5] & 0x20:  # PERF_RECORD_COMM with PERF_RECORD_MISC_COMM_EXEC
        return Record("exec", time, pid, tid)
    if kind in (4, 7):
        pid, parent, tid, _, time = struct.unpack_from("=IIIIQ", data, 8)
        return Record("exit" if kind == 4 else "fork", time, pid, tid, parent)
    return None


def paranoid() -> int | None:
    """Return the value of kernel.perf_event_paranoid, or None where there is no perf."""
    try:
        return int(PARANOID.read_text())
    except (OSError, ValueError):
        return None


def ring_without_sigtrap(pid: int) -> Ring | None:
    """Open a ring of the faults of a process and of all that it starts; None where perf can stop it at each.

    Before Linux 5.13 it cannot.
    """
    try:
        os.close(stop_at_faults(pid))
    except OSError as error:
        if error.errno == errno.EINVAL:
            return Ring(pid, min(os.sched_getaffinity(0)))
    return None
