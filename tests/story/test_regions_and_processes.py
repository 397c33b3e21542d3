"""Regions and processes as a scenario names them, and what is refused."""

from __future__ import annotations

import pytest

from cowviz.errors import CowvizError
from cowviz.memory.machine import MisuseError


def test_parts_of_a_region(small):
    process = small.process("P", heap=4)
    heap = process.heap
    assert len(heap) == 4
    assert [page.start - heap.start for page in heap] == [0, 1, 2, 3]
    assert heap[-1] == heap[3]
    assert (heap[1:3].start - heap.start, len(heap[1:3])) == (1, 2)
    assert heap[2:] == heap[2:4] == heap[-2:]
    assert heap[1:][0] == heap[1]


@pytest.mark.parametrize("which", [4, -5, 100])
def test_a_page_that_is_not_there(small, which):
    process = small.process("P", heap=4)
    with pytest.raises(CowvizError, match=r"heap\[.*\] is outside P's heap: the last is heap\[3\]"):
        process.heap[which]


@pytest.mark.parametrize("which", [slice(2, 2), slice(3, 1), slice(0, 4, 2), slice(9, 12), slice(None, None, -1)])
def test_a_run_that_is_none(small, which):
    process = small.process("P", heap=4)
    with pytest.raises(CowvizError, match=r"is no run of its 4 pages"):
        process.heap[which]


def test_a_region_that_is_not_there(pair):
    parent, _ = pair
    with pytest.raises(CowvizError, match="no region of Parent 'haep'; did you mean heap"):
        _ = parent.haep
    assert not hasattr(parent, "__deepcopy__")  # copy and pickle ask for such names


def test_frames_and_gaps(pair):
    parent, child = pair
    assert parent.heap.is_cow and child.heap.is_cow and not parent.text.is_cow
    assert child.heap.frame == parent.heap.frame == "Frame B"
    child.write(child.heap, "x = 2")
    assert not child.heap.is_cow and parent.heap.is_cow
    assert child.heap.frame == "Frame C"


def test_another_processs_region(pair):
    parent, child = pair
    with pytest.raises(CowvizError, match=r"Child cannot use Parent's heap: say child\.heap"):
        child.write(parent.heap, "x = 2")
    with pytest.raises(CowvizError, match=r"say parent\.heap"):
        parent.munmap(child.heap)


def test_the_dead_do_nothing(pair, small):
    parent, child = pair
    heap = child.heap
    child.exit()
    assert not child.is_alive
    with pytest.raises(CowvizError, match=r"Child .*exited 0.*has no memory"):
        _ = child.heap
    for act in (lambda: child.read(heap), lambda: child.fork("X"), child.exit, lambda: child.malloc("m", 1)):
        with pytest.raises(MisuseError, match="Child has exited"):
            act()
    assert (heap.frame, heap.content, heap.is_mapped) == ("no frame", "0", False)
    parent.wait(child)


def test_the_killed_are_told_about_in_english(small):
    process = small.process("P", rodata="r")
    process.write(process.rodata, "x")
    with pytest.raises(CowvizError) as caught:
        _ = process.rodata
    assert "has killed" not in str(caught.value)
    assert "killed by SIGSEGV" in str(caught.value)


def test_waiting(pair):
    parent, child = pair
    with pytest.raises(MisuseError, match="Child is still running; let it exit"):
        parent.wait(child)
    child.exit(2)
    with pytest.raises(MisuseError):
        child.wait(parent)
    parent.wait(child)
    with pytest.raises(MisuseError, match="has waited for Child already"):
        parent.wait(child)


def test_three_generations(small):
    parent = small.process("Parent", heap="x = 1")
    child = parent.fork("Child")
    grandchild = child.fork("Grandchild")
    assert (parent.pid, child.pid, grandchild.pid) == (1, 2, 3)
    grandchild.write(grandchild.heap, "x = 3")
    child.write(child.heap, "x = 2")
    parent.write(parent.heap, "x = 0")
    assert [actor.copies for actor in (parent, child, grandchild)] == [0, 1, 1]
    assert [actor.heap.content for actor in (parent, child, grandchild)] == ["x = 0", "x = 2", "x = 3"]
    assert repr(grandchild) == "<Grandchild, pid 3>"


def test_exec(pair, small):
    parent, child = pair
    heap = child.heap
    child.exec("ls", text="ls()", heap=2)
    assert child.name == "ls"
    assert child.text.content == "ls()"
    assert not child.heap[0].is_mapped
    assert parent.heap.content == "x = 1"
    assert len(heap) == 1 and len(child.heap) == 2
    with pytest.raises(CowvizError, match="no section 'heep'"):
        child.exec("ls", heep=1)
