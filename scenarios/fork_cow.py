"""Copy-on-write after fork()

fork() copies the page table, not the memory. Parent and child go on mapping the same frames, write-protected, until
one of them writes: only then is that one frame copied, for the writer. Whoever is left alone with the original frame
gets it back for writing by one more fault, without a copy.
"""

from cowviz import Story


def play(story: Story) -> None:
    story.memory(frames=4)
    parent = story.process("Parent", text="main()", rodata='"hello"', heap="x = 0")
    story.say("One process: three pages of its virtual address space, three frames of physical memory.")

    parent.write(parent.heap, "x = 1")
    story.say("The parent writes x = 1. Its VMA allows it and so does its PTE:\nno fault, the kernel is not asked.")
    assert parent.faults == 0

    child = parent.fork("Child")
    story.say("fork() copies the page table, not the memory:\nboth heap PTEs are now write-protected.")
    assert child.heap.frame == parent.heap.frame
    assert parent.heap.is_cow and child.heap.is_cow

    assert child.read(child.heap) == "x = 1"
    story.say("The child reads x = 1 from the parent's frame.\nReading what is mapped is free: no fault, no copy.")
    assert child.faults == 0

    original = parent.heap.frame
    child.write(
        child.heap,
        "x = 42",
        fault="The child writes x = 42. Its VMA allows it, its PTE does not:\nthe hardware raises a page fault.",
        copy=f"The kernel takes a free frame and copies all bytes of {original}.\nThe child's page still maps the original.",
    )
    story.say(
        f"The child's page is remapped to {child.heap.frame}, the write retried.\n"
        f"The parent still reads {parent.heap.content}."
    )
    assert (child.faults, child.copies) == (1, 1)
    assert parent.heap.content == "x = 1"

    parent.write(
        parent.heap,
        "x = 7",
        fault=f"The parent writes x = 7. It alone maps {original} now, but its PTE is\nstill write-protected: a fault.",
    )
    story.say(
        f"The parent is the last owner of {original}, so the kernel only makes\nits PTE writable: one fault, no copy."
    )
    assert (parent.faults, parent.copies) == (1, 0)
    assert parent.heap.frame == original
    assert (parent.text.frame, parent.rodata.frame) == (child.text.frame, child.rodata.frame)
