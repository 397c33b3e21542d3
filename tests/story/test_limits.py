"""A story has a trace's limits: what does not end is told in one line, with the scenario's line, and soon."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

from cowviz import watch
from cowviz.errors import CowvizError
from cowviz.movie import run
from cowviz.story import tally
from cowviz.story.loader import load_scenario
from cowviz.story.recording import record
from cowviz.trace.codec import dumps, loads

ENDLESS = {
    "steps": ('p.write(p.heap, "y"); story.say("again")', "more than 10,000 steps: does this loop end?"),
    "captions": ('story.say("again")', "more than 10,000 steps"),
    "operations": ('p.write(p.heap, "y")', "10,000 operations and no story.say(): does this loop end?"),
    "reads": ("p.read(p.heap)", "10,000 operations and no"),
    "hints": ('p.madvise(p.heap, "DONTNEED")', "10,000 operations and no"),
    "programs": ('p.exec("ls", heap="x = 1")', "10,000 operations and no"),
    "files that grow": ('p.save(p.heap, "f")', "10,000 operations and no"),
    "KSM": ("story.ksm()", "10,000 operations and no"),
    "code": ('story.code("a")', "10,000 operations and no"),
    "much code": ('story.code("\\n".join(["a" * 9_000] * 10))', "more than 8,388,608 characters of text"),
    "lines": ('story.code("a"); story.at(1)', "10,000 operations and no"),
    "contents": ('p.write(p.heap, "y" * 9_000)', "more than 8,388,608 characters of text"),
    "variables": ('p.write(p.heap, f"v{next(n)} = 1")', "a page holds at most 100 variables"),
    "forks": ("p = p.fork()", "more than 1,000 processes: does this loop end?"),
    "forks that are told": ('p.fork(); story.say("x")', "more than 1,000 processes"),
    "forks of all": ("all_of += [q.fork() for q in all_of]", "more than 1,000 processes"),
    "children that are waited for": ("c = p.fork(); c.exit(); p.wait(c)", "more than 1,000 processes"),
    "threads": ("p.thread()", "more than 1,000 processes"),
    "processes": ('story.process(heap="x = 1")', "more than 1,000 processes"),
    "regions": ('p.mmap(f"m{next(n)}", 1)', "more than 1,000 regions of one process"),
    "files": ('story.file(f"f{next(n)}", ["a"])', "more than 1,000 files"),
}
LOOP = '''"""Endless."""
from itertools import count

def play(story):
    n = count()
    p = story.process("P", heap="x = 1")
    all_of = [p]
    while True:
        {body}
'''


@pytest.fixture
def write(tmp_path):
    def write(text: str) -> Path:
        path = tmp_path / "lesson.py"
        path.write_text(text)
        return path

    return write


def told(path: Path) -> str:
    with pytest.raises(CowvizError) as caught:
        load_scenario(path).record()
    assert "\n" not in str(caught.value)
    assert caught.value.exit_status == 2
    return str(caught.value)


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_loop_that_has_no_end(write, kind, monkeypatch):
    body, words = ENDLESS[kind]
    if "processes" in words:  # a thousand of them take their time
        monkeypatch.setattr("cowviz.story.story.MOST_PROCESSES", 50)
        words = words.replace("1,000", "50")
    if words.startswith("10,000 operations") and kind != "operations":
        monkeypatch.setattr(tally, "MOST_UNTOLD", 500)
        words = words.replace("10,000", "500")
    assert f"lesson.py, line 9: {words}" in told(write(LOOP.format(body=body)))


def test_a_loop_over_many_pages(write, monkeypatch):
    monkeypatch.setattr(tally, "MOST_REPEATED", 1 << 12)
    path = write(
        LOOP.format(body='p.write(p.m); story.say("x")').replace("    while", "    p.mmap('m', 512)\n    while")
    )
    assert "line 10: " in (words := told(path))
    assert "operations touch too many pages in all: does this loop end?" in words


def test_a_large_memory_is_no_endless_loop(monkeypatch):
    """It is filled by one operation; single writes after that are many, and few beside it."""
    monkeypatch.setattr(tally, "MOST_REPEATED", 1 << 9)

    def play(story):
        p = story.process("P", heap=1 << 10)
        p.write(p.heap)
        c = p.fork()
        for n in range(0, 1 << 10, 2):
            p.write(p.heap[n], "y")
        story.say("All of it.")
        assert c.rss == 1 << 10

    assert record(play, name="n", title="t").steps


@pytest.mark.parametrize(
    ("constant", "most", "words"),
    [
        ("MOST_SNAPSHOTS", 20, "more than 20 pictures"),
        ("MOST_ROWS", 100, "more than 100 processes, counted anew in each picture"),
        ("MOST_EVENTS", 100, "more than 100 accesses and faults"),
        ("MOST_OPERATIONS", 100, "more than 100 operations: does this loop end?"),
    ],
)
def test_other_sums(write, monkeypatch, constant, most, words):
    monkeypatch.setattr(tally, constant, most)
    assert words in told(write(LOOP.format(body='p.write(p.heap, "y"); story.say("again")')))


ONCE = {
    'story.say("x" * 10**7)': "a caption has 10,000,000 characters, and 10,000 are allowed",
    'story.say({"en": "x" * 10**7})': 'a caption, in "en", has 10,000,000 characters',
    'p.write(p.heap, "y", access="x" * 10**7)': "a caption (access=...) has 10,000,000 characters",
    'p.write(p.heap, "x" * 10**8)': "what a page holds has 100,000,000 characters",
    'story.process("x" * 10**7, heap="x")': "a name has 10,000,000 characters",
    'story.code("x\\n" * 10**7)': "code has 20,000,000 characters, and 100,000 are allowed",
    'story.code("x" * 10_001)': "a line of code has 10,001 characters, and 10,000 are allowed",
    "story.process(heap=10**9)": "heap=1000000000: a whole number of pages, from 0 to 4,194,304",
    "story.process(heap=10**30)": "heap=a number of 31 digits: a whole number of pages",
    'story.process(heap=["x"] * 10**6)': "heap=[...]: at most 131,072 pages with contents",
    'story.process(heap=(f"x{i}" for i in n))': "heap=[...]: at most 131,072 pages with contents",
    'story.file("f", 10**9)': "pages=1000000000: a whole number of pages, from 0",
    'story.file("f", ["x"] * 10**6)': "pages=[...]: at most 131,072 pages with contents",
    'p.mmap("m", 10**9)': "pages=1000000000: a whole number of pages",
    'p.malloc("m", 10**9)': "pages=1000000000: a whole number of pages",
    'p.write(p.mmap("m", 1 << 22))': "m[0..4194303] has 4,194,304 pages, and one call may touch 1,048,576",
    "story.memory(10**9)": "frames=1000000000: a whole number, from 1 to 4,194,304",
    "story.memory(4, swap=10**12)": "swap=1000000000000: a whole number of pages",
    "play(story)": "RecursionError",
    "(lambda f: f(f))(lambda f: f(f))": "RecursionError",
    "__import__('sys').setrecursionlimit(10**9); (lambda f: f(f))(lambda f: f(f))": "RecursionError",
    "__import__('sys').setrecursionlimit(10**9); play(story)": "more than 1,000 processes",
}


@pytest.mark.parametrize("word", ONCE)
def test_one_word_that_asks_for_too_much(write, word):
    start = time.process_time()
    text = LOOP.format(body=word).replace("while True", "if True")
    if "story.memory" in word:
        text = text.replace('    p = story.process("P", heap="x = 1")\n    all_of = [p]\n', "    pass\n    pass\n")
    assert ONCE[word] in (words := told(write(text)))
    assert ", line " in words
    assert time.process_time() - start < 3


def test_what_a_story_may_have_loads_again(monkeypatch):
    """The longest caption, name and content are a trace's longest, too."""

    def play(story):
        p = story.process("n" * 1000, heap="c" * 10_000, text="c" * 10_000, rodata="r", data="d")
        p.mmap("m" * 1000, 1, file=story.file("f" * 1000, 1))
        p.fork("n" * 1000)
        story.code("\n".join(["l" * 9_999] * 10))
        story.say("w" * 10_000)
        p.write(p.heap, {f"v{n}": n for n in range(100)})
        story.say("Done.")

    trace = record(play, name="n", title="t" * 10_000, doc="d" * 100_000)
    assert loads(dumps(trace)) == trace


# Code that says nothing to the story


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(watch, "MOST_SECONDS", 0.2)
    monkeypatch.setattr(watch, "MOST_IDLE_SECONDS", 1.0)
    monkeypatch.setattr(watch, "PERIOD", 0.02)
    monkeypatch.setattr(sys, "gettrace", lambda: None)  # what measures coverage is no debugger


@pytest.mark.parametrize(
    "body",
    [
        "pass",
        "p.heap.content",
        "try: pass\n        except: pass",
        "try: raise KeyError\n        except BaseException: pass",
        "__import__('time').sleep(0.1)",
        "list(zip(range(10**5), range(10**5)))",
    ],
)
@pytest.mark.usefixtures("impatient")
def test_a_loop_without_a_word(write, body):
    words = told(write(LOOP.format(body=body)))
    assert "seconds without a call of the story: does this loop end?" in words
    assert any(f"lesson.py, line {line}: " in words for line in (8, 9, 10))


@pytest.mark.usefixtures("impatient")
def test_a_complaint_that_python_drops_is_made_again_and_never_printed(write, capfd):
    body = "D = type('D', (), {'__del__': lambda self: [None for _ in range(10**7)]}); D()"
    assert "seconds without a call of the story: does this loop end?" in told(write(LOOP.format(body=body)))
    assert "Exception ignored" not in capfd.readouterr().err


@pytest.mark.usefixtures("impatient")
def test_a_file_that_does_not_end_before_it_has_a_play(write):
    assert "lesson.py, line 1: 0.2 seconds without a call" in told(write("while True: pass\n"))


@pytest.mark.usefixtures("impatient")
def test_a_function_that_does_not_end():
    def play(story):
        while True:
            pass

    with pytest.raises(CowvizError, match=r"test_limits\.py, line \d+: 0.2 seconds without a call"):
        run(play)


@pytest.mark.usefixtures("impatient")
def test_operations_take_the_time_they_need(monkeypatch):
    def play(story):
        p = story.process("P", heap=1 << 12)
        for _ in range(3):
            p.write(p.heap)
        story.say("Done.")

    start = time.process_time()
    assert record(play, name="n", title="t", check=False).steps
    monkeypatch.setattr(watch, "MOST_SECONDS", (time.process_time() - start) / 2)
    assert record(play, name="n", title="t").steps


def test_memory_that_only_grows(write, monkeypatch):
    monkeypatch.setattr(watch, "MOST_MEMORY", 50 << 20)
    monkeypatch.setattr(watch, "PERIOD", 0.01)
    words = told(write(LOOP.format(body="all_of.append('x' * 1000 + str(len(all_of)))")))
    assert any(f"line {line}: " in words for line in (8, 9))
    assert "takes more" in words


def test_nothing_is_left_behind(write, monkeypatch):
    """The timer, its handler and the bound of memory are as before, after an end as after a complaint."""
    import resource
    import signal

    def state():
        return (
            signal.getsignal(signal.SIGALRM),
            signal.getitimer(signal.ITIMER_REAL),
            resource.getrlimit(resource.RLIMIT_DATA),
        )

    monkeypatch.setattr(watch, "MOST_SECONDS", 0.1)
    before = state()
    told(write(LOOP.format(body="pass")))
    assert state() == before
    load_scenario("fork_cow").record()
    assert state() == before


def test_somebody_elses_timer_goes_on():
    import signal

    rung = []
    old = signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with watch.watched():
            time.sleep(0.05)
        assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= 0.3
        time.sleep(0.4)
        assert rung
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def test_in_another_thread_it_works_unwatched():
    found = []
    thread = threading.Thread(target=lambda: found.append(load_scenario("fork_cow").record()))
    thread.start()
    thread.join()
    assert found[0].steps
