"""Drives the puppets: starts the first, forks the others from it, passes each operation to the one concerned."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType

from cowviz.errors import MissingTool
from cowviz.linux.pagemap import Pagemap
from cowviz.verify import puppet
from cowviz.verify.facts import PROCESSES

PATIENCE = 20  # seconds; an operation takes microseconds


class Puppet:
    """One process, or a thread of one: its channel, its pagemap, and a handle that no other process can ever have."""

    def __init__(self, pid: int, channel: socket.socket, *, is_thread: bool = False) -> None:
        self.pid, self.channel, self.is_thread = pid, channel, is_thread
        self.handle = os.pidfd_open(pid)
        self.pagemap = Pagemap(pid)

    def do(self, what: int, *arguments: int) -> tuple[int, int, int]:
        """Return the signal, the result and the faults of one operation."""
        self.channel.send(puppet.COMMAND.pack(what, *arguments, *[0] * (7 - len(arguments))))
        return _answer(self.channel)

    def end(self) -> None:
        """Tell it to exit; back when its address space is gone, or the thread has left it.

        Raises MissingTool where it does not end.
        """
        if self.is_thread:
            self.do(puppet.EXIT)
            self.close()
            return
        self.channel.send(puppet.COMMAND.pack(puppet.EXIT, *[0] * 7))
        if not select.select([self.handle], [], [], PATIENCE)[0]:
            raise MissingTool(f"a process of verify's own ({self.pid}) does not end: run verify again")
        self.close()

    def kill(self) -> None:
        signal.pidfd_send_signal(self.handle, signal.SIGKILL)
        self.close()

    def close(self) -> None:
        self.pagemap.close()
        os.close(self.handle)


class Puppets:
    """All puppets of one run of verify, pinned to one processor together with this process; a context manager.

    A page that is faulted in on one processor and written on another may be copied though it has one owner (its frame
    waits in a list of the first processor's, which holds a reference): on one processor that cannot happen.
    """

    def __enter__(self) -> Puppets:
        self._processors = os.sched_getaffinity(0)
        cpu = sorted(self._processors)[os.getpid() % len(self._processors)]  # two at once need not meet
        pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(PROCESSES + 1)]
        self._channels = [ours for ours, _ in pairs]
        numbers = [theirs.fileno() for _, theirs in pairs]
        self._first = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(puppet.__file__)), *map(str, (os.getpid(), cpu, *numbers))],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=numbers,
            start_new_session=True,  # Ctrl-C comes here, and ends them in order
        )
        for ours, theirs in pairs:
            theirs.close()
            ours.settimeout(PATIENCE)
        _, result, _ = _answer(self._channels[0])
        if result < 0:
            self._first.wait()
            raise MissingTool(f"this kernel lets no process make its own code: {os.strerror(-result)}")
        os.sched_setaffinity(0, {cpu})
        self._root = Puppet(self._first.pid, self._channels[0])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.sched_setaffinity(0, self._processors)
        self._root.kill()
        self._first.wait()
        for channel in self._channels:  # each of the others reads that nobody is there any more, and ends
            channel.close()

    def fork(self, parent: Puppet | None, number: int) -> Puppet:
        """Return a child of ``parent``, or of the first puppet of all; ``number``, from 1, is its channel."""
        _, pid, _ = (parent or self._root).do(puppet.FORK, number)
        _answer(self._channels[number])  # the child has begun
        return Puppet(pid, self._channels[number])

    def thread(self, owner: Puppet, number: int) -> Puppet:
        """Return a thread of ``owner``'s process; ``number`` is its channel."""
        _, pid, _ = owner.do(puppet.THREAD, number)
        _answer(self._channels[number])  # it has begun
        return Puppet(pid, self._channels[number], is_thread=True)


def _answer(channel: socket.socket) -> tuple[int, int, int]:
    try:
        data = channel.recv(puppet.ANSWER.size)
    except TimeoutError:
        data = b""
    if not data:
        raise MissingTool("a process of verify's own ended or does not answer: run verify again")
    signal_number, result, faults = puppet.ANSWER.unpack(data)
    return signal_number, result, faults
