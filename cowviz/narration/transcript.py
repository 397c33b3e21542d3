"""Writes the whole lesson in words: for a terminal, a file, and tests that compare it line by line."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from cowviz.language import _
from cowviz.memory.machine import PAGE_SIZE, Machine, Process, content_text
from cowviz.memory.measures import pss, rss, uss
from cowviz.narration.frame_rows import frame_rows
from cowviz.narration.page_rows import page_rows
from cowviz.narration.sentences import Happening, events_text
from cowviz.narration.terms import process_name, sharer_text, status_text
from cowviz.narration.text_lines import WIDTH, clean, table, wrapped
from cowviz.trace.model import Step, Trace


def to_text(trace: Trace) -> str:
    """Return the lesson in words, step by step: what happened, and every process's pages and the frames after it."""
    lines = [*wrapped(trace.title, ""), "=" * min(len(trace.title), WIDTH), ""]
    if trace.doc.strip():
        lines += [*trace.doc.strip().split("\n"), ""]
    if trace.code:
        lines += [*(f"{number:4}  {text}" for number, text in enumerate(trace.code, 1)), ""]
    before: Machine | None = None
    for number, step in enumerate(trace.steps, 1):
        lines += ["", *step_lines(trace, step, number, before)]
        before = step.machine
    return "\n".join(clean(line) for line in lines).rstrip("\n") + "\n"


def step_lines(trace: Trace, step: Step, number: int, before: Machine | None) -> list[str]:
    """Tell one step; ``before`` is the machine that the step before left."""
    head = _("Step {number} / {steps}").format(number=number, steps=len(trace.steps))
    lines = wrapped(step.caption, head + "  ") or [head]
    if step.line is not None and step.line <= len(trace.code):
        line = _("line {number}: {text}").format(number=step.line, text=trace.code[step.line - 1].strip())
        lines += ["", f"  {line}"]
    events = events_text(list(happenings(step, before)))
    lines += [""] * bool(events) + [line for text in events for line in wrapped(f"{text}.", "  - ")]
    for process in step.machine.processes.values():
        if process.is_alive:
            lines += ["", *_process_lines(trace, step.machine, process)]
        elif not process.reaped:
            ended = _("{status}, not waited for").format(status=status_text(process.status or ""))
            lines += ["", f"  {_titled(step.machine, process)}   {ended}"]
    return [*lines, "", *_frame_lines(trace, step.machine), ""]


def happenings(step: Step, before: Machine | None) -> Iterator[Happening]:
    """Yield what happened in a step, each event with the machines around it."""
    for snapshot in step.snapshots:
        for event in snapshot.events:
            yield Happening(event, before or snapshot.machine, snapshot.machine)
        before = snapshot.machine


def _process_lines(trace: Trace, machine: Machine, process: Process) -> list[str]:
    c, name = process.counters, _titled(machine, process)
    counters = [
        f"  {name}",
        _("faults {n} ({minor} minor + {major} major)").format(n=c.faults, minor=c.minor, major=c.major),
        _("copies {n}").format(n=c.copies),
        _sizes(trace, machine, process),
    ]
    if sharer := sharer_text(machine, process):
        return ["   ".join([*counters[:3], sharer])]
    header = (_("page"), "VMA", "PTE", _("frame"), "")
    return ["   ".join(counters), *table([header, *page_rows(machine, process)])]


def _sizes(trace: Trace, machine: Machine, process: Process) -> str:
    """Tell how much memory a process has; of a recording no PSS and no USS, for others map its frames, too."""
    if trace.recording:
        return _("RSS of what is drawn {rss} pages").format(rss=rss(process))
    unique, share = uss(machine, process) // PAGE_SIZE, _number(pss(machine, process) / PAGE_SIZE)
    return _("RSS {rss}  PSS {pss}  USS {uss} pages").format(rss=rss(process), pss=share, uss=unique)


def _titled(machine: Machine, process: Process) -> str:
    return f"{process_name(machine, process.pid).removesuffix(f' (pid {process.pid})')} (pid {process.pid})"


def _frame_lines(trace: Trace, machine: Machine) -> list[str]:
    rows = frame_rows(machine)
    lines = ["  " + in_use(machine, trace)]
    lines += table([(_("frame"), _("holds"), _("mapped"), _("by")), *rows]) if rows else []
    if machine.swap_slots and (machine.swap or not trace.recording):
        held = "" if trace.recording else ", ".join(content_text(slot.content) for _pfn, slot in machine.swap.items())
        words = _("Swap slots in use: {used}") if trace.recording else _("Swap slots in use: {used} of {total}")
        used_slots = words.format(used=len(machine.swap), total=machine.swap_slots)
        lines += wrapped(used_slots + (held and f" ({held})"), "  ")
    return lines


def in_use(machine: Machine, trace: Trace) -> str:
    """Return how many frames are in use; of a recording without a total, for the machine's memory is not in it."""
    words = _("Frames in use by what is drawn: {used}") if trace.recording else _("Frames in use: {used} of {total}")
    return words.format(used=machine.used_frames, total=machine.total_frames)


def _number(value: Fraction) -> str:
    return f"{float(value):.2f}".rstrip("0").rstrip(".")
