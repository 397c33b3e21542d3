"""A trace as JSON, and back to an equal one: for recordings, for other programs, for a diff.

Each snapshot says only what is different from the snapshot before (``delta``). So what did not
change costs nothing, and is shared again by the machines read back.

What is read comes from anywhere: it is checked to the last number, and cannot ask for more memory than is set here.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from cowviz.errors import CowvizError
from cowviz.garbage import no_garbage
from cowviz.language import ENGLISH
from cowviz.memory.bulk_access import BulkAccess
from cowviz.memory.events import Event
from cowviz.memory.machine import Machine
from cowviz.trace.extent import check_extent
from cowviz.trace.format_1 import upgraded
from cowviz.trace.integrity import References
from cowviz.trace.json_bulk import NAME, after_bulks, bulk_event, bulk_json
from cowviz.trace.json_decode import a_list, an_object, decode
from cowviz.trace.json_delta import Budget, changed, difference
from cowviz.trace.json_encode import Json, MalformedError, encode, short, within
from cowviz.trace.json_layout import layout
from cowviz.trace.json_names import event_name, events
from cowviz.trace.limits import (
    ENTRIES_PER_VALUE,
    FEWEST_ENTRIES,
    MOST_BYTES,
    MOST_ENTRIES,
    MOST_SIGNS,
    MOST_SIGNS_OF_CODE,
    MOST_SNAPSHOTS,
    MOST_STEPS,
    MOST_VALUES,
)
from cowviz.trace.model import Snapshot, Step, Trace
from cowviz.trace.older_events import as_of_today
from cowviz.trace.run_length import rolled, unrolled
from cowviz.trace.snapshot import snapshot_after

FORMAT, VERSION = "cowviz-trace", 3  # what says nothing of many accesses at once is still written as version 2
BEGINNING = 4096  # characters in which a trace has said that it is one
PIDS = {"pid", "parent", "child", "victim"}  # fields of events that name a process


def dumps(trace: Trace) -> str:
    """Write the trace as JSON text; the same trace gives the same text. Raises CowvizError for one too large."""
    budget = Budget(MOST_ENTRIES)
    try:
        check_extent(trace)
        steps = list(_steps(trace, budget))
    except MalformedError as error:
        raise CowvizError(f"a trace cannot hold so much: {error}") from None
    head: dict[str, Json] = {
        "format": FORMAT,
        "version": VERSION if _has_bulks(trace) else 2,
        "name": trace.name,
        "title": trace.title,
        "doc": trace.doc,
    }
    if trace.lang != ENGLISH:
        head["lang"] = trace.lang
    if trace.view:
        head["view"] = list(trace.view)
    if trace.recording:
        head["recording"] = encode(trace.recording)
    text = layout({**head, "code": list(trace.code), "steps": steps}) + "\n"
    excess = _excess(text)
    if excess or MOST_ENTRIES - budget.entries > _entries(text):
        excess = excess or "of more pages and frames than any lesson needs"
        raise CowvizError(f"the trace is {excess}: show less; of a recording, with --max-events, --only or --range")
    return text


def _has_bulks(trace: Trace) -> bool:
    return any(isinstance(event, BulkAccess) for step in trace.steps for event in step.events)


def _steps(trace: Trace, budget: Budget) -> Iterator[Json]:
    """Each step with what is new in its snapshots."""
    machine: Machine | None = None
    for step in trace.steps:
        snapshots = []
        for snapshot in step.snapshots:
            played = after_bulks(machine, snapshot.events)
            change = difference(machine if played is None else played, snapshot.machine, budget)
            events = [_event(event, can_be_played=played is not None) for event in snapshot.events]
            told: dict[str, Json] = {"events": rolled(events, budget)} if events else {}
            snapshots.append(told | ({"machine": change} if change else {}))
            machine = snapshot.machine
        shown: dict[str, Json] = {"view": list(step.view)} if step.view else {}
        shown |= {"about": encode(step.about)} if step.about else {}
        yield {"caption": step.caption, "line": step.line, **shown, "snapshots": snapshots}


def _event(event: Event, *, can_be_played: bool) -> dict[str, Json]:
    if isinstance(event, BulkAccess):
        return bulk_json(event, can_be_played=can_be_played)
    return {"event": event_name(type(event)), **an_object(encode(event))}


def _entries(text: str) -> float:
    """How many table entries a text may make."""
    return min(MOST_ENTRIES, FEWEST_ENTRIES + ENTRIES_PER_VALUE * _values(text))


def _values(text: str) -> int:
    """How many values a text has at most: a comma in a caption counts along."""
    return sum(map(text.count, ",[{"))


def loads(text: str) -> Trace:
    """Return the trace that ``dumps`` wrote as ``text``; CowvizError, in one line, where it is no such text."""
    try:
        with no_garbage():
            return _Reader(budget=Budget(_entries(text))).trace(_parse(text))
    except ValueError as error:
        raise CowvizError("trace: " + " ".join(str(error).split())) from None


def _parse(text: str) -> dict[str, Json]:
    """The JSON, where it is not too much of it; what is cheap to see is seen first."""
    if excess := _excess(text):
        raise MalformedError(excess)
    if f'"{FORMAT}"' not in text[:BEGINNING]:
        raise MalformedError(f'not a cowviz trace: it does not begin with "format": "{FORMAT}"')
    try:
        data = json.loads(text, object_pairs_hook=_once_each)
    except RecursionError:
        raise MalformedError("nested too deep") from None
    except MalformedError:
        raise
    except ValueError as error:  # a number of too many digits is one, beside JSONDecodeError
        raise MalformedError(f"not JSON: {error}") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise MalformedError(f'not a cowviz trace: it does not begin with "format": "{FORMAT}"')
    version = decode(int, data.get("version"))
    if version > VERSION:
        raise MalformedError(f"made by a newer cowviz (version {version}; this one reads {VERSION}): upgrade cowviz")
    if version not in (1, 2, VERSION):
        raise MalformedError(f"no version {version}")
    return upgraded(data) if version == 1 else data


def _excess(text: str) -> str:
    """What there is too much of, or ""."""
    if len(text) > MOST_BYTES or (not text.isascii() and len(text.encode(errors="replace")) > MOST_BYTES):
        return f"longer than {MOST_BYTES >> 20} MB"
    return f"of more than {MOST_VALUES} values" if _values(text) > MOST_VALUES else ""


def _once_each(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """An object; of two fields with one name, each reader could take another."""
    data = dict(pairs)
    if len(data) < len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise MalformedError(f"{short(twice)} twice in one object")
    return data


def _is_bulk(data: Json) -> bool:
    return isinstance(data, dict) and data.get("event") == NAME


@dataclass(slots=True)
class _Reader:
    """Makes a trace of what was parsed, each snapshot's machine of the one before."""

    budget: Budget
    machine: Machine | None = None
    latest: Snapshot | None = None
    snapshots: int = 0
    events: dict[str, type[Event]] = field(default_factory=events)
    references: References = field(default_factory=References)

    def trace(self, data: dict[str, Json]) -> Trace:
        """The whole of it; every complaint names its step."""
        told = a_list(data.get("steps"))
        if not 0 < len(told) <= MOST_STEPS:
            raise MalformedError(f"more than {MOST_STEPS} steps" if told else "no steps")
        words = {name: value for name, value in data.items() if name not in ("format", "version")}
        doc = words.get("doc")
        if isinstance(doc, str) and len(doc) <= MOST_SIGNS_OF_CODE:  # it alone may be long: it is read in parts
            parts = [doc[i : i + MOST_SIGNS] for i in range(0, len(doc), MOST_SIGNS)]
            words["doc"] = ""
            with within("doc"):
                doc = "".join(decode(str, part) for part in parts)
        trace = decode(Trace, {**words, "steps": []})
        trace = replace(trace, doc=str(doc or ""))
        steps = []
        for number, step in enumerate(told, 1):
            with within(f"step {number}"):
                steps.append(self.step(step, len(trace.code)))
        trace = replace(trace, steps=tuple(steps))
        check_extent(trace)
        return trace

    def step(self, data: Json, lines: int) -> Step:
        """One step, of a trace that shows so many lines of code."""
        told = an_object(data)
        shown = a_list(told.get("snapshots"))
        self.snapshots += len(shown)
        if not shown or self.snapshots > MOST_SNAPSHOTS:
            raise MalformedError(f"more than {MOST_SNAPSHOTS} snapshots in all" if shown else "no snapshots")
        step = decode(Step, {**told, "snapshots": []})
        if step.line is not None and step.line < 1:
            raise MalformedError(f"no line {step.line}: lines count from 1")
        if step.line is not None and step.line > lines > 0:
            raise MalformedError(f"no line {step.line}: the code has {lines}")
        step = replace(step, snapshots=tuple([self.snapshot(snapshot) for snapshot in shown]))
        if step.about and step.about[0] not in step.machine.processes:
            raise MalformedError(f"about: no process {step.about[0]}")
        return step

    def snapshot(self, data: Json) -> Snapshot:
        told = an_object(data)
        for name in told.keys() - {"machine", "events"}:
            raise MalformedError(f"a snapshot has no {short(name)}")
        listed = a_list(told.get("events", []))
        if self.machine is not None and listed and all(map(_is_bulk, listed)):
            return self.bulk_snapshot([an_object(event) for event in listed], told.get("machine"))
        if self.machine is None or "machine" in told:
            with within("machine"):
                self.follow(changed(Machine, self.machine, told.get("machine", {}), self.budget))
        events = unrolled(listed, self.event, self.budget)
        return self.kept(events)

    def bulk_snapshot(self, listed: list[dict[str, Json]], change: Json) -> Snapshot:
        """One in which many pages were accessed: its machine follows from that, but for what ``change`` says."""
        machine, events, first = self.machine, list[Event](), self.machine
        for told in listed:
            with within(NAME):
                event, machine = bulk_event(told, machine, self.budget)
                self.check_pids(event)
            events.append(event)
        base = first if machine is None else machine
        with within("machine"):
            self.follow(base if change is None and base else changed(Machine, base, change or {}, self.budget))
        return self.kept(events)

    def follow(self, machine: Machine) -> None:
        """Go on to the next machine, where it refers to nothing that is not there."""
        self.references.follow(machine)
        self.machine = machine

    def kept(self, events: Iterable[Event]) -> Snapshot:
        """The snapshot of the machine after these events."""
        assert self.machine is not None, "the first snapshot has told of one"
        self.latest = snapshot_after(self.latest, self.machine, tuple(events))
        return self.latest

    def check_pids(self, event: Event) -> None:
        """Refuse an event of a process that is not there."""
        for pid in (getattr(event, name) for name in PIDS if hasattr(event, name)):
            if self.machine is None or pid not in self.machine.processes:
                raise MalformedError(f"no process {pid}")

    def event(self, data: Json) -> Event:
        told = an_object(data)
        name = told.get("event")
        if not isinstance(name, str) or name not in self.events:
            raise MalformedError(f"unknown event {short(name)}")
        with within(name):
            if name == NAME:
                event: Event = bulk_event(told, None, self.budget)[0]
            else:
                event = decode(self.events[name], {key: value for key, value in told.items() if key != "event"})
            self.check_pids(event)
            assert self.machine is not None, "the first snapshot has told of one"
            return as_of_today(event, self.machine)
