"""A trace as JSON, and back to an equal one: for recordings, for other programs, for a diff.

Each snapshot says only what is different from the snapshot before (``delta``). So what did not
change costs nothing, and is shared again by the machines read back.

What is read comes from anywhere: it is checked to the last number, and cannot ask for more memory than is set here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from reprlib import repr as short
from typing import cast, get_args

from cowviz.errors import CowvizError
from cowviz.language import ENGLISH
from cowviz.memory.events import Event
from cowviz.memory.machine import ZERO_PFN, Machine
from cowviz.memory.page_table import KEYS
from cowviz.story.delta import Budget, changed, difference
from cowviz.story.plain import Json, MalformedError, a_list, an_object, decode, decode_fields, encode, within
from cowviz.story.repeats import rolled, unrolled
from cowviz.story.trace import Snapshot, Step, Trace

FORMAT, VERSION = "cowviz-trace", 1
MOST_CHARACTERS = 64 << 20
MOST_STEPS, MOST_SNAPSHOTS = 10_000, 40_000
MOST_ENTRIES = 1 << 23  # of the tables of all snapshots: at worst less than a gigabyte
WIDTH = 120
EVENTS = {kind.__name__: kind for kind in get_args(Event)}
PIDS = {"pid", "parent", "child", "victim"}  # fields of events that name a process


def dumps(trace: Trace) -> str:
    """The trace as JSON text; the same trace gives the same text."""
    machine: Machine | None = None
    steps = []
    for step in trace.steps:
        snapshots = []
        for snapshot in step.snapshots:
            change = difference(machine, snapshot.machine)
            events = rolled([{"event": type(event).__name__, **encode(event)} for event in snapshot.events])
            snapshots.append(({"events": events} if events else {}) | ({"machine": change} if change else {}))
            machine = snapshot.machine
        steps.append({"caption": step.caption, "line": step.line, "snapshots": snapshots})
    head: dict[str, Json] = {
        "format": FORMAT,
        "version": VERSION,
        "name": trace.name,
        "title": trace.title,
        "doc": trace.doc,
    }
    if trace.lang != ENGLISH:
        head["lang"] = trace.lang
    if trace.recording:
        head["recording"] = encode(trace.recording)
    return _layout({**head, "code": list(trace.code), "steps": steps}) + "\n"


def loads(text: str) -> Trace:
    """The trace that ``dumps`` wrote as ``text``; CowvizError, in one line, where it is no such text."""
    try:
        if len(text) > MOST_CHARACTERS:
            raise MalformedError(f"longer than {MOST_CHARACTERS >> 20} MB")
        return _Reader().trace(_parse(text))
    except ValueError as error:
        raise CowvizError("trace: " + " ".join(str(error).split())) from None


def _parse(text: str) -> dict[str, Json]:
    try:
        data = json.loads(text)
    except RecursionError:
        raise MalformedError("nested too deep") from None
    except ValueError as error:
        raise MalformedError(f"not JSON: {error}") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise MalformedError(f'not a cowviz trace: it does not begin with "format": "{FORMAT}"')
    version = decode(int, data.get("version"))
    if version > VERSION:
        raise MalformedError(f"made by a newer cowviz (version {version}; this one reads {VERSION}): upgrade cowviz")
    if version != VERSION:
        raise MalformedError(f"no version {version}")
    return data


def _layout(data: Json, depth: int = 0, key: str = "") -> str:
    """JSON whose short values stay on a line and whose long ones open up, so that a diff shows what changed."""
    line = key + json.dumps(data, ensure_ascii=False)
    if depth + len(line) < WIDTH or not isinstance(data, dict | list):
        return line
    if isinstance(data, dict):
        items = [_layout(item, depth + 1, f"{json.dumps(name)}: ") for name, item in data.items()]
    elif depth < 2 or any(isinstance(item, dict | list) for item in data):
        items = [_layout(item, depth + 1) for item in data]
    else:
        return line  # many numbers
    inner, outer = "\n" + " " * (depth + 1), "\n" + " " * depth
    left, right = "{}" if isinstance(data, dict) else "[]"
    return key + left + inner + f",{inner}".join(items) + outer + right


@dataclass(slots=True)
class _Reader:
    """Makes a trace of what was parsed, each snapshot's machine of the one before."""

    machine: Machine | None = None
    snapshots: int = 0
    budget: Budget = field(default_factory=lambda: Budget(MOST_ENTRIES))

    def trace(self, data: dict[str, Json]) -> Trace:
        """The whole of it; every complaint names its step."""
        if len(a_list(data.get("steps"))) > MOST_STEPS:
            raise MalformedError(f"more than {MOST_STEPS} steps")
        words = {name: value for name, value in data.items() if name not in ("format", "version")}
        trace = Trace(**decode_fields(Trace, {**words, "steps": []}))
        steps = []
        for number, step in enumerate(data["steps"], 1):
            with within(f"step {number}"):
                steps.append(self.step(step))
        return replace(trace, steps=tuple(steps))

    def step(self, data: Json) -> Step:
        shown = a_list(an_object(data).get("snapshots"))
        self.snapshots += len(shown)
        if not shown or self.snapshots > MOST_SNAPSHOTS:
            raise MalformedError(f"more than {MOST_SNAPSHOTS} snapshots in all" if shown else "no snapshots")
        step = Step(**decode_fields(Step, {**data, "snapshots": []}))
        if step.line is not None and step.line < 1:
            raise MalformedError(f"no line {step.line}: lines count from 1")
        return replace(step, snapshots=tuple([self.snapshot(snapshot) for snapshot in shown]))

    def snapshot(self, data: Json) -> Snapshot:
        for name in an_object(data).keys() - {"machine", "events"}:
            raise MalformedError(f"a snapshot has no {short(name)}")
        if self.machine is None or "machine" in data:
            with within("machine"):
                self.machine = cast(Machine, changed(Machine, self.machine, data.get("machine", {}), self.budget))
                _check(self.machine)
        events = unrolled(a_list(data.get("events", [])), self.budget)
        return Snapshot(self.machine, tuple([_event(item, self.machine) for item in events]))


def _event(data: Json, machine: Machine) -> Event:
    name = an_object(data).get("event")
    if not isinstance(name, str) or name not in EVENTS:
        raise MalformedError(f"unknown event {short(name)}")
    with within(name):
        kind = EVENTS[name]
        values = decode_fields(kind, {key: value for key, value in data.items() if key != "event"})
        for pid in [values[key] for key in PIDS & values.keys()]:
            if pid not in machine.processes:
                raise MalformedError(f"no process {pid}")
        return cast(Event, kind(**values))


def _check(machine: Machine) -> None:
    """Refuse a machine that refers to what it does not have; whether it is a true one, ``invariants`` tells."""
    frames = {*machine.frames, ZERO_PFN}
    for pid, process in machine.processes.items():
        with within(f"process {pid}"):
            if process.pid != pid:
                raise MalformedError(f"it calls itself {process.pid}")
            for pfn in {pte.pfn for _, pte in process.table.items()} - frames:
                raise MalformedError(f"a page maps frame {pfn}, which is not in use")
            end = 0
            for vma in process.vmas:
                if not end <= vma.start < vma.end <= KEYS:
                    raise MalformedError(f"region {short(vma.name)} has no pages, or lies over another")
                end = vma.end
    for name, pages in machine.cache.items():
        for pfn in {pfn for _, pfn in pages.items()} - frames:
            raise MalformedError(f"page cache of {short(name)}: frame {pfn} is not in use")
    if not 0 <= machine.free.used <= len(machine.free.order):
        raise MalformedError("more frames handed out than there are")
