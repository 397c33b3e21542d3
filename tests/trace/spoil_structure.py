"""Traces spoilt as a whole, with what belongs together changed together:   python tests/trace/spoil_structure.py 100000

``spoil.py`` changes a field, and most of what it makes is refused. Here the same number means the same everywhere: a
process gets another pid in all events and tables, a region moves with its pages, steps change places. Most of it loads.
All that loads is told in two languages; one in twenty is drawn in every canvas and in a format, checked, and verified.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import spoil
from spoil import Tally, one_line
from spoil_changes import CHANGES, Data

from cowviz.errors import CowvizError
from cowviz.language import speaking
from cowviz.memory.profile import LINUX
from cowviz.movie import Movie
from cowviz.movie.entry import in_language
from cowviz.narration.alt_text import alt_text
from cowviz.narration.questions import questions
from cowviz.narration.transcript import to_text
from cowviz.story.loader import load_scenario, scenarios
from cowviz.story.recording import record
from cowviz.story.story import Story
from cowviz.trace.codec import dumps, loads
from cowviz.trace.model import Trace
from cowviz.verify import compare
from cowviz.verify.files import Unsupported
from cowviz.verify.scenario_operations import of_trace

SUFFIXES = (".svg", ".html", ".png", ".anim.svg", ".pdf", ".pptx", ".gif", ".webp", ".txt", ".json", ".vtt")
DRAWN_OF = 20


def rare(story: Story) -> None:
    """Threads, vfork, swap, files, limits, a kill: what lessons seldom show together."""
    story.memory(12, swap=6)
    log = story.file("log", ["a = 1", "b = 2"], cached=True)
    p = story.process("P", text="main()", heap=["x = 1", "y = 2"])
    shared = p.mmap("shared", 2, file=log, shared=True)
    own = p.mmap("own", 2, file=log)
    p.write(shared[0], "a = 2")
    p.read(own[1])
    story.say("Files.")
    thread = p.thread("T")
    thread.write(thread.heap[0], "x = 3")
    child = p.fork("C")
    child.write(child.heap[0], "x = 4")
    story.say("Three.")
    p.madvise(p.heap, "pageout")
    p.read(p.heap[0])
    child.exit()
    p.wait(child)
    story.say("Gone.")


@cache
def texts() -> tuple[list[str], list[str]]:
    """What is spoilt: bundled lessons, recordings, and one of rare things under both profiles; and those with much."""
    told = [p.read_text() if p.suffix == ".json" else dumps(load_scenario(p).record()) for p in map(_path, scenarios())]
    told += [dumps(record(rare, name="rare", title="Rare", profile=profile)) for profile in (None, LINUX)]
    much = [text for text in told if '"times"' in text]
    return [text for text in told if text not in much], much


def _path(one: Any) -> Path:
    path: Path = one.path
    return path


def turn(number: int) -> Callable[[Data, random.Random], None]:
    """What is changed first in the trace of that number: each change has its turn with each text."""
    return CHANGES[number // len(texts()[0]) % len(CHANGES)]


def spoilt(number: int) -> str:
    """The spoilt trace of that number."""
    chance = random.Random(f"structure {number}")
    few, much = texts()
    data = json.loads(much[number // 50 % len(much)] if number % 50 == 49 else few[number % len(few)])
    for change in (turn(number), *chance.choices(CHANGES, k=chance.choice((0, 1, 3)))):
        change(data, chance)
    return json.dumps(data)


# ------------------------------------------------------------------------------------------- what becomes of it


def tried(number: int, tally: Tally) -> None:
    """Read one; tell it if it can be read; and if its turn has come, draw, check and verify it."""
    tally.kinds.add((turn(number).__name__,))
    trace = spoil.read(spoilt(number), number, tally)
    if trace is None:
        return
    tally.outcomes["read and told"] += 1
    try:
        told_again(trace, number)
    except CowvizError as error:  # a language that there is not
        one_line(error)
    if number % DRAWN_OF == random.Random(number // DRAWN_OF).randrange(DRAWN_OF):
        for what, use in (("drawn", drawn), ("checked", checked), ("verified", verified)):
            try:
                use(trace, number)
                tally.outcomes[what] += 1
            except CowvizError as error:
                one_line(error)
                tally.outcomes[f"not {what}, in a line"] += 1


def told_again(trace: Trace, number: int) -> None:
    """Tell it in its own language, and each tenth in another; what is saved is the same trace."""
    with speaking(trace.lang):
        assert to_text(trace)
    if number % 10:
        return
    assert loads(dumps(trace)) == trace, "it is told as another one"
    for one in (trace, in_language(trace, "ro")):
        with speaking(one.lang):
            assert to_text(one)
            for step in range(1, len(one.steps) + 1):
                assert alt_text(one, step)
            list(questions(one))


def drawn(trace: Trace, number: int) -> None:
    """Draw it wide and close, before and after, and into a file of one format."""
    movie = Movie(trace, "x")
    movie.scenes(size=(960, 720))
    with TemporaryDirectory() as folder:
        suffix = SUFFIXES[number // DRAWN_OF % len(SUFFIXES)]
        (file,) = movie.save(Path(folder, f"x{suffix}"), scale=0.25, fps=4)
        assert file.stat().st_size
    if len(trace.steps) > 1:
        movie.picture(before_after=True)


def checked(trace: Trace, _number: int) -> None:
    Movie(trace, "x").check()


def verified(trace: Trace, _number: int) -> None:
    """Do the same operations on the simulator, where they can be done."""
    try:
        deeds, _names = of_trace(trace)
    except Unsupported as reason:
        raise CowvizError(f"it cannot be verified: {reason}") from None
    compare.run(tuple(deed.op for deed in deeds), None)


def main(count: int) -> int:
    return spoil.main(count, partial(spoil.tally, tried=tried), texts, {(change.__name__,) for change in CHANGES})


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
