"""Story: what a scenario is told with. It runs the simulator and cuts what happens into steps."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from cowviz.errors import CowvizError, unknown
from cowviz.language import ENGLISH, Words, chosen, speaking, spoken
from cowviz.memory import machine as mem
from cowviz.memory import recheck, syscalls
from cowviz.memory.events import (
    Accessed,
    Change,
    Changes,
    Cloned,
    Event,
    Exited,
    FaultRaised,
    Forked,
    FrameAllocated,
    FrameCopied,
    FrameFilled,
    FramesReclaimed,
    MappingSplit,
    OutOfMemory,
    PagedOut,
    PageMapped,
    PageReused,
    PagesMerged,
    Refused,
    SignalSent,
    WriteProtected,
)
from cowviz.memory.machine import Section
from cowviz.memory.profile import TEXTBOOK, Profile
from cowviz.story.actor import Actor
from cowviz.story.program import image
from cowviz.story.trace import Snapshot, Step, Trace

DEFAULT_FRAMES = 1 << 20  # of physical memory where the lesson does not say: 4 GiB, so that nothing runs out
OVERCOMMIT = ("always", "heuristic")  # what story.memory() knows; modes 1 and 0 of vm.overcommit_memory

# The moments inside an operation that a caption may stand at: child.write(page, "x = 42", fault="...", copy="...").
MOMENTS: dict[str, type] = {
    "fault": FaultRaised,
    "allocate": FrameAllocated,
    "copy": FrameCopied,
    "fill": FrameFilled,
    "remap": PageMapped,
    "reuse": PageReused,
    "access": Accessed,
    "protect": WriteProtected,
    "fork": Forked,
    "signal": SignalSent,
    "exit": Exited,
    "clone": Cloned,
    "refuse": Refused,
    "pageout": PagedOut,
    "reclaim": FramesReclaimed,
    "merge": PagesMerged,
    "split": MappingSplit,
}

# Within one step, the picture pauses after these: the fault flashes before the copy travels before the arrow swings.
_PAUSES = (FaultRaised, FrameCopied, FrameFilled, FramesReclaimed, OutOfMemory, SignalSent)


class Story:
    """The recorder of one lesson: it makes processes, runs what they do, and takes the lecturer's words."""

    def __init__(self, profile: Profile = TEXTBOOK, *, check: bool = False) -> None:
        """``check`` holds every invariant against every change (slow; for ``--debug`` and tests)."""
        self.machine = mem.boot(profile, DEFAULT_FRAMES)
        self._check = check
        self._checked: mem.Machine | None = None  # the last machine in which nothing was wrong
        self._steps: list[Step] = []
        self._snapshots: list[Snapshot] = []
        self._events: list[Event] = []  # since the last snapshot
        self._code: tuple[str, ...] = ()
        self._line: int | None = None
        self._next_pid = 1

    # What a scenario calls

    def memory(
        self, frames: int, order: str | Sequence[int] = "", *, swap: int = 0, overcommit: str = "always"
    ) -> None:
        """Give the machine so many frames, handed out in ``order`` (``"CAB"``: C first), before the first process.

        ``swap`` pages fit on its swap device. With ``overcommit="heuristic"`` (Linux's mode 0) it refuses a single
        request that is beyond all frames and swap; else none.
        """
        if self.machine.processes or self.machine.used_frames:
            raise CowvizError("story.memory() comes before the first process and before a cached file")
        pfns = tuple(ord(c) - ord("A") for c in order) if isinstance(order, str) else tuple(order)
        rest = tuple(pfn for pfn in range(frames) if pfn not in set(pfns))
        if frames < 1 or len(set(pfns)) < len(pfns) or any(not 0 <= pfn < frames for pfn in pfns):
            raise CowvizError(f"story.memory(frames={frames}): order {order!r} does not name frames of it, once each")
        if swap < 0:
            raise CowvizError(f"story.memory(swap={swap}): a swap device holds a number of pages, 0 for none")
        if overcommit not in OVERCOMMIT:
            raise unknown("overcommit", overcommit, OVERCOMMIT)
        booted = mem.boot(self.machine.profile, frames, (*pfns, *rest), swap, overcommit == "heuristic")
        self.machine = replace(booted, files=self.machine.files)

    def ksm(self, **captions: str) -> None:
        """Let the kernel look for equal pages once (KSM): in regions with ``MERGEABLE`` they become one frame."""
        self.run(syscalls.ksm_scan(self.machine), captions)

    def reclaim(self, **captions: str) -> None:
        """Let the kernel take back the frames that no page maps, as it does when it needs some."""
        first = next((process.pid for process in self.machine.living()), None)
        if first is None:
            raise CowvizError("story.reclaim() takes a process that lives; make one first")
        self.run(syscalls.reclaim(self.machine, first), captions)

    def process(self, name: Words, **sections: str | int | Sequence[str | None]) -> Actor:
        """Start a process with sections in memory: ``story.process("Parent", text="main()", heap=["x = 1", None])``.

        A section is the text of its one page, a list of its pages' texts (None: not yet touched), or a number of
        untouched pages. Its counters begin at zero: what it did before does not count.
        """
        called = chosen(name)
        regions = image(called, sections)
        self.install(regions)
        self.run(syscalls.start(self.machine, self._next_pid, called, regions))
        return self.adopt()

    def file(self, name: str, pages: Sequence[str], *, cached: bool = False) -> str:
        """Put a file on the disk, one text a page; ``cached`` has it in the page cache already. Returns its name."""
        contents = tuple((mem.parse_cell(text),) if text else () for text in pages)
        self.machine = syscalls.add_file(self.machine, mem.File(name, contents), cached=cached)
        return name

    def code(self, text: str) -> None:
        """Show these lines of C beside the picture; ``say(line=...)`` marks the current one."""
        self._code = tuple(textwrap.dedent(text).strip("\n").split("\n"))

    def at(self, line: int | str) -> None:
        """Mark a line of the code as the current one: its number from 1, or text that is in it."""
        self._line = self._find_line(line)

    def say(self, caption: Words, *, line: int | str | None = None) -> None:
        """End a step with its caption (two lines fit well; "\\n" breaks one); ``line`` as for ``at``.

        Words may be given by language, here and wherever a scenario says something: ``{"en": "...", "ro": "..."}``.
        """
        if line is not None:
            self.at(line)
        if self._events or not self._snapshots:
            self._snapshot()
        words = "\n".join(" ".join(text.split()) for text in chosen(caption).split("\n"))
        self._steps.append(Step(words, tuple(self._snapshots), self._line))
        self._snapshots = []

    # What actors and the front door call

    def run(self, changes: Changes, captions: Mapping[str, Words] | None = None, *, whole: bool = False) -> str | None:
        """Run an operation, keeping what happens; returns the signal that it raised, if any.

        ``whole`` keeps one snapshot for all of it (many pages at once).
        """
        signal = None
        pending = {self._moment(name): text for name, text in (captions or {}).items()}
        try:
            while True:
                change = next(changes)
                self._keep(change)
                if isinstance(change.event, SignalSent):
                    signal = change.event.signal
                caption = next((pending.pop(m) for m in list(pending) if isinstance(change.event, m)), None)
                if caption is not None:
                    self.say(caption)
                elif isinstance(change.event, _PAUSES) and not whole:
                    self._snapshot()
        except StopIteration as end:
            self.machine = end.value
        for moment in pending:
            name = next(n for n, m in MOMENTS.items() if m is moment)
            raise CowvizError(f"the caption {name}=... was never shown: there was no {moment.__name__} in this")
        return signal

    def install(self, regions: Sequence[syscalls.Region]) -> None:
        """Put the program's .data on the disk: it is mapped private, and the pages in memory are written already."""
        for region in regions:
            if region.file and region.section is Section.DATA and region.file not in self.machine.files:
                pages = tuple(content or () for content in region.contents)
                self.machine = syscalls.add_file(self.machine, mem.File(region.file, pages), cached=False)

    def adopt(self) -> Actor:
        """The actor of the process that was just made."""
        actor = Actor(self, self._next_pid)
        self._next_pid += 1
        return actor

    @property
    def next_pid(self) -> int:
        return self._next_pid

    def trace(self, name: str, title: str, doc: str) -> Trace:
        """The lesson so far; what happened after the last caption becomes a step without words."""
        if self._events or self._snapshots:
            self.say("")
        if not self._steps:
            raise CowvizError(f"{name}: play(story) told nothing; make a process and say something about it")
        return Trace(name, title, doc, tuple(self._steps), self._code, lang=spoken())

    def _keep(self, change: Change) -> None:
        self.machine = change.machine
        self._events.append(change.event)
        if self._check:
            if found := recheck.violations_since(self._checked, self.machine):
                raise AssertionError(f"after {change.event}: {'; '.join(found)}")
            self._checked = self.machine

    def _snapshot(self) -> None:
        self._snapshots.append(Snapshot(self.machine, tuple(self._events)))
        self._events = []

    def _moment(self, name: str) -> type:
        if name not in MOMENTS:
            raise unknown("moment", name, MOMENTS)
        return MOMENTS[name]

    def _find_line(self, line: int | str) -> int:
        if isinstance(line, str):
            for number, text in enumerate(self._code, 1):
                if line in text:
                    return number
            raise CowvizError(f"no line of the story's code contains {line!r}")
        if not 1 <= line <= len(self._code):
            raise CowvizError(f"the story's code has {len(self._code)} lines; there is no line {line}")
        return line


def record(
    play: Callable[[Story], object],
    *,
    name: str,
    title: str,
    doc: str = "",
    profile: Profile | None = None,
    check: bool = False,
    lang: str = ENGLISH,
) -> Trace:
    """Run a scenario's ``play(story)`` and return its trace; what it raises passes through, a failed assert too."""
    with speaking(lang):
        story = Story(profile or TEXTBOOK, check=check)
        play(story)
        return story.trace(name, title, doc)
