"""Regions that become alike are one again, and what they must have in common for that (mm/vma.c).

A region's name counts as the name that a program gives to its memory (PR_SET_VMA_ANON_NAME): regions of different names
stay apart, so that a picture shows what was named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import count

from cowviz.memory.address_space import inserted
from cowviz.memory.machine import Prot, Vma


def modified(
    vmas: tuple[Vma, ...], start: int, end: int, change: Callable[[Vma], Vma]
) -> tuple[tuple[Vma, ...], tuple[Vma, ...]]:
    """Return the regions with ``change`` made to those of a range; also the parts that were changed, as they were.

    They are cut where the range begins and ends, and merged with neighbours that are alike now; what is so already is
    neither (mm/vma.c: vma_modify).
    """
    parts: list[Vma] = []
    at = start
    while (i := next((i for i, vma in enumerate(vmas) if vma.end > at), None)) is not None and vmas[i].start < end:
        vma = vmas[i]
        part = vma.part(max(at, vma.start), min(end, vma.end))
        new = change(part)
        at = vma.end
        if new != part:
            parts.append(part)
            before = (vma.part(vma.start, part.start),) if vma.start < part.start else ()
            after = (vma.part(part.end, vma.end),) if part.end < vma.end else ()
            vmas = _insert_merged((*vmas[:i], *before), new, (*after, *vmas[i + 1 :]))
            at = next(vma.end for vma in vmas if part.start in vma)
    return vmas, tuple(parts)


def placed(vmas: tuple[Vma, ...], new: Vma) -> tuple[Vma, ...]:
    """Return the regions with one more, merged with neighbours that are alike; MisuseError where it overlaps one."""
    i = inserted(vmas, new).index(new)
    return _insert_merged(vmas[:i], new, vmas[i:])


def with_anon_vma(vmas: tuple[Vma, ...], vpn: int) -> tuple[Vma, ...]:
    """Return the regions, that of ``vpn`` being one that may have private pages (mm/rmap.c: __anon_vma_prepare).

    It takes the anon_vma of a neighbour that mprotect could make alike, so that the two can be one
    (mm/vma.c: find_mergeable_anon_vma).
    """
    i = next(i for i, vma in enumerate(vmas) if vpn in vma)
    vma = vmas[i]
    if vma.has_private:
        return vmas
    nexts = [one for one in vmas[i + 1 : i + 2] if _could_fit(vma, one)]
    near = nexts + [one for one in vmas[max(i - 1, 0) : i] if _could_fit(one, vma)]
    number = next((one.anon_vma for one in near if one.has_private and not one.forked), None)
    if number is None:
        used = {one.anon_vma for one in vmas if one.has_private and one.name == vma.name}
        number = next(n for n in count() if n not in used)
    return (*vmas[:i], replace(vma, has_private=True, anon_vma=number), *vmas[i + 1 :])


def inherited(vmas: tuple[Vma, ...]) -> tuple[Vma, ...]:
    """Return the regions that fork gives a child: each with an anon_vma of its own (anon_vma_fork)."""
    numbers: Counter[str] = Counter()
    given = []
    for vma in vmas:
        if not vma.dontfork:
            is_private = vma.has_private and not vma.wipeonfork
            number = numbers[vma.name] if is_private else 0
            numbers[vma.name] += is_private
            given.append(replace(vma, has_private=is_private, anon_vma=number, forked=is_private, locked=False))
    return tuple(given)


def _insert_merged(left: tuple[Vma, ...], new: Vma, right: tuple[Vma, ...]) -> tuple[Vma, ...]:
    """``new`` between the others, one with those that it fits (vma_merge_existing_range, vma_merge_new_range)."""
    if left and _fits(left[-1], new):
        left, new = left[:-1], _joined(left[-1], new)
    if right and _fits(new, right[0]):
        new, right = _joined(new, right[0]), right[1:]
    return (*left, new, *right)


def _joined(vma: Vma, above: Vma) -> Vma:
    owner = vma if vma.has_private else above
    return replace(
        vma,
        end=above.end,
        has_private=owner.has_private,
        anon_vma=owner.anon_vma,
        forked=owner.forked,
        guarded=vma.guarded or above.guarded,
    )


def _fits(vma: Vma, above: Vma) -> bool:
    """Whether two regions are alike and go on from one to the other (is_mergeable_vma, is_mergeable_anon_vma)."""
    if not _goes_on(vma, above) or _kind(vma) != _kind(above):
        return False
    if vma.has_private and above.has_private:
        return vma.anon_vma == above.anon_vma
    return not (vma.forked or above.forked)


def _could_fit(vma: Vma, above: Vma) -> bool:
    """Whether they differ in nothing that mprotect could not change (mm/vma.c: anon_vma_compatible)."""
    same = vma.is_accounted == above.is_accounted
    vma, above = (replace(one, prot=Prot.NONE, write_only=False, accounted=False) for one in (vma, above))
    return same and _goes_on(vma, above) and _kind(vma) == _kind(above)


def _goes_on(vma: Vma, above: Vma) -> bool:
    return vma.end == above.start and vma.offset(vma.end) == above.offset(above.start)


def _kind(vma: Vma) -> Vma:
    """All but where it lies, which anon_vma it has, and whether it had a guard."""
    return replace(vma, start=0, end=0, pgoff=0, has_private=False, anon_vma=0, forked=False, guarded=False)
