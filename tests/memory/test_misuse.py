"""Wrong use is refused in one line, before anything changes."""

from __future__ import annotations

import pytest
from memory_lab import HEAP, NONE, RW, RX, Lab, text

from cowviz.memory import access
from cowviz.memory.calls import processes
from cowviz.memory.calls.advice import ADVICE
from cowviz.memory.calls.processes import ProgramRegion
from cowviz.memory.machine import Cell, File, MisuseError, Section, boot
from cowviz.memory.profile import LINUX

CODE = [ProgramRegion(0x400, (text("main()"),), RX, Section.TEXT, "code", "sh")]
OTHER = [ProgramRegion(0x400, (text("other()"),), RX, Section.TEXT, "code", "sh")]


def mmap(m, start=0x1000, pages=1, **more):
    return processes.mmap(m, 1, start, pages, RW, "map", **more)


WRONG = {
    "no process 9; there are: 1, 2, 3": lambda m: access.read(m, 9, HEAP),
    "P3 has exited (exited 0): a dead process can do nothing more": lambda m: access.write(m, 3, HEAP),
    "an access touches at least one page, not 0": lambda m: access.read(m, 1, HEAP, 0),
    "there is a process 2 already; choose another pid for again": lambda m: processes.fork(m, 1, 2, "again"),
    "there is a process 1 already: P1; choose another pid": lambda m: processes.start(m, 1, "again", []),
    "a file 'sh' with other contents is there already: call this program something else": lambda m: processes.start(
        m, 4, "sh", OTHER
    ),
    "99 frames wanted and 48 free: the machine needs more frames": lambda m: processes.start(
        m, 4, "big", [ProgramRegion(1, (text("x"),) * 99, RW, Section.HEAP, "h")]
    ),
    "no file 'nix' for data": lambda m: processes.start(
        m, 4, "d", [ProgramRegion(1, (None,), RW, Section.DATA, "data", "nix")]
    ),
    "P2 has no child 1": lambda m: processes.wait(m, 2, 1),
    "P2 is still running; let it exit before P1 waits for it": lambda m: processes.wait(m, 1, 2),
    "map would overlap heap: munmap that first, or find room elsewhere": lambda m: mmap(m, HEAP),
    "a region needs at least one page, not 0": lambda m: mmap(m, pages=0),
    "pages 0xfffffffff to 0x1000000002 are outside of the address space": lambda m: mmap(m, 2**36 - 1, 3),
    "no file 'nix'; there are: sh": lambda m: mmap(m, file="nix"),
    "P1 has no region at pages 0x9000 to 0x9002; mmap first": lambda m: processes.munmap(m, 1, 0x9000, 3),
    "P1 has no region on all of pages 0x800 to 0x804; mmap first": lambda m: processes.pin(m, 1, HEAP, 5),
    f"no advice 'hugs'; there are: {', '.join(ADVICE)}": lambda m: processes.madvise(m, 1, HEAP, 1, "hugs"),
    "mremap to pages that it moves: choose another address": lambda m: processes.mremap(m, 1, HEAP, 2, HEAP + 1),
    "mremap that keeps the old region cannot change its size": lambda m: processes.mremap(
        m, 1, HEAP, 2, 0x9000, 3, keep=True
    ),
    "no file 'none'; there are: sh": lambda m: processes.ftruncate(m, 1, "none", 1),
    "a heap has no -2 pages": lambda m: processes.brk(m, 1, -2),
    "P1 has no private memory at page 0x9000": lambda m: processes.poke(m, 1, 0x9000, Cell("", "x")),
    "page 0x802 of P1 cannot be read": lambda m: processes.poke(m, 1, HEAP + 2, Cell("", "x")),
    "there is a process 3 already; choose another pid for again": lambda m: processes.thread(m, 1, 3, "again"),
}


@pytest.mark.parametrize("message", WRONG)
def test_it_is_refused_in_these_words(message):
    lab = Lab(frames=50)
    heap = [
        ProgramRegion(HEAP, (text("x"),), RW, Section.HEAP, "heap"),
        ProgramRegion(HEAP + 1, (None,), RW, Section.HEAP, "more"),
    ]
    heap += [ProgramRegion(HEAP + 2, (None,), NONE, Section.HEAP, "guard")]
    lab.run(processes.start(lab.machine, 1, "P1", [*CODE, *heap]))
    lab.fork(1, 2)
    lab.fork(1, 3)
    lab.exit(3)
    with pytest.raises(MisuseError) as caught:
        next(WRONG[message](lab.machine))
    assert str(caught.value) == message


def test_a_child_is_waited_for_once():
    lab = Lab()
    lab.fork(lab.start(), 2)
    lab.exit(2)
    lab.run(processes.wait(lab.machine, 1, 2))
    assert lab.process(2).reaped
    with pytest.raises(MisuseError, match=r"^P1 has waited for P2 already$"):
        lab.run(processes.wait(lab.machine, 1, 2))


def test_a_file_name_is_taken_once():
    machine = processes.add_file(boot(LINUX, 4), File("f", ()))
    with pytest.raises(MisuseError, match=r"^there is a file 'f' already; choose another name$"):
        processes.add_file(machine, File("f", ()))


def test_boot_wants_a_permutation():
    assert boot(LINUX, order=(2, 0, 1)).free.order == (2, 0, 1)
    with pytest.raises(MisuseError, match=r"^the order of 3 frames must name each of 0 to 2 once$"):
        boot(LINUX, order=(2, 2, 0))
    with pytest.raises(MisuseError, match=r"^a machine needs at least one frame$"):
        boot(LINUX, 0)
