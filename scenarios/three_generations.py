"""Copy-on-write over three generations

A child forks too: its pages are protected already, and a frame simply gets one owner more. Each writer copies for
itself. A page that its owner has to itself loses its w again at the next fork(), and whoever writes last pays nothing
but a fault.
"""

from cowviz import Story


def play(story: Story) -> None:
    story.memory(frames=6)
    parent = story.process("Parent", text="main()", data="n = 10", heap="x = 1")
    child = parent.fork("Child")
    story.say("The parent has forked a child. Nothing was copied:\n.data and heap have two owners each.")
    assert (child.data.frame, child.heap.frame) == (parent.data.frame, parent.heap.frame)

    original = parent.heap.frame
    child.write(child.heap, "x = 2")
    story.say(f"The child writes x = 2: a fault, and a copy of its own, {child.heap.frame}.")
    assert (child.faults, child.copies) == (1, 1)
    assert parent.heap.frame == original and parent.heap.content == "x = 1"

    copy = child.heap.frame
    grandchild = child.fork("Grandchild")
    story.say(
        f"The child forks in turn. .data has three owners now;\nthe child's {copy} is protected again, for it has two."
    )
    assert parent.data.frame == child.data.frame == grandchild.data.frame
    assert grandchild.heap.frame == child.heap.frame == copy
    assert child.heap.is_cow and grandchild.heap.is_cow

    grandchild.write(grandchild.heap, "x = 3")
    story.say(
        f"The grandchild writes x = 3, and gets {grandchild.heap.frame}. Now there are\nthree heaps: x = 1, x = 2 and x = 3."
    )
    assert (grandchild.faults, grandchild.copies) == (1, 1)
    assert [process.heap.content for process in (parent, child, grandchild)] == ["x = 1", "x = 2", "x = 3"]

    child.write(child.heap, "x = 4")
    story.say(f"The child writes again. It is the last owner of {copy}:\none more fault, and no copy.")
    assert (child.faults, child.copies) == (2, 1)
    assert child.heap.frame == copy

    shared = parent.data.frame
    parent.write(parent.data, "n = 11")
    story.say(
        f"The parent writes to .data, which three share: it gets {parent.data.frame}.\nChild and grandchild keep {shared}, and n = 10."
    )
    assert child.data.frame == grandchild.data.frame == shared

    grandchild.exit()
    child.wait(grandchild)
    story.say(
        f"The grandchild ends: its heap's frame is free. {shared} is the child's\nalone now, but the PTE stays protected until it is written."
    )
    assert child.data.frame == shared and child.data.is_cow
