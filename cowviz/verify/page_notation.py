"""What a page looks like in the notation of the facts files, with frames named by the order in which they were seen."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from cowviz.verify.address_layout import Layout

LEGEND = {
    ".": "not present",
    "Z": "shared zero page",
    "fN": "frame N (numbered in first-seen order)",
    "E": "pagemap bit 56: mapped exactly once",
    "F": "pagemap bit 61: file page or shared anon",
    "K": "merged by KSM",
    "S": "swapped",
    "G": "guard marker",
}


class PageView(NamedTuple):
    """One page as the simulator or the kernel shows it."""

    state: str  # ".", "Z", "S", "G", or "f" for a frame
    frame: int = 0
    once: bool = False  # mapped exactly once
    file: bool = False
    ksm: bool = False


Looks = Mapping[str, Mapping[str, Sequence[PageView]]]  # process -> region -> its pages


class FrameNumbers:
    """Numbers for frames. A frame that was freed and comes back is another one.

    An anonymous frame that nobody maps is free. A file's frame stays in the page cache: it keeps its number until
    its page is cut off the file, and the number belongs to the page as well as to the frame.
    """

    def __init__(self) -> None:
        self._numbers: dict[tuple[object, ...], int] = {}
        self._next = 0

    def cells(self, looks: Looks, layout: Layout) -> dict[str, str]:
        """Return the cells of all regions of all living processes: ``{"P0.A": "f0E ."}``."""
        cells, seen = dict[str, str](), set[tuple[object, ...]]()
        for proc, regions in looks.items():
            for region, pages in regions.items():
                place = layout.places[proc][region]
                words = []
                for page, look in enumerate(pages, place.low):
                    key = (look.frame, *layout.frame_key(place, page)) if look.file else (look.frame,)
                    if look.state == "f":
                        seen.add(key)
                    words.append(self._word(look, key))
                cells[f"{proc}.{region}"] = " ".join(words)
        self._numbers = {key: n for key, n in self._numbers.items() if len(key) > 1 or key in seen}
        return cells

    def _word(self, look: PageView, key: tuple[object, ...]) -> str:
        if look.state != "f":
            return look.state
        if key not in self._numbers:
            self._numbers[key] = self._next
            self._next += 1
        return f"f{self._numbers[key]}" + "E" * look.once + "F" * look.file + "K" * look.ksm


def distinct_frames(cells: Mapping[str, str]) -> int:
    """Return how many frames these cells name."""
    words = (word for text in cells.values() for word in text.split())
    return len({word.rstrip("EFK") for word in words if word.startswith("f")})


def short(cells: str) -> str:
    """Shorten cells by telling runs in one: ``f0E..f511E``, ``.*64``."""
    words = []
    for _, run in groupby(enumerate(cells.split()), _alike):
        found = [word for _, word in run]
        if len(found) < 3:
            words += found
        elif found[0] == found[-1]:
            words.append(f"{found[0]}*{len(found)}")
        else:
            words.append(f"{found[0]}..{found[-1]}")
    return " ".join(words)


def _alike(numbered: tuple[int, str]) -> tuple[str, int]:
    """Pages that are one run agree in this: the same state, and frames that go up by one."""
    i, word = numbered
    number = re.search(r"\d+", word)
    if number is None:
        return word, 0
    return re.sub(r"\d+", "", word), int(number[0]) - i
