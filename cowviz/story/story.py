"""Story: what a scenario is told with. It runs the simulator and cuts what happens into steps."""

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
from cowviz.watch import at_work

DEFAULT_FRAMES = 1 << 20  # of physical memory where the lesson does not say: 4 GiB, so that nothing runs out

_OURS = ("run", "install", "take_note", "name_for", "adopt", "next_pid", "told", "trace")  # not for scenarios


@checked
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
                raise CowvizError(f"story.{name} = ...: a story changes by its words, as in story.say()")
            super().__setattr__(name, value)

    # What a scenario calls

    def memory(
        self, frames: int, order: str | Sequence[int] = "", *, swap: int = 0, overcommit: str = "always"
    ) -> None:
        """Give the machine so many frames, handed out in ``order`` (``"CAB"``: C first), before the first process.

        ``swap`` pages fit on its swap device. With ``overcommit="heuristic"`` (Linux's mode 0) it refuses a single
        request that is beyond all frames and swap; else none. Raises CowvizError after the first process.
        """
        if self.machine.processes or self.machine.used_frames:
            raise CowvizError("story.memory() comes before the first process and before a cached file")
        self._tally.operation()
        self.machine = with_memory(self.machine, frames, order, swap, overcommit)

    def ksm(self, **captions: str) -> None:
        """Let the kernel look for equal pages once (KSM): in regions with ``MERGEABLE`` they become one frame."""
        self.run(processes.ksm_scan(self.machine), captions)

    def reclaim(self, **captions: str) -> None:
        """Let the kernel take back the frames that no page maps, as it does when it needs some.

        Raises CowvizError where no process lives.
        """
        first = next((process.pid for process in self.machine.living()), None)
        if first is None:
            raise CowvizError("story.reclaim() takes a process that lives; make one first")
        self.run(processes.reclaim(self.machine, first), captions)

    def process(self, name: Words | None = None, **sections: Pages) -> Actor:
        """Start a process with sections in memory: ``story.process("Parent", text="main()", heap=["x = 1", None])``.

        A section is what its one page holds, a list of what its pages hold (None: not yet touched), or a number of
        untouched pages. Its counters begin at zero: what it did before does not count.
        """
        called = self.name_for(name, _("Process"))
        regions = image(called if name is None else chosen(name), sections)
        self.install(regions)
        self.run(processes.start(self.machine, self._next_pid, called, regions))
        return self.adopt()

    def file(self, name: str, pages: Pages, *, cached: bool = False) -> str:
        """Put a file on the disk, a text a page, or so many empty pages. Returns its name.

        ``cached`` has it in the page cache already.

        Raises CowvizError for too many files.
        """
        self._tally.operation()
        if len(self.machine.files) >= MOST_FILES:
            raise CowvizError(f"more than {MOST_FILES:,} files: does this loop end?")
        contents = tuple(content or () for content in contents_of(pages, "pages"))
        self.machine = processes.add_file(self.machine, mem.File(name, contents), cached=cached)
        return name

    def code(self, text: str) -> None:
        """Show these lines of C beside the picture; ``say(line=...)`` marks the current one."""
        self._tally.operation()
        self._tally.text(text)
        lines = tuple(textwrap.dedent(text).strip("\n").split("\n"))
        for line in lines:
            asked.text(line, "a line of code")
        self._code = lines

    def at(self, line: int | str) -> None:
        """Mark a line of the code as the current one: its number from 1, or text that is in it."""
        self._tally.operation()
        self._line = line_number(self._code, line)

    def view(self, *names: str, of: Actor | Region | None = None) -> None:
        """Show this step and all that follow in a view, or in two side by side; without a name in the file's ``VIEW``.

        ``of`` is the page or the process that the view is about; by default the last that acted. Raises CowvizError
        for a view that there is not.
        """
        self._tally.operation()
        self._view = view_names(names)
        self._about = None if of is None else place_of(of)

    def say(self, caption: Words, *, line: int | str | None = None) -> None:
        """End a step with its caption (two lines fit well; "\\n" breaks one); ``line`` as for ``at``.

        Words may be given by language, here and wherever a scenario says something: ``{"en": "...", "ro": "..."}``.
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
        """Run an operation, keeping what happens; returns the signal that it raised, if any.

        ``whole`` keeps one snapshot for all of it (many pages at once).

        Raises CowvizError for a caption whose moment never came.
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
            raise CowvizError(f"{self._cue(name).absent}, so the caption {name}={shown(chosen(text))} was never shown")
        return signal

    def _run(self, changes: Changes, pending: dict[str, Words], whole: bool) -> str | None:
        """Run it, and take from ``pending`` the captions whose moments come."""
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
        """Put the program's .data on the disk: it is mapped private, and the pages in memory are written already."""
        for region in regions:
            if region.file and region.section is Section.DATA and region.file not in self.machine.files:
                pages = tuple(content or () for content in region.contents)
                self.machine = processes.add_file(self.machine, mem.File(region.file, pages), cached=False)

    def take_note(self, content: mem.Content) -> None:
        """Count what a page is going to hold."""
        for cell in content:
            self._tally.text(cell.value)

    def name_for(self, wanted: Words | None, made_up: str, parent: str = "") -> str:
        """Name a new process: as is asked for, with a number where one is called so; else a made-up name.

        Raises CowvizError for too many processes.
        """
        if len(self.machine.processes) >= MOST_PROCESSES:
            raise CowvizError(f"more than {MOST_PROCESSES:,} processes: does this end?")
        taken = {process.name for process in self.machine.processes.values() if not process.reaped}
        if wanted is None:
            return of_child(parent, made_up, taken)
        called = chosen(wanted)
        name = one_of_its_own(called, taken)
        if name != called:
            self._warnings.append(f'two processes are called "{called}": the second is "{name}" in the pictures')
        return name

    def adopt(self) -> Actor:
        """Return the actor of the process that was just made."""
        actor = Actor(self, self._next_pid)
        self._next_pid += 1
        return actor

    @property
    def told(self) -> Sequence[Step]:
        """The steps so far."""
        return self._steps

    @property
    def next_pid(self) -> int:
        return self._next_pid

    def trace(self, name: str, title: str, doc: str, view: tuple[str, ...] = ()) -> Trace:
        """Return the lesson so far; what happened after the last caption becomes a step without words.

        Raises CowvizError where nothing was told.
        """
        asked.text(title, "a title")
        asked.text(doc, "what stands below the title", MOST_SIGNS_OF_CODE)
        told = len(self._steps)
        if self._events or self._snapshots:
            self.say("")
        if not self._steps:
            raise CowvizError(f"{name}: play(story) told nothing; make a process and say something about it")
        if not told:
            self._warnings.append("no story.say(): all of it is one step without words")
        elif told < len(self._steps):
            self._warnings.append("what happens after the last story.say() is a step without words")
        if any(not step.caption for step in self._steps[:told]):
            self._warnings.append("a caption has no words: its step has none")
        for words in dict.fromkeys(self._warnings):
            warn(f"{name}: {words}")
        check_whole(title + doc, "the docstring")
        return Trace(name, clean(title), clean(doc), tuple(self._steps), self._code, lang=spoken(), view=view)

    def _keep(self, change: Change) -> None:
        self.machine = change.machine
        self._events.append(change.event)
        self._tally.event()
        if self._check:
            if found := invariants_incremental.violations_since(self._checked, self.machine):
                raise AssertionError(f"after {change.event}: {'; '.join(found)}")
            self._checked = self.machine

    def _snapshot(self) -> None:
        self._tally.snapshot(self.machine)
        self._snapshots.append(Snapshot(self.machine, tuple(self._events)))
        self._events = []

    def _cue(self, name: str) -> Cue:
        """When the caption of this keyword comes."""
        if name not in moments():
            raise unknown("moment", name, moments())
        return moments()[name]
