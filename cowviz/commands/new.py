"""cowviz new: writes a scenario to start from."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from cowviz.commands._options import debug_option, shown
from cowviz.errors import CowvizError, OutputError

TEMPLATE = '''\
"""Copy-on-write after fork().

The first line is the title. Say here what the lesson teaches: fork() copies the page table, not the memory.
"""

from cowviz import Story


def play(story: Story) -> None:
    story.memory(frames=4)
    parent = story.process("Parent", text="main()", rodata='"hello"', heap="x = 1")
    story.say("One process: three pages, three frames.")

    child = parent.fork("Child")
    story.say("fork() copies the page table, not the memory.")

    child.read(child.heap)
    story.say("Reading is free: no fault, no copy.")
    assert child.faults == 0  # a claim of the lesson; it is checked whenever this is drawn

    child.write(child.heap, "x = 42", fault="The child writes: its page is write-protected, a fault is raised.")
    story.say("The frame is copied, and the child's page mapped to the copy.")
    assert (parent.copies, child.copies) == (0, 1)
'''


@click.command(epilog="Example:  cowviz new lesson.py")
@click.argument("file", type=click.Path(path_type=Path))
@debug_option
def command(file: Path) -> None:
    """Write a scenario to start from.

    FILE is a .py that does not exist yet. It can be drawn at once.
    """
    from cowviz.output_files import atomic_write

    if file.suffix != ".py":
        raise CowvizError(f"{file}: a scenario is a Python file; call it {file.stem or 'lesson'}.py")
    try:
        with atomic_write(file, new=True) as temporary:
            temporary.write_text(TEMPLATE, encoding="utf-8", newline="\n")
    except FileExistsError as error:
        raise OutputError(f"{file} is there already, and stays as it is; choose another name") from error
    click.echo(f"{shown(file)} is written. Draw it:  cowviz render {shlex.quote(shown(file))} --preview")
