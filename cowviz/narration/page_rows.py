"""Tells a process's pages in rows of a transcript: a row is a run of pages."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from heapq import merge
from operator import itemgetter
from typing import NamedTuple

from cowviz.language import _
from cowviz.memory.frames import HUGE_PAGE_FRAMES
from cowviz.memory.machine import ZERO_PFN, Machine, Process, Prot, Pte, Vma
from cowviz.memory.rare import huge
from cowviz.narration.terms import COW, HUGE_PAGE, IN_SWAP, NO_FRAME, PINNED, count, frame_runs_name, run_name
from cowviz.narration.text_lines import in_few

MOST_ROWS = 8  # of one region; if more, pages with the same rights become one row


class _Piece(NamedTuple):
    """Holds a run of pages that are mapped or in swap, or the gap between two such runs."""

    first: int
    pages: int
    pte: Pte | None  # of the first; the others' frames follow its
    in_swap: bool = False
    words: tuple[str, ...] = ()  # what else is true of them


def page_rows(machine: Machine, process: Process) -> list[tuple[str, ...]]:
    """Return the rows of a process's regions: pages, rights of region and entry, frames, and what else is so."""
    rows = []
    for vma in process.vmas:
        pieces = list(_pieces(machine, process, vma))
        rows += [_row(process, vma, group) for group in in_few(pieces, (_in_a_row, _rights), MOST_ROWS)]
    return rows


def _pieces(machine: Machine, process: Process, vma: Vma) -> Iterator[_Piece]:
    """Yield the region's pages in order; gaps are one piece each, as they may be terabytes."""
    position = vma.start
    for piece in merge(_mapped(machine, process, vma), _swapped(process, vma), key=itemgetter(0)):
        if piece.first > position:
            yield _Piece(position, piece.first - position, None)
        yield piece
        position = piece.first + piece.pages
    if position < vma.end:
        yield _Piece(position, vma.end - position, None)


def _mapped(machine: Machine, process: Process, vma: Vma) -> Iterator[_Piece]:
    """Yield the runs that have entries, cut where a pinned or a huge page begins or ends."""
    whole = _huge_pages(machine, process, vma)
    cuts = {vpn + i for vpn in process.pins if vpn in vma for i in (0, 1)}
    cuts |= {first + i for first in whole for i in (0, HUGE_PAGE_FRAMES)}
    for first, pages, pte in process.table.runs(vma.start, vma.end):
        inside = sorted(cut for cut in cuts if first < cut < first + pages)
        for start, end in zip([first, *inside], [*inside, first + pages], strict=True):
            is_cow = vma.is_private_writable and not pte.prot & Prot.W
            said = {COW: is_cow, HUGE_PAGE: huge.first_of(start) in whole, PINNED: start in process.pins}
            entry = pte if pte.pfn == ZERO_PFN else pte._replace(pfn=pte.pfn + start - first)
            yield _Piece(start, end - start, entry, words=tuple(_(word) for word, is_so in said.items() if is_so))


def _swapped(process: Process, vma: Vma) -> Iterator[_Piece]:
    return (_Piece(vpn, 1, None, in_swap=True) for vpn, _slot in process.swapped.items(vma.start, vma.end))


def _huge_pages(machine: Machine, process: Process, vma: Vma) -> set[int]:
    """Return the first pages of the region's huge pages."""
    firsts = range(huge.first_of(vma.start), vma.end, HUGE_PAGE_FRAMES) if vma.huge else ()
    return {first for first in firsts if huge.is_whole(machine, process, first)}


def _in_a_row(piece: _Piece) -> Hashable:
    """Return one key for neighbouring pages that map neighbouring frames."""
    if piece.pte is None:
        return piece.in_swap
    pfn, prot, _dirty = piece.pte
    return prot, None if pfn == ZERO_PFN else pfn - piece.first, piece.words


def _rights(piece: _Piece) -> Hashable:
    return piece.pte and piece.pte.prot, piece.in_swap, piece.words


def _row(process: Process, vma: Vma, group: Sequence[_Piece]) -> tuple[str, ...]:
    first, pages, pte = group[0].first, sum(piece.pages for piece in group), group[0].pte
    if first + pages == group[-1].first + group[-1].pages:
        name = run_name(process, first, pages)
    else:
        name = f"{vma.name} ({count(pages, 'page')})"
    if pte is None:
        return name, str(vma.prot), "", _(IN_SWAP if group[0].in_swap else NO_FRAME), ""
    times = f" ×{pages}" if pages > 1 else ""
    frames = ((piece.pte.pfn, 1 if piece.pte.pfn == ZERO_PFN else piece.pages) for piece in group if piece.pte)
    return name, str(vma.prot), str(pte.prot), frame_runs_name(frames) + times, ", ".join(group[0].words)
