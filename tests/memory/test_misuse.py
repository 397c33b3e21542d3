"""Wrong use is refused in one line, before anything changes."""

from __future__ import annotations

import pytest
from memory_lab import HEAP, RW, RX, Lab, text

from cowviz.memory import access, syscalls
from cowviz.memory.machine import File, MisuseError, Section, boot
from cowviz.memory.profile import LINUX
from cowviz.memory.syscalls import Region

CODE = [Region(0x400, (text("main()"),), RX, Section.TEXT, "code", "sh")]
OTHER = [Region(0x400, (text("other()"),), RX, Section.TEXT, "code", "sh")]


def mmap(m, start=0x1000, pages=1, **more):
    return syscalls.mmap(m, 1, start, pages, RW, "map", **more)


WRONG = {
    "no process 9; there are: 1, 2, 3": lambda m: access.read(m, 9, HEAP),
    "P3 has exited": lambda m: access.write(m, 3, HEAP),
    "at least one page": lambda m: access.read(m, 1, HEAP, 0),
    "a process 2 already": lambda m: syscalls.fork(m, 1, 2, "again"),
    "a process 1 already": lambda m: syscalls.start(m, 1, "again", []),
    "other contents": lambda m: syscalls.start(m, 4, "sh", OTHER),
    "frames wanted": lambda m: syscalls.start(m, 4, "big", [Region(1, (text("x"),) * 99, RW, Section.HEAP, "h")]),
    "no file 'nix' for data": lambda m: syscalls.start(
        m, 4, "d", [Region(1, (None,), RW, Section.DATA, "data", "nix")]
    ),
    "has no child 1": lambda m: syscalls.wait(m, 2, 1),
    "still running": lambda m: syscalls.wait(m, 1, 2),
    "P3 has exited (": lambda m: syscalls.exit(m, 3),
    "would overlap heap": lambda m: mmap(m, HEAP),
    "not 0": lambda m: mmap(m, pages=0),
    "outside of the address space": lambda m: mmap(m, 2**36),
    "no file 'nix'; there are: sh": lambda m: mmap(m, file="nix"),
    "no region at": lambda m: syscalls.munmap(m, 1, 0x9000, 1),
    "mmap first": lambda m: syscalls.mprotect(m, 1, HEAP, 5, RW),
    "no advice 'hugs'": lambda m: syscalls.madvise(m, 1, HEAP, 1, "hugs"),
    "private anonymous memory only": lambda m: syscalls.madvise(m, 1, 0x400, 1, "wipeonfork"),
    "several regions": lambda m: syscalls.mremap(m, 1, HEAP, 2, 0x9000),
    "no file 'nix'; ": lambda m: syscalls.ftruncate(m, 1, "nix", 1),
}


@pytest.mark.parametrize("message", WRONG)
def test_refused(message):
    lab = Lab(frames=50)
    heap = [Region(HEAP, (text("x"),), RW, Section.HEAP, "heap"), Region(HEAP + 1, (None,), RW, Section.HEAP, "more")]
    lab.run(syscalls.start(lab.machine, 1, "P1", [*CODE, *heap]))
    lab.fork(1, 2)
    lab.fork(1, 3)
    lab.exit(3)
    with pytest.raises(MisuseError) as caught:
        next(WRONG[message](lab.machine))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_child_is_waited_for_once():
    lab = Lab()
    lab.fork(lab.start(), 2)
    lab.exit(2)
    lab.run(syscalls.wait(lab.machine, 1, 2))
    assert lab.process(2).reaped
    with pytest.raises(MisuseError, match="waited for P2 already"):
        lab.run(syscalls.wait(lab.machine, 1, 2))


def test_a_file_name_is_taken_once():
    machine = syscalls.add_file(boot(LINUX, 4), File("f", ()))
    with pytest.raises(MisuseError, match="choose another name"):
        syscalls.add_file(machine, File("f", ()))


def test_boot_wants_a_permutation():
    assert boot(LINUX, order=(2, 0, 1)).free.order == (2, 0, 1)
    with pytest.raises(MisuseError, match="0 to 2 once"):
        boot(LINUX, order=(2, 2, 0))
    with pytest.raises(MisuseError, match="at least one frame"):
        boot(LINUX, 0)
