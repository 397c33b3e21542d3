"""Lessons made up to be hard to draw: many pages, odd regions, what comes and goes."""

from __future__ import annotations

from collections.abc import Callable

from cowviz.memory.calls.processes import add_file
from cowviz.memory.machine import File
from cowviz.memory.profile import LINUX, TEXTBOOK, Profile
from cowviz.story.story import Story

Play = Callable[[Story], None]
MADE_UP: dict[str, tuple[Play, Profile]] = {}
ONE_STEP = ("own_out_of_memory", "nothing_but_words")  # nothing is before it


def made_up(profile: Profile = TEXTBOOK) -> Callable[[Play], Play]:
    def keep(play: Play) -> Play:
        MADE_UP[play.__name__] = play, profile
        return play

    return keep


@made_up()
def forty_pages(story):
    """Forty pages, no two alike."""
    parent = story.process("Parent", heap=[f"v = {i}" for i in range(40)])
    story.say("Forty pages, each with a value of its own.")
    child = parent.fork("Child")
    story.say("The child has them too.")
    for i in range(0, 40, 3):
        child.write(child.heap[i], f"v = {100 + i}")
    story.say("Every third page is the child's own now.")
    child.exit()
    story.say("The child is gone.")


@made_up()
def scattered(story):
    """A frame here, a frame there."""
    process = story.process("Process", heap=30)
    for i in (29, 3, 17, 4, 11, 0):
        process.write(process.heap[i], f"i = {i}")
        story.say(f"Page {i} is touched.")


@made_up()
def eight_regions(story):
    """As much as fits."""
    story.memory(frames=8, order="HGFEDCBA")
    process = story.process(
        "Process", text="main()", rodata='"hello"', data="n = 10", bss="k = 0", heap="x = 1", stack="pid = ?"
    )
    process.mmap("buf", 1)
    process.mmap("lib", 1, "r-x")
    story.say("Eight regions, six frames.")
    child = process.fork("Child")
    story.say("A child with all of them.")
    child.write(child.stack, "pid = 0", fault="The stack faults.", copy="It is copied.")
    child.write(child.buf, "b = 1")
    story.say("No frame is left.")


@made_up(LINUX)
def zero_page(story):
    """The zero page."""
    process = story.process("Process", heap=3)
    story.say("Three pages, no frame.")
    assert process.read(process.heap[0]) == "0"
    process.read(process.heap[1])
    story.say("Reading maps the zero page.")
    process.write(process.heap[1], "x = 1", fault="Writing faults again.")
    story.say("A frame of one's own.")
    child = process.fork("Child")
    story.say("Forked.")
    child.read(child.heap[2])
    story.say("The child reads the last page.")


@made_up(LINUX)
def zero_page_and_code(story):
    """The zero page, with code."""
    story.code('int *p = malloc(4096);\nprintf("%d", *p);\n*p = 1;')
    process = story.process("Process")
    process.malloc("p", 1)
    story.say("malloc.", line=1)
    process.read(process.p)
    story.say("Read.", line=2)
    process.write(process.p, "p = 1")
    story.say("Written.", line=3)


@made_up()
def map_shared(story):
    """MAP_SHARED is no copy-on-write."""
    story.memory(frames=4)
    parent = story.process("Parent", heap="x = 1")
    parent.mmap("ring", 1, shared=True)
    parent.write(parent.ring, "n = 1")
    story.say("A region that is shared.")
    child = parent.fork("Child")
    story.say("The shared PTEs stay writable.")
    child.write(child.ring, "n = 2")
    assert parent.read(parent.ring) == "n = 2"
    story.say("The parent sees what the child writes.")


@made_up()
def shared_file_that_is_watched(story):
    """The first write to a shared page of a file faults, and copies nothing."""
    story.memory(frames=4)
    story.machine = add_file(story.machine, File("log", ((), ()), write_notify=True))
    process = story.process("Process")
    process.mmap("log", 2, file="log", shared=True)
    process.read(process.log[0])
    story.say("Read: the PTE is read-only though the region is not.")
    process.write(process.log[0], "l = 1")
    story.say("Written.")


@made_up()
def private_file(story):
    """A file mapped private."""
    story.file("data.txt", ["a = 1", "b = 2"])
    process = story.process("Process")
    process.mmap("data", 2, file="data.txt")
    story.say("Mapped, nothing read.")
    process.read(process.data[0], fill="A major fault: from the disk.")
    story.say("Read.")
    process.write(process.data[0], "a = 5", copy="A copy of the page cache's frame.")
    story.say("Written: a copy.")
    process.write(process.data[1], "b = 5")
    story.say("Both at once.")


@made_up()
def out_of_memory(story):
    """No frame is left."""
    story.memory(frames=3)
    process = story.process("Process", heap=2)
    other = story.process("Other", heap=["y = 1", "y = 2"])
    process.write(process.heap[0], "x = 1")
    story.say("All frames are used.")
    process.write(process.heap[1], "x = 2", fault="One more page is touched.")
    story.say("The kernel kills the largest.")
    assert not other.is_alive


@made_up()
def own_out_of_memory(story):
    """Who asks is who dies."""
    story.memory(frames=2)
    process = story.process("Process", heap=3)
    process.write(process.heap, "x = 1")
    story.say("Three pages, two frames.")
    assert not process.is_alive


@made_up()
def exec_after_fork(story):
    """What a shell does."""
    story.memory(frames=6)
    shell = story.process("sh", text="main()", heap="x = 1")
    child = shell.fork("sh")
    story.say("The shell forks.")
    child.exec("ls", text="ls()", rodata='"usage"', heap=["argc = 1", None])
    story.say("The child becomes another program.")
    child.exit()
    shell.wait(child)
    story.say("Done.")


@made_up()
def mprotect_and_munmap(story):
    """Rights come and go."""
    story.memory(frames=6)
    process = story.process("Process", heap=["x = 1", "x = 2", "x = 3"])
    story.say("Three pages.")
    process.mprotect(process.heap[1], "r--")
    story.say("The one in the middle may only be read.")
    process.mprotect(process.heap[1], "rw-")
    story.say("And written again.")
    process.munmap(process.heap[1])
    story.say("It is gone.")
    process.mprotect(process.heap[0], "none")
    story.say("The first may not be touched.")
    process.read(process.heap[0], signal="So it is SIGSEGV.")
    story.say("The process dies.")


@made_up()
def grandchild(story):
    """Three generations."""
    story.memory(frames=6)
    parent = story.process("Parent", text="main()", heap="x = 1")
    story.say("One.")
    child = parent.fork("Child")
    story.say("Two.")
    grandchild = child.fork("Grandchild")
    story.say("Three: every frame has three owners.")
    grandchild.write(grandchild.heap, "x = 3", fault="A fault.", copy="A copy.")
    story.say("Copied.")
    child.write(child.heap, "x = 2")
    story.say("Copied again.")
    parent.write(parent.heap, "x = 0")
    story.say("The last owner.")
    child.exit()
    story.say("The one in the middle goes.")


@made_up()
def two_children(story):
    """Two children of one parent."""
    parent = story.process("Parent", heap=["a = 1", "b = 1", "c = 1"], stack="s = 1")
    first = parent.fork("First child")
    story.say("One.")
    second = parent.fork("Second child")
    story.say("Two.")
    first.write(first.heap[1], "b = 2")
    second.write(second.heap[2], "c = 3")
    story.say("Both write.")
    parent.write(parent.heap, "z = 9")
    story.say("So does the parent.")
