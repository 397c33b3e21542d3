"""What the tests of movies share."""

from __future__ import annotations

from pathlib import Path

import cowviz

SMALL = (320, 180)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def lesson(story: cowviz.Story) -> None:
    """Two steps.

    Nothing more.
    """
    parent = story.process("Parent", heap="x = 1")
    story.say("One process.")
    child = parent.fork("Child")
    child.write(child.heap, "x = 2")
    story.say("The child writes.")
