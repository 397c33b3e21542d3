"""The lesson in words: exact where it is short, aggregated where it is long, harmless whatever is in it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from teller import Teller

from cowviz.memory import access
from cowviz.memory.bulk_access import BulkAccess
from cowviz.memory.calls import processes
from cowviz.memory.changes import Changes
from cowviz.memory.events import Access, Event, FaultKind, FrameAllocated
from cowviz.memory.machine import Cell, Machine, Process, Prot, Section, Vma, boot
from cowviz.memory.profile import LINUX, TEXTBOOK, Profile
from cowviz.narration.event_rows import own_rows
from cowviz.narration.sentences import Happening, events_text
from cowviz.narration.terms import frames_name, page_name, pages_name, process_name, run_name, runs
from cowviz.narration.transcript import to_text
from cowviz.trace.model import Snapshot, Step, Trace

RW, RX = Prot.R | Prot.W, Prot.R | Prot.X


class TextTeller(Teller):
    """Tells of one process, and of what it does, in words."""

    def __init__(self, pages: int = 1, profile: Profile = TEXTBOOK) -> None:
        super().__init__(profile, frames=2048)
        image = [
            processes.ProgramRegion(16, ((Cell("", "main()"),),), RX, Section.TEXT, ".text"),
            processes.ProgramRegion(64, ((Cell("x", "1"),),) * pages, RW, Section.HEAP, "heap"),
        ]
        self.play("One process.", processes.start, 1, "Parent", image)

    def tell(self, caption: str, operation: Callable[..., Changes], *args: Any, **options: Any) -> str:
        """The words of the step that this makes."""
        self.play(caption, operation, *args, **options)
        return self.text().split(f"Step {len(self.steps)} / ")[-1]

    def text(self) -> str:
        return to_text(Trace("t", "A lesson", "Of memory.", tuple(self.steps), ("int x;", "  fork();")))


def test_a_copy_on_write_is_told_sentence_by_sentence() -> None:
    teller = TextTeller()
    teller.tell("fork().", processes.fork, 1, 2, "Child")
    text = teller.tell("The child writes.", access.write, 2, 64, Cell("x", "42"))
    assert text == textwrap.dedent("""\
        3  The child writes.

          line 2: fork();

          - Child wants to write heap: minor write fault COW_COPY (a write to a co-owned frame,
            or to a file's page mapped private: the writer gets a copy).
          - Frame C is allocated.
          - Frame B is copied to Frame C.
          - Child's heap now maps Frame C, writable (was Frame B).
          - Child writes x = 42 to heap.

          Parent (pid 1)   faults 0 (0 minor + 0 major)   copies 0   RSS 2  PSS 1.5  USS 1 pages
            page   VMA  PTE  frame
            .text  r-x  r-x  Frame A
            heap   rw-  r--  Frame B  copy-on-write

          Child (pid 2)   faults 1 (1 minor + 0 major)   copies 1   RSS 2  PSS 1.5  USS 1 pages
            page   VMA  PTE  frame
            .text  r-x  r-x  Frame A
            heap   rw-  rw-  Frame C

          Frames in use: 3 of 2048
            frame    holds   mapped  by
            Frame A  main()  ×2      Parent .text, Child .text, page cache of Parent
            Frame B  x = 1   ×1      Parent heap
            Frame C  x = 42  ×1      Child heap
        """)


def test_the_lesson_begins_with_title_doc_and_code() -> None:
    begin = "A lesson\n========\n\nOf memory.\n\n   1  int x;\n   2    fork();\n\n\nStep 1 / 1  One process.\n"
    assert TextTeller().text().startswith(begin)


def test_many_pages_are_told_together() -> None:
    teller = TextTeller(600)
    teller.tell("fork().", processes.fork, 1, 2, "Child")
    text = teller.tell("The child writes.", access.write, 2, 64 + 88, Cell("x", "2"), pages=512)
    assert "- Child: 512 minor write faults COW_COPY on heap[88..599] (a write" in text
    assert "- 512 frames are copied, to Frames WD-APU." in text
    assert "- Child writes x = 2 to heap[88..599]." in text
    assert "    heap[0..87]    rw-  r--  Frames B-CK ×88     copy-on-write\n" in text
    assert "    heap[88..599]  rw-  rw-  Frames WD-APU ×512\n" in text
    assert "    Frames CL-WC   x = 1   ×1      Parent heap[88..599]\n" in text
    assert len(text.splitlines()) < 40


def test_scattered_pages_become_one_row_for_each_kind_of_right() -> None:
    teller = TextTeller(400)
    teller.tell("fork().", processes.fork, 1, 2, "Child")
    for page in range(0, 400, 2):
        teller.play("", access.write, 2, 64 + page, Cell("x", str(page)))
    del teller.steps[1:-1]
    text = teller.text().split("Step 2 / ")[-1]
    assert "heap (200 pages)  rw-  r--  Frame C, Frame E, Frame G, Frame I and 196 more ×200" in text
    assert "200 different contents" in text
    assert len(text.splitlines()) < 40


def test_a_page_without_a_frame_says_so() -> None:
    teller = TextTeller()
    text = teller.tell("mmap().", processes.mmap, 1, 4096, 1 << 30, RW, "map")
    assert "- Parent has a new region: map[0..1073741823].\n" in text
    assert "    map[0..1073741823]  rw-       no frame\n" in text


def test_the_zero_page_has_its_name() -> None:
    teller = TextTeller(profile=LINUX)
    teller.tell("mmap().", processes.mmap, 1, 4096, 4, RW, "map")
    text = teller.tell("Read.", access.read, 1, 4096, pages=3)
    assert "    map[0..2]  rw-  r--  the zero page ×3  copy-on-write\n" in text


def test_the_dead_are_named_until_they_are_waited_for() -> None:
    teller = TextTeller()
    teller.tell("fork().", processes.fork, 1, 2, "Child")
    assert "  Child (pid 2)   exited 0, not waited for\n" in teller.tell("exit().", processes.exit, 2)
    text = teller.tell("wait().", processes.wait, 1, 2)
    assert "- Parent has waited for Child.\n" in text
    assert "(pid 2)" not in text


def test_what_is_gone_keeps_its_name() -> None:
    teller = TextTeller()
    teller.tell("mmap().", processes.mmap, 1, 4096, 4, RW, "map")
    assert "- Parent gives back map[0..3].\n" in teller.tell("munmap().", processes.munmap, 1, 4096, 4)


def test_no_text_steers_the_terminal_and_no_line_ends_in_blanks() -> None:
    teller = TextTeller()
    text = teller.tell("Red \x1b[31m\x07 \t alert, " + "and so on " * 20, access.write, 1, 64, Cell("\x1b", "\n\r"))
    assert "\x1b" not in text
    assert all(line == line.rstrip() for line in text.splitlines())
    assert all(line.isprintable() for line in text.splitlines())


# ------------------------------------------------------------------------------------------------------ names


def process() -> Process:
    def vma(start: int, end: int, name: str) -> Vma:
        return Vma(start, end, RW, Section.HEAP, name)

    return Process(1, "P", None, (vma(2, 3, "one"), vma(8, 12, "cut"), vma(14, 16, "cut")))


@pytest.mark.parametrize(
    ("first", "pages", "name"),
    [
        (2, 1, "one"),
        (8, 1, "cut[0]"),
        (9, 3, "cut[1..3]"),
        (14, 2, "cut[6..7]"),
        (5, 1, "0x5000"),
        (5, 2, "2 pages at 0x5000"),
    ],
)
def test_a_page_is_called_after_its_region(first: int, pages: int, name: str) -> None:
    assert run_name(process(), first, pages) == name
    assert pages > 1 or page_name(process(), first) == name


def test_runs_and_their_names() -> None:
    assert runs([5, 1, 2, 3, 5]) == [(1, 3), (5, 1)]
    assert frames_name([0, 1, 2, 25, 26]) == "Frames A-C, Frames Z-AA"
    assert frames_name([-1]) == "the zero page"
    assert pages_name(process(), [8, 9, 14]) == "cut[0..1], cut[6]"


def test_namesakes_are_told_apart_by_pid() -> None:
    machine = boot(TEXTBOOK).with_process(Process(1, "P", None)).with_process(Process(2, "P", 1))
    assert process_name(machine, 2) == "P (pid 2)"
    assert process_name(machine, 3) == "process 3"


# -------------------------------------------------------------------------------------------------- sentences

SAMPLE: dict[str, Any] = {
    "access": Access.EXEC,
    "kind": FaultKind.FILE_MAPPED,
    "prot": RW,
    "cell": Cell("x", "1"),
    "freed": (1, 2),
    "file": "a.txt",
    "program": "ls",
    "status": "exited 0",
    "signal": "SIGBUS",
    "advice": "mlock",
}


def event_text(event: Event, machine: Machine) -> str:
    (text,) = events_text([Happening(event, machine, machine)])
    return text


@pytest.mark.parametrize(
    "kind", [row.event for row in own_rows() if row.event is not BulkAccess], ids=lambda kind: kind.__name__
)
def test_every_event_has_a_sentence(kind: Any) -> None:
    """Also where nobody knows its pids, pages and frames: recordings may be about anything."""
    event = kind(**{field.name: SAMPLE.get(field.name, 7) for field in fields(kind)})
    text = event_text(event, boot(TEXTBOOK))
    assert "{" not in text
    assert text[0].isupper()
    assert "(" not in text or text.count("(") == text.count(")")


def test_an_event_without_words_is_told_by_its_fields() -> None:
    class Melted:
        def __str__(self) -> str:
            return "pfn=3"

    event: Any = Melted()
    assert event_text(event, boot(TEXTBOOK)) == "Melted: pfn=3"
    assert event_text(FrameAllocated(1, 3), boot(TEXTBOOK)) == "Frame D is allocated"


def test_an_empty_machine_can_be_told() -> None:
    machine: Machine = boot(TEXTBOOK)
    text = to_text(Trace("t", "Nothing", "", (Step("", (Snapshot(machine),)),)))
    assert text == "Nothing\n=======\n\n\nStep 1 / 1\n\n  Frames in use: 0 of 4096\n"
