"""A recording's words in another language: all of them are cowviz's own, but for the marks of the program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cowviz.language import N_, _, fields_in, speaking
from cowviz.memory.machine import Machine
from cowviz.record.captions import Part, caption
from cowviz.trace.model import Recording, Snapshot, Step, Trace

TITLE = N_("A real run: {program}")
NAMES = (N_("Parent"), N_("Child"), N_("Child {number}"))
FRAMES_SEEN = N_("Frame numbers were seen.")
FRAMES_INFERRED = N_("Frame numbers are not shown to ordinary users, and were inferred.")
FAULT_LIMIT = N_("The recording ended at its limit of faults, and the program went on.")
TIME_LIMIT = N_("The recording ended at its limit of time, and the program went on.")
BROKEN_OFF = N_("The recording was interrupted before the program's end.")
TOO_LONG = N_("The end of the run is left out: it is more than a trace holds.")
PAGES_LATER = N_("Pages were looked at after their faults.")
METHODS = (
    N_("ptrace and perf sigtrap"),
    N_("ptrace and a perf ring"),
    N_("a passive perf ring"),
    N_("pagemap snapshots"),
)
# Of examples/fork_heap.c, whose recording comes with cowviz. Other programs' marks stay as they are.
MARKS = (
    N_("The parent writes to four pages of its heap."),
    N_("fork() copies the page table, not the memory."),
    N_("The child reads all four."),
    N_("The child writes to the second one: it gets a copy."),
    N_("The child exits."),
    N_("The parent writes to the second one, of which it is the only owner now."),
    N_("The parent exits."),
)


def about(recording: Recording) -> str:
    """Return how a run was recorded, in the language that is spoken."""
    recorded = _("A real run, recorded on {kernel} by {method}. {frames}")
    counted = _("Counted are the faults in the regions that are drawn.")
    made = recorded.format(kernel=recording.kernel, method=_(recording.method), frames=_(recording.frames))
    return "\n".join([made, counted, *([_(recording.ended)] if recording.ended else [])])


def translated(trace: Trace, lang: str) -> Trace:
    """Return the recorded trace in another language; what is not recognised as cowviz's own words stays as it is."""
    assert trace.recording
    title = _again(trace.title, (TITLE,), trace.lang, lang)
    with speaking(trace.lang):
        is_own = trace.doc == about(trace.recording)
    with speaking(lang):
        doc = about(trace.recording) if is_own else trace.doc
    return replace(trace, title=title, doc=doc, steps=tuple(_steps(trace, lang)), lang=lang)


def _steps(trace: Trace, lang: str) -> Iterator[Step]:
    machine = trace.steps[0].snapshots[0].machine
    for step in trace.steps:
        snapshots = tuple(Snapshot(_renamed(one.machine, trace.lang, lang), one.events) for one in step.snapshots)
        yield replace(step, caption=_caption(step, machine, snapshots, trace.lang, lang), snapshots=snapshots)
        machine = step.machine


def _caption(step: Step, before: Machine, renamed: tuple[Snapshot, ...], old: str, new: str) -> str:
    """What the step says, made anew where it is what the recorder would say: with a mark or without one."""
    for mark in (None, step.caption.partition("\n")[0]):
        with speaking(old):
            told = caption(_parts(step.snapshots, before), mark)
        if told == step.caption:
            with speaking(new):
                return caption(_parts(renamed, _renamed(before, old, new)), mark and _(mark))
    return step.caption


def _parts(snapshots: tuple[Snapshot, ...], before: Machine) -> list[Part]:
    parts = []
    for snapshot in snapshots:
        parts.append(Part(snapshot.events, before, snapshot.machine))
        before = snapshot.machine
    return parts


def _renamed(machine: Machine, old: str, new: str) -> Machine:
    """The machine with the recorder's names for processes in the new language."""
    names = {pid: _again(process.name, NAMES, old, new) for pid, process in machine.processes.items()}
    processes = {pid: replace(one, name=names[pid]) for pid, one in machine.processes.items()}
    return replace(machine, processes=processes)


def _again(text: str, patterns: tuple[str, ...], old: str, new: str) -> str:
    """A text that was made by one of the patterns in the old language, made by it in the new one."""
    for pattern in patterns:
        with speaking(old):
            fields = fields_in(text, _(pattern))
        if fields is not None:
            with speaking(new):
                return _(pattern).format(**fields)
    return text
