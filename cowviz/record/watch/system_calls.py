"""The system calls that change regions or pages, by name; and the one by which a program names its steps."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from pathlib import Path

from cowviz.linux.madvise import ADVICE
from cowviz.linux.ptrace import Call
from cowviz.record.observations import Mapped, Moved

# Source: arch/x86/entry/syscalls/syscall_64.tbl; include/uapi/asm-generic/unistd.h
_X86_64 = {
    2: "open", 9: "mmap", 10: "mprotect", 11: "munmap", 12: "brk", 21: "access", 25: "mremap", 28: "madvise",
    30: "shmat", 56: "clone", 57: "fork", 58: "vfork", 61: "wait4", 67: "shmdt", 76: "truncate", 77: "ftruncate",
    85: "creat", 101: "ptrace", 149: "mlock", 151: "mlockall", 247: "waitid", 257: "openat", 269: "faccessat",
    285: "fallocate", 325: "mlock2", 329: "pkey_mprotect", 435: "clone3", 439: "faccessat",
}  # fmt: skip
_GENERIC = {
    45: "truncate", 46: "ftruncate", 47: "fallocate", 48: "faccessat", 56: "openat", 95: "waitid", 117: "ptrace",
    196: "shmat", 197: "shmdt", 214: "brk", 215: "munmap", 216: "mremap", 220: "clone", 222: "mmap",
    226: "mprotect", 228: "mlock", 230: "mlockall", 233: "madvise", 260: "wait4", 284: "mlock2",
    288: "pkey_mprotect", 435: "clone3", 439: "faccessat",
}  # fmt: skip
NAMES = {"x86_64": _X86_64, "aarch64": _GENERIC, "riscv64": _GENERIC}.get(platform.machine(), {})

REGIONS = {"mmap", "mprotect", "munmap", "brk", "mremap", "shmat", "shmdt", "pkey_mprotect"}
PAGES = {"madvise", "mremap", "mlock", "mlock2", "mlockall"}
MAP_FIXED, MAP_ANONYMOUS, MAP_GROWSDOWN, MAP_POPULATE = 0x10, 0x20, 0x100, 0x8000
MREMAP_DONTUNMAP = 4
_ADVICE = {**ADVICE, "FREE": 8, "COLD": 20}
_DESCRIPTOR = {"ftruncate": 0, "fallocate": 0}  # the argument that names the file
_FLAGS = {"open": 1, "openat": 2}  # the argument that may say O_TRUNC

MARK = b"cowviz: "  # access("cowviz: the child writes", 0): no such file, and nothing else happens
_LONGEST = 300  # bytes of a mark


def hint(call: Call) -> str | None:
    """Return the lower-case name of the advice that the call gives, where it is a madvise that we know."""
    if NAMES.get(call.number) != "madvise":
        return None
    return next((name.lower() for name, number in _ADVICE.items() if number == call.arguments[2]), None)


def memory_made(call: Call, result: int, pid: int) -> Iterator[Moved | Mapped]:
    """Yield what an mremap moved or resized, or what an mmap made; addresses become page numbers."""
    name, (address, length, third, flags) = NAMES.get(call.number), call.arguments[:4]
    if result <= 0:
        return
    if name == "mremap":
        keeps = bool(flags & MREMAP_DONTUNMAP)
        yield Moved(pid, address >> 12, result >> 12, -(-length >> 12), -(-third >> 12), keeps)
    if name == "mmap":
        is_named = not flags & MAP_ANONYMOUS
        yield Mapped(
            pid, result >> 12, -(-length >> 12), is_named, bool(flags & MAP_FIXED), bool(flags & MAP_GROWSDOWN)
        )


def replaces_regions(call: Call, result: int) -> bool:
    """Return whether the call may have put a region where another one was that looks the same."""
    return result > 0 and NAMES.get(call.number) in ("mmap", "mremap")


def forks(call: Call) -> bool:
    """Return whether the call makes a process or a thread."""
    return NAMES.get(call.number) in ("fork", "vfork", "clone", "clone3")


def waits(call: Call) -> bool:
    """Return whether the call waits for children."""
    return NAMES.get(call.number) in ("wait4", "waitid") or not NAMES


def file_changed(tid: int, call: Call, result: int) -> os.stat_result | None:
    """Return the file that the call has cut, punched or made longer; None where it did not, or it cannot be found."""
    name = NAMES.get(call.number, "")
    if result < 0:
        return None
    try:
        if name in _DESCRIPTOR:
            return os.stat(f"/proc/{tid}/fd/{call.arguments[_DESCRIPTOR[name]]}")  # noqa: PTH116
        if name == "creat" or (name in _FLAGS and call.arguments[_FLAGS[name]] & os.O_TRUNC):
            return os.stat(f"/proc/{tid}/fd/{result}")  # noqa: PTH116
        if name == "truncate":
            path = os.fsdecode(_string(tid, call.arguments[0]))
            return Path(f"/proc/{tid}/cwd", path).stat()
    except (OSError, ValueError):
        pass
    return None


def changes_regions(call: Call) -> bool:
    """Say whether the call may change regions; of a machine whose calls we do not know, any may."""
    return NAMES.get(call.number) in REGIONS or not NAMES


def changes_pages(call: Call) -> bool:
    """Return whether the call may bring pages in, or take them out."""
    name = NAMES.get(call.number)
    return name in PAGES or (name == "mmap" and bool(call.arguments[3] & MAP_POPULATE))


def mark(pid: int, call: Call) -> str | None:
    """Return the step that a program names by this call; None where it is any other call."""
    name = NAMES.get(call.number)
    if name not in ("access", "faccessat"):
        return None
    address = call.arguments[0 if name == "access" else 1]
    data = _string(pid, address)
    if not data.startswith(MARK):
        return None
    text = data.removeprefix(MARK).decode("utf-8", "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _string(pid: int, address: int) -> bytes:
    """The string at an address of another process, as far as it can be read."""
    data = b""
    try:
        with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
            while b"\0" not in data and len(data) < _LONGEST:
                start = address + len(data)
                memory.seek(start)
                data += memory.read(min(4096 - start % 4096, _LONGEST)) or b"\0"
    except (OSError, ValueError, OverflowError):
        pass
    return data.partition(b"\0")[0][:_LONGEST]
