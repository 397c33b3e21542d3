"""KSM: equal pages of regions that asked for it (madvise MERGEABLE) become one frame; whoever writes gets a copy."""

from __future__ import annotations

from collections.abc import Iterator

from cowviz.memory import frames
from cowviz.memory.changes import Change, Changes
from cowviz.memory.events import PagesMerged
from cowviz.memory.machine import PLAIN, WITHOUT_W, Content, FrameTag, Machine, Pte


def ksm_scan(machine: Machine) -> Changes:
    """Run one whole pass of ksmd: merge equal pages of mergeable regions, each group into one frame.

    The second page of a group is what the others become, since that is when the scan finds two alike; a frame that
    was merged before stays (mm/ksm.c: cmp_and_merge_page). Pages of huge, swapped and pinned memory are left alone.
    """
    groups: dict[Content, list[tuple[int, int, int]]] = {}
    for pid, vpn, pfn in _candidates(machine):
        groups.setdefault(machine.content(pfn), []).append((pid, vpn, pfn))
    for group in groups.values():
        found = list(dict.fromkeys(pfn for _, _, pfn in group))
        if len(found) > 1:
            merged = [pfn for pfn in found if _is_ksm(machine, pfn)]
            machine = yield from _merge(machine, group, merged[0] if merged else found[1])
    return machine


def _merge(machine: Machine, group: list[tuple[int, int, int]], target: int) -> Changes:
    """All entries of the group name one frame from now on, read-only."""
    used = {pfn for _, _, pfn in group}
    machine = frames.mark_shared(frames.with_tag(machine, [target], FrameTag(ksm=True)), [target])
    for pid, vpn, _ in group:
        pte = machine.process(pid).pte(vpn)
        assert pte is not None
        machine = frames.remap(machine, pid, vpn, Pte(target, WITHOUT_W[pte.prot]))
    freed = tuple(sorted(pfn for pfn in used if pfn not in machine.frames))
    yield Change(PagesMerged(target, len(group), freed), machine)
    return machine


def _candidates(machine: Machine) -> Iterator[tuple[int, int, int]]:
    """Private anonymous pages of mergeable regions, in the order of the scan: process, page, frame."""
    for process in machine.spaces():
        for vma in process.vmas:
            if vma.mergeable and not vma.shared:
                for vpn, pte in process.table.items(vma.start, vma.end):
                    frame = machine.frames.get(pte.pfn)
                    if frame is None or frame.cached_page is not None or vpn in process.pins:
                        continue
                    if frame.tag == PLAIN or frame.tag.ksm:
                        yield process.pid, vpn, pte.pfn


def _is_ksm(machine: Machine, pfn: int) -> bool:
    frame = machine.frames.get(pfn)
    return frame is not None and frame.tag.ksm
