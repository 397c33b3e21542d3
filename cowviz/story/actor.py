"""Defines Actor: a process or thread of a story, and the operations that a scenario can ask of it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from cowviz.errors import CowvizError, UnknownWordError, unknown
from cowviz.language import Words, _, chosen
from cowviz.memory import access, measures
from cowviz.memory import machine as mem
from cowviz.memory.calls import processes
from cowviz.memory.calls.advice import ADVICE
from cowviz.memory.changes import Changes
from cowviz.memory.machine import Process, Prot
from cowviz.story.asked import called, checked
from cowviz.story.contents import Held, Pages, content_of, few_enough
from cowviz.story.program import image
from cowviz.story.region import Region as Region
from cowviz.trace.limits import MOST_TOUCHED

if TYPE_CHECKING:
    from cowviz.story.story import Story


@checked
class Actor:
    """A process of the story. Its regions are its attributes: ``child.heap``, ``child.stack[0]``."""

    def __init__(self, story: Story, pid: int) -> None:
        vars(self).update(story=story, pid=pid)

    story: Story
    pid: int

    def __setattr__(self, name: str, value: object) -> None:
        raise CowvizError(f'{self.name}.{name} = ...: memory changes by a verb: p.write(p.heap, "x")')

    def __getattr__(self, name: str) -> Region:
        if name.startswith("_"):
            raise AttributeError(name)
        if self.is_alive and all(vma.name.lstrip(".") != name for vma in self.state.vmas):
            verbs = [verb for verb in vars(Actor) if not verb.startswith("_")]
            if near := get_close_matches(name, verbs, n=1, cutoff=0.75):
                raise UnknownWordError(f"{self.name} has no {name!r}; did you mean {near[0]}?")
        return self.region(name)

    def __repr__(self) -> str:
        return f"<{self.name}, pid {self.pid}>"

    def region(self, name: str) -> Region:
        """Return the region of this name. Raises an error that suggests the nearest names."""
        vmas = [v for v in self.state.vmas if v.name.lstrip(".") == name.lstrip(".")]
        if not vmas:
            if not self.is_alive:
                raise CowvizError(f"{self.name} has ended ({self.state.status}) and has no memory: ask before it ends")
            there = [v.name.lstrip(".") for v in self.state.vmas]
            if not there:
                raise UnknownWordError(f"{self.name} has no region {name!r}, and no other: p.mmap() makes one")
            raise UnknownWordError(str(unknown(f"region of {self.name}", name, there)))
        return Region(self, vmas[0].name, vmas[0].start, vmas[-1].end - vmas[0].start)

    # What it is

    @property
    def state(self) -> Process:
        if self.pid not in self.story.machine.processes:
            raise CowvizError(f"the kernel refused the fork, so there is no process {self.pid}: ask is_alive first")
        return self.story.machine.process(self.pid)

    @property
    def name(self) -> str:
        return self.state.name

    @property
    def is_alive(self) -> bool:
        """Whether the process exists: its fork was not refused, and it has not exited."""
        return self.pid in self.story.machine.processes and self.state.is_alive

    @property
    def faults(self) -> int:
        return self.state.counters.faults

    @property
    def major_faults(self) -> int:
        """The number of its major faults: those that read from the disk."""
        return self.state.counters.major

    @property
    def copies(self) -> int:
        return self.state.counters.copies

    @property
    def reuses(self) -> int:
        return self.state.counters.reuses

    @property
    def copied_bytes(self) -> int:
        return self.state.counters.copied_bytes

    @property
    def rss(self) -> int:
        """The resident set size, in pages: those that map a frame."""
        return measures.rss(self.state)

    @property
    def pss(self) -> float:
        """The proportional set size, in pages: each counts as 1 / (number of pages that map its frame)."""
        return float(measures.pss(self.story.machine, self.state) / mem.PAGE_SIZE)

    @property
    def uss(self) -> int:
        """The unique set size, in pages: those whose frames only it maps; exit would free these frames."""
        return measures.uss(self.story.machine, self.state) // mem.PAGE_SIZE

    # What it does

    def read(self, where: Region, **captions: Words) -> str:
        """Read the pages; return the content of the first."""
        self._own(where)
        self._access(access.read(self.story.machine, self.pid, where.start, where.pages), where, captions)
        return where.content if self.is_alive else ""

    def write(self, where: Region, text: Held | None = None, **captions: Words) -> None:
        """Write to each of the pages: ``"x = 42"`` sets that variable, other text replaces the page's content.

        Several variables, ``"x = 42; y = 1"`` or ``{"x": 42, "y": 1}``, take one store each. A caption named for a
        moment (``fault=``, ``copy=``, ``remap=`` ...) ends a step at that moment of the operation.
        """
        self._own(where)
        content = () if text is None else content_of(text)
        self.story.take_note(content)
        few_enough(len(where.variables.keys() | {cell.name for cell in content}))
        first, more = (content[0] if content else None), content[1:]
        self._access(
            access.write(self.story.machine, self.pid, where.start, first, where.pages, *more), where, captions
        )

    def execute(self, where: Region, **captions: Words) -> None:
        """Fetch an instruction from the (first) page."""
        self._own(where)
        self._access(access.execute(self.story.machine, self.pid, where.start), where, captions)

    def save(self, where: Region, file: str, **captions: Words) -> None:
        """Append the page's content to a file, as write(2) does."""
        self._own(where)
        self._access(access.write_file(self.story.machine, self.pid, where.start, file), where, captions)

    def fork(self, name: Words | None = None, **captions: Words) -> Actor:
        """Make a child (fork) that maps the same frames; private writable pages become write-protected in both.

        Without a name the child is called Child, Child 2 ...; the child of P0 is P1.
        """
        called = self.story.name_for(name, _("Child"), parent=self.name)
        self._run(processes.fork(self.story.machine, self.pid, self.story.next_pid, called), captions)
        return self.story.adopt()

    def vfork(self, name: Words | None = None, **captions: Words) -> Actor:
        """Make a child (vfork) that uses this process's memory until it execs or exits; this process waits."""
        called = self.story.name_for(name, _("Child"), parent=self.name)
        self._run(processes.vfork(self.story.machine, self.pid, self.story.next_pid, called), captions)
        return self.story.adopt()

    def thread(self, name: Words | None = None, **captions: Words) -> Actor:
        """Make a thread, which shares the page table and has its own counters."""
        called = self.story.name_for(name, _("Thread"))
        self._run(processes.thread(self.story.machine, self.pid, self.story.next_pid, called), captions)
        return self.story.adopt()

    def exit(self, status: int = 0, **captions: Words) -> None:
        """End the process: drop its page table and free every frame that only it maps."""
        self._run(processes.exit(self.story.machine, self.pid, f"exited {status}"), captions)

    def wait(self, child: Actor) -> None:
        """Collect the exit status of a child. Raises an error if the child still runs, as it could not end."""
        if child.story is not self.story:
            raise CowvizError(
                f"{child.name} belongs to another story, so {self.name} cannot wait for it: say a child of this story"
            )
        self._run(processes.wait(self.story.machine, self.pid, child.pid), {})

    def exec(self, program: Words, **sections: Pages) -> None:
        """Replace the whole address space with another program's."""
        name = chosen(program)
        regions = image(name, sections)
        self.story.install(regions)
        self._run(processes.exec_(self.story.machine, self.pid, name, regions), {})

    def mmap(
        self, name: str, pages: int, prot: str = "rw-", *, file: str | None = None, shared: bool = False
    ) -> Region:
        """Map a new region of anonymous memory or of a file; no page has a frame yet.

        If the kernel refuses (ENOMEM), nothing is mapped and the returned region has no pages: ``not buf``.
        """
        start = processes.find_gap(self.state, pages)
        return self._map(name, start, pages, prot, mem.Section.MMAP, file, shared)

    def malloc(self, name: str, pages: int) -> Region:
        """Allocate untouched pages on the heap, as ``malloc`` does; the kernel may refuse as for ``mmap``."""
        heap = [v.end for v in self.state.vmas if v.section is mem.Section.HEAP]
        start = max(heap, default=processes.SECTION_BASE[mem.Section.HEAP])
        return self._map(name, start, pages, "rw-", mem.Section.HEAP, None, shared=False)

    def munmap(self, where: Region) -> None:
        """Unmap the pages; free the frames that nobody else maps."""
        self._own(where)
        self._run(processes.munmap(self.story.machine, self.pid, where.start, where.pages), {})

    def mprotect(self, where: Region, prot: str) -> None:
        """Change the permissions of the pages: ``"r--"``, ``"rw-"`` ..."""
        self._own(where)
        self._run(processes.mprotect(self.story.machine, self.pid, where.start, where.pages, _prot(prot)), {})

    def madvise(self, where: Region, advice: str, **captions: Words) -> None:
        """Advise the kernel about the pages: ``"DONTNEED"``, ``"PAGEOUT"``, ``"MERGEABLE"``, ``"HUGEPAGE"`` ...

        Raises CowvizError for unknown advice.
        """
        self._own(where)
        word = advice.upper().removeprefix("MADV_").lower()
        if word not in ADVICE:
            raise unknown("advice", advice, [known.upper() for known in ADVICE])
        self._run(processes.madvise(self.story.machine, self.pid, where.start, where.pages, word), captions)

    def mlock(self, where: Region, **captions: Words) -> None:
        """Fault in all the pages, and keep them in memory."""
        self._own(where)
        self._run(processes.mlock(self.story.machine, self.pid, where.start, where.pages), captions)

    def pin(self, where: Region, **captions: Words) -> None:
        """Pin the pages' frames for a device; fork then copies them at once."""
        self._own(where)
        self._run(processes.pin(self.story.machine, self.pid, where.start, where.pages), captions)

    def unpin(self, where: Region) -> None:
        """Unpin the pages' frames: the device no longer uses them."""
        self._own(where)
        self._run(processes.unpin(self.story.machine, self.pid, where.start, where.pages), {})

    def limit(self, pages: int | None) -> None:
        """Limit the address space to ``pages`` in all, touched or not (RLIMIT_AS); None removes the limit."""
        self._run(processes.setrlimit(self.story.machine, self.pid, pages), {})

    def _map(
        self, name: str, start: int, pages: int, prot: str, section: mem.Section, file: str | None, shared: bool
    ) -> Region:
        """Map the region and return it; without pages if the kernel refuses."""
        machine, mode = self.story.machine, _prot(prot)
        changes = processes.mmap(machine, self.pid, start, pages, mode, name, section=section, file=file, shared=shared)
        self._run(changes, {})
        return self.region(name) if self.state.vma(start) else Region(self, name, start, 0)

    def _own(self, where: Region) -> None:
        if where.actor.story is not self.story:
            other = f"{where.actor.name}'s {where.name}"
            raise CowvizError(f"{other} belongs to another story: say a region of {self.name}")
        if where.actor.pid != self.pid:
            raise CowvizError(
                f"{self.name} cannot use {where.actor.name}'s {where.name}: say {self._place_of_its_own(where)}"
            )

    def _place_of_its_own(self, where: Region) -> str:
        word = where.name.lstrip(".")
        has_it = any(vma.name.lstrip(".") == word for vma in self.state.vmas)
        return f"{called(self)}.{word}" if has_it else "a region of its own"

    def _access(self, changes: Changes, where: Region, captions: dict[str, Words]) -> None:
        if captions and where.pages > 1:
            raise CowvizError(f"a moment needs one page, and {_said(where)} has {where.pages:,}: say {_said(where[0])}")
        if where.pages > MOST_TOUCHED:
            most = f"{MOST_TOUCHED:,}: say fewer pages"
            raise CowvizError(f"{_said(where)} has {where.pages:,} pages, and one call may touch {most}")
        signal = self.story.run(changes, captions, whole=where.pages > 1)
        if signal:  # neither SIGSEGV nor SIGBUS is caught here, so the process dies, as it does by default
            self._run(processes.exit(self.story.machine, self.pid, f"killed by {signal}"), {})

    def _run(self, changes: Changes, captions: dict[str, Words]) -> None:
        self.story.run(changes, captions)


def _said(where: Region) -> str:
    """Return the pages as error messages name them: ``heap[0..511]``."""
    first = where.start - where.actor.region(where.name).start
    last = "" if where.pages == 1 else f"..{first + where.pages - 1}"
    return f"{where.name.lstrip('.')}[{first}{last}]"


def _prot(text: str) -> Prot:
    try:
        return Prot.parse(text)
    except ValueError as error:
        raise CowvizError(str(error)) from None
