"""Lessons to look at: every scenario there is, and made-up ones that are larger or odder than any of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import ModuleType

from cowviz import plugins
from cowviz.diagram.stage import Stage
from cowviz.diagram.view import View
from cowviz.memory.calls.processes import add_file
from cowviz.memory.machine import File
from cowviz.memory.profile import LINUX, TEXTBOOK, Profile
from cowviz.scene.shapes import WIDTH, Scene
from cowviz.scene.theme import Theme
from cowviz.story.loader import bundled, load_scenario
from cowviz.story.story import Story, record
from cowviz.trace.model import Trace
from cowviz.views import columns

THEMES = plugins.names("themes")
SCENARIOS = sorted(path.stem for path in bundled().glob("[!_]*.py"))

Play = Callable[[Story], None]
MADE_UP: dict[str, tuple[Play, Profile]] = {}
ONE_STEP = ("own_out_of_memory", "nothing_but_words")  # nothing is before it


def made_up(profile: Profile = TEXTBOOK) -> Callable[[Play], Play]:
    def keep(play: Play) -> Play:
        MADE_UP[play.__name__] = play, profile
        return play

    return keep


@cache
def theme(name: str) -> Theme:
    found: Theme = plugins.find("themes", name).THEME
    return found


@cache
def trace(name: str) -> Trace:
    if name in MADE_UP:
        play, profile = MADE_UP[name]
        title = (play.__doc__ or name).rstrip(".")
        return record(play, name=name, title=title, profile=profile)
    return load_scenario(name).record()


def stage(trace: Trace, colours: Theme, width: int = WIDTH, view: ModuleType = columns) -> Stage:
    """A trace's stage with one view."""
    return Stage(trace, colours, [(View.of("columns", view),)] * len(trace.steps), width)


@cache
def scenes(name: str, colours: str = "light", width: int = WIDTH) -> list[list[Scene]]:
    return stage(trace(name), theme(colours), width).scenes


@cache
def before_after(name: str, colours: str = "light", width: int = WIDTH) -> Scene:
    return stage(trace(name), theme(colours), width).before_after()


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


@made_up()
def three_and_a_file(story):
    """Three processes, and one writes a file."""
    parent = story.process("Parent", heap=["a = 1", "b = 1"])
    child = parent.fork("Child")
    parent.fork("Other")
    child.save(child.heap[0], "out.txt")
    child.save(child.heap[1], "out.txt")
    story.say("Saved.")
    child.exit()
    story.say("The file stays.")


@made_up()
def long_words(story):
    """Names and contents that are far too long for the room there is, in a title that does not fit into its line."""
    parent = story.process(
        "A process with quite a long name",
        heap=["a variable with a long name = and a value longer still", "x = 1, and other text that never ends ..."],
    )
    parent.mmap("a_region_of_memory_with_a_long_name", 1)
    story.say("A caption. " * 12)
    child = parent.fork("Another process with a long name")
    story.say("Word " * 30)
    child.write(child.heap[0], "another_variable_with_a_long_name = 1")
    story.say("Again.")


@made_up()
def odd_characters(story):
    """Größe & <Fork> "naïve" Ω"""
    parent = story.process("Größe <&>", heap=['ä = "<&>"', "π = 3"])
    story.say("x < y && y > z: \"quoted\" – 'so'")
    parent.fork("Ω")
    story.say("Ωμέγα, Привет, ×2 …")


@made_up()
def long_code(story):
    """More code than fits."""
    story.code("\n".join(f'line_{i}("some words that make this line long, {i}");' for i in range(1, 31)))
    process = story.process("Process", heap=2)
    for i in (1, 8, 15, 22, 30):
        story.say(f"Line {i}.", line=i)
    process.write(process.heap, "x = 1")
    story.say("Written.")


@made_up()
def many_steps(story):
    """More steps than dots."""
    process = story.process("Process", heap="x = 0")
    for i in range(1, 21):
        process.write(process.heap, f"x = {i}")
        story.say(f"x = {i}")


@made_up()
def three_lines(story):
    """A caption of three lines."""
    story.memory(frames=8)
    parent = story.process("Parent", text="main()", heap=["x = 1", "y = 1", "z = 1"], stack="s = 1")
    child = parent.fork("Child")
    story.say("One\ntwo\nthree")
    child.write(child.heap[2], "z = 2")
    story.say("One line.")


@made_up()
def content_grows(story):
    """A page with more and more variables."""
    story.memory(frames=3)
    parent = story.process("Parent", heap="x = 1")
    story.say("One variable.")
    parent.write(parent.heap, "counter = 1000000")
    story.say("Two.")
    parent.write(parent.heap, "other = 1000000")
    parent.write(parent.heap, "last = 1000000")
    story.say("Four.")
    parent.fork("Child")
    story.say("Forked.")


@made_up()
def nothing_but_words(story):
    """A process without memory."""
    story.process("Process")
    story.say("No region yet.")


@made_up()
def gone_in_the_same_step(story):
    """What comes and goes between two pictures."""
    process = story.process("Process", heap="x = 1")
    story.say("One page.")
    process.mmap("buf", 2)
    process.write(process.buf, "b = 1")
    process.munmap(process.buf)
    story.say("A region was mapped, written and unmapped again.")
    process.write(process.heap, "x = 2")
    story.say("Later.")


@made_up()
def gone_frames(story):
    """Frames that are freed before the picture is taken."""
    parent = story.process("Parent", heap=["x = 1", "x = 2"])
    child = parent.fork("Child")
    story.say("Forked.")
    child.write(child.heap, "x = 3")
    child.exec("ls", text="ls()")
    story.say("Written, and then exec.")
    child.munmap(child.text)
    story.say("Nothing left.")


@made_up()
def touch_after_munmap(story):
    """A pointer to what is gone."""
    process = story.process("Process", heap="x = 1")
    buf = process.mmap("buf", 1)
    process.munmap(buf)
    story.say("Mapped and unmapped.")
    process.read(buf)
    story.say("SIGSEGV.")
    assert not process.is_alive


@made_up()
def whole_life_in_one_step(story):
    """A child that lives and dies in one step."""
    parent = story.process("Parent", heap=["x = 1", "x = 2"])
    story.say("One.")
    child = parent.fork("Child")
    child.write(child.heap, "x = 9")
    child.exit()
    parent.wait(child)
    story.say("A child came and went.")


@made_up()
def orphan(story):
    """The parent goes first."""
    parent = story.process("Parent", heap="x = 1")
    child = parent.fork("Child")
    parent.exit()
    story.say("The parent is gone.")
    child.write(child.heap, "x = 2")
    story.say("The child is alone: no copy.")
    assert child.copies == 0


@made_up()
def two_writers_of_one_file(story):
    """Parent and child write to the same file."""
    parent = story.process("Parent", heap="x = 1")
    child = parent.fork("Child")
    story.say("Forked.")
    child.save(child.heap, "log")
    story.say("The child writes.")
    parent.save(parent.heap, "log")
    story.say("So does the parent.")


@made_up()
def half_protected(story):
    """More regions than bars, and one of them protected in part."""
    story.memory(frames=12)
    process = story.process(
        "Process", text="main()", rodata="r", data="d = 1", bss="b = 1", heap="x = 1", stack="s = 1"
    )
    process.mmap("buf", 6)
    process.write(process.buf, "b = 1")
    story.say("Eight rows are not enough for all pages.")
    for i in (1, 3, 5):
        process.mprotect(process.buf[i], "r--")
    story.say("Every second one may only be read.")
    process.munmap(process.buf[0])
    story.say("The first one is gone, and its neighbours are not.")


@made_up()
def all_in_one_step(story):
    """Two forks and an exec in one step."""
    parent = story.process("Parent", heap="x = 1")
    child = parent.fork("Child")
    grandchild = child.fork("Grandchild")
    child.exec("ls", text="ls()")
    grandchild.write(grandchild.heap, "x = 2")
    story.say("All at once.")
    parent.write(parent.heap, "x = 3")
    story.say("And one more.")
