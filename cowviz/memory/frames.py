"""Physical memory: which frame is handed out next, who maps it, and the page cache that keeps files' pages.

Everything takes many frames at once, so that the fork or exit of a million pages is one pass over them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from cowviz.memory.machine import PLAIN, ZERO_PFN, Content, Frame, FrameTag, FreeList, Machine, MisuseError, Pte
from cowviz.memory.tables.levels import FANOUT
from cowviz.memory.tables.radix import Radix

HUGE_PAGE_FRAMES = FANOUT  # pages of a huge page: as many as one entry of the level above covers


def allocate(machine: Machine, content: Content = ()) -> tuple[Machine, int]:
    """Take one free frame for an anonymous page; nobody maps it yet. MisuseError where none is free."""
    machine, (pfn,) = allocate_many(machine, [content])
    return machine, pfn


def allocate_many(
    machine: Machine, contents: Sequence[Content], mapcount: int = 0, *, unused: bool = False
) -> tuple[Machine, list[int]]:
    """Take a frame for each of ``contents``, in the free list's order (mm/page_alloc.c: __alloc_pages).

    With ``mapcount`` 1 the caller maps each of them once, at once: a program of a million pages is not counted again.
    ``unused`` takes only frames that were never in use. Raises MisuseError where too few are free.
    """
    free, pfns = _take(machine.free, len(contents), unused)
    used = machine.frames.updated(
        (pfn, Frame(content, mapcount, None, exclusive=True)) for pfn, content in zip(pfns, contents, strict=True)
    )
    return replace(machine, free=free, frames=used), pfns


def mapped(machine: Machine, pfns: Iterable[int]) -> Machine:
    """Count one more PTE that maps each of ``pfns``; named twice, two more. The zero page is not counted.

    A frame with two owners is nobody's exclusive one, and does not become it again when one of them goes
    (mm/rmap: folio_try_dup_anon_rmap).
    """
    return replace(machine, frames=machine.frames.counted((pfn for pfn in pfns if pfn != ZERO_PFN), +1))


def unmapped(machine: Machine, pfns: Iterable[int]) -> tuple[Machine, tuple[int, ...]]:
    """Count one PTE less for each of ``pfns``; free the frames that no PTE and no cache hold.

    Those of a huge page are freed together, with the last of them (mm/rmap.c: folio_remove_rmap_ptes).
    """
    named = [pfn for pfn in pfns if pfn != ZERO_PFN]
    machine = replace(machine, frames=machine.frames.counted(named, -1))
    gone = [(pfn, extra.tag) for pfn, extra in machine.frames.unowned(dict.fromkeys(named)) if not extra.cached_page]
    freed = [pfn for pfn, tag in gone if tag.slot is None and tag.folio is None]
    for folio in {tag.folio for _, tag in gone if tag.folio is not None}:
        if not any(frame.mapcount for _, frame in machine.frames.items(folio, folio + HUGE_PAGE_FRAMES)):
            freed += range(folio, folio + HUGE_PAGE_FRAMES)
    return _release(machine, freed), tuple(freed)


def remap(machine: Machine, pid: int, vpn: int, pte: Pte) -> Machine:
    """Set one PTE, and count: the new frame up, the frame it named before down."""
    process = machine.process(pid)
    old = process.pte(vpn)
    machine = machine.with_process(replace(process, table=process.table.set(vpn, pte)))
    if old is not None and old.pfn == pte.pfn:
        return machine
    machine = mapped(machine, [pte.pfn])
    return machine if old is None else unmapped(machine, [old.pfn])[0]


def allocate_huge(machine: Machine) -> tuple[Machine, int] | None:
    """Take 512 frames of zeroes that lie next to one another, aligned; None where there are no such (a folio)."""
    taken = _take_run(machine.free)
    if taken is None:
        return None
    free, folio = taken
    frame = Frame((), 0, None, exclusive=True, tag=FrameTag(folio=folio))
    used = machine.frames.updated((pfn, frame) for pfn in range(folio, folio + HUGE_PAGE_FRAMES))
    return replace(machine, free=free, frames=used), folio


def with_tag(machine: Machine, pfns: Iterable[int], tag: FrameTag) -> Machine:
    """Give frames another tag."""
    changed = [(pfn, _frame(machine, pfn)._replace(tag=tag)) for pfn in pfns]
    return replace(machine, frames=machine.frames.updated(changed))


def split(machine: Machine, folio: int) -> tuple[Machine, tuple[int, ...]]:
    """Make a huge page's frames ordinary ones; those that nobody maps are freed (mm/huge_memory.c: split_folio)."""
    machine = with_tag(machine, range(folio, folio + HUGE_PAGE_FRAMES), PLAIN)
    freed = [pfn for pfn, frame in machine.frames.items(folio, folio + HUGE_PAGE_FRAMES) if frame.mapcount == 0]
    return _release(machine, freed), tuple(freed)


def release(machine: Machine, pfns: Sequence[int]) -> Machine:
    """Put frames back that nobody holds any more."""
    return _release(machine, pfns)


def cached(machine: Machine, file: str, offset: int) -> int | None:
    """Return the frame that the page cache holds for a file's page, if any (mm/filemap.c: filemap_get_folio)."""
    pages = machine.cache.get(file)
    return None if pages is None else pages.get(offset)


def fill(machine: Machine, file: str, offsets: Iterable[int], *, unused: bool = False) -> Machine:
    """Bring pages of a file into the page cache, each into a frame of its own; cached ones stay."""
    missing = [offset for offset in offsets if cached(machine, file, offset) is None]
    contents = machine.files[file].contents
    machine, pfns = allocate_many(machine, [contents[offset] for offset in missing], unused=unused)
    held = [(pfn, Frame(contents[offset], 0, (file, offset))) for pfn, offset in zip(pfns, missing, strict=True)]
    pages = machine.cache.get(file, Radix[int]()).updated(zip(missing, pfns, strict=True))
    return replace(machine, frames=machine.frames.updated(held), cache={**machine.cache, file: pages})


def evict(machine: Machine, file: str, first: int = 0) -> Machine:
    """Take the file's pages from ``first`` on out of the page cache: its end was cut off, or nobody can reach it.

    No PTE may map them any more (mm/truncate.c: truncate_inode_pages).
    """
    pages = machine.cache.get(file, Radix[int]())
    pfns = [pfn for _, pfn in pages.items(first)]
    machine = replace(machine, cache={**machine.cache, file: pages.without_range(first)})
    return _release(machine, pfns)


def with_content(machine: Machine, pfn: int, content: Content) -> Machine:
    """Return the machine with other bytes in one frame."""
    return replace(machine, frames=machine.frames.set(pfn, _frame(machine, pfn)._replace(content=content)))


def made_exclusive(machine: Machine, pfn: int) -> Machine:
    """Return the last owner took the frame for itself (mm/memory.c: wp_can_reuse_anon_folio)."""
    return replace(machine, frames=machine.frames.set(pfn, _frame(machine, pfn)._replace(exclusive=True)))


def mark_shared(machine: Machine, pfns: Iterable[int]) -> Machine:
    """Mark frames as shared: nobody may write to them without asking, even where only one maps them."""
    changed = [(pfn, _frame(machine, pfn)._replace(exclusive=False)) for pfn in pfns]
    return replace(machine, frames=machine.frames.updated(changed))


def _frame(machine: Machine, pfn: int) -> Frame:
    frame = machine.frames.get(pfn)
    assert frame is not None, f"frame {pfn} is free"
    return frame


def handed_out_next(free: FreeList) -> Iterator[int]:
    """Yield the free frames in the order in which they are handed out."""
    for position in range(len(free.freed) - 1, -1, -1):
        pfn = free.freed.get(position)
        assert pfn is not None, "the stack has no gaps"
        yield pfn
    yield from free.order[free.used :]


def without_next(free: FreeList, count: int) -> FreeList:
    """Return the free list after its next ``count`` frames were handed out."""
    return _take(free, count)[0] if count else free


def _take(free: FreeList, count: int, unused: bool = False) -> tuple[FreeList, list[int]]:
    if count > (len(free.order) - free.used if unused else len(free)):
        raise MisuseError(f"{count} frames wanted and {len(free)} free: the machine needs more frames")
    again = 0 if unused else min(count, len(free.freed))
    top = len(free.freed)
    pfns = [pfn for _, pfn in free.freed.items(top - again, top)][::-1]
    fresh = count - again
    pfns += free.order[free.used : free.used + fresh]
    return replace(free, used=free.used + fresh, freed=free.freed.without_range(top - again, top)), pfns


def _take_run(free: FreeList) -> tuple[FreeList, int] | None:
    """An aligned run of frames out of those never used, else out of those given back."""
    rest = free.order[free.used :]
    skip = -rest[0] % HUGE_PAGE_FRAMES if rest else 0
    run = rest[skip : skip + HUGE_PAGE_FRAMES]
    if len(run) == HUGE_PAGE_FRAMES and list(run) == list(range(run[0], run[0] + HUGE_PAGE_FRAMES)):
        stack = free.freed.updated(enumerate(reversed(rest[:skip]), len(free.freed)))
        return replace(free, used=free.used + skip + HUGE_PAGE_FRAMES, freed=stack), run[0]
    freed = [pfn for _, pfn in free.freed.items()]
    known = set(freed)
    for folio in sorted(pfn for pfn in known if pfn % HUGE_PAGE_FRAMES == 0):
        if known.issuperset(range(folio, folio + HUGE_PAGE_FRAMES)):
            left = [pfn for pfn in freed if not folio <= pfn < folio + HUGE_PAGE_FRAMES]
            return replace(free, freed=Radix.of(enumerate(left))), folio
    return None


def _release(machine: Machine, pfns: Sequence[int]) -> Machine:
    if not pfns:
        return machine
    free = machine.free
    stack = free.freed.updated(enumerate(pfns, len(free.freed)))
    frames = machine.frames.updated((pfn, None) for pfn in pfns)
    return replace(machine, frames=frames, free=replace(free, freed=stack))
