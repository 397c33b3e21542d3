"""Runs of page tables and frames are what looking at one entry after another gives."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from cowviz.memory.machine import ZERO_PFN, Cell, Frame, Prot, Pte
from cowviz.memory.tables.frame_table import FrameTable
from cowviz.memory.tables.levels import FANOUT
from cowviz.memory.tables.page_table import PageTable

BOUNDS = st.tuples(st.integers(0, 2 * FANOUT), st.integers(0, 2 * FANOUT)).map(sorted)
STRETCHES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 300), st.integers(-1, 4), st.sampled_from([4, 6]), st.booleans()),
    max_size=12,
)


def entries(stretches):
    """Stretches of pages: so far from the last one, so many, the first one's frame, rights, dirty."""
    vpn = 0
    for gap, n, pfn, rights, dirty in stretches:
        vpn += gap
        for i in range(n):
            yield vpn + i, Pte(pfn if pfn == ZERO_PFN else pfn + i, Prot(rights), dirty)
        vpn += n


def runs(pairs):
    """The same as ``PageTable.runs``, entry by entry."""
    found = []
    for vpn, pte in pairs:
        if found:
            first, n, begins = found[-1]
            goes_on = begins if begins.pfn == ZERO_PFN else begins._replace(pfn=begins.pfn + n)
            if vpn == first + n and pte == goes_on:
                found[-1] = first, n + 1, begins
                continue
        found.append((vpn, 1, pte))
    return found


@settings(max_examples=200)
@given(STRETCHES, BOUNDS)
def test_the_runs_of_a_page_table(stretches, bounds):
    table, (lo, hi) = PageTable.of(entries(stretches)), bounds
    inside = [(vpn, pte) for vpn, pte in table.items() if lo <= vpn < hi]
    assert list(table.runs(lo, hi)) == runs(inside)
    assert list(table.runs()) == runs(table.items())
    assert table.rights(lo, hi) == {int(pte.prot) for _, pte in inside}


FRAMES = st.lists(
    st.tuples(st.integers(0, 2), st.integers(1, 600), st.integers(0, 3), st.sampled_from(["", "a", "b"])), max_size=6
)


@settings(max_examples=100)
@given(FRAMES, BOUNDS)
def test_what_frames_hold_and_how_many_own_them(stretches, bounds):
    pfn, frames, (lo, hi) = 0, {}, bounds
    for gap, n, owners, text in stretches:
        pfn += gap
        frames |= {pfn + i: Frame((Cell("", text),) if text else (), owners) for i in range(n)}
        pfn += n
    table = FrameTable.of(frames.items())
    inside = {pfn: frame for pfn, frame in frames.items() if lo <= pfn < hi}
    held = list(table.held(lo, hi))
    assert {first + i: content for first, n, content in held for i in range(n)} == {
        pfn: frame.content for pfn, frame in inside.items()
    }
    assert all(a + n < b or one != other for (a, n, one), (b, _, other) in pairwise(held))
    assert table.counts(lo, hi) == Counter(frame.mapcount for frame in inside.values())


@settings(max_examples=200)
@given(STRETCHES, STRETCHES)
def test_the_changes_of_a_page_table_make_the_new_one_of_the_old(before, after):
    old, new = PageTable.of(entries(before)), PageTable.of(entries(after))
    changes = list(old.changes(new))
    assert old.with_runs(changes) == new
    assert sum(n for _, n, _ in changes) == sum(1 for _ in old.differences(new))
    for (vpn, n, pte), (other, _, begins) in pairwise(changes):  # no two that could be one
        goes_on = pte if pte is None or pte.pfn == ZERO_PFN else pte._replace(pfn=pte.pfn + n)
        assert vpn + n < other or begins != goes_on


SOME = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(1, 600),
        st.sampled_from(
            [None, Frame((), 1), Frame((), 2), Frame((Cell("", "a"),), 1), Frame((), 1, ("f", 3)), Frame((), 0)]
        ),
    ),
    max_size=6,
)


@settings(max_examples=100)
@given(SOME, SOME)
def test_the_changes_of_frames_make_the_new_ones_of_the_old(before, after):
    def placed(stretches):
        pfn = 0
        for gap, n, frame in stretches:
            yield pfn + gap, n, frame
            pfn += gap + n

    old, new = FrameTable().with_runs(placed(before)), FrameTable().with_runs(placed(after))
    for pfn, n, frame in placed(before):
        for i in range(n):
            cached = frame and frame.cached_page and ("f", 3 + i)
            assert old.get(pfn + i) == (frame and frame._replace(cached_page=cached))
    assert old.with_runs(old.changes(new)) == new
    assert len(old) == sum(1 for _ in old)


def test_of_runs_that_overlap_the_last_one_counts():
    held, plain = Frame((Cell("", "a"),), 1), Frame((), 1)
    table = FrameTable().with_runs([(0, 4, held), (1, 2, plain), (2, 1, None)])
    assert table == FrameTable.of([(0, held), (1, plain), (3, held)])
    assert len(table) == 3
