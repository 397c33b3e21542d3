"""How much a story, and the trace that keeps it, may have. What is beyond is refused in one line.

A trace's bounds keep what comes from anywhere from asking for more memory than they say. A story has the same ones, and
some of its own: they end a loop that has no end before it has taken a machine's memory.
"""

from __future__ import annotations

# Of a trace, and so of a story

MOST_BYTES, MOST_VALUES = 8 << 20, 400_000
MOST_STEPS, MOST_SNAPSHOTS = 10_000, 40_000
MOST_VIEWS = 2  # side by side
# Entries of the tables and stanzas of all snapshots, of about 80 bytes: a short text may make few of them.
MOST_ENTRIES, FEWEST_ENTRIES, ENTRIES_PER_VALUE = 2_000_000, 1_200_000, 10

MOST_SIGNS = 10_000  # of a title, a caption, a name, what a page holds
MOST_SIGNS_OF_A_NAME = 1000  # of a story: its files are called by it, too
MOST_SIGNS_OF_CODE = 100_000  # and of all that a scenario says of itself

# Of a story

MOST_PROCESSES, MOST_REGIONS, MOST_FILES = 1000, 1000, 1000
MOST_PAGES = 1 << 22  # of a region, of physical memory, of swap: 16 GiB
MOST_WRITTEN = 1 << 17  # pages that hold something from the beginning
MOST_TOUCHED = 1 << 20  # pages that one operation touches
EVENTS_A_FAULT = 4  # raised, a frame allocated, mapped, accessed
PAGES_AS_ONE = 256  # accesses of a large operation that cost as much as one by itself
MOST_OPERATIONS, MOST_UNTOLD = 100_000, 10_000  # in all, and between two captions
MOST_EVENTS = 1 << 20  # accesses, faults and what else happens
MOST_REPEATED, FEW = 1 << 17, 4  # and beside the longest operation, so many times: a large memory is filled by few
MOST_VARIABLES = 100  # of a page
MOST_ROWS = 1 << 22  # of processes, counted in each snapshot
