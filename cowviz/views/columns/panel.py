"""Lays out panels and their rows on one grid, which stays the same for a whole movie. Units are px."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from cowviz.diagram.marks import Box

PITCH, GAP = 94, 18  # of rows where there is room: a bar is 76 high
FEW, WIDE_PITCH = 3, 118  # so few rows are higher, and a frame can show two lines of content
TIGHT_GAP, DENSE_GAP = 10, 8
LEAST_TALL = 60  # the least height of a bar that holds two lines of text
HEADERS = (0, 62, 78, 104)  # height of a header of one, two or three lines
DENSE, DENSER = (31, 28, 92), (27, 24, 81)  # a header of three lines where there is no room to spare, and a low one:
# the baseline of its first line, from there to the second, its height
DENSE_FOOT = 26  # of a panel with such a header
SPILL = 26  # how far a tag may stick out of its panel's boxes there
ROOMY, FOOT = 50, 30  # kept free at the foot: for a tag below the last row, or at least for one on the lower edge
STACKED = 300  # the least height of a panel that stands alone in its column
LOW_FOOT = 14  # of such a low panel: a tag on its edge lies mostly below it
MARGIN = 12  # between a panel's side and its boxes


@dataclass(frozen=True)
class Panel:
    """Lays out a process or physical memory: a rounded box with a header and rows of equal height."""

    x: float
    top: float
    w: float
    h: float
    rows: int
    mirrored: bool = False  # its inner edge, where arrows leave, is the left one
    lines: int = 1  # of the header: the counters stand below a long name, and VMA and PTE below long counters
    narrow: bool = False  # no room for the words VMA and PTE, nor for a name beside the permissions
    close: bool = False  # no room to spare: columns and lines are closer
    brief: bool = False  # room for a frame's letter only

    @property
    def right(self) -> float:
        return self.x + self.w

    @property
    def bottom(self) -> float:
        return self.top + self.h

    @property
    def box_x(self) -> float:
        return self.x + MARGIN

    @property
    def box_w(self) -> float:
        return self.w - 2 * MARGIN

    @property
    def inner(self) -> float:
        """The x of the boxes' edge where arrows start or end."""
        return self.box_x if self.mirrored else self.box_x + self.box_w

    @property
    def heading_y(self) -> float:
        """The baseline (y) of the panel's name."""
        return self.top + (self._dense[0] if self.is_dense else 34 if self.lines > 1 else 40)

    @property
    def counters_y(self) -> float:
        """The baseline (y) of counters below the panel's name."""
        return self.heading_y + (self._dense[1] if self.is_dense else 30)

    @cached_property
    def is_dense(self) -> bool:
        """Whether room is short: bars have one line of text, below a header of three lines."""
        return self.close and self.lines > 2 and not self.is_tall

    @property
    def _dense(self) -> tuple[int, int, int]:
        return DENSER if self.is_low and self.rows > 2 else DENSE

    @cached_property
    def is_tall(self) -> bool:
        """Whether a box has room for two lines of text, not one."""
        return self._pitch(self._header, self._tall_gap, FOOT) - self._tall_gap >= LEAST_TALL

    @property
    def is_low(self) -> bool:
        """Whether the panel shares its column with another."""
        return self.h < STACKED

    @property
    def edge_tag(self) -> float:
        """The middle (y) of a tag on the panel's lower edge."""
        return self.bottom + (5 + 2 * self.close if self.is_low else -3 if self.is_dense else -7)

    @cached_property
    def pitch(self) -> float:
        if not self.is_tall:
            return self._pitch(self.header, self._gap, self._foot)
        roomy = self._pitch(self._header, self._gap, ROOMY)
        return roomy if roomy - self._gap >= LEAST_TALL else self._pitch(self._header, self._gap, FOOT)

    @cached_property
    def box_h(self) -> float:
        return self.pitch - self._gap

    @cached_property
    def _gap(self) -> float:
        return self._tall_gap if self.is_tall else DENSE_GAP if self.close else TIGHT_GAP

    @cached_property
    def _tall_gap(self) -> float:
        """Return the gap between tall boxes in px; a smaller one may keep one more row tall."""
        return TIGHT_GAP if self.close and self._pitch(self._header, GAP, FOOT) - GAP < LEAST_TALL else GAP

    @cached_property
    def _foot(self) -> float:
        return LOW_FOOT if self.is_low else DENSE_FOOT if self.is_dense else FOOT

    def row(self, i: int) -> float:
        """Return the top (y) of row ``i``."""
        return self.top + self.header + i * self.pitch

    def box(self, i: int) -> Box:
        """Return the box of row ``i``."""
        look = (self.mirrored, self.is_tall, self.narrow, self.close, self.brief)
        return Box(self.box_x, self.row(i), self.box_w, self.box_h, *look)

    def middle(self, i: int) -> float:
        return self.row(i) + self.box_h / 2

    @property
    def _header(self) -> float:
        """Return the header's height in px; over tall boxes VMA and PTE take no line of it, unless it is narrow."""
        return HEADERS[2 if self.narrow else min(self.lines, 2)]

    @cached_property
    def header(self) -> float:
        """The header's height; above one-line boxes its last line has the words VMA and PTE."""
        return self._header if self.is_tall else self._dense[2] if self.is_dense else HEADERS[max(self.lines, 2)]

    def _pitch(self, header: float, gap: float, foot: float) -> float:
        most = WIDE_PITCH if self.rows <= FEW and not self.is_low else PITCH
        return min(most, int((self.h - header - foot + gap) / max(self.rows, 1)))

    def tag_below(self, i: int, used: int) -> float | None:
        """Return the middle (y) of a tag right below row ``i`` of ``used`` rows, or None if there is no room."""
        y = self.row(i) + self.box_h + 30
        return y if i == used - 1 and y + 18 <= self.bottom else None
