"""One list of operations on simulator and kernel in lock-step, compared after each operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from cowviz.verify.address_layout import Layout
from cowviz.verify.facts import Fact, Op
from cowviz.verify.files import Unsupported
from cowviz.verify.linux_backend import Kernel
from cowviz.verify.page_notation import FrameNumbers, distinct_frames, short
from cowviz.verify.simulator_backend import Simulated

Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """What one side did: for each operation its faults (or what it ended in), and all pages after it."""

    outcomes: tuple[int | str, ...]
    cells: tuple[Cells, ...]

    @property
    def final(self) -> Cells:
        return self.cells[-1] if self.cells else {}

    def as_json(self) -> dict[str, object]:
        frames = distinct_frames(self.final)
        return {"faults_per_step": list(self.outcomes), "final": dict(self.final), "distinct_frames": frames}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A list of operations as both sides did it; ``kernel`` is None where it was not asked, ``skipped`` says why."""

    ops: tuple[Op, ...]
    simulator: Seen
    kernel: Seen | None = None
    skipped: str = ""

    def difference(self) -> str | None:
        """Return the first difference between the two sides, in words."""
        if self.kernel is None:
            return None
        for i, op in enumerate(self.ops):
            found = _difference(self.simulator, self.kernel, i)
            if found:
                return f"operation {i + 1}, {op}: {found}"
        return None


def disagreement(ops: Sequence[Op], kernel: Kernel) -> str:
    """Say how the two sides differ: ``refuses`` where only the simulator accepts no such operation, ``differs``, ""."""
    done = run(ops, kernel)
    if done.difference() is None:
        return ""
    return "refuses" if any(str(o).startswith("refused") for o in done.simulator.outcomes) else "differs"


def run(ops: Sequence[Op], kernel: Kernel | None) -> Comparison:
    """Run operations on both sides, or on the simulator alone; they do the same with or without the other."""
    simulator = simulate(ops)
    if kernel is None:
        return Comparison(tuple(ops), simulator)
    try:
        return Comparison(tuple(ops), simulator, observe(ops, kernel))
    except Unsupported as reason:
        return Comparison(tuple(ops), simulator, skipped=str(reason))


def simulate(ops: Sequence[Op]) -> Seen:
    """Return what the simulator predicts."""
    layout, simulated, names = Layout(), Simulated(), FrameNumbers()
    outcomes, cells = [], []
    for op in ops:
        outcomes.append(simulated.run(layout.step(op)))
        if isinstance(outcomes[-1], str):
            layout.refused(op)
        cells.append(names.cells(simulated.look(layout), layout))
    return Seen(tuple(outcomes), tuple(cells))


def observe(ops: Sequence[Op], kernel: Kernel) -> Seen:
    """Return what the kernel does. Raises Unsupported."""
    layout, names = Layout(), FrameNumbers()
    outcomes, cells = [], []
    with closing(kernel.begin()) as real:
        for op in ops:
            step = layout.step(op)
            outcomes.append(real.run(step))
            if isinstance(outcomes[-1], str):
                layout.refused(op)
            cells.append(names.cells(real.look(layout, step), layout))
    return Seen(tuple(outcomes), tuple(cells))


def unexpected(fact: Fact, seen: Seen) -> str | None:
    """Return the first thing that is not as the fact expects, in words; what it leaves out is not compared."""
    want = fact.expect
    for i, (wanted, had) in enumerate(zip(want.faults_per_step or (), seen.outcomes, strict=False)):
        if not _alike(had, wanted):
            return f"operation {i + 1}, {fact.ops[i]}: expected {faults(wanted)}, got {faults(had)}"
    for region, cells in want.final.items():
        if seen.final.get(region) != cells:
            return f"{region} at the end: expected {cells!r}, got {seen.final.get(region, 'no such region')!r}"
    frames = distinct_frames(seen.final)
    if want.distinct_frames is not None and want.distinct_frames != frames:
        return f"frames at the end: expected {want.distinct_frames}, got {frames}"
    return None


def faults(outcome: int | str) -> str:
    """Name an outcome: its number of faults, or what happened instead."""
    if isinstance(outcome, str):
        return outcome
    return f"{outcome} fault{'s' * (outcome != 1)}"


def _alike(said: int | str, did: int | str) -> bool:
    """Whether two outcomes are the same: as many faults, the same signal, the same error."""
    return said == did


def _difference(simulator: Seen, kernel: Seen, i: int) -> str | None:
    said, did = simulator.outcomes[i], kernel.outcomes[i]
    if not _alike(said, did):
        return f"the simulator says {faults(said)}, the kernel {faults(did)}"
    ours, theirs = simulator.cells[i], kernel.cells[i]
    region = next((region for region in ours if ours[region] != theirs.get(region)), None)
    if region is None:
        return None
    said, did = short(ours[region]), short(theirs.get(region, ""))
    if said == did:  # the runs are the same, what differs is within one
        said, did = ours[region], theirs.get(region, "")
    return f"{region} in the simulator {said!r}, in the kernel {did!r}"
