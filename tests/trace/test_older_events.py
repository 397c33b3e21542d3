"""What older versions told by another event is read as the event of today."""

from __future__ import annotations

import re

from cowviz.memory.events import Event, FrameFilled, FrameSwappedIn
from cowviz.narration.transcript import to_text
from cowviz.story.loader import load_trace
from cowviz.story.recording import record
from cowviz.story.story import Story
from cowviz.trace.codec import dumps, loads
from cowviz.trace.model import Trace

SWAPPED_IN = re.compile(r'"event": "frame_swapped_in", "pid": (\d+), "pfn": (\d+), "slot": (\d+)')
FILLED = r'"event": "frame_filled", "pid": \1, "pfn": \2, "file": "swap", "offset": \3'


def swapping(*files: str) -> Trace:
    """Two pages go to swap and come back; these files are on the disk."""

    def play(story: Story) -> None:
        story.memory(frames=8, swap=4)
        for name in files:
            story.file(name, ["log line"])
        process = story.process("P", heap=["x = 1", "y = 2"])
        process.madvise(process.heap, "PAGEOUT")
        story.reclaim()
        process.read(process.heap[0], fill="Read from swap.")
        process.read(process.heap[1])
        story.say("Back.")

    return record(play, name="swapping", title="Swapping")


def of_kind(trace: Trace, kind: type[Event]) -> list[Event]:
    return [event for step in trace.steps for event in step.events if isinstance(event, kind)]


def test_a_fill_from_the_file_swap_is_a_page_read_from_swap() -> None:
    trace = swapping()
    old, times = SWAPPED_IN.subn(FILLED, dumps(trace))
    assert times == 2 == len(of_kind(trace, FrameSwappedIn))
    assert loads(old) == trace


def test_so_it_is_in_a_trace_of_the_first_edition(tmp_path) -> None:
    trace = swapping()
    old = SWAPPED_IN.sub(FILLED, dumps(trace)).replace('"version": 2', '"version": 1')
    old = re.sub(r'("event": )"(\w+)"', lambda found: found[1] + f'"{found[2].title().replace("_", "")}"', old)
    old = re.sub(r'("access": |"kind": |"section": )"(\w+)"', lambda found: found[1] + f'"{found[2].upper()}"', old)
    path = tmp_path / "old.json"
    path.write_text(old, encoding="utf-8")
    assert '"FrameFilled"' in old and load_trace(path) == trace


def test_a_file_that_is_called_swap_is_a_file() -> None:
    old = SWAPPED_IN.sub(FILLED, dumps(swapping("swap")))
    assert not of_kind(loads(old), FrameSwappedIn) and len(of_kind(loads(old), FrameFilled)) == 2


def test_a_file_that_is_called_swap_is_told_as_a_file() -> None:
    def play(story: Story) -> None:
        story.file("swap", ["log line"])
        process = story.process("P", heap="x = 1")
        log = process.mmap("log", 1, file="swap", prot="r--")
        process.read(log)
        story.say("Read.")

    told = to_text(loads(dumps(record(play, name="files", title="Files"))))
    assert "Page 0 of swap is read into Frame B" in told
    assert "Slot 0 of swap is read into Frame" in to_text(swapping())


def test_a_caption_stands_where_a_page_is_read_from_swap() -> None:
    steps = swapping().steps
    assert [step.caption for step in steps] == ["Read from swap.", "Back."]
    assert isinstance(steps[0].events[-1], FrameSwappedIn)
