"""The kernel's side of ``cowviz verify``: the operations of a facts file, done by puppets, and what pagemap shows."""

from __future__ import annotations

import errno
import os
import platform
import signal
import sys
from dataclasses import replace
from types import TracebackType

from cowviz.errors import MissingTool
from cowviz.linux import pagemap
from cowviz.linux.madvise import ADVICE
from cowviz.linux.pagemap import PAGE
from cowviz.verify import puppet, requirements, system_calls
from cowviz.verify.address_layout import Layout, PlacedOp
from cowviz.verify.files import Files, Unsupported
from cowviz.verify.frame_identity import OFFSET, ByNumber, Inferred, Sight
from cowviz.verify.page_notation import Looks
from cowviz.verify.puppets import Puppet, Puppets

_SINCE = {
    "POPULATE_READ": "5.14",
    "POPULATE_WRITE": "5.14",
    "WIPEONFORK": "4.14",
    "GUARD_INSTALL": "6.13",
    "PAGEOUT": "5.4",
}

ALONE = "the simulator alone: cowviz verify --simulate-only"


class Kernel:
    """This machine's kernel, ready to run lists of operations; a context manager. Raises MissingTool."""

    def __enter__(self) -> Kernel:
        check_machine()
        self._puppets = Puppets().__enter__()
        try:
            self.sight, self.advice = self._look_around()
        except BaseException:
            self._puppets.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._puppets.__exit__(kind, error, trace)

    @property
    def abilities(self) -> frozenset[str]:
        """Return what random operations may use here: hints, kinds of files, ``ksm``."""
        return requirements.fit(self.advice, sees_numbers=isinstance(self.sight, ByNumber))

    def begin(self) -> Real:
        """Return a fresh P0 with no regions."""
        self.sight.begin()
        return Real(self)

    def fork(self, parent: Puppet | None, number: int) -> Puppet:
        """Return a child, or without ``parent`` a process with no regions; ``number`` counts from 1."""
        return self._puppets.fork(parent, number)

    def thread(self, owner: Puppet, number: int) -> Puppet:
        """Return a thread of ``owner``'s."""
        return self._puppets.thread(owner, number)

    def _look_around(self) -> tuple[Sight, frozenset[str]]:
        """How frames can be told from one another here, and which hints this kernel knows."""
        scout = self.fork(None, 1)
        try:
            address = OFFSET * PAGE
            flags = system_calls.PRIVATE | system_calls.ANONYMOUS | system_calls.FIXED_NOREPLACE
            scout.do(puppet.SYSCALL, system_calls.MMAP, address, 2 * PAGE, 3, flags, -1)
            scout.do(puppet.READ, address, 1)
            _, _, faults = scout.do(puppet.WRITE, address + PAGE, 1)
            zero, frame = scout.pagemap.read(OFFSET, 2)
            if not (zero.present and frame.present and faults == 1):
                raise MissingTool(f"this kernel does not show its page tables in /proc/PID/pagemap; {ALONE}")
            asked = {a: scout.do(puppet.SYSCALL, system_calls.MADVISE, address, PAGE, n) for a, n in ADVICE.items()}
            knows = {advice for advice, (_, result, _) in asked.items() if not result}
            if requirements.merges_by_itself():
                knows.discard("MERGEABLE")
            if frame.pfn:
                return ByNumber(zero.pfn), frozenset(knows)
            if not pagemap.can_scan():
                raise MissingTool(f"before Linux 6.7 verify must run as root: sudo cowviz verify ...; or {ALONE}")
            return Inferred(), frozenset(knows)
        finally:
            scout.end()


class Real:
    """The processes of one list of operations; as ``Simulated``. close() ends them all."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._files = Files()
        self._puppets: dict[str, Puppet] = {"P0": kernel.fork(None, 1)}
        self._leaders: dict[str, str] = {}  # threads -> the process that they end with
        self._parked: list[Puppet] = []  # ended, while a vfork child still uses their memory
        self._born = 1
        self._ksm: int | None = None  # the lock on it
        self._has_failed = False  # whether the last call was refused

    def close(self) -> None:
        for one in self._puppets.values():
            if one.is_thread:
                one.end()
        for one in (*self._puppets.values(), *self._parked):
            if not one.is_thread:
                one.end()
        self._files.close()
        if self._ksm is not None:
            os.close(self._ksm)

    def _lock_ksm(self) -> None:
        """From now on nobody else's scan merges our pages. Raises Unsupported."""
        if self._ksm is None:
            self._ksm = requirements.ksm_for_us()

    def _end(self, proc: str) -> None:
        """End a process, its threads first, as exit_group(2) does; or one thread.

        A vfork child is a thread of its parent's puppet: while it lives its parent's memory stays, and so the puppet.
        """
        for name in [name for name, leader in self._leaders.items() if leader == proc]:
            del self._leaders[name]
            self._puppets.pop(name).end()
        self._leaders.pop(proc, None)
        one = self._puppets.pop(proc)
        if one.is_thread:
            one.end()
        elif any(other.pid == one.pid for other in self._puppets.values()):
            self._parked.append(one)
            return
        else:
            one.end()
        if not any(other.pid == one.pid for other in self._puppets.values()):
            for parked in [parked for parked in self._parked if parked.pid == one.pid]:
                self._parked.remove(parked)
                parked.end()

    def _see_special(self, what: str) -> None:
        """From now on frames are looked at more closely, which root alone may do."""
        if not isinstance(self._kernel.sight, ByNumber):
            raise Unsupported(f"{what} are seen by root only")
        self._kernel.sight.is_special = True

    def run(self, step: PlacedOp) -> int | str:
        """Return the faults of one operation, or the signal or the error it ended in. Raises Unsupported."""
        op, who = step.op, self._puppets.get(step.op.proc)
        if op.op in ("fork", "start"):
            self._born += 1
            self._puppets[op.child] = self._kernel.fork(who, self._born)
            return 0
        assert who is not None, op
        if op.op in ("thread", "vfork"):  # a vfork child too is a thread: what matters to memory is whose it is
            self._born += 1
            self._puppets[op.child] = self._kernel.thread(who, self._born)
            if op.op == "thread":
                self._leaders[op.child] = self._leaders.get(op.proc, op.proc)
            return 0
        if op.op == "exit":
            self._end(op.proc)
            return 0
        if op.op == "exec":  # an address space of its own, with nothing in it
            self._end(op.proc)
            self._born += 1
            self._puppets[op.proc] = self._kernel.fork(None, self._born)
            return 0
        if op.op == "ksm":
            self._see_special("merged frames")
            self._lock_ksm()
            requirements.scan_for_equal_pages()
            return 0
        if op.op in ("read", "write"):
            what = puppet.READ if op.op == "read" else puppet.WRITE
            return _outcome(*who.do(what, system_calls.address(step.start), step.pages))
        done = self._call(step, who)
        self._has_failed = isinstance(done, str)
        return done

    def look(self, layout: Layout, step: PlacedOp) -> Looks:
        """Return all pages of all regions of the living."""
        entries = {
            proc: {
                region: self._puppets[proc].pagemap.read(place.start + place.low + OFFSET, place.pages - place.low)
                for region, place in places.items()
            }
            for proc, places in layout.places.items()
        }
        if self._has_failed and step.op.op in ("mmap", "mremap"):  # nothing is new, nothing has moved
            step = replace(step, op=replace(step.op, op="munmap"))
        return self._kernel.sight.looks(entries, layout, step, {p: one.pagemap for p, one in self._puppets.items()})

    def _call(self, step: PlacedOp, who: Puppet) -> int | str:
        """A system call of the process's own."""
        op = step.op
        if op.op == "kread":
            return self._kread(step, who)
        if op.op == "mmap":
            file = -1 if op.kind.startswith("anon") else self._opened(step.file, op.offset + op.pages, who)
            start, size, prot = system_calls.address(step.start), op.pages * PAGE, system_calls.prot_bits(op.prot)
            memory = system_calls.map_flags(step), file, op.offset * PAGE
            return _outcome(*who.do(puppet.SYSCALL, system_calls.MMAP, start, size, prot, *memory))
        if op.op == "ftruncate":
            number = self._opened(step.file, 0, who)
            return _outcome(*who.do(puppet.SYSCALL, system_calls.FTRUNCATE, number, op.pages * PAGE))
        if op.op == "madvise":
            self._prepare(op.advice, who)
        call = system_calls.heap(step) if op.op == "brk" else system_calls.on_regions(step)
        return _outcome(*who.do(puppet.SYSCALL, *call))

    def _prepare(self, advice: str, who: Puppet) -> None:
        """What a hint needs to have its effect here. Raises Unsupported."""
        if advice not in self._kernel.advice and advice != "MERGEABLE":  # that is for KSM to say
            since = _SINCE.get(advice)
            raise Unsupported(f"this kernel has no MADV_{advice}" + (f" (Linux {since})" if since else ""))
        if advice == "PAGEOUT":
            requirements.check_swap()
            if not isinstance(self._kernel.sight, ByNumber):
                raise Unsupported("frames that come back from swap are seen by root only")
        elif advice == "MERGEABLE":
            self._lock_ksm()
        elif advice == "HUGEPAGE":
            requirements.check_huge_pages()
            self._see_special("huge pages")
            who.do(puppet.SYSCALL, puppet.PRCTL, puppet.PR_SET_THP_DISABLE, 0)

    def _kread(self, step: PlacedOp, who: Puppet) -> int | str:
        """read(2) a byte into each page: the kernel stores it."""
        number, faults = self._opened(step.file, 1, who), 0
        for vpn in range(step.start, step.start + step.pages):
            done = _outcome(*who.do(puppet.SYSCALL, system_calls.PREAD, number, system_calls.address(vpn), 1, 0))
            if isinstance(done, str):
                return done
            faults += done
        return faults

    def _opened(self, file: str, pages: int, who: Puppet) -> int:
        """The process's own descriptor of a file."""
        _, number, _ = who.do(puppet.OPEN, self._files.number(file, pages))
        if number < 0:
            raise Unsupported(f"{file} cannot be opened twice: {os.strerror(-number)}")
        return number


def check_machine() -> None:
    """Raise MissingTool where there is no such kernel."""
    if sys.platform != "linux":
        raise MissingTool(f"{platform.system()} does not show its page tables; run verify on Linux, or {ALONE}")
    if platform.machine() != "x86_64" or PAGE != 4096:
        raise MissingTool(f"verify knows x86-64 with pages of 4096 bytes, and this is {platform.machine()}; {ALONE}")
    try:
        pagemap.Pagemap("self").close()
    except OSError as error:
        raise MissingTool(f"this kernel does not show /proc/PID/pagemap ({error.strerror}); {ALONE}") from None


def kernel_name() -> str:
    """Name the kernel that runs here."""
    return f"{platform.system()} {platform.release()}"


def _outcome(caught: int, result: int, faults: int) -> int | str:
    if caught:
        return signal.Signals(caught).name.removeprefix("SIG")
    if -4096 < result < 0:
        return errno.errorcode.get(-result, f"error {-result}")
    return faults
