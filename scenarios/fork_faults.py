"""Counting page faults around fork()

The course's own program at its real size. 1024 pages are mapped and written; fork(); the child reads one half and
writes the other; it exits, and the parent writes all pages again. A kernel counts 1024, 0, 512 and 1024 faults in the
four loops - and the last 1024 copy nothing, for by then the parent is the only owner.
"""

from cowviz import Story

PAGES = 1024


def play(story: Story) -> None:
    story.code("""
        p = mmap(NULL, 1024 * 4096, ...);
        for (i = 0; i < 1024; i++) p[i * 4096] = 1;
        pid = fork();
        for (i = 0; i < 512; i++) sum += p[i * 4096];
        for (i = 512; i < 1024; i++) p[i * 4096] = 2;
        exit(0);
        wait(NULL);
        for (i = 0; i < 1024; i++) p[i * 4096] = 3;
    """)
    parent = story.process("Parent")
    parent.mmap("p", PAGES)
    story.say("mmap() makes 1024 pages of virtual memory.\nNo frame is taken, no fault is raised.", line=1)
    assert (parent.faults, parent.rss) == (0, 0)

    parent.write(parent.p, "p[i] = 1")
    story.say("Writing to all of them: each first touch is a fault,\nand each finds a frame. 1024 faults.", line=2)
    assert (parent.faults, parent.copies) == (1024, 0)

    child = parent.fork("Child")
    story.say(
        "fork(): 1024 PTEs are copied, and all are write-protected.\nStill 1024 frames, each with two owners.", line=3
    )
    assert parent.rss == child.rss == PAGES
    assert parent.pss == child.pss == PAGES / 2

    child.read(child.p[:512])
    story.say("The child reads the first half.\nReading is free: 0 faults.", line=4)
    assert child.faults == 0

    child.write(child.p[512:], "p[i] = 2")
    story.say("The child writes to the other half:\n512 faults, and every one of them copies a frame.", line=5)
    assert (child.faults, child.copies) == (512, 512)

    child.exit()
    story.say(
        "The child exits. Its 512 copies are free again,\nand the parent is the only owner of what is left.", line=6
    )

    parent.wait(child)
    before = parent.faults
    parent.write(parent.p, "p[i] = 3")
    story.say(
        "The parent writes to all pages again: 1024 faults, for its PTEs are still\nwrite-protected - and 0 copies.",
        line=8,
    )
    assert (parent.faults - before, parent.copies) == (1024, 0)
    assert parent.reuses == 1024
