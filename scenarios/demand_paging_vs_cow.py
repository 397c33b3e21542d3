"""Demand paging is not copy-on-write

Both end in a page fault and a new frame, and are mixed up for that. Demand paging starts from an empty PTE, and gives
zeroes. Copy-on-write starts from a page that is mapped but write-protected, and gives a copy.
"""

from cowviz import Story


def play(story: Story) -> None:
    story.memory(frames=4, order="BAC")
    lazy = story.process("On demand")
    lazy.malloc("heap", pages=1)
    parent = story.process("Parent", heap="x = 1")
    child = parent.fork("Child")
    story.say("Left: a page never touched, its PTE is empty.\nRight: a page after fork(), mapped and write-protected.")
    assert not lazy.heap.is_mapped
    assert child.heap.is_mapped and child.heap.is_cow

    lazy.write(
        lazy.heap,
        "y = 5",
        fault="Left, a write: there is no PTE that could allow it.\nThe hardware raises a fault: not present.",
    )
    story.say("Demand paging: a frame of zeroes for the empty PTE.\nNothing was there before, so nothing is copied.")
    assert (lazy.faults, lazy.copies) == (1, 0)

    child.write(
        child.heap,
        "x = 42",
        fault="Right, a write: there is a PTE, and it forbids it.\nThe hardware raises a fault: protection.",
    )
    story.say(
        f"Copy-on-write: the frame is duplicated, and the writer's PTE\npoints to the copy. The parent keeps {parent.heap.frame}."
    )
    assert (child.faults, child.copies) == (1, 1)

    assert lazy.heap.content == "y = 5"
    assert parent.heap.content == "x = 1"
    story.say("Both: one fault, one new frame.\nOnly one of them is a copy.")
