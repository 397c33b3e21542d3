"""Loading a program: what is in memory when the story begins, and after exec."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cowviz.memory import frames
from cowviz.memory.address_space import checked, exit_address_space, inserted
from cowviz.memory.calls.sharing import tasks
from cowviz.memory.changes import Change, Changes
from cowviz.memory.events import Execed, Exited, ProcessStarted
from cowviz.memory.machine import Content, File, Machine, MisuseError, Process, Prot, Pte, Section, Vma

FILE_SECTIONS = (Section.TEXT, Section.RODATA)  # these show the program's file itself


@dataclass(frozen=True, slots=True)
class ProgramRegion:
    """A part of a program to be loaded: a page for each of ``contents``, None where it is untouched.

    ``.text`` and ``.rodata`` show a file, by default the program's own. Another section with a ``file``, which must be
    there, maps that file privately from its first page; pages with contents are privately written already. With
    ``untouched`` its contents are what stands in the program's file, as those of an ELF file's ``.data`` are: nothing
    was written yet, and the first write to a page copies it from the page cache.
    """

    start: int  # virtual page number
    contents: tuple[Content | None, ...]
    prot: Prot
    section: Section
    name: str
    file: str | None = None
    untouched: bool = False

    @property
    def shows_file(self) -> bool:
        """Whether its contents are those of a file."""
        return self.section in FILE_SECTIONS or self.untouched


def start(machine: Machine, pid: int, name: str, regions: Sequence[ProgramRegion]) -> Changes:
    """Start a process that has run for a while: what has contents is in memory, and no fault is counted.

    MisuseError where the pid is taken, regions overlap or memory is too small.
    """
    if pid in machine.processes:
        raise MisuseError(f"there is a process {pid} already: {machine.process(pid).name}; choose another pid")
    machine = _loaded(machine.with_process(Process(pid, name, parent=None)), pid, name, regions)
    yield Change(ProcessStarted(pid), machine)
    return machine


def exec_(machine: Machine, pid: int, program: str, regions: Sequence[ProgramRegion]) -> Changes:
    """Replace the whole address space by a program's; the process, its pid and its counters stay (fs/exec.c).

    Its threads end. Where it shared the address space (vfork), the others keep it. Raises MisuseError for a thread.
    """
    process = machine.running(pid)
    if process.thread_of is not None:
        raise MisuseError(f"{process.name} is a thread; let its process exec")
    for other in tasks(machine, process)[:-1]:
        machine, freed = exit_address_space(machine, other.pid, "ended by exec")
        yield Change(Exited(other.pid, "ended by exec", freed), machine)
    machine, _ = exit_address_space(machine, pid, status=None)
    machine = machine.with_process(replace(machine.process(pid), name=program))
    machine = _loaded(machine, pid, program, regions)
    yield Change(Execed(pid, program), machine)
    return machine


def _loaded(machine: Machine, pid: int, program: str, regions: Sequence[ProgramRegion]) -> Machine:
    machine = _with_program_files(machine, program, regions)
    next_offset: dict[str, int] = {}
    for region in regions:
        pages = len(region.contents)
        checked(region.start, pages)
        if region.shows_file:
            file = region.file or program
            offset = next_offset.get(file, 0)
            next_offset[file] = offset + pages
            vma = _vma(region, file, offset)
            machine, pfns = _file_frames(machine, vma, region)
            prot = region.prot & ~Prot.W
        else:
            if region.file is not None and region.file not in machine.files:
                raise MisuseError(f"no file {region.file!r} for {region.name}")
            vma = replace(_vma(region, region.file, 0), has_private=any(c is not None for c in region.contents))
            machine, pfns = frames.allocate_many(machine, [c for c in region.contents if c is not None], mapcount=1)
            prot = region.prot
        machine = _with_region(machine, pid, vma, region, pfns, prot)
    return machine


def _vma(region: ProgramRegion, file: str | None, offset: int) -> Vma:
    end = region.start + len(region.contents)
    return Vma(region.start, end, region.prot, region.section, region.name, file, offset)


def _with_region(
    machine: Machine, pid: int, vma: Vma, region: ProgramRegion, pfns: Sequence[int], prot: Prot
) -> Machine:
    """The region inserted, and its pages with contents mapped to these frames."""
    process = machine.process(pid)
    vpns = (vpn for vpn, content in enumerate(region.contents, region.start) if content is not None)
    table = process.table.updated((vpn, Pte(pfn, prot)) for vpn, pfn in zip(vpns, pfns, strict=True))
    process = replace(process, vmas=inserted(process.vmas, vma), table=table)
    return machine.with_process(process)


def _file_frames(machine: Machine, vma: Vma, region: ProgramRegion) -> tuple[Machine, list[int]]:
    """Page cache frames of the region's pages with contents, counted as mapped."""
    assert vma.file is not None
    offsets = [vma.pgoff + i for i, content in enumerate(region.contents) if content is not None]
    machine = frames.fill(machine, vma.file, offsets)
    pages = machine.cache[vma.file]
    pfns = [pfn for offset in offsets if (pfn := pages.get(offset)) is not None]
    return frames.mapped(machine, pfns), pfns


def _with_program_files(machine: Machine, program: str, regions: Sequence[ProgramRegion]) -> Machine:
    """The files that .text and .rodata show, one after the other; a program that was started before shares them."""
    wanted: dict[str, tuple[Content, ...]] = {}
    for region in regions:
        if region.shows_file:
            file = region.file or program
            wanted[file] = wanted.get(file, ()) + tuple(content or () for content in region.contents)
    for file, contents in wanted.items():
        known = machine.files.get(file)
        if known is not None and known.contents != contents:
            raise MisuseError(f"a file {file!r} with other contents is there already: call this program something else")
        machine = replace(machine, files={**machine.files, file: known or File(file, contents)})
    return machine
