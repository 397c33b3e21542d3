"""How much a story, and the trace that keeps it, may have. What is beyond is refused in one line.

A trace's bounds keep what comes from anywhere from asking for more memory than they say. A story has the same ones, and
some of its own: they end a loop that has no end before it has taken a machine's memory.
"""

from __future__ import annotations

# Of a trace, and so of a story

MOST_BYTES, MOST_VALUES = 8 << 20, 400_000
MOST_STEPS, MOST_SNAPSHOTS = 10_000, 40_000
MOST_ENTRIES = 1 << 20  # of the tables and stanzas of all snapshots: at worst 100 MB

# Of a story

MOST_SIGNS = 10_000  # of a caption, a name, what a page holds
MOST_SIGNS_OF_CODE = 100_000
MOST_PROCESSES, MOST_REGIONS, MOST_FILES = 1000, 1000, 1000
MOST_PAGES = 1 << 22  # of a region, of physical memory, of swap: 16 GiB
MOST_WRITTEN = 1 << 17  # pages that hold something from the beginning, or that one operation touches
MOST_OPERATIONS, MOST_UNTOLD = 100_000, 10_000  # in all, and between two captions
MOST_EVENTS = 1 << 20
LONG, MOST_LONG = 32, 1 << 18  # operations of more events than so many have so many events in all
FEW_LONG = 64  # unless they are no more than these: a large memory is filled by one
MOST_ROWS = 1 << 22  # of processes, counted in each snapshot
