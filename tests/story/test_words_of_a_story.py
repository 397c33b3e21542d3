"""Whatever a scenario asks for that cannot be is told in one line, in its own words: each verb with each wrong kind."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest

from cowviz.errors import CowvizError
from cowviz.memory.machine import MisuseError
from cowviz.story.actor import Actor
from cowviz.story.region import Region
from cowviz.story.story import Story

OURS = {"run", "install", "take_note", "name_for", "adopt", "trace"}  # not for scenarios
VERBS = [
    (kind, name)
    for kind in (Story, Actor, Region)
    for name, verb in vars(kind).items()
    if inspect.isfunction(verb) and name not in OURS and (not name.startswith("_") or name == "__getitem__")
]
RIGHT: dict[str, Callable[[Actor], object]] = {
    "advice": lambda p: "DONTNEED",
    "caption": lambda p: "Words.",
    "child": lambda p: p.story,
    "file": lambda p: "f",
    "frames": lambda p: 4,
    "line": lambda p: 1,
    "name": lambda p: "n",
    "pages": lambda p: 1,
    "program": lambda p: "ls",
    "prot": lambda p: "r--",
    "text": lambda p: "t",
    "where": lambda p: p.heap,
    "which": lambda p: 0,
}
INTERNAL = re.compile(
    r"object has no|NoneType|FrameCopied|boot\(|\bvma\b|Actor|Region\b|positional|unexpected|not supported"
    r"|\bpid\b|find_gap|add_file| at 0x"
)


def lesson() -> tuple[Story, Actor]:
    story = Story()
    p = story.process("P", text="main()", heap=["x = 1", None])
    p.fork("C")
    story.code("a\nb")
    story.say("Begun.")
    return story, p


class Hostile:
    """Whoever asks it anything is hurt."""

    def hurt(self, *asked: object) -> Any:
        raise RuntimeError("hurt")

    __repr__ = __str__ = __eq__ = __hash__ = __bool__ = __len__ = __iter__ = __index__ = hurt


def wrong() -> list[object]:
    """Of every kind one; what is right for a verb it takes, and no harm is done."""
    story, p = lesson()
    kinds = [
        None,
        42,
        3.5,
        "x",
        "",
        "\n\x1b",
        [],
        [1],
        {},
        {1: 2},
        {"en": 5},
        {"x": object()},
        object(),
        b"b",
        True,
        -1,
    ]
    more = [-1, ("w", 2), set(), len, range(3), 10**40, float("nan"), Story, slice(0, 1), slice("a"), ValueError("q")]
    return [*kinds, *more, story, p, p.heap]


def refusal(act: Callable[[], object]) -> str:
    """What it says where it refuses, in one line; "" where it does not."""
    words = ""
    try:
        act()
    except (CowvizError, MisuseError) as error:
        words = str(error)
    assert words.isprintable()
    assert not INTERNAL.search(words), words
    assert len(words) < 300
    return words


@pytest.mark.parametrize(("kind", "name"), VERBS, ids=lambda value: getattr(value, "__name__", value))
def test_every_verb_with_every_wrong_kind(kind: type, name: str) -> None:
    parameters = list(inspect.signature(vars(kind)[name]).parameters.values())[1:]
    many = {one.name for one in parameters if one.kind is one.VAR_POSITIONAL}
    needed = [
        one.name
        for one in parameters
        if one.default is one.empty and one.kind is not one.VAR_KEYWORD and one.name not in many
    ]
    refused = 0
    words = [word for one in parameters for word in (["fault", "heap"] if one.kind is one.VAR_KEYWORD else [one.name])]
    for word in words:
        for value in wrong():
            story, p = lesson()
            if name == "memory":
                story = Story()
            given = {other: RIGHT[other](p) for other in needed if other != word} | {word: value}
            verb = getattr({Story: story, Actor: p, Region: p.heap}[kind], name)
            several = [given.pop(word)] if word in many else []
            refused += bool(refusal(lambda verb=verb, given=given, several=several: verb(*several, **given)))  # type: ignore[misc]
    assert refused >= 8 * len(words), "most kinds are wrong"
    story, p = lesson()
    verb = getattr({Story: story, Actor: p, Region: p.heap}[kind], name)
    assert refusal(lambda: verb(*range(12)))
    assert refusal(lambda: verb(bogus_word=1))
    assert bool(refusal(verb)) >= bool(needed)


def test_what_is_wrong_is_not_even_asked() -> None:
    story, p = lesson()
    hostile: Any = Hostile()
    for act in (
        lambda: story.say(hostile),
        lambda: p.write(p.heap, hostile),
        lambda: p.write(hostile, "x"),
        lambda: p.fork(hostile),
        lambda: story.memory(hostile),
        lambda: p.mmap("m", hostile),
        lambda: p.heap[hostile],
        lambda: p.wait(hostile),
    ):
        assert refusal(act)


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda s, p: p.write(p.heap[0], 42), 'what a page holds is text or variables: "42" or "x = 42"'),
        (lambda s, p: p.read("heap"), 'say p.heap, and not "heap"'),
        (lambda s, p: p.read(s.process("Big one").pid), "say which pages, as in p.heap or p.heap[0], and not 3"),
        (lambda s, p: s.process(heap=3.5), "heap=3.5: a text, a dict, a list of them, or a number of pages"),
        (lambda s, p: p.write(p.heap[0], "x", fault=("w", 2)), "a caption (fault=...) is text: not a tuple"),
        (lambda s, p: p.write(p.heap[0], "x", falt="w"), "no moment 'falt'; did you mean fault"),
        (lambda s, p: p.write(p.heap[1], "x", copy="C."), 'nothing was copied, so copy="C." was never'),
        (lambda s, p: s.say(42), 'a caption is text: "42"'),
        (lambda s, p: s.view("colums"), "no view 'colums'; did you mean columns?"),
        (lambda s, p: s.view("a.py", "b.py", "c.py"), "a stage holds two views, not 3"),
        (lambda s, p: s.view("columns", of="heap"), "a view is about a page or a process, as in of=p.heap, and not "),
        (lambda s, p: s.say(), "story.say(caption, line=None): caption is missing"),
        (lambda s, p: s.say("a", lin=3), "story.say(caption, line=None): no word 'lin'; did you mean line?"),
        (lambda s, p: s.say("a", line=1.5), "line=1.5: a line is its number, from 1, or a text in it"),
        (lambda s, p: s.process(42), 'a name is text: "42"'),
        (lambda s, p: s.sayy("x"), "story has no word 'sayy'; did you mean say?"),
        (lambda s, p: p.wriet(p.heap), "P has no 'wriet'; did you mean write?"),
        (lambda s, p: p.hepa, "no region of P 'hepa'; did you mean heap?"),
        (lambda s, p: p.heap.fram, "heap has no word 'fram'; did you mean frame"),
        (lambda s, p: setattr(p, "heap", "x"), 'P.heap = ...: memory changes by a verb: p.write(p.heap, "x")'),
        (lambda s, p: setattr(p.heap, "content", "x"), "heap.content = ...: memory changes by a verb"),
        (lambda s, p: p.heap.__setitem__(0, "x"), "heap[0] = ...: memory changes by a verb"),
        (lambda s, p: setattr(s, "say", "x"), "story.say = ...: nothing can be assigned to a story"),
        (lambda s, p: p.heap["x"], 'heap["x"]: a page is its number, from 0, and a run is heap[0:2]'),
        (lambda s, p: p.heap[1.5], "heap[1.5]: a page is its number"),
        (lambda s, p: p.read(lesson()[1].heap), "P's heap belongs to another story: say a region of P"),
        (lambda s, p: p.wait(lesson()[1]), "P belongs to another story, so P cannot wait for it"),
        (lambda s, p: p.wait("C"), 'say which child, as in p.wait(child), and not "C"'),
        (lambda s, p: p.mmap("m", True), "pages=True: a whole number of pages"),
        (lambda s, p: p.mmap("m", 1, shared=1), "shared=1: True or False"),
        (lambda s, p: p.mmap("m", 1, file="nix"), "no file 'nix'; there are: P.text"),
        (lambda s, p: p.exit("0"), 'status="0": a whole number'),
        (lambda s, p: p.limit("many"), 'pages="many": a whole number of pages, or None'),
        (lambda s, p: p.madvise(p.heap, 4), 'advice, as in "DONTNEED", is text: "4"'),
        (lambda s, p: s.file("f", 3.5), "pages=3.5: a text, a dict, a list of them, or a number of pages"),
    ],
)  # fmt: skip
def test_the_words(act: Callable[[Story, Actor], object], told: str) -> None:
    story, p = lesson()
    assert told in refusal(lambda: act(story, p))


def test_what_looks_for_a_word_is_answered_as_always() -> None:
    story, p = lesson()
    assert not hasattr(story, "sayy")
    assert not hasattr(p, "hepa")
    assert not hasattr(p.heap, "fram")
    assert getattr(p, "hepa", 3) == 3
    assert repr(p.heap[0]).startswith("Region(")


def test_too_little_memory_names_the_word_that_gives_more() -> None:
    story = Story()
    story.memory(1)
    words = refusal(lambda: story.process(heap=["a", "b"]))
    assert words == "2 frames wanted and 1 free: the machine needs more frames"


# Names


def test_names_are_made_up_and_count_on() -> None:
    story = Story()
    p0 = story.process("P0", heap="x = 1")
    everyone = [p0]
    for _ in range(3):
        everyone += [p.fork() for p in everyone]
    assert [p.name for p in everyone] == [f"P{n}" for n in range(8)]


def test_names_of_children_and_threads() -> None:
    story = Story()
    first, second = story.process(heap="x = 1"), story.process()
    children = [first.fork(), first.fork(), first.thread(), first.thread()]
    assert [p.name for p in (first, second, *children)] == [
        "Process", "Process 2", "Child", "Child 2", "Thread", "Thread 2",
    ]  # fmt: skip
    assert children[0].fork().name == "Child 3"
    assert children[0].vfork().name == "Child 4"


@pytest.mark.parametrize(
    ("play", "told"),
    [
        (lambda s: (s.process("P"), s.process("P"), s.say("x")), 'two processes are called "P": the second is "P (2)"'),
        (lambda s: s.process("P"), "t: no story.say(): the whole story is one step without a caption"),
        (lambda s: (s.say("x"), s.process("P")), "t: what happens after the last story.say() is a step without"),
        (lambda s: (s.process("P"), s.say("")), "t: a caption is empty"),
    ],
)  # fmt: skip
def test_what_is_hardly_meant_is_warned_of_once(play: Callable[[Story], object], told: str) -> None:
    story = Story()
    play(story)
    with pytest.warns(Warning, match=re.escape(told)) as caught:
        trace = story.trace("t", "T", "")
    assert len(caught) == 1
    assert "\n" not in str(caught[0].message)
    assert trace.steps


def test_two_programs_of_one_name_are_two_processes_of_one_program() -> None:
    story = Story()
    first, second = story.process("P", text="main()"), story.process("P", text="main()")
    assert (first.name, second.name) == ("P", "P (2)")
    assert first.text.frame == second.text.frame


def test_a_child_that_is_gone_leaves_its_name() -> None:
    story = Story()
    p = story.process("P", heap="x = 1")
    for _ in range(2):
        child = p.fork("Child")
        child.exit()
        p.wait(child)
        assert child.name == "Child"
