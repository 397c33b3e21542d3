"""Reads facts files (``cowviz verify FACTS.json``).

They come from outside: everything is checked before anything runs, and what is wrong is one line (FactsError).
"""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

from cowviz.errors import CowvizError
from cowviz.linux.madvise import ADVICE
from cowviz.verify.address_layout import GROWTH
from cowviz.verify.facts import KIND, NEEDS, PAGES, PROCESSES, PROTS, Expect, Fact, Op

FORMAT, VERSION = "cowviz-ground-truth", 1
LARGEST = 32_000_000  # bytes of a facts file


class FactsError(CowvizError):
    """A facts file that cannot be read; the message names the fact."""


def is_facts_file(path: Path) -> bool:
    """Return whether this is no trace: a facts file says what it is within its first lines."""
    try:
        with path.open("rb") as file:
            return FORMAT.encode() in file.read(4096)
    except OSError:
        return False


def load_facts(path: Path) -> tuple[list[Fact], int]:
    """Return the facts of a file that are lists of operations, and how many others (prose) there are.

    Raises FactsError for a file that is none.
    """
    try:
        with path.open("rb") as file:  # not its size: a pipe has none
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise FactsError(f"{path}: larger than {LARGEST // 10**6} MB, which no facts file may be")
        document = json.loads(content)
    except OSError as error:
        raise FactsError(f"{path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise FactsError(f"{path}: no JSON: {_one_line(error)}") from None
    try:
        return parse(document)
    except FactsError as error:
        raise FactsError(f"{path}: {error}") from None


def parse(document: object) -> tuple[list[Fact], int]:
    """Parse facts as ``load_facts`` does, of what the file holds."""
    _check(isinstance(document, dict), "no facts file: the outermost value must be an object")
    assert isinstance(document, dict)
    said = document.get("format"), document.get("version")
    _check(said == (FORMAT, VERSION), f'no facts file: it must say "format": "{FORMAT}", "version": {VERSION}')
    entries = document.get("facts")
    _check(isinstance(entries, list), 'no facts file: "facts" must be a list')
    assert isinstance(entries, list)
    facts, prose = list[Fact](), 0
    for number, entry in enumerate(entries, 1):
        fact = _fact(number, entry)
        prose += fact is None
        facts += [fact] if fact else []
    return facts, prose


def _fact(number: int, entry: object) -> Fact | None:
    _check(isinstance(entry, dict), f"fact {number} is no object")
    assert isinstance(entry, dict)
    name = entry.get("id")
    _check(isinstance(name, str) and name.isprintable() and 0 < len(name) <= 80, f'fact {number} has no "id"')
    try:
        ops, title, expect = entry.get("ops"), entry.get("title", ""), entry.get("expect", {})
        if not isinstance(ops, list) or not ops:
            raise FactsError('"ops" must be a list of operations')
        _check(isinstance(title, str) and isinstance(expect, dict), '"title" must be a text, "expect" an object')
        if all(isinstance(op, str) for op in ops):
            return None
        done = tuple(_op(i, op) for i, op in enumerate(ops, 1))
        _check_names(done)
        return Fact(str(name), " ".join(title.split()), done, _expect(expect, len(done)))
    except FactsError as error:
        raise FactsError(f"fact {name}: {error}") from None


_TYPES = {f.name: int if f.type == "int" else str for f in fields(Op)}
_MOST = {"page": PAGES - 1, "n": PAGES, "pages": PAGES, "at": 511, "offset": PAGES, "skew": 4095}
_FLAGS = {"mmap": ("populate", "fixed", "growsdown"), "mremap": ("dontunmap",)}
_TOUCHES = ("read", "write", "kread")


def _op(number: int, entry: object) -> Op:
    """One operation, checked by itself."""
    where = f"operation {number}"
    _check(isinstance(entry, dict), f"{where} is no object")
    assert isinstance(entry, dict)
    verb = entry.get("op")
    _check(
        isinstance(verb, str) and verb in NEEDS, f"{where}: no operation {_short(verb)}; there are: {', '.join(NEEDS)}"
    )
    for key in ("proc", *NEEDS[str(verb)]):
        _check(key in entry, f'{where}: {verb} needs "{key}"')
    for key, value in entry.items():
        _check(key in _TYPES, f"{where}: {verb} knows no {_short(key)}")
        _check(type(value) is _TYPES[key], f'{where}: "{key}" must be a {"number" if _TYPES[key] is int else "text"}')
        if _TYPES[key] is int:
            least = 1 if (key == "n" and verb in _TOUCHES) or (key, verb) == ("pages", "mmap") else 0
            least = -GROWTH if key == "page" and verb in ("read", "write") else least
            _check(least <= value <= _MOST[key], f'{where}: "{key}" must be {least} to {_MOST[key]}, not {value}')
        else:
            _check(re.fullmatch(r"[\w-]{0,40}", value) is not None, f'{where}: "{key}" cannot be {_short(value)}')
    op = Op(**entry)
    _check(verb != "mmap" or KIND.fullmatch(op.kind) is not None, f"{where}: no kind of memory {_short(op.kind)}")
    _check(op.prot in PROTS, f"{where}: no protection {_short(op.prot)}; there are: {', '.join(PROTS[:6])}")
    flags = _FLAGS.get(str(verb), ())
    _check(op.flag in ("", *flags), f"{where}: no flag {_short(op.flag)}; there are: {', '.join(flags) or 'none'}")
    _check(
        not op.advice or op.advice in ADVICE, f"{where}: no advice {_short(op.advice)}; there are: {', '.join(ADVICE)}"
    )
    _check(op.file_kind in ("memfd", "tmpfs", "ext4"), f"{where}: no kind of file {_short(op.file_kind)}")
    return op


def _check_names(ops: tuple[Op, ...]) -> None:
    """Every process and region is there when it is named."""
    problem = misnamed(ops)
    _check(problem is None, problem or "")


def misnamed(ops: tuple[Op, ...]) -> str | None:
    """Return the first operation that names a process or a region that is not there; None if none does."""
    cast = _LivingProcesses()
    for number, op in enumerate(ops, 1):
        if problem := cast.problem(op):
            return f"operation {number}: {problem}"
        cast.follow(op)
    return None


class _LivingProcesses:
    """The processes that live, and the names of their regions: those who share memory have one set of names."""

    def __init__(self) -> None:
        self.alive: dict[str, set[str]] = {"P0": set()}
        self.born = {"P0"}
        self.execs = 0
        self.heaps, self.named = set[str](), set[str]()  # regions that brk made; all
        self.threads: dict[str, str] = {}  # threads -> the process that they end with
        self.waiting: dict[str, str] = {}  # vfork children -> the parent that waits

    def problem(self, op: Op) -> str | None:
        if op.op != "start" and op.proc not in self.alive:  # a story's own: a process that nobody forked
            return f"no living process {op.proc}; there are: {', '.join(self.alive) or 'none'}"
        if any(self.waiting.get(child) == op.proc for child in self.alive):
            return f"{op.proc} waits until its vfork child exits"
        if op.op != "start" and op.region and op.region not in self.alive[op.proc] and op.op not in ("mmap", "brk"):
            return f"{op.proc} has no region {op.region}; mmap first"
        if (op.op in ("mmap", "munmap", "mremap") and {op.region, op.to} & self.heaps) or (
            op.op == "brk" and op.region not in self.heaps and op.region in self.named
        ):
            return f"{op.region} is a heap or none: its pages come and go by brk alone"
        if op.op == "exec" and (op.proc in self.threads or op.proc in self.threads.values()):
            return f"{op.proc} has threads, or is one, and verify lets none of these exec"
        if op.op == "exec" and self.execs + len(self.born) >= PROCESSES:
            return f"at most {PROCESSES} new processes and exec"
        if op.child and (op.child in self.born or len(self.born) + self.execs >= PROCESSES):
            return f"a new process cannot be {op.child}: each name once, at most {PROCESSES}"
        return None

    def follow(self, op: Op) -> None:
        regions = self.alive.get(op.proc, set())
        if op.op == "start":
            self.alive[op.child] = set()
        self.named |= {op.region, op.to}
        if op.op == "brk":
            self.heaps.add(op.region)
        if op.op in ("mmap", "mremap", "brk"):
            regions.add(op.to or op.region)
        elif op.op == "exec":
            self.alive[op.proc] = set()
            self.waiting.pop(op.proc, None)
            self.execs += 1
        elif op.op == "fork":
            self.alive[op.child] = set(regions)
        elif op.op in ("thread", "vfork"):
            self.alive[op.child] = regions
            if op.op == "thread":
                self.threads[op.child] = self.threads.get(op.proc, op.proc)
            self.waiting |= {op.child: op.proc} if op.op == "vfork" else {}
        elif op.op == "exit":
            for gone in [who for who in self.alive if op.proc in (who, self.threads.get(who))]:
                del self.alive[gone]
        self.born |= {op.child} if op.child else set()


def _expect(entry: dict[str, Any], count: int) -> Expect:
    faults, final, frames = entry.get("faults_per_step"), entry.get("final", {}), entry.get("distinct_frames")
    if faults is not None:
        fine = isinstance(faults, list) and all(isinstance(f, str) or type(f) is int for f in faults)
        _check(fine and len(faults) == count, f'"faults_per_step" must be a list of {count}, one an operation')
    fine = isinstance(final, dict) and all(isinstance(cells, str) for cells in final.values())
    _check(fine, '"final" must map regions ("P0.A") to cells ("f0E .")')
    _check(frames is None or type(frames) is int, '"distinct_frames" must be a number')
    return Expect(None if faults is None else tuple(faults), final, frames, entry)


def _check(fine: bool, problem: str) -> None:
    if not fine:
        raise FactsError(problem)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:120]
