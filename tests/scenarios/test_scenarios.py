"""Every scenario there is: it runs, its claims hold and have teeth, and it is the same story each time."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from cowviz.errors import ClaimError, CowvizError
from cowviz.memory import access, page_fault, resolvers
from cowviz.memory.bulk_access import all_detailed
from cowviz.memory.calls import processes
from cowviz.memory.events import (
    Accessed,
    Exited,
    FaultKind,
    FaultRaised,
    Forked,
    FrameCopied,
    PageReused,
    WriteProtected,
)
from cowviz.memory.profile import LINUX
from cowviz.movie import Movie
from cowviz.narration.transcript import to_text
from cowviz.renderers.svg import to_svg
from cowviz.story.loader import bundled, load_scenario
from cowviz.story.story import Story
from cowviz.trace.codec import dumps, loads

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.stem for path in bundled().glob("[!_]*.py"))
every = pytest.mark.parametrize("name", NAMES)

# It says of .text and .rodata after fork() what holds where fork copies their PTEs too; Linux leaves them to a fault.
TEXTBOOK_ONLY = {"sections"}


@cache
def movie(name: str) -> Movie:
    return Movie(load_scenario(name).record())


def events(name: str) -> list[object]:
    return [event for step in movie(name).trace.steps for event in all_detailed(step.events)]


@every
def test_it_runs_and_its_claims_hold(name):
    trace = movie(name).trace
    assert trace.name == name
    assert len(trace.steps) > 1
    assert all(step.caption for step in trace.steps)


@every
def test_it_says_what_it_teaches(name):
    scenario = load_scenario(name)
    assert 10 < len(scenario.title) < 60
    assert scenario.title != name
    assert len(scenario.doc) > 80


@every
def test_it_claims_something(name):
    """Numbers in captions are held against the simulator."""
    assert load_scenario(name).path.read_text(encoding="utf-8").count("    assert ") >= 2


@every
def test_captions_take_two_lines(name):
    """A third one fits, and is for others than these."""
    captions = [[s for s in scene[-1].shapes.values() if s.role == "caption"] for scene in movie(name).scenes()]
    assert max(map(len, captions)) <= 2


@every
def test_its_json_loads_back(name):
    assert loads(dumps(movie(name).trace)) == movie(name).trace


@every
def test_transcript(name, golden):
    golden(f"{name}.txt", to_text(movie(name).trace))


@every
def test_picture(name, golden):
    """Of the last step: it says how everything went."""
    golden(f"{name}.svg", to_svg(movie(name).picture()))


def test_before_and_after(golden):
    golden("fork_cow.before-after.svg", to_svg(movie("fork_cow").picture(before_after=True)))


PRINT_ALL = """
import hashlib, sys
from cowviz.movie import load
from cowviz.renderers.svg import to_svg
from cowviz.trace.codec import dumps
for name in sys.argv[1:]:
    movie = load(name)
    svgs = "".join(to_svg(scene) for step in movie.scenes() for scene in step)
    print(name, hashlib.sha256((dumps(movie.trace) + svgs + movie.to_text()).encode()).hexdigest())
"""


def test_the_same_bytes_whatever_the_hash_seed():
    told = [
        subprocess.run(
            [sys.executable, "-c", PRINT_ALL, *NAMES],
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout
        for seed in ("1", "31337")
    ]
    assert told[0] == told[1]
    here = [
        dumps(movie(name).trace)
        + "".join(to_svg(scene) for step in movie(name).scenes() for scene in step)
        + movie(name).to_text()
        for name in NAMES
    ]
    assert told[0].split()[1::2] == [hashlib.sha256(text.encode()).hexdigest() for text in here]


@every
def test_it_runs_as_on_linux(name):
    scenario = load_scenario(name)
    if name in TEXTBOOK_ONLY:
        with pytest.raises(CowvizError, match="sections runs with the profile textbook alone: leave --profile out"):
            scenario.record(LINUX)
    else:
        assert scenario.record(LINUX).steps


@every
def test_its_trace_is_consistent(name):
    """What the counters say is what the events say."""
    counted = Counter(type(event).__name__ for event in events(name) if not isinstance(event, FaultRaised))
    faults = [event for event in events(name) if isinstance(event, FaultRaised) and not event.kind.is_fatal]
    last = movie(name).trace.steps[-1].machine
    counters = [process.counters for process in last.processes.values()]
    assert sum(c.faults for c in counters) == len(faults)
    assert sum(c.copies for c in counters) == counted["FrameCopied"]
    assert sum(c.reuses for c in counters) == counted["PageReused"]
    assert sum(frame.mapcount for _, frame in last.frames.items()) == sum(len(p.table) for p in last.living())


# fork_faults: the kernel's numbers, counted once more


def test_fork_faults_counts_as_the_kernel_does():
    parent, child = 1, 2
    loops: list[Counter[str]] = [Counter()]
    for event in events("fork_faults"):
        if isinstance(event, Forked | Exited):
            loops.append(Counter())
        elif isinstance(event, FaultRaised):
            loops[-1][f"{event.pid} {event.access.value} {event.kind.name}"] += 1
        elif isinstance(event, FrameCopied):
            loops[-1][f"{event.pid} copied"] += 1
        elif isinstance(event, PageReused):
            loops[-1][f"{event.pid} reused"] += 1
        elif isinstance(event, Accessed):
            loops[-1][f"{event.pid} {event.access.value}"] += 1
    before, between, after = loops
    assert before == {f"{parent} write DEMAND_ZERO": 1024, f"{parent} write": 1024}
    assert between == {
        f"{child} read": 512,  # and no fault
        f"{child} write COW_COPY": 512,
        f"{child} copied": 512,
        f"{child} write": 512,
    }
    assert after == {f"{parent} write COW_REUSE": 1024, f"{parent} reused": 1024, f"{parent} write": 1024}


def test_fork_faults_frames():
    used = [step.machine.used_frames for step in movie("fork_faults").trace.steps]
    assert max(used) == 1536
    assert used[0] == 0
    assert used[-1] == 1024


def test_fork_cow_is_write_protected_by_fork_alone():
    protected = [event for event in events("fork_cow") if isinstance(event, WriteProtected)]
    assert protected == [WriteProtected(1, 1)]


# Their claims have teeth: with a kernel that is wrong, they do not hold


@pytest.fixture
def _asserts_alone(monkeypatch):
    """So that neither the caption of a moment that never comes nor memory that runs out finds it out first."""
    run, memory = Story.run, Story.memory
    monkeypatch.setattr(access, "MANY", 1 << 40)  # the kernels that are wrong are wrong page by page
    monkeypatch.setattr(Story, "run", lambda self, changes, captions=None, **more: run(self, changes, None, **more))
    monkeypatch.setattr(Story, "memory", lambda self, frames, order="": memory(self, 64, order))


def having(kind: type) -> pytest.MarkDecorator:
    """The scenarios in which such a thing happens."""
    return pytest.mark.parametrize("name", [n for n in NAMES if any(isinstance(event, kind) for event in events(n))])


@pytest.mark.usefixtures("_asserts_alone")
@having(PageReused)
def test_a_kernel_that_always_copies_is_found_out(name, monkeypatch):
    """The last owner's write copies too."""
    monkeypatch.setitem(resolvers.RESOLVERS, FaultKind.COW_REUSE, resolvers.RESOLVERS[FaultKind.COW_COPY])
    with pytest.raises(ClaimError):
        load_scenario(name).record()


@pytest.mark.usefixtures("_asserts_alone")
@having(Forked)
def test_a_fork_that_protects_nothing_is_found_out(name, monkeypatch):
    monkeypatch.setattr(processes, "write_protected", lambda process: (process.table, 0))
    with pytest.raises(ClaimError):
        load_scenario(name).record()


@pytest.mark.usefixtures("_asserts_alone")
@having(FrameCopied)
def test_a_kernel_that_never_copies_is_found_out(name, monkeypatch):
    """The writer gets the original, which the other maps as well."""
    monkeypatch.setitem(resolvers.RESOLVERS, FaultKind.COW_COPY, resolvers.RESOLVERS[FaultKind.COW_REUSE])
    monkeypatch.setattr(page_fault, "_frames_wanted", lambda machine, fault: 0)
    with pytest.raises(ClaimError):
        load_scenario(name).record()


@pytest.mark.usefixtures("_asserts_alone")
@having(Forked)
def test_a_fork_that_copies_memory_is_found_out(name, monkeypatch):
    """Eager copying, as before 4.2BSD's vfork: the child's first write finds a frame of its own."""
    real = processes.fork

    def eager(machine, pid, child_pid, child):

        from cowviz.memory.events import Access

        machine = yield from real(machine, pid, child_pid, child)
        for vma in machine.process(child_pid).vmas:
            if vma.is_private_writable:
                for vpn, _ in list(machine.process(child_pid).table.items(vma.start, vma.end)):
                    machine = yield from access.populate(machine, child_pid, vpn, 1, Access.WRITE)
        return machine

    monkeypatch.setattr(processes, "fork", eager)
    with pytest.raises(ClaimError):
        load_scenario(name).record()


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("demand")])
def test_a_kernel_that_is_not_lazy_is_found_out(name, monkeypatch):
    real = processes.mmap

    def eager(*args, **kwargs):
        return real(*args, **{**kwargs, "populate": True})

    monkeypatch.setattr(processes, "mmap", eager)
    with pytest.raises(ClaimError):
        load_scenario(name).record()
