"""More lessons made up to be hard to draw: long words, gone pages, three processes."""

from __future__ import annotations

from made_up import made_up


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
