"""The writer copies, whoever it is

It is often said that the child gets the copy. It is the writer who does: here the parent writes first, so the parent
moves to a new frame, and the child inherits the original.
"""

from cowviz import Story


def play(story: Story) -> None:
    story.memory(frames=4)
    parent = story.process("Parent", text="main()", rodata='"hello"', heap="x = 1")
    child = parent.fork("Child")
    story.say("After fork() both map the same frames, and both heap PTEs\nare write-protected. Who gets the copy?")
    original = parent.heap.frame

    parent.write(
        parent.heap,
        "x = 7",
        fault="This time the parent writes first. Its PTE is write-protected,\njust as the child's is: a page fault.",
        copy=f"{original} has two owners, so the kernel copies it\n- for the writer, and that is the parent.",
    )
    story.say(f"The parent moves to {parent.heap.frame}. The child keeps the original,\nand still reads x = 1.")
    assert (parent.faults, parent.copies) == (1, 1)
    assert child.heap.frame == original
    assert child.heap.content == "x = 1"

    child.write(
        child.heap,
        "x = 42",
        fault=f"Now the child writes. It is the last owner of {original},\nbut its PTE is still write-protected: a fault.",
    )
    story.say("A fault is not a copy: the last owner reuses its frame.\nTwo owners, two writes, two faults, one copy.")
    assert (child.faults, child.copies, child.reuses) == (1, 0, 1)
    assert child.heap.frame == original
    assert (parent.heap.content, child.heap.content) == ("x = 7", "x = 42")
