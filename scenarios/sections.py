"""What stays shared after fork()

A whole address space over fork(): .text and .rodata stay co-owned for good, for nobody may write them. .data, .bss and
heap part page by page, as they are written. The two stacks must part at once: both processes return from fork() on them.
"""

from cowviz import Story


def play(story: Story) -> None:
    story.memory(frames=8, order="ABCDEFHG")
    parent = story.process(
        "Parent", text="main()", rodata='"hello"', data="n = 10", bss="k = 0", heap="x = 1", stack="pid = ?"
    )
    story.say("Six sections, six frames. Nobody may write .text and .rodata;\nthe other four are writable.")

    child = parent.fork("Child")
    story.say(
        "After fork() all six frames have two owners. The four writable pages\nare write-protected on both sides."
    )
    assert all(child.region(name).frame == parent.region(name).frame for name in ("text", "data", "heap", "stack"))

    stack = parent.stack.frame
    child.write(
        child.stack,
        "pid = 0",
        fault="fork() returns in both. The child stores its result, 0, on the stack:\nthe first write comes at once, and faults.",
    )
    story.say(
        f"So the stacks must part first: the child's is now {child.stack.frame},\na copy of {stack}. Every fork() pays for this one."
    )

    parent.write(parent.stack, "pid = 2")
    story.say(
        f"fork() returns 2 in the parent, on the stack as well. It is the last owner\nof {stack}: one fault, no copy."
    )
    assert (parent.faults, parent.copies) == (1, 0)
    assert (parent.stack.content, child.stack.content) == ("pid = 2", "pid = 0")

    child.write(child.heap, "x = 42")
    story.say(
        "The child writes to its heap: that page parts too.\n.data and .bss stay shared, until somebody writes them."
    )
    assert child.copies == 2
    assert all(child.region(name).frame == parent.region(name).frame for name in ("data", "bss"))

    child.write(
        child.rodata,
        "hi",
        signal="A write to .rodata is no copy-on-write: the VMA itself forbids it.\nThe kernel sends SIGSEGV instead of a copy.",
    )
    story.say(
        "The child dies of it, and its own frames are free again.\nWhat it shared with the parent stays as it was."
    )
    assert not child.is_alive
    assert parent.rodata.content == '"hello"'
