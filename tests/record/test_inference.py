"""What the facts of a recording mean, without a kernel: copies and reuses with frame numbers and without."""

from __future__ import annotations

import pytest

from cowviz.errors import CowvizError
from cowviz.linux.pagemap import FILE, MAPPED_ONCE, PRESENT, SWAPPED
from cowviz.memory.events import FaultKind
from cowviz.memory.invariants_incremental import violations_since
from cowviz.record.captions import MOST_LINES, fitting
from cowviz.record.inference import EventInference
from cowviz.record.inferred_events import Touched
from cowviz.record.observations import (
    ZERO,
    Faulted,
    ForkSeen,
    Hinted,
    Mapping,
    Marked,
    Noticed,
    Observation,
    ProcessEnded,
    Regions,
    Started,
)
from cowviz.record.recorder import Recorded, RecordOptions, develop
from cowviz.record.regions import RegionNames, Scope, parse_only
from cowviz.record.watch.watched_space import parsed
from cowviz.trace.model import Recording, Trace

HEAP = Mapping(100, 108, "rw-p", 0, 0, "[heap]")
TEXT = Mapping(10, 20, "r-xp", 0, 7, "/bin/program")
DATA = Mapping(20, 22, "rw-p", 10, 7, "/bin/program")
START: list[Observation] = [Started(5, "program"), Regions(5, (TEXT, DATA, HEAP))]
ONCE = PRESENT | MAPPED_ONCE


def kinds(facts: list[Observation]) -> list[str]:
    return [
        f"{one.pid}:{one.vpn} {one.kind.name}"
        for one in EventInference().infer([*START, *facts])
        if isinstance(one, Touched)
    ]


def fork(*entries: tuple[int, int]) -> ForkSeen:
    return ForkSeen(5, 6, entries)


@pytest.mark.parametrize("pfns", [(0, 0), (77, 78)], ids=["inferred", "seen"])
def test_the_writer_copies_and_the_last_owner_reuses(pfns: tuple[int, int]) -> None:
    first, second = pfns
    shared = PRESENT | first
    facts: list[Observation] = [
        Faulted(5, 100, ONCE | first),
        fork((100, shared)),
        Faulted(6, 100, ONCE | second),
        Faulted(5, 100, ONCE | first),
    ]
    assert kinds(facts) == ["5:100 DEMAND_ZERO", "6:100 COW_COPY", "5:100 COW_REUSE"]


def test_an_end_makes_the_other_the_sole_owner() -> None:
    facts: list[Observation] = [
        Faulted(5, 100, ONCE),
        fork((100, PRESENT)),
        ProcessEnded(6, "exited 0"),
        Faulted(5, 100, ONCE),
    ]
    assert kinds(facts) == ["5:100 DEMAND_ZERO", "5:100 COW_REUSE"]


def test_the_zero_page_and_then_a_frame() -> None:
    assert kinds([Faulted(5, 100, PRESENT | ZERO), Faulted(5, 100, ONCE)]) == ["5:100 ZERO_PAGE", "5:100 DEMAND_ZERO"]


def test_a_private_file_page() -> None:
    read_first: list[Observation] = [Faulted(5, 20, PRESENT | FILE), Faulted(5, 20, ONCE)]
    assert kinds(read_first) == ["5:20 FILE_MAPPED", "5:20 COW_COPY"]
    assert kinds([Faulted(5, 20, ONCE)]) == ["5:20 COW_COPY"]
    assert kinds([Faulted(5, 10, PRESENT | FILE, major=True)]) == ["5:10 FILE_READ"]


def test_a_fault_that_changes_nothing_means_nothing() -> None:
    assert kinds([Faulted(5, 100, ONCE), Faulted(5, 100, ONCE), Faulted(5, 500, ONCE)]) == ["5:100 DEMAND_ZERO"]


def test_what_the_kernel_wrote_counts_along() -> None:
    facts: list[Observation] = [Faulted(5, 100, ONCE), fork((100, PRESENT)), Noticed(6, ((100, ONCE), (101, ONCE)), 2)]
    assert kinds(facts)[1:] == ["6:100 COW_COPY", "6:101 DEMAND_ZERO"]


def test_two_that_wait_at_once_are_put_in_order() -> None:
    """The parent's page has kept its frame: so the child, told of later, must have copied before."""
    facts: list[Observation] = [
        Faulted(5, 100, ONCE | 77),
        fork((100, PRESENT | 77)),
        Faulted(5, 100, ONCE | 77),
        Faulted(6, 100, ONCE | 78),
    ]
    assert kinds(facts)[1:] == ["6:100 COW_COPY", "5:100 COW_REUSE"]


def test_a_frame_that_comes_back_is_another_one() -> None:
    facts: list[Observation] = [
        *START,
        Faulted(5, 100, ONCE | 77),
        Noticed(5, ((100, 0),)),
        Faulted(5, 101, ONCE | 77),
    ]
    frames = [one.page.frame for one in EventInference().infer(facts) if isinstance(one, Touched)]
    assert frames == [0, 1]


def made(facts: list[Observation], options: RecordOptions | None = None) -> Recorded:
    recording = Recording("by hand", "Linux 0", "No frames were seen.")
    return develop([*START, *facts], "run", "program", options or RecordOptions(), recording)


def test_marks_cut_the_steps() -> None:
    trace = made(
        [Marked(5, "One"), Faulted(5, 100, ONCE), Faulted(5, 101, ONCE), Marked(5, "Two"), Marked(5, "Three")]
    ).trace
    assert [step.caption for step in trace.steps[1:]] == [
        "One\nprogram: 2 writes fault, 2 frames are taken (heap, pages 0–1).",
        "Two\nNo fault.",
        "Three\nNo fault.",
    ]


def test_no_more_steps_than_wished() -> None:
    facts: list[Observation] = [Faulted(5, vpn, ONCE) for n in range(8) for vpn in (100 + n, 20 + n % 2)]
    trace = made(facts, RecordOptions(most_steps=3)).trace
    assert len(trace.steps) == 3
    before = None
    for machine in (snapshot.machine for step in trace.steps for snapshot in step.snapshots):
        assert violations_since(before, machine) == []
        before = machine
    assert trace.steps[-1].machine.processes[1].counters.faults == 10


def test_the_scope_says_what_is_drawn() -> None:
    facts: list[Observation] = [Faulted(5, 100, ONCE), Faulted(5, 20, ONCE), Faulted(5, 104, ONCE)]
    only = made(facts, RecordOptions(Scope(parse_only("data")))).trace.steps[-1].machine.processes[1]
    assert ([vma.name for vma in only.vmas], only.counters.faults) == ([".data"], 1)
    cut = made(facts, RecordOptions(Scope(None, range(103, 106)))).trace.steps[-1].machine.processes[1]
    assert ([(vma.start, vma.end) for vma in cut.vmas], cut.counters.faults) == ([(103, 106)], 1)


def test_a_difference_is_shown() -> None:
    """A copy of a page that nobody shares, as happens across processors: the simulator says reuse."""
    facts: list[Observation] = [
        Faulted(5, 100, ONCE | 77),
        fork((100, PRESENT | 77)),
        ProcessEnded(6, "exited 0"),
        Faulted(5, 100, ONCE | 78),
    ]
    assert made(facts).verdict == (
        "replayed: 2 faults, 1 not as the simulator predicts; "
        "the first: program, write of heap[0]: COW_COPY, and the simulator says COW_REUSE"
    )


def test_region_names() -> None:
    lines = [
        "555555554000-555555555000 r--p 00000000 fe:00 9    /bin/my program",
        "555555555000-555555556000 r-xp 00001000 fe:00 9    /bin/my program",
        "555555556000-555555557000 r--p 00002000 fe:00 9    /bin/my program",
        "555555557000-555555558000 rw-p 00002000 fe:00 9    /bin/my program",
        "555555558000-555555559000 rw-p 00000000 00:00 0",
        "555555559000-55555557a000 rw-p 00000000 00:00 0    [heap]",
        "7ffff7800000-7ffff7c03000 rw-p 00000000 00:00 0",
        "7ffff7dd1000-7ffff7df7000 r-xp 00000000 fe:00 8    /lib/libc.so.6",
        "7ffff7df7000-7ffff7df8000 rw-p 00000000 00:00 0",
        "7ffff7e00000-7ffff7e01000 rw-p 00000000 00:00 0    [anon:table]",
        "7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0    [stack]",
    ]
    names = RegionNames("my program", {0x7FFFF7800: 0x7FFFF7C00})
    found = [(area.kind, area.name, area.end - area.start) for area in names.areas([parsed(line) for line in lines])]
    assert found == [
        ("headers", "headers", 1),
        ("text", ".text", 1),
        ("rodata", ".rodata", 1),
        ("data", ".data", 1),
        ("bss", ".bss", 1),
        ("heap", "heap", 33),
        ("anon", "anon 1", 1024),
        ("anon", "anon 2", 3),
        ("library", "libc.so.6", 38),
        ("library", "libc.so.6", 1),
        ("anon", "table", 1),
        ("stack", "stack", 33),
    ]


def test_only_takes_kinds_and_names() -> None:
    assert parse_only(".data, heap,libs,libc.so.6") == {"data", "heap", "library", "libc.so.6"}
    with pytest.raises(CowvizError, match="did you mean stack"):
        parse_only("stak")


def test_a_caption_fits() -> None:
    long = "x" * 60
    assert fitting([long, f"{long} (heap, pages 1–2)."]) == f"{long}\n{long} (heap, pages 1–2)."
    assert fitting([long, long, long, "y"]).count("\n") == MOST_LINES - 1
    assert len(fitting(["z" * 400])) <= 68 * MOST_LINES


def test_every_kind_of_fault_has_words() -> None:
    from cowviz.record.captions import _OUTCOMES, _SHORT

    recorded = [kind for kind in FaultKind if not kind.is_fatal and kind is not FaultKind.SWAP_IN]
    assert [kind for kind in recorded if kind not in _SHORT or kind not in _OUTCOMES] == []


def what_happens(trace: Trace) -> list[str]:
    return [type(event).__name__ for step in trace.steps[1:] for event in step.events]


@pytest.mark.parametrize(("major", "kind"), [(False, "SWAP_CACHED"), (True, "SWAP_IN")])
@pytest.mark.parametrize("pfn", [0, 77], ids=["inferred", "seen"])
def test_a_page_goes_to_swap_and_comes_back(pfn: int, major: bool, kind: str) -> None:
    facts: list[Observation] = [
        Faulted(5, 100, ONCE | pfn),
        Marked(5, "Out."),
        Hinted(5, 100, 1, "pageout"),
        Noticed(5, ((100, SWAPPED),)),
        Marked(5, "In."),
        Faulted(5, 100, ONCE | pfn, major=major),
    ]
    assert kinds(facts) == ["5:100 DEMAND_ZERO", f"5:100 {kind}"]
    recorded = made(facts)
    assert recorded.verdict == "replayed: 2 faults, all as the simulator predicts"
    assert [len(step.machine.process(1).swapped) for step in recorded.trace.steps] == [0, 1, 0]
    assert what_happens(recorded.trace)[:2] == ["Advised", "PagedOut"]
    assert str(recorded.trace.steps[-1].machine.process(1).pte(100).prot) == "rw-"


def test_what_is_dropped_in_swap_is_gone() -> None:
    facts: list[Observation] = [
        Faulted(5, 100, ONCE),
        Noticed(5, ((100, SWAPPED),)),
        Hinted(5, 100, 1, "dontneed"),
        Noticed(5, ((100, 0),)),
        Faulted(5, 100, ONCE),
    ]
    assert kinds(facts) == ["5:100 DEMAND_ZERO"] * 2
    assert made(facts).verdict.endswith("all as the simulator predicts")


def test_equal_pages_are_merged_and_all_of_them_copy() -> None:
    facts: list[Observation] = [
        Faulted(5, 100, ONCE | 77),
        Faulted(5, 101, ONCE | 78),
        Hinted(5, 100, 2, "mergeable"),
        Marked(5, "Merged."),
        Noticed(5, ((100, PRESENT | 78),)),
        Marked(5, "Written."),
        Faulted(5, 100, ONCE | 79),
        Faulted(5, 101, ONCE | 80),
    ]
    assert kinds(facts)[2:] == ["5:100 COW_COPY", "5:101 COW_COPY"]
    recorded = made(facts)
    assert recorded.verdict == "replayed: 4 faults, all as the simulator predicts"
    assert what_happens(recorded.trace)[0] == "PagesMerged"


def test_another_frame_by_no_rule_is_shown_as_a_difference() -> None:
    recorded = made([Faulted(5, 100, ONCE | 77), Faulted(5, 100, ONCE | 78)])
    assert recorded.verdict.endswith("COW_COPY, and the simulator says no fault")


def test_a_child_without_what_dontfork_keeps() -> None:
    facts: list[Observation] = [Faulted(5, 100, ONCE), Hinted(5, 100, 8, "dontfork"), fork(), Faulted(5, 101, ONCE)]
    assert made(facts).verdict.endswith("all as the simulator predicts")
