"""Panels are as wide as what is to be said needs, and leave arrows their room."""

from __future__ import annotations

import pytest

from cowviz.diagram.view import Area
from cowviz.movie import load
from cowviz.scene.text_metrics import text_width
from cowviz.scene.typeface import DEJAVU
from cowviz.story.recording import record
from cowviz.views.columns.course import Figures
from cowviz.views.columns.layout import plan
from cowviz.views.columns.widths import ARROWS, LEVEL, SLOPING, single

ROOM = 904.0
CLOSE, WIDE = Area(28, ROOM, 88, 535, close=True), Area(28, 1224, 88, 560)


def places(name, area):
    return plan(load(name).trace, area)


@pytest.mark.parametrize("name", ["fork_cow", "redis_snapshot", "sections", "fork_heap_real", "fork_faults_real"])
def test_two_processes_leave_arrows_their_room(name):
    found = places(name, CLOSE)
    left, right = found.panels.values()
    assert left.w == right.w
    assert found.memory.x - left.right == pytest.approx(right.x - found.memory.right)
    assert found.memory.x - left.right >= ARROWS
    assert right.right == CLOSE.x + CLOSE.w


@pytest.mark.parametrize("name", ["demand_paging_vs_cow", "three_generations"])
def test_three_processes_leave_sloping_arrows_more(name):
    found = places(name, CLOSE)
    first, second, _third = found.panels.values()
    assert found.memory.x - first.right == LEVEL
    assert second.x - found.memory.right >= SLOPING


def test_the_longest_names_of_pages_fit():
    panel = next(iter(places("fork_heap_real", CLOSE).panels.values()))
    assert not panel.is_tall
    assert panel.w >= 160 + text_width("heap 6–37", 27, DEJAVU)
    assert panel.w > next(iter(places("sections", CLOSE).panels.values())).w


def test_frames_are_called_by_their_letters_where_whole_names_do_not_fit():
    assert places("sections", CLOSE).memory.brief
    assert not places("sections", WIDE).memory.brief
    assert not places("fork_cow", CLOSE).memory.brief


def test_whole_names_fit_beside_short_contents():
    def play(story):
        parent = story.process("Parent", text="a", rodata="b", data="c", bss="d", heap="e", stack="f")
        parent.fork("Child")
        story.say("Six pages of one letter each.")

    memory = plan(record(play, name="lesson", title="Lesson"), CLOSE).memory
    assert not memory.is_tall and not memory.brief


def test_one_process_and_memory_share_what_contents_leave():
    few, many = (single(ROOM, Figures.of(load(name).trace).held, DEJAVU) for name in ("swap", "demand_paging"))
    assert few[1] < many[1]
    for side, memory, gap in (few, many):
        assert side + memory + gap <= ROOM and gap >= ARROWS
