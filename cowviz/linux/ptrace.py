"""ptrace(2): stop another process, ask why it stopped, and let it go on.

Source: ptrace(2), include/uapi/linux/ptrace.h.
"""

from __future__ import annotations

import ctypes
import os
import signal
import struct
from typing import NamedTuple

_CONT, _DETACH, _SYSCALL = 7, 17, 24
_GETEVENTMSG, _GETSIGINFO, _SEIZE, _INTERRUPT, _LISTEN = 0x4201, 0x4202, 0x4206, 0x4207, 0x4208
_PEEKSIGINFO, _GET_SYSCALL_INFO = 0x4209, 0x420E

_SIGINFO, _MOST_PENDING = 128, 8  # bytes of a siginfo, and how many are looked at

_TRACESYSGOOD, _TRACEFORK, _TRACEVFORK, _TRACECLONE, _TRACEEXEC = 1, 2, 4, 8, 16
_EXITKILL = 0x100000  # the traced die with their tracer
OPTIONS = _TRACESYSGOOD | _TRACEFORK | _TRACEVFORK | _TRACECLONE | _TRACEEXEC | _EXITKILL

EVENT_FORK, EVENT_VFORK, EVENT_CLONE, EVENT_EXEC, EVENT_STOP = 1, 2, 3, 4, 128
_EVENTS = {EVENT_FORK: "fork", EVENT_VFORK: "vfork", EVENT_CLONE: "clone", EVENT_EXEC: "exec"}
FORKS = (EVENT_FORK, EVENT_VFORK, EVENT_CLONE)
SYSCALL_STOP = signal.SIGTRAP | 0x80
STOPPING = (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
WALL = 0x40000000  # waitpid: threads too
TRAP_PERF = 6  # si_code of the SIGTRAP that a perf event sends

_ENTRY, _EXIT = 1, 2  # of a system call

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


class Stop(NamedTuple):
    """Why a task is stopped: a signal for it, a system call, or an event of ptrace's own."""

    signal: int
    event: int

    @classmethod
    def of(cls, status: int) -> Stop:
        """Return the stop that waitpid's status tells of."""
        return cls(status >> 8 & 0xFF, status >> 16)

    @property
    def name(self) -> str:
        """What the task has done, in the kernel's words."""
        if self.signal == SYSCALL_STOP:
            return "system call"
        return _EVENTS.get(self.event) or signal_name(self.signal)


def signal_name(number: int) -> str:
    """Return ``SIGSEGV``; of a real-time signal ``SIGRTMIN+3``."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIGRTMIN+{number - signal.SIGRTMIN}"


class Call(NamedTuple):
    """A system call at its beginning (``result`` None) or its end (number and arguments unknown)."""

    number: int
    arguments: tuple[int, ...]
    result: int | None


def _ptrace(request: int, pid: int, address: int = 0, data: object = None) -> int:
    done: int = _libc.ptrace(request, pid, address, data)
    if done < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return done


def seize(pid: int) -> None:
    """Trace a task without stopping it; it dies with us. OSError where the machine does not allow it."""
    _ptrace(_SEIZE, pid, 0, OPTIONS)


def interrupt(pid: int) -> None:
    """Let a task stop, with EVENT_STOP, wherever it is."""
    _ptrace(_INTERRUPT, pid)


def resume(pid: int, signal: int = 0, to_next_call: bool = True) -> None:
    """Let a stopped task go on, with a signal or without, perhaps to its next system call."""
    _ptrace(_SYSCALL if to_next_call else _CONT, pid, 0, signal)


def listen(pid: int) -> None:
    """Leave a task stopped that its user has stopped (Ctrl-Z), until its user lets it go on."""
    _ptrace(_LISTEN, pid)


def detach(pid: int, signal: int = 0) -> None:
    """Trace a stopped task no longer: it goes on by itself, with a signal or without."""
    _ptrace(_DETACH, pid, 0, signal)


def message(pid: int) -> int:
    """Return what came with an event: the new task's id, or the former id of the thread that called exec."""
    value = ctypes.c_ulong()
    _ptrace(_GETEVENTMSG, pid, 0, ctypes.addressof(value))
    return value.value


def signal_info(pid: int) -> tuple[int, int]:
    """Return the code and the address of the signal that a task is about to get."""
    info = ctypes.create_string_buffer(_SIGINFO)
    _ptrace(_GETSIGINFO, pid, 0, ctypes.addressof(info))
    return _code_and_address(info, 0)


def pending_signals(pid: int) -> list[tuple[int, int]]:
    """Return the codes and addresses of the signals that wait for a stopped task, but for the one it is stopped by."""
    wanted = struct.pack("=QIi", 0, 0, _MOST_PENDING)
    infos = ctypes.create_string_buffer(_SIGINFO * _MOST_PENDING)
    asked = ctypes.create_string_buffer(wanted)
    found = _ptrace(_PEEKSIGINFO, pid, ctypes.addressof(asked), ctypes.addressof(infos))
    return [_code_and_address(infos, i * _SIGINFO) for i in range(found)]


def _code_and_address(info: ctypes.Array[ctypes.c_char], offset: int) -> tuple[int, int]:
    _, _, code, _, address = struct.unpack_from("=iiiiQ", info, offset)
    return code, address


def call(pid: int) -> Call | None:
    """Return the system call at whose beginning or end a task is stopped (Linux 5.3 and newer)."""
    info = ctypes.create_string_buffer(88)
    _ptrace(_GET_SYSCALL_INFO, pid, len(info), ctypes.addressof(info))
    kind = info.raw[0]
    if kind == _ENTRY:
        number, *arguments = struct.unpack_from("=7Q", info, 24)
        return Call(number, tuple(arguments), None)
    if kind == _EXIT:
        return Call(-1, (), struct.unpack_from("=q", info, 24)[0])
    return None
