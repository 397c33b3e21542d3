"""Whatever a story tells is drawn, and drawn true, or refused in one line; it is never a crash."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from legibility import off_canvas
from lessons import stage, theme
from truth import Things, miscounted, untrue

from cowviz.errors import CowvizError
from cowviz.memory.machine import MisuseError
from cowviz.memory.profile import LINUX, TEXTBOOK
from cowviz.scene.tween import between
from cowviz.story.recording import record

SECTIONS = {"text": "main()", "rodata": '"hi"', "data": "d = 1", "bss": 1, "stack": "s = 1"}
HEAPS = ("x = 1", ["x = 1", None], 3, ["a", "b", "c"], 12)


def play(story, chance: random.Random) -> None:
    if chance.random() < 0.7:
        story.memory(frames=chance.choice([2, 3, 4, 6, 8, 12]), swap=chance.choice([0, 0, 3]))
    story.file("f.txt", ["a", "b"])
    if chance.random() < 0.3:
        story.code("\n".join(f"line {i};" for i in range(chance.choice([1, 4, 9, 14]))))
    sections = {name: pages for name, pages in SECTIONS.items() if chance.random() < 0.4}
    actors = [story.process("Parent", **sections, heap=chance.choice(HEAPS))]
    for number in range(chance.randint(1, 10)):
        living = [actor for actor in actors if actor.is_alive]
        if not living:
            break
        try:
            child = act(chance.choice(living), number, chance, len(actors) < 3)
        except MisuseError:
            continue
        actors += [child] if child else []
        if chance.random() < 0.5:
            story.say(f"Step {number}.")
    story.say("End.")


def act(actor, number: int, chance: random.Random, may_fork: bool):
    """One thing that a process does; the child, if that is fork."""

    def some():
        region = actor.region(chance.choice(sorted({vma.name for vma in actor.state.vmas})))
        return chance.choice([region, *region]) if len(region) > 1 else region

    regions = bool(actor.state.vmas)
    doings = {
        "exit": actor.exit,
        "mmap": lambda: actor.mmap(f"m{number}", chance.choice([1, 2]), chance.choice(["rw-", "r--"])),
        "malloc": lambda: actor.malloc(f"h{number}", 1),
        "exec": lambda: actor.exec("ls", text="ls()", heap=chance.choice(["l = 1", 2])),
        "shared": lambda: actor.mmap(f"s{number}", 1, shared=True),
        "file": lambda: actor.mmap(f"f{number}", 2, file="f.txt"),
        "ksm": actor.story.ksm,
        "reclaim": actor.story.reclaim,
    }
    if regions:
        doings |= {
            "read": lambda: actor.read(some()),
            "write": lambda: actor.write(some(), chance.choice(["x = 2", "y = 33", "text", None])),
            "write more": lambda: actor.write(some(), "z = 1"),
            "munmap": lambda: actor.munmap(some()),
            "mprotect": lambda: actor.mprotect(some(), chance.choice(["r--", "rw-", "none"])),
            "madvise": lambda: actor.madvise(some(), chance.choice(["PAGEOUT", "MERGEABLE", "DONTNEED"])),
            "pageout": lambda: actor.madvise(some(), "PAGEOUT"),
            "pin": lambda: actor.pin(some()),
            "save": lambda: actor.save(some()[0], "out.txt"),
        }
    if may_fork:
        doings |= dict.fromkeys(("fork", "fork too"), lambda: actor.fork(f"Child {number}"))
        doings |= {"thread": lambda: actor.thread(f"T{number}"), "vfork": lambda: actor.vfork(f"V{number}")}
    name = chance.choice(list(doings))
    done = doings[name]()
    return (
        done if name in ("fork", "fork too", "thread", "vfork") and done.pid in actor.story.machine.processes else None
    )


@pytest.mark.parametrize("block", range(6))
def test_random_stories(block):
    for seed in range(block * 25, block * 25 + 25):
        chance = random.Random(seed)
        profile = chance.choice([LINUX, TEXTBOOK])
        refused = None
        try:
            trace = record(lambda story, chance=chance: play(story, chance), name="lesson", title="L", profile=profile)  # type: ignore[misc]
            scenes = stage(trace, theme("light")).scenes
        except (CowvizError, MisuseError) as error:
            refused = str(error)
        except Exception as error:
            raise AssertionError(f"seed {seed}: {error!r}") from error
        if refused is None:
            check(seed, trace, scenes)
        else:
            assert "\n" not in refused


def check(seed, trace, scenes):
    pictures = [
        (scene, snapshot.machine)
        for step, those in zip(trace.steps, scenes, strict=True)
        for scene, snapshot in zip(those, step.snapshots, strict=True)
    ]
    things = Things(pictures)
    for scene, machine in pictures:
        found = [*untrue(scene, machine, things), *miscounted(scene, machine), *off_canvas(scene)]
        assert found == [], f"seed {seed}"
    for (before, _), (after, _) in pairwise(pictures):
        assert between(before, after, 0.5).shapes, f"seed {seed}"
    if len(trace.steps) > 1:
        assert stage(trace, theme("light")).before_after().shapes
