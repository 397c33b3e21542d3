"""What a scenario is told with: Story, Actor, Region. Wrong use is told in one line that names its cure."""

from __future__ import annotations

import pytest

from cowviz.errors import CowvizError
from cowviz.memory.events import (
    Accessed,
    Exited,
    FaultRaised,
    FileWritten,
    Forked,
    FrameCopied,
    OutOfMemory,
    PageMapped,
    SignalSent,
)
from cowviz.memory.machine import MisuseError, Prot
from cowviz.memory.profile import LINUX
from cowviz.narration.event_rows import moments
from cowviz.story.story import Story, record


@pytest.fixture
def story():
    return Story(check=True)


@pytest.fixture
def small(story):
    """A story whose machine has four frames."""
    story.memory(frames=4)
    return story


@pytest.fixture
def pair(small):
    """Parent and child right after fork, told about."""
    parent = small.process("Parent", text="main()", heap="x = 1")
    child = parent.fork("Child")
    small.say("Forked.")
    return parent, child


def told(story):
    return story.trace("lesson", "Lesson", "").steps


def names(step):
    return [type(event).__name__ for event in step.events]


# Sections


def test_sections_in_one_call(small):
    small.memory(frames=12)
    process = small.process(
        "P", stack="s = 1", heap=["x = 1", None, ""], bss=2, rodata='"hello"', text="main()", data="d = 1"
    )
    assert [(v.name, v.pages, str(v.prot)) for v in process.state.vmas] == [
        (".text", 1, "r-x"),
        (".rodata", 1, "r--"),
        (".data", 1, "rw-"),
        (".bss", 2, "rw-"),
        ("heap", 3, "rw-"),
        ("stack", 1, "rw-"),
    ]
    assert (process.faults, process.copies, process.rss) == (0, 0, 6)
    assert [page.is_mapped for page in process.heap] == [True, False, True]
    assert [page.content for page in process.heap] == ["x = 1", "0", "0"]
    assert not any(page.is_mapped for page in process.bss)
    assert process.rodata.content == '"hello"'


def test_a_region_is_an_attribute_with_or_without_its_dot(pair):
    parent, _ = pair
    assert parent.text == parent.region(".text") == parent.region("text")


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"haep": "x = 1"}, "no section 'haep'; did you mean heap"),
        ({"heap": []}, "section heap has no pages; leave it out, or give it one"),
        ({"heap": 0}, "section heap has no pages"),
    ],
)
def test_sections_that_cannot_be(small, sections, message):
    with pytest.raises(CowvizError, match=message):
        small.process("P", **sections)


def test_two_instances_of_a_program_share_its_text(small):
    first = small.process("P", text="main()", data="d = 1")
    second = small.process("P", text="main()", data="d = 1")
    assert first.text.frame == second.text.frame
    assert first.data.frame != second.data.frame
    with pytest.raises(MisuseError, match="other contents"):
        small.process("P", text="other()")


# Reading and writing


def test_read_returns_the_content(pair):
    parent, child = pair
    assert child.read(child.heap) == "x = 1"
    assert parent.read(parent.text) == "main()"
    assert (child.faults, parent.faults) == (0, 0)


def test_read_of_an_untouched_page(small):
    process = small.process("P", heap=1)
    assert process.read(process.heap) == "0"
    assert process.faults == 1


def test_a_variable_keeps_its_neighbours_and_text_replaces_all(small):
    process = small.process("P", heap="x = 1")
    process.write(process.heap, "y = 2")
    assert process.heap.content == "x = 1, y = 2"
    process.write(process.heap, "x = 3")
    assert process.heap.content == "x = 3, y = 2"
    process.write(process.heap, "nonsense")
    assert process.heap.content == "nonsense"
    process.write(process.heap)
    assert process.heap.content == "nonsense"


def test_write_to_many_pages(small):
    process = small.process("P", heap=3)
    process.write(process.heap, "x = 1")
    assert [page.content for page in process.heap] == ["x = 1"] * 3
    assert process.faults == 3
    small.say("Three.")
    assert len(told(small)[0].snapshots) == 1  # one picture for all of it


def test_execute(small):
    process = small.process("P", text="main()", heap="x = 1")
    process.execute(process.text)
    assert process.is_alive
    process.execute(process.heap)
    assert process.state.status == "killed by SIGSEGV"


def test_counters_and_shares(pair):
    parent, child = pair
    child.write(child.heap, "x = 2")
    assert (child.faults, child.copies, child.reuses, child.copied_bytes) == (1, 1, 0, 4096)
    parent.write(parent.heap, "x = 3")
    assert (parent.faults, parent.copies, parent.reuses, parent.copied_bytes) == (1, 0, 1, 0)
    assert (parent.rss, parent.pss, parent.uss) == (2, 1.5, 1)


# Captions


def test_a_caption_ends_a_step(pair, small):
    _, child = pair
    child.write(child.heap, "x = 2")
    small.say("  Two   words\n and more ")
    steps = told(small)
    assert [step.caption for step in steps] == ["Forked.", "Two words\nand more"]
    assert names(steps[1]) == ["FaultRaised", "FrameAllocated", "FrameCopied", "PageMapped", "Accessed"]
    assert steps[1].machine is small.machine


def test_captions_at_moments_cut_the_access(pair, small):
    _, child = pair
    child.write(child.heap, "x = 2", fault="F.", allocate="A.", copy="C.", remap="R.")
    small.say("Done.")
    steps = told(small)[1:]
    assert [step.caption for step in steps] == ["F.", "A.", "C.", "R.", "Done."]
    assert [names(step) for step in steps] == [
        ["FaultRaised"],
        ["FrameAllocated"],
        ["FrameCopied"],
        ["PageMapped"],
        ["Accessed"],
    ]


@pytest.mark.parametrize("moment", ["fault", "reuse", "access"])
def test_captions_of_a_reuse(pair, small, moment):
    parent, child = pair
    child.exit()
    parent.write(parent.heap, "x = 2", **{moment: "Now."})
    assert set(moments()[moment].events) & {type(event) for event in told(small)[1].events}


def test_captions_of_fork_and_exit(small):
    parent = small.process("Parent", heap="x = 1")
    child = parent.fork("Child", protect="Write-protected.", fork="Forked.")
    child.exit(3, exit="Gone.")
    assert [step.caption for step in told(small)] == ["Write-protected.", "Forked.", "Gone."]
    assert child.state.status == "exited 3"


def test_within_a_step_the_picture_pauses(pair, small):
    _, child = pair
    child.write(child.heap, "x = 2")
    small.say("All at once.")
    step = told(small)[1]
    assert [type(s.events[-1]) for s in step.snapshots] == [FaultRaised, FrameCopied, Accessed]


def test_an_unknown_moment(pair):
    _, child = pair
    with pytest.raises(CowvizError, match="no moment 'falt'; did you mean fault"):
        child.write(child.heap, "x = 2", falt="F.")
    assert child.faults == 0  # nothing was done


def test_a_caption_that_is_never_shown(pair):
    _, child = pair
    with pytest.raises(CowvizError, match=r'nothing was copied, so the caption copy="C\." was never shown'):
        child.read(child.heap, copy="C.")


def test_captions_need_a_single_page(small):
    process = small.process("P", heap=2)
    with pytest.raises(CowvizError, match="captions inside an access need a single page; heap here has 2"):
        process.write(process.heap, "x = 1", fault="F.")


def test_what_is_not_told_becomes_a_step_without_words(pair, small):
    _, child = pair
    child.write(child.heap, "x = 2")
    steps = told(small)
    assert [step.caption for step in steps] == ["Forked.", ""]
    assert isinstance(steps[1].events[-1], Accessed)


def test_nothing_happens_between_two_captions(small):
    small.process("P", heap="x = 1")
    small.say("One.")
    small.say("Two.")
    one, two = told(small)
    assert two.machine is one.machine
    assert two.events == ()


def test_a_story_that_tells_nothing(story):
    with pytest.raises(CowvizError, match=r"lesson: play\(story\) told nothing; make a process"):
        story.trace("lesson", "Lesson", "")


# Code


def test_lines_of_code(small):
    small.code("""
        int x = 1;
        if (fork() == 0)
            x = 42;
    """)
    process = small.process("P", heap="x = 1")
    small.say("One.")
    small.say("Two.", line=1)
    small.say("Three.", line="x = 42")
    small.at(2)
    small.say("Four.")
    process.write(process.heap, "x = 2")
    small.say("Five.")
    trace = small.trace("lesson", "Lesson", "")
    assert trace.code == ("int x = 1;", "if (fork() == 0)", "    x = 42;")
    assert [step.line for step in trace.steps] == [None, 1, 3, 2, 2]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (0, "has 2 lines; there is no line 0"),
        (3, "has 2 lines; there is no line 3"),
        (-1, "there is no line -1"),
        ("nowhere", "no line of the story's code contains 'nowhere'"),
    ],
)
def test_lines_that_are_not_there(small, line, message):
    small.code("one\ntwo")
    with pytest.raises(CowvizError, match=message):
        small.at(line)
    small.process("P", heap="x = 1")
    with pytest.raises(CowvizError, match=message):
        small.say("Here.", line=line)


# Regions


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
    with pytest.raises(CowvizError, match="Child cannot use Parent's heap; say Child's own region"):
        child.write(parent.heap, "x = 2")
    with pytest.raises(CowvizError, match="say Parent's own region"):
        parent.munmap(child.heap)


# Processes


def test_the_dead_do_nothing(pair, small):
    parent, child = pair
    heap = child.heap
    child.exit()
    assert not child.is_alive
    with pytest.raises(CowvizError, match=r"Child .*exited 0.*: it has no memory"):
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


# Memory


def test_frames_come_in_the_order_given(story):
    story.memory(frames=4, order="CA")
    process = story.process("P", heap=["1", "2", "3", "4"])
    assert [page.frame for page in process.heap] == ["Frame C", "Frame A", "Frame B", "Frame D"]


def test_an_order_may_be_numbers(story):
    story.memory(frames=30, order=[29, 0])
    process = story.process("P", heap=["1", "2", "3"])
    assert [page.frame for page in process.heap] == ["Frame AD", "Frame A", "Frame B"]


@pytest.mark.parametrize(
    ("frames", "order"), [(3, "AA"), (3, "D"), (3, "a"), (3, [3]), (3, [-1]), (0, ""), (-1, ""), (2, [0, 0])]
)
def test_orders_that_cannot_be(story, frames, order):
    with pytest.raises(CowvizError, match=r"frames="):
        story.memory(frames, order)


def test_memory_comes_first(small):
    small.process("P", heap="x = 1")
    with pytest.raises(CowvizError, match=r"story.memory\(\) comes before the first process"):
        small.memory(frames=4)


def test_memory_keeps_the_profile():
    story = Story(LINUX)
    story.memory(frames=3)
    assert story.machine.profile is LINUX


def test_memory_keeps_the_files():
    """A file may be put on the disk before the size of memory is said."""
    story = Story()
    story.file("data.txt", ["a"])
    story.memory(frames=3)
    process = story.process("P")
    process.mmap("data", 1, file="data.txt")
    assert process.read(process.data) == "a"


def test_out_of_memory_is_a_picture_and_no_crash(story):
    story.memory(frames=2)
    process = story.process("P", heap=3)
    process.write(process.heap[:2], "x = 1")
    story.say("Full.")
    process.write(process.heap[2], "x = 2")
    story.say("Killed.")
    step = told(story)[1]
    assert [type(e) for e in step.events if isinstance(e, OutOfMemory | Exited)] == [OutOfMemory, Exited]
    assert any(isinstance(s.events[-1], OutOfMemory) for s in step.snapshots[:-1])
    assert not process.is_alive
    assert story.machine.used_frames == 0


def test_out_of_memory_at_the_start(story):
    story.memory(frames=1)
    with pytest.raises(MisuseError) as caught:
        story.process("P", heap=["x = 1", "x = 2"])
    assert "\n" not in str(caught.value)


# Regions that come and go


def test_malloc_extends_the_heap(small):
    process = small.process("P", heap="x = 1")
    buf = process.malloc("buf", 2)
    more = process.malloc("more", 1)
    assert buf.start == process.heap.start + 1
    assert more.start == buf.start + 2
    assert not buf[0].is_mapped
    process.write(buf[1], "b = 1")
    assert [page.is_mapped for page in process.buf] == [False, True]


def test_malloc_without_a_heap(small):
    process = small.process("P")
    assert len(process.malloc("arr", 2)) == 2


def test_mmap_finds_room(small):
    process = small.process("P")
    first, second = process.mmap("one", 2), process.mmap("two", 1, "r--")
    assert second.start >= first.start + 2
    assert [str(v.prot) for v in process.state.vmas] == ["rw-", "r--"]


def test_mmap_of_a_file(small):
    assert small.file("data.txt", ["a = 1", "", "c"]) == "data.txt"
    process = small.process("P")
    process.mmap("data", 3, "r--", file="data.txt")
    assert [process.read(page) for page in process.data] == ["a = 1", "0", "c"]
    assert process.state.counters.major == 3
    with pytest.raises(MisuseError, match=r"there is a file 'data.txt' already"):
        small.file("data.txt", ["z"])
    with pytest.raises(MisuseError, match=r"no file 'nofile'; there are: data\.txt"):
        process.mmap("other", 1, file="nofile")


def test_a_cached_file_is_no_major_fault(small):
    small.file("data.txt", ["a"], cached=True)
    process = small.process("P")
    process.mmap("data", 1, file="data.txt")
    process.read(process.data)
    assert (process.state.counters.minor, process.state.counters.major) == (1, 0)


def test_shared_memory(small):
    parent = small.process("Parent")
    ring = parent.mmap("ring", 1, shared=True)
    child = parent.fork("Child")
    child.write(child.ring, "n = 1")
    assert parent.read(ring) == "n = 1"
    assert child.copies == 0


def test_munmap(small):
    process = small.process("P", heap=["a", "b", "c"])
    process.munmap(process.heap[1])
    assert small.machine.used_frames == 2
    assert len(process.heap) == 3  # from its first page to its last
    process.read(process.heap[1])
    assert process.state.status == "killed by SIGSEGV"


def test_munmap_twice(small):
    process = small.process("P", heap="x = 1")
    heap = process.heap
    process.munmap(heap)
    with pytest.raises(MisuseError, match="P has no region at pages"):
        process.munmap(heap)


def test_mprotect(small):
    process = small.process("P", heap="x = 1")
    process.mprotect(process.heap, "r--")
    assert process.state.vmas[0].prot is Prot.R
    with pytest.raises(CowvizError, match="no protection 'rq'; write for example 'rw-'"):
        process.mprotect(process.heap, "rq")
    process.write(process.heap, "x = 2", fault="A fault.", signal="SIGSEGV.")
    assert process.state.status == "killed by SIGSEGV"
    assert [step.caption for step in told(small)] == ["A fault.", "SIGSEGV.", ""]


def test_sigsegv_kills(pair, small):
    parent, child = pair
    child.write(child.text, "oops")
    small.say("Dead.")
    events = told(small)[-1].events
    assert [type(e) for e in events] == [FaultRaised, SignalSent, Exited]
    assert child.state.status == "killed by SIGSEGV"
    assert child.faults == 0  # a fatal fault is not counted
    assert parent.is_alive


def test_a_dead_reader_reads_nothing(small):
    process = small.process("P", heap="x = 1")
    process.mprotect(process.heap, "none")
    assert process.read(process.heap) == ""


def test_sigbus_beyond_the_files_end(small):
    small.file("short", ["a"])
    process = small.process("P")
    process.mmap("data", 2, file="short")
    process.read(process.data[1])
    assert process.state.status == "killed by SIGBUS"


def test_save(pair, small):
    _, child = pair
    child.save(child.heap, "dump")
    child.save(child.text, "dump")
    small.say("Saved.")
    assert [e for e in told(small)[-1].events if isinstance(e, FileWritten)]
    assert [str(content[0]) for content in small.machine.files["dump"].contents] == ["x = 1", "main()"]


# Profiles and checks


def test_a_read_maps_the_zero_page_as_on_linux():
    story = Story(LINUX, check=True)
    story.memory(frames=2)
    process = story.process("P", heap=1)
    assert process.read(process.heap) == "0"
    assert process.heap.frame == "Zero page"
    assert process.rss == 0


def test_check_holds_the_invariants_against_every_change(monkeypatch):
    from cowviz.memory import frames

    monkeypatch.setattr(frames, "mapped", lambda machine, pfns: machine)  # fork forgets to count

    def play(story):
        story.memory(frames=2)
        story.process("P", heap="x = 1").fork("C")
        story.say("Forked.")

    assert record(play, name="n", title="t").steps
    with pytest.raises(AssertionError, match="after Forked"):
        record(play, name="n", title="t", check=True)


def test_record(small):
    def play(story):
        parent = story.process("P", heap="x = 1")
        parent.fork("C")
        story.say("Forked.")

    trace = record(play, name="lesson", title="Lesson", doc="Doc.", profile=LINUX)
    assert (trace.name, trace.title, trace.doc) == ("lesson", "Lesson", "Doc.")
    assert trace.steps[0].machine.profile is LINUX
    assert isinstance(trace.steps[0].events[-1], Forked)
    assert not any(isinstance(event, PageMapped) for event in trace.steps[0].events)


def test_errors_of_play_pass_through():
    def play(story):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        record(play, name="n", title="t")


def test_a_verb_with_a_typo(pair):
    parent, _ = pair
    with pytest.raises(CowvizError, match=r"Parent has no 'wriet'; did you mean write\?"):
        parent.wriet(parent.heap, "x = 2")


# Threads, vfork, swap, KSM, huge and pinned pages, refusals


def test_a_thread_shares_all_memory_and_has_its_own_counters(small):
    process = small.process("P", heap=["x = 1", None])
    thread = process.thread("T", clone="A thread: nothing is copied.")
    thread.write(thread.heap[1], "y = 2")
    assert (process.heap[1].content, process.heap[1].frame) == ("y = 2", thread.heap[1].frame)
    assert (process.faults, thread.faults, process.copies) == (0, 1, 0)


def test_a_vfork_child_borrows_memory_until_exec(small):
    parent = small.process("P", heap="x = 1")
    child = parent.vfork("C")
    with pytest.raises(MisuseError, match="waits until its vfork child"):
        parent.read(parent.heap)
    child.write(child.heap, "x = 2")
    child.exec("ls", heap="l = 1")
    assert parent.heap.content == "x = 2"
    assert child.heap.content == "l = 1"


def test_out_to_swap_and_back_by_a_major_fault(story):
    story.memory(frames=1, swap=1)
    process = story.process("P", heap=["x = 1", None])
    process.madvise(process.heap[0], "pageout", pageout="Out.")
    page = process.heap[0]
    assert (page.frame, page.content, page.is_swapped, page.is_mapped) == ("in swap", "x = 1", True, False)
    story.reclaim(reclaim="The frame is free.")
    process.read(page, fault="Touched.", fill="Read back.")
    assert (process.major_faults, page.content, page.is_swapped) == (1, "x = 1", False)


def test_equal_pages_are_merged(small):
    process = small.process("P", heap=["same", "same"])
    process.madvise(process.heap, "MERGEABLE")
    small.ksm(merge="They are one.")
    assert process.heap[0].frame == process.heap[1].frame
    process.write(process.heap[0], "other")
    assert process.copies == 1


def test_a_huge_page_is_mapped_by_one_fault_and_split_by_one_byte(story):
    story.memory(frames=2048)
    process = story.process("P")
    buf = process.mmap("buf", 512)
    process.madvise(buf, "HUGEPAGE")
    process.write(buf[5])
    assert (process.faults, process.rss, buf[0].is_huge) == (1, 512, True)
    child = process.fork("C")
    child.write(child.buf[5], split="Split.")
    assert (child.copies, child.buf[0].is_huge, buf[0].is_huge) == (1, False, True)


def test_fork_copies_a_pinned_page(small):
    process = small.process("P", heap="x = 1")
    process.pin(process.heap)
    child = process.fork("C", copy="At once.")
    assert child.heap.frame != process.heap.frame
    process.unpin(process.heap)
    assert process.fork("D").heap.frame == process.heap.frame


def test_what_the_kernel_refuses_is_a_region_without_pages(story):
    story.memory(frames=4, overcommit="heuristic")
    process = story.process("P", heap="x = 1")
    assert not process.malloc("big", pages=5)
    process.limit(3)
    refused = process.mmap("more", 3)
    assert not refused
    with pytest.raises(CowvizError, match=r"more\[0\] is outside P's more: its mmap was refused"):
        process.read(refused[0])
    process.limit(None)
    assert process.mmap("less", 4)


def test_a_fork_that_is_refused_gives_a_child_that_was_never_born(story):
    story.memory(frames=1)
    process = story.process("P", heap="x = 1")
    process.pin(process.heap)
    child = process.fork("C", refuse="ENOMEM: no frame for the pinned page.")
    assert not child.is_alive
    with pytest.raises(CowvizError, match="the kernel refused the fork"):
        child.read(process.heap)


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda story: story.memory(frames=2, swap=-1), "swap=-1"),
        (lambda story: story.memory(frames=2, overcommit="never"), "overcommit 'never'"),
        (lambda story: story.reclaim(), "takes a process that lives"),
        (lambda story: (p := story.process("P", heap=1)).madvise(p.heap, "PAGEOOT"), "advice 'PAGEOOT'.*PAGEOUT"),
    ],
)
def test_wrong_use_of_the_rarer_things_names_its_cure(story, call, problem):
    with pytest.raises(CowvizError, match=problem):
        call(story)


def test_fault_around_leaves_a_page_in_swap_alone() -> None:
    """Its entry names a slot, so that it is no empty one (mm/filemap.c: filemap_map_pages)."""

    def play(story: Story) -> None:
        story.memory(64, swap=8)
        file = story.file("f", 17, cached=True)
        p = story.process("P", heap="x = 1")
        mapped = p.mmap("m", 17, file=file)
        p.write(mapped[3], "a = 1")
        p.madvise(mapped[3], "pageout")
        p.read(mapped[4])
        assert p.rss == 1 + 15
        assert p.read(mapped[3]) == "a = 1"
        story.say("Read.")

    record(play, name="x", title="X", profile=LINUX, check=True)
