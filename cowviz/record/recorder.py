"""Records a program's run as a Trace: what every command that takes a scenario takes as well."""

from __future__ import annotations

import errno
import os
import platform
import shlex
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from cowviz.errors import CowvizError, MissingTool
from cowviz.language import _, spoken
from cowviz.linux import perf
from cowviz.memory.events import Event
from cowviz.memory.machine import Machine
from cowviz.memory.rare.gaps import NotUnderstood
from cowviz.record import remarks
from cowviz.record.inference import EventInference
from cowviz.record.observations import Observation, Puzzle
from cowviz.record.regions import Scope
from cowviz.record.translation import (
    BROKEN_OFF,
    FAULT_LIMIT,
    FRAMES_INFERRED,
    FRAMES_SEEN,
    PAGES_LATER,
    TIME_LIMIT,
    TITLE,
    about,
)
from cowviz.record.watch.launch import LaunchedProgram, one_processor, program_path
from cowviz.record.watch.release import FAULTS, TIME
from cowviz.record.watch.tracer import Tracer
from cowviz.trace.model import Recording, Trace

MOST_FAULTS = 1_000_000
INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class RecordOptions:
    """What is to be recorded of a run, and what of that is drawn."""

    scope: Scope = field(default_factory=Scope)
    from_fork: bool = False
    most_faults: int = MOST_FAULTS
    most_steps: int = 24
    seconds: float | None = None


@dataclass(frozen=True)
class Recorded:
    """A run that was watched."""

    trace: Trace
    faults: int  # seen in all, drawn or not
    verdict: str  # all of it held against the simulator, in a line
    cut_short: str = ""  # why the recording ended before the program did
    left_out: int = 0  # processes for which the picture has no room
    program: LaunchedProgram | None = None  # which may still run, where the recording ended before
    remarks: tuple[str, ...] = ()  # where the program ran otherwise than by itself, a line each


def record(command: Sequence[str], name: str, options: RecordOptions | None = None) -> Recorded:
    """Run a program and watch it, fault by fault.

    MissingTool where this machine does not allow it, CowvizError where there is no such program or nothing to draw.
    """
    options = options or RecordOptions()
    check_platform()
    path = program_path(command[0])
    remarks.check_readable(path)
    said = [*remarks.of_program(path), *remarks.of_machine()]
    tracer = Tracer(options.from_fork, options.most_faults, processors=os.sched_getaffinity(0))

    def time_up() -> None:
        if tracer.facts:  # else there is no program yet
            tracer.release.begin(TIME)

    with one_processor(), _stopped_by_signals(tracer.stop) as interrupted, _after(options.seconds, time_up):
        try:
            tracer.run(command, path)
        except PermissionError as error:
            raise MissingTool(_refused("ptrace", error)) from error
    if tracer.events.failure is not None:
        raise MissingTool(_refused("perf", tracer.events.failure))
    limit = tracer.release.reason
    ended = _ended(bool(interrupted), limit)
    recording = Recording(tracer.method, kernel(), _frames_known(tracer.facts), ended)
    made = develop(tracer.facts, name, shlex.join([Path(command[0]).name, *command[1:]]), options, recording)
    said += [remarks.PTRACE] if tracer.calls.calls_ptrace else []
    cut_short = _cut_short(bool(interrupted), limit, options)
    return replace(
        made, faults=tracer.faults, cut_short=cut_short or made.cut_short, remarks=tuple(said), program=tracer.program
    )


def attach(pid: int, name: str, options: RecordOptions | None = None) -> Recorded:
    """Watch a running process without touching it, by the first way that the machine allows.

    MissingTool where it is somebody else's, CowvizError where there is none.
    """
    from cowviz.record.watch.attach import Watcher

    options = options or RecordOptions()
    check_platform()
    watcher = Watcher(options.most_faults, options.seconds)
    with _stopped_by_signals(watcher.stop) as interrupted:
        watcher.run(pid)
    limit = FAULTS if watcher.faults >= options.most_faults else TIME if watcher.is_time_up else ""
    recording = Recording(watcher.method, kernel(), PAGES_LATER, _ended(bool(interrupted), limit))
    made = develop(watcher.facts, name, f"process {pid}", options, recording)
    cut_short = _cut_short(bool(interrupted), limit if limit == FAULTS else "", options) or made.cut_short
    return replace(made, faults=watcher.faults, cut_short=cut_short, remarks=tuple(remarks.of_machine()))


def _cut_short(interrupted: bool, limit: str, options: RecordOptions) -> str:
    if interrupted:
        return INTERRUPTED
    limits = {
        FAULTS: f"{options.most_faults} faults are the limit (--max-events), and the program goes on",
        TIME: f"{options.seconds:g} seconds are over (--seconds), and the program goes on" if options.seconds else "",
    }
    return limits.get(limit, "")


def _ended(interrupted: bool, limit: str) -> str:
    """Return what the trace says of a recording that ended before its program."""
    return BROKEN_OFF if interrupted else {FAULTS: FAULT_LIMIT, TIME: TIME_LIMIT}.get(limit, "")


@contextmanager
def _after(seconds: float | None, call: Callable[[], None]) -> Iterator[None]:
    """Have something called once so many seconds are over, and again and again from then on."""
    if seconds is None:
        yield
        return
    old = signal.signal(signal.SIGALRM, lambda _number, _frame: call())
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.01)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def develop(
    facts: Sequence[Observation], name: str, title: str, options: RecordOptions, recording: Recording
) -> Recorded:
    """Return the trace of what was seen; CowvizError where nothing of it can be drawn."""
    from cowviz.record.machine_builder import MachineBuilder
    from cowviz.record.replay import compared, gaps_told, verdict
    from cowviz.record.selection import Cast, cast, everyone
    from cowviz.record.steps import steps

    reading = EventInference()
    inferred = list(reading.infer(facts))
    if not inferred:
        raise CowvizError(f"no page fault and no system call of {title} was seen, so there is nothing to record")
    who = cast(inferred, options.scope)

    def mirror(who: Cast) -> MachineBuilder:
        return MachineBuilder(who.scope, who.pids, who.names, who.rename, reading.owners.frames)

    cut = steps(inferred, mirror(who), options.most_steps)
    if not cut:
        raise CowvizError(f"{title} did nothing in the regions asked for; --only all records every region")
    short = title if len(title) <= 60 else title[:57] + "..."
    trace = Trace(name, _(TITLE).format(program=short), about(recording), cut, recording=recording, lang=spoken())
    whole = mirror(everyone(inferred))
    gaps: list[NotUnderstood] = []

    def told() -> Iterator[tuple[Machine, list[Event]]]:
        for happening in inferred:
            events = whole.follow(happening)
            gaps.extend(event for event in events if isinstance(event, NotUnderstood))
            if isinstance(happening, Puzzle) and not events:  # of a process that nothing was seen of
                gaps.append(NotUnderstood(0, happening.vpn, happening.what))
            yield whole.machine, events

    said = verdict(*compared(told())) + gaps_told(gaps)
    return Recorded(trace, 0, said, left_out=who.left_out)


def kernel() -> str:
    """Name this kernel: ``Linux 6.18.44 x86_64``."""
    return f"{platform.system()} {platform.release().partition('-')[0]} {platform.machine()}"


def check_platform() -> None:
    """Raise MissingTool where there is nothing to record with, whatever its settings."""
    if sys.platform != "linux":
        raise MissingTool(
            f"recording needs Linux, and this is {platform.system()}: record there; the .json plays everywhere"
        )


def _frames_known(facts: Sequence[Observation]) -> str:
    from cowviz.linux.pagemap import PFN_MASK
    from cowviz.record.observations import Faulted

    seen = any(isinstance(fact, Faulted) and fact.raw & PFN_MASK for fact in facts)
    return FRAMES_SEEN if seen else FRAMES_INFERRED


def _refused(what: str, error: OSError) -> str:
    """One line: why this machine does not let us record, and what to do."""
    level = perf.paranoid()
    if what == "ptrace":
        return f"tracing a program is not allowed here ({error.strerror}): in a container add --cap-add SYS_PTRACE"
    if level is not None and level > 2 and os.geteuid():
        return f"kernel.perf_event_paranoid is {level}: sudo sysctl kernel.perf_event_paranoid=2, or record as root"
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            "perf events are not allowed here: in a container add --cap-add PERFMON --security-opt seccomp=unconfined"
        )
    return f"this kernel has no perf events ({error.strerror}): record on another machine; the .json plays everywhere"


@contextmanager
def _stopped_by_signals(stop: Callable[[], None]) -> Iterator[list[int]]:
    """Ctrl-C and SIGTERM end the recording, which is kept."""
    seen: list[int] = []

    def end(number: int, _frame: object) -> None:
        seen.append(number)
        stop()

    old = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield seen
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
