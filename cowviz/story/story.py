"""Defines Story, which a scenario calls: it runs the simulator and divides what happens into steps."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from inspect import isgenerator
from typing import TYPE_CHECKING, NoReturn, cast

from cowviz.errors import CowvizError, UnknownWordError, unknown, warn
from cowviz.language import Words, _, chosen, spoken
from cowviz.memory import invariants_incremental
from cowviz.memory import machine as mem
from cowviz.memory.calls import processes
from cowviz.memory.changes import Change, Changes
from cowviz.memory.events import Event, SignalSent
from cowviz.memory.machine import Section
from cowviz.memory.profile import TEXTBOOK, Profile
from cowviz.narration.event_rows import Cue, moments, row_of
from cowviz.story import asked
from cowviz.story.actor import Actor
from cowviz.story.asked import checked, shown
from cowviz.story.code_lines import line_number
from cowviz.story.contents import Pages, contents_of
from cowviz.story.memory_size import with_memory
from cowviz.story.names import of_child, one_of_its_own
from cowviz.story.program import image
from cowviz.story.region import Region
from cowviz.story.tally import Tally
from cowviz.story.views import place_of, view_names
from cowviz.text import check_whole, clean
from cowviz.trace.limits import MOST_FILES, MOST_PROCESSES, MOST_SIGNS_OF_CODE
from cowviz.trace.model import Snapshot, Step, Trace
from cowviz.trace.snapshot import snapshot_after
from cowviz.watch import at_work

DEFAULT_FRAMES = 1 << 20  # of physical memory where the lesson does not say: 4 GiB, so that nothing runs out

_OURS = ("run", "install", "take_note", "name_for", "adopt", "next_pid", "told", "trace")  # not for scenarios


@checked
class Story:
    """Records one lesson: makes processes, runs their operations, and takes the lecturer's captions."""

    def __init__(self, profile: Profile = TEXTBOOK, *, check: bool = False) -> None:
        """With ``check``, check every invariant after every change (slow; for ``--debug`` and tests)."""
        self.machine = mem.boot(profile, DEFAULT_FRAMES)
        self._check = check
        self._checked: mem.Machine | None = None  # the last machine in which nothing was wrong
        self._steps: list[Step] = []
        self._snapshots: list[Snapshot] = []
        self._events: list[Event] = []  # since the last snapshot
        self._code: tuple[str, ...] = ()
        self._line: int | None = None
        self._view: tuple[str, ...] = ()  # what story.view() has set; (): the file's VIEW
        self._about: tuple[int, int | None] | None = None
        self._next_pid = 1
        self._tally = Tally()
        self._warnings: list[str] = []  # for the lecturer, a line each

    if not TYPE_CHECKING:  # editors and mypy know all words

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_"):
                raise AttributeError(name)
            verbs = [verb for verb in vars(Story) if not verb.startswith("_") and verb not in _OURS]
            raise UnknownWordError(f"story has {unknown('word', name, verbs)}")

        def __setattr__(self, name: str, value: object) -> None:
            if type(self) is Story and not name.startswith("_") and name != "machine":
                raise CowvizError(f"story.{name} = ...: nothing can be assigned to a story; call it, as in story.say()")
            super().__setattr__(name, value)

    # What a scenario calls

    def memory(
        self, frames: int, order: str | Sequence[int] = "", *, swap: int = 0, overcommit: str = "always"
    ) -> None:
        """Set the machine's number of frames and their ``order`` of allocation (``"CAB"``: C first).

        Its swap device holds ``swap`` pages. With ``overcommit="heuristic"`` (Linux's mode 0) it refuses a single
        request for more than all frames and swap; otherwise it refuses none. Raises CowvizError after the first
        process.
        """
        if self.machine.processes or self.machine.used_frames:
            raise CowvizError("call story.memory() before the first process and before a cached file")
        self._tally.operation()
        self.machine = with_memory(self.machine, frames, order, swap, overcommit)

    def ksm(self, **captions: str) -> None:
        """Run KSM once: equal pages in ``MERGEABLE`` regions are merged into one frame."""
        self.run(processes.ksm_scan(self.machine), captions)

    def reclaim(self, **captions: str) -> None:
        """Reclaim the frames that no page maps, as the kernel does when memory is short.

        Raises CowvizError if no process is alive.
        """
        first = next((process.pid for process in self.machine.living()), None)
        if first is None:
            raise CowvizError("story.reclaim() needs a living process: call story.process() first")
        self.run(processes.reclaim(self.machine, first), captions)

    def process(self, name: Words | None = None, **sections: Pages) -> Actor:
        """Start a process with sections in memory: ``story.process("Parent", text="main()", heap=["x = 1", None])``.

        A section is the content of one page, a list of the contents of several (None: not yet touched), or a number
        of untouched pages. The counters begin at zero: setting up these pages does not count.
        """
        called = self.name_for(name, _("Process"))
        regions = image(called if name is None else chosen(name), sections)
        self.install(regions)
        self.run(processes.start(self.machine, self._next_pid, called, regions))
        return self.adopt()

    def file(self, name: str, pages: Pages, *, cached: bool = False) -> str:
        """Put a file on the disk, with a text for each page or a number of empty pages; return its name.

        With ``cached`` it is in the page cache already.

        Raises CowvizError for too many files.
        """
        self._tally.operation()
        if len(self.machine.files) >= MOST_FILES:
            raise CowvizError(f"more than {MOST_FILES:,} files: does this loop end?")
        contents = tuple(content or () for content in contents_of(pages, "pages"))
        self.machine = processes.add_file(self.machine, mem.File(name, contents), cached=cached)
        return name

    def code(self, text: str) -> None:
        """Show this C code beside the picture; ``say(line=...)`` marks the current line."""
        self._tally.operation()
        self._tally.text(text)
        lines = tuple(textwrap.dedent(text).strip("\n").split("\n"))
        for line in lines:
            asked.text(line, "a line of code")
        self._code = lines

    def at(self, line: int | str) -> None:
        """Mark a line of the code as current: its number from 1, or a text in it."""
        self._tally.operation()
        self._line = line_number(self._code, line)

    def view(self, *names: str, of: Actor | Region | None = None) -> None:
        """Show this and all later steps in one view or two side by side; without names, in the file's ``VIEW``.

        ``of`` is the page or the process that the view is about; by default the last one that acted. Raises
        CowvizError for an unknown view.
        """
        self._tally.operation()
        self._view = view_names(names)
        self._about = None if of is None else place_of(of)

    def say(self, caption: Words, *, line: int | str | None = None) -> None:
        """End a step with its caption, best at most two lines ("\\n" breaks a line); ``line`` is as in ``at``.

        Words may be given by language, here and wherever a scenario gives text: ``{"en": "...", "ro": "..."}``.
        """
        if line is not None:
            self._line = line_number(self._code, line)
        self._tally.step()
        if self._events or not self._snapshots:
            self._snapshot()
        words = "\n".join(" ".join(text.split()) for text in chosen(caption).split("\n"))
        self._tally.text(words)
        self._steps.append(Step(words, tuple(self._snapshots), self._line, self._view, self._about))
        self._snapshots = []

    # What actors and the front door call

    def run(self, changes: Changes, captions: Mapping[str, Words] | None = None, *, whole: bool = False) -> str | None:
        """Run an operation and record its events; return the signal that it raised, or None.

        ``whole`` takes one snapshot of the whole operation (many pages at once).

        Raises CowvizError for a caption whose moment did not occur.
        """
        if not isgenerator(changes) or not isinstance(captions or {}, Mapping):
            raise CowvizError("story.run() is for cowviz itself: say what a process does, as in p.write(p.heap)")
        self._tally.operation()
        pending = dict(captions or {})
        for name in pending:
            self._cue(name)
        with at_work():
            signal = self._run(cast(Changes, changes), pending, whole)
        for name, text in pending.items():
            raise CowvizError(f"{self._cue(name).absent}, so {name}={shown(chosen(text))} was never shown")
        return signal

    def _run(self, changes: Changes, pending: dict[str, Words], whole: bool) -> str | None:
        """Run the operation, and remove from ``pending`` the captions whose moments occur."""
        signal, before, pid = None, self._tally.events, None
        try:
            while True:
                change = next(changes)
                self._keep(change)
                pid = getattr(change.event, "pid", pid)
                if isinstance(change.event, SignalSent):
                    signal = change.event.signal
                due = (name for name in pending if isinstance(change.event, self._cue(name).events))
                caption = pending.pop(next(due, ""), None)
                if caption is not None:
                    self.say(caption)
                elif not whole and (row := row_of(change.event)) and row.pauses:
                    self._snapshot()
        except StopIteration as end:
            self.machine = end.value
        self._tally.done(before, self.machine, pid)
        return signal

    def install(self, regions: Sequence[processes.ProgramRegion]) -> None:
        """Put the program's .data on the disk, as a file that its .data region will map private."""
        for region in regions:
            if region.file and region.section is Section.DATA and region.file not in self.machine.files:
                pages = tuple(content or () for content in region.contents)
                self.machine = processes.add_file(self.machine, mem.File(region.file, pages), cached=False)

    def take_note(self, content: mem.Content) -> None:
        """Count the content that a page will hold."""
        for cell in content:
            self._tally.text(cell.value)

    def name_for(self, wanted: Words | None, made_up: str, parent: str = "") -> str:
        """Choose the name of a new process: ``wanted`` if given, else its parent's or ``made_up``; numbered if taken.

        Raises CowvizError for too many processes.
        """
        if len(self.machine.processes) >= MOST_PROCESSES:
            raise CowvizError(f"more than {MOST_PROCESSES:,} processes: does this loop end?")
        taken = {process.name for process in self.machine.processes.values() if not process.reaped}
        if wanted is None:
            return of_child(parent, made_up, taken)
        called = chosen(wanted)
        name = one_of_its_own(called, taken)
        if name != called:
            self._warnings.append(f'two processes are called "{called}": the second is "{name}" in the pictures')
        return name

    def adopt(self) -> Actor:
        """Return the actor of the newest process."""
        actor = Actor(self, self._next_pid)
        self._next_pid += 1
        return actor

    @property
    def told(self) -> Sequence[Step]:
        """The recorded steps so far."""
        return self._steps

    @property
    def next_pid(self) -> int:
        return self._next_pid

    def trace(self, name: str, title: str, doc: str, view: tuple[str, ...] = ()) -> Trace:
        """Return the trace so far; what happened after the last caption becomes a step without a caption.

        Raises CowvizError if there are no steps.
        """
        asked.text(title, "a title")
        asked.text(doc, "what stands below the title", MOST_SIGNS_OF_CODE)
        told = len(self._steps)
        if self._events or self._snapshots:
            self.say("")
        if not self._steps:
            raise CowvizError(f"{name}: play(story) makes no step: call story.process() and story.say()")
        if not told:
            self._warnings.append("no story.say(): the whole story is one step without a caption")
        elif told < len(self._steps):
            self._warnings.append(
                "what happens after the last story.say() is a step without a caption: add a story.say()"
            )
        if any(not step.caption for step in self._steps[:told]):
            self._warnings.append("a caption is empty: give story.say() some words")
        for words in dict.fromkeys(self._warnings):
            warn(f"{name}: {words}")
        check_whole(title + doc, "the docstring")
        return Trace(name, clean(title), clean(doc), tuple(self._steps), self._code, lang=spoken(), view=view)

    def _keep(self, change: Change) -> None:
        self.machine = change.machine
        self._events.append(change.event)
        self._tally.event(change.event)
        if self._check:
            if found := invariants_incremental.violations_since(self._checked, self.machine):
                raise AssertionError(f"after {change.event}: {'; '.join(found)}")
            self._checked = self.machine

    def _snapshot(self) -> None:
        self._tally.snapshot(self.machine)
        before = self._snapshots[-1] if self._snapshots else self._steps[-1].snapshots[-1] if self._steps else None
        self._snapshots.append(snapshot_after(before, self.machine, self._events))
        self._events = []

    def _cue(self, name: str) -> Cue:
        """Return the moment of the caption with this keyword."""
        if name not in moments():
            raise unknown("moment", name, moments())
        return moments()[name]
