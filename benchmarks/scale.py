"""What large memories and long stories cost: CPU seconds, peak memory and bytes, from 2^10 to 2^20 pages.

    python benchmarks/scale.py [--least N] [--most N] [--snapshots N] [--writes N] [--steps N]...

Each row is a process of its own: a parent writes all of its heap once, forks, and writes at random pages, as many as
``--writes`` in an operation, until so many ``--snapshots`` are kept. All of them are saved, loaded, sought and drawn.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
from collections.abc import Callable
from time import process_time
from typing import TypeVar

import click

from cowviz.memory.calls.processes import SECTION_BASE
from cowviz.memory.machine import Section
from cowviz.movie.movie import Movie
from cowviz.story.story import Story
from cowviz.trace.codec import dumps, loads
from cowviz.trace.model import Trace

T = TypeVar("T")
HEAP = SECTION_BASE[Section.HEAP]
COLUMNS = "pages|first us/page|fork s|random writes/s|KiB/snapshot|save s|load s|bytes/write|seek ms|compose s|peak MiB"


def timed(do: Callable[[], T]) -> tuple[float, T]:
    """Return the CPU seconds that a call takes, and what it returns."""
    start = process_time()
    result = do()
    return process_time() - start, result


def peak() -> float:
    """Return the most memory that this process has held, in MiB."""
    in_kib = 1 if sys.platform != "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / in_kib / 1024


def told(pages: int, snapshots: int, writes: int) -> tuple[list[float], Trace]:
    """Tell the story; return what the first writes, the fork and the random writes took, and a snapshot's KiB."""
    from cowviz.memory import access
    from cowviz.memory.events import Access

    story, chosen = Story(), random.Random(1)
    story.memory(frames=3 * pages)
    parent = story.process("Parent", heap=pages)
    story.say("Nothing is written.")
    first, _ = timed(lambda: parent.write(parent.heap))
    story.say("All pages are written.")
    fork, _ = timed(lambda: parent.fork("Child"))
    story.say("Forked.")
    lists = [[HEAP + chosen.randrange(pages) for _ in range(writes)] for _ in range(snapshots)]

    def write_all() -> None:
        for number, vpns in enumerate(lists):
            story.run(access.touch(story.machine, 1, vpns, Access.WRITE), whole=True)
            story.say(f"Step {number}.")

    before = peak()
    seconds, _ = timed(write_all)
    kept = (peak() - before) * 1024 / snapshots
    trace = story.trace("scale", "Scale", "")
    return [1e6 * first / pages, fork, snapshots * writes / seconds, kept], trace


def row(pages: int, snapshots: int, writes: int) -> list[float]:
    """Return what a story of so many pages costs, in the order of ``COLUMNS``."""
    costs, trace = told(pages, snapshots, writes)
    save, text = timed(lambda: dumps(trace))
    load, again = timed(lambda: loads(text))
    sought = random.Random(2).sample(range(len(again.machines)), 10)
    seek, _ = timed(lambda: [again.machines[i] for i in sought])
    few = Trace("scale", "Scale", "", trace.steps[:12])
    compose, _ = timed(lambda: Movie(few).scenes())
    per_write = len(text) / (snapshots * writes)
    return [pages, *costs, save, load, per_write, 1e3 * seek / len(sought), compose, peak()]


def steps_row(steps: int) -> list[float]:
    """Return the seconds that composing, words and questions of a story of so many steps take, and its peak."""
    from cowviz.narration.questions import questions

    story = Story()
    parent = story.process("Parent", text="main()", heap=["x = 1", "y = 2", "z = 3"])
    child = parent.fork("Child")
    story.say("Forked.")
    for number in range(1, steps):
        who = (parent, child)[number % 2]
        who.write(who.heap[number % 3], f"x = {number % 100}")
        story.say(f"Step {number}.")
    movie = Movie(story.trace("steps", "Steps", ""))
    compose, _ = timed(movie.scenes)
    words, _ = timed(lambda: movie.steps)
    asked, _ = timed(lambda: questions(movie.trace))
    return [steps, compose, words, asked, peak()]


def printed(names: str, values: list[float] | None = None) -> None:
    """Print a line of a table: its names, or values below them."""
    parts = names.split("|")
    cells = parts if values is None else [f"{v:,.0f}" if v >= 100 or v == int(v) else f"{v:.2f}" for v in values]
    click.echo("  ".join(f"{cell:>{len(name)}}" for cell, name in zip(cells, parts, strict=True)))


def in_a_process_of_its_own(*arguments: str) -> None:
    """Run this file again, for one row."""
    subprocess.run([sys.executable, __file__, *arguments], check=True, env=os.environ)


@click.command()
@click.option("--least", default=10, show_default=True, help="The first row has 2^N pages.")
@click.option("--most", default=20, show_default=True, help="The last row has 2^N pages.")
@click.option("--snapshots", default=200, show_default=True, help="How many operations of random writes.")
@click.option("--writes", default=500, show_default=True, help="Writes of one operation.")
@click.option("--steps", default=(1000, 2000, 5000), multiple=True, help="How many steps a long story has.")
@click.option("--row", "only", hidden=True, type=int)
@click.option("--long", "only_steps", hidden=True, type=int)
def main(
    least: int, most: int, snapshots: int, writes: int, steps: tuple[int, ...], only: int | None, only_steps: int | None
) -> None:
    """Measure stories of 2^LEAST to 2^MOST pages, and of many steps."""
    of_steps = "steps|compose s|alternate texts s|questions s|peak MiB"
    if only:
        printed(COLUMNS, row(only, snapshots, writes))
    elif only_steps:
        printed(of_steps, steps_row(only_steps))
    else:
        printed(COLUMNS)
        sys.stdout.flush()
        for exponent in range(least, most + 1, 2):
            in_a_process_of_its_own("--row", str(1 << exponent), "--snapshots", str(snapshots), "--writes", str(writes))
        printed(of_steps)
        sys.stdout.flush()
        for count in steps:
            in_a_process_of_its_own("--long", str(count))


if __name__ == "__main__":
    main()
