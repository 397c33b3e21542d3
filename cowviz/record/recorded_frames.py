"""The frames of a recording in a Machine: which frame of the simulator stands for which one that was seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from cowviz.memory import frames
from cowviz.memory.machine import ZERO_PFN, Cell, File, Machine, Process, Prot, Pte, Vma
from cowviz.record.inferred_events import MappedPage

UNKNOWN = (Cell("", " "),)  # nobody looks into the pages: nothing is shown, not even that they are zero


@dataclass
class RecordedFrames:
    """A machine whose pages are mapped as they were seen; each lifetime of a frame has a number of its own."""

    machine: Machine
    pfns: dict[int, int] = field(default_factory=lambda: {ZERO_PFN: ZERO_PFN})  # of the recording -> of the machine

    def process(self, pid: int) -> Process:
        """Return a process of the machine."""
        return self.machine.process(pid)

    def update(self, process: Process) -> None:
        """Put another state of a process into the machine."""
        self.machine = self.machine.with_process(process)

    def map_all(self, pid: int, pages: Iterable[tuple[int, MappedPage]]) -> None:
        """Map pages, given by their numbers, to their frames."""
        for vpn, page in pages:
            self.map(pid, vpn, page)

    def map(self, pid: int, vpn: int, page: MappedPage) -> None:
        """Map a page to its frame, which is taken where it is new; do nothing where the page is not drawn."""
        process = self.process(pid)
        vma = process.vma(vpn)
        if vma is None:
            return
        pfn = self.file_frame(vma, vpn) if page.of_file else self._private_frame(page.frame)
        self.pfns[page.frame] = pfn
        if not page.of_file and pfn != ZERO_PFN and not vma.has_private:
            vmas = tuple(replace(one, has_private=True) if one is vma else one for one in process.vmas)
            self.update(replace(process, vmas=vmas))
        prot = vma.prot if page.writable else vma.prot & ~Prot.W
        self.machine = frames.remap(self.machine, pid, vpn, Pte(pfn, prot))
        if page.writable and not page.of_file:
            self.machine = frames.made_exclusive(self.machine, pfn)

    def file_frame(self, vma: Vma, vpn: int) -> int:
        """Return the page cache's frame for a file's page, which is there from now on."""
        assert vma.file is not None
        offset = vma.offset(vpn)
        if frames.cached(self.machine, vma.file, offset) is None:
            self.have_file(vma.file, offset + 1)
            self.machine = frames.fill(self.machine, vma.file, [offset], unused=True)
        pfn = frames.cached(self.machine, vma.file, offset)
        assert pfn is not None
        return pfn

    def have_file(self, name: str, pages: int) -> None:
        """Have a file of at least so many pages: of a real one only those that were touched are told."""
        old = self.machine.files.get(name)
        if old is None or len(old.contents) < pages:
            on_disk = not name.startswith("shared")
            file = File(name, (UNKNOWN,) * pages, on_disk, anonymous=not on_disk)
            self.machine = replace(self.machine, files={**self.machine.files, name: file})

    def _private_frame(self, frame: int) -> int:
        """The machine's frame for one of the recording: a new one is the next that was never in use."""
        pfn = self.pfns.get(frame)
        if pfn is None or (pfn != ZERO_PFN and pfn not in self.machine.frames):
            self.machine, (pfn,) = frames.allocate_many(self.machine, [UNKNOWN], unused=True)
        return pfn
