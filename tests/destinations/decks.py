"""What the folders are made from, and how programs are run on them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import cowviz
from cowviz.movie import Movie

SCENARIOS = ["fork_cow", "three_generations"]
HARD = r"""\ _x_ & 100% #1 {a} ~ ^ <b> $y$ *z* `q` "r" 's' -- --> ,, × – ’ ă [t](u) bg invert w:3 50% | !"""


def hard_movie() -> Movie:
    """A movie whose captions and alternate texts are hard to quote."""

    def hard(story: cowviz.Story) -> None:
        process = story.process(HARD, heap="x = 1")
        story.say(HARD)
        process.write(process.heap, "x = 2")
        story.say(f"- {HARD}")

    movie = cowviz.run(hard)
    return Movie(movie.trace, "a b&c%_#")


def run(*command: str | Path, cwd: Path) -> str:
    """What a program prints, which must succeed."""
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, capture_output=True, text=True, timeout=240, check=False, stdin=-3
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout
