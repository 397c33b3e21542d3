"""What ``cowviz verify`` prints: verdicts on facts, a scenario step by step, a fact to be pasted into a facts file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from cowviz.verify.compare import Comparison, Seen, unexpected
from cowviz.verify.events_to_operations import Deed
from cowviz.verify.facts import Fact, Op
from cowviz.verify.page_notation import short

LEFT, COLUMN = 44, 24  # characters

ProcessNames = Mapping[str, str]  # "P0" -> "Parent"


def verdict(fact: Fact, done: Comparison) -> str | None:
    """Return what is wrong with either side of a fact, in words; None where both are as expected and alike."""
    for side, seen in (("simulator", done.simulator), ("kernel", done.kernel)):
        problem = seen and unexpected(fact, seen)
        if problem:
            return f"{side}: {problem}"
    return done.difference()


def fact_entry(fact: Fact, done: Comparison) -> dict[str, object]:
    """Return one element of the list that ``--json`` prints."""
    entry = {
        "id": fact.id,
        "title": fact.title,
        "ops": [op.as_json() for op in fact.ops],
        "ok": verdict(fact, done) is None,
        "simulator": done.simulator.as_json(),
        "kernel": done.kernel.as_json() if done.kernel else None,
        "expect": dict(fact.expect.raw),
    }
    return entry | ({"skipped": done.skipped} if done.skipped else {})


def pasteable(name: str, title: str, ops: Sequence[Op], answer: Seen) -> str:
    """Return a fact as an element of a facts file, an operation a line."""
    lines = ",\n".join(f"    {json.dumps(op.as_json())}" for op in ops)
    head = f'"id": {json.dumps(name)}, "title": {json.dumps(title)}'
    return f'{{{head}, "ops": [\n{lines}],\n  "expect": {json.dumps(answer.as_json())}}}'


def scenario_lines(
    deeds: Sequence[Deed], names: ProcessNames, captions: Sequence[str], done: Comparison
) -> Iterator[str]:
    """Yield a scenario step by step: each operation's faults and copies, then the pages that it changed; both sides."""
    yield "pages: . not present, Z the zero page, S in swap, f0 f1 ... frames;"
    yield "       E mapped exactly once, F a file's or shared, K merged with equal ones"
    yield ""
    yield f"{'':{LEFT}}{'faults':<{COLUMN}}copies"
    yield f"{'':{LEFT}}{'predicted  counted':<{COLUMN}}predicted  counted"
    step, before = 0, -1
    for i, deed in enumerate(deeds):
        if deed.step != step:
            step = deed.step
            yield f"{step}  {' '.join(captions[step - 1].split())}"
        ends = i + 1 == len(deeds) or not (deed.setup and deeds[i + 1].setup and deeds[i + 1].step == step)
        if not ends:
            continue
        if deed.setup:
            yield "    in memory at the start"
        else:
            yield f"    {_said(deed.op, names):<{LEFT - 4}}{_counts(done, i)}"
        yield from _pages(done, before, i, names)
        before = i


def _said(op: Op, names: ProcessNames) -> str:
    text = str(op)
    for proc in (op.proc, op.child):
        if proc:
            text = re.sub(rf"\b{proc}\b", lambda _, proc=proc: names[proc], text, count=1)  # type: ignore[misc]
    return text


def _counts(done: Comparison, i: int) -> str:
    """Faults and copies, said and counted, and a mark where they differ."""
    sides = [done.simulator, done.kernel or done.simulator]
    faults = [str(side.outcomes[i]) for side in sides]
    copied = [str(copies(side, i, done.ops)) for side in sides]
    if done.kernel is None:
        faults[1] = copied[1] = "-"
    differ = done.kernel is not None and (faults[0] != faults[1] or copied[0] != copied[1])
    text = "".join(f"{said:>9}  {counted:>7}".ljust(COLUMN) for said, counted in (faults, copied))
    return text + "differs" if differ else text.rstrip()


def copies(seen: Seen, i: int, ops: Sequence[Op]) -> int:
    """Return the pages that one operation gave another frame with the same bytes.

    Those are the pages of the acting process that had a frame before and have another, private one, and pages of
    private files that had none and were written.
    """
    now, before = seen.cells[i], seen.cells[i - 1] if i else {}
    private_files = {op.region for op in ops[:i] if op.op == "mmap" and not op.kind.startswith("anon")}
    if ops[i].op not in ("read", "write", "kread", "mlock", "madvise"):
        return 0
    total = 0
    for region, cells in now.items():
        proc, _, name = region.partition(".")
        if proc == ops[i].proc:
            pairs = zip(before.get(region, "").split(), cells.split(), strict=False)
            total += sum(_is_copy(old, new, name in private_files) for old, new in pairs)
    return total


def _is_copy(old: str, new: str, of_file: bool) -> bool:
    if not new.startswith("f") or new.endswith("F"):
        return False
    return (old.startswith("f") and old.rstrip("EFK") != new.rstrip("EFK")) or (of_file and old == ".")


def _pages(done: Comparison, before: int, i: int, names: ProcessNames) -> Iterator[str]:
    """The regions that look otherwise than after operation ``before``, on both sides where they differ."""
    old = done.simulator.cells[before] if before >= 0 else {}
    ours, theirs = done.simulator.cells[i], (done.kernel or done.simulator).cells[i]
    for region, cells in ours.items():
        if old.get(region) == cells == theirs[region]:
            continue
        proc, _, name = region.partition(".")
        shown = f"        {names[proc]}.{name.lstrip('.')}"
        sides = [short(cells), short(theirs[region]) if done.kernel else "-"]
        mark = "" if cells == theirs[region] else "  differs"
        if max(map(len, sides)) < COLUMN:
            yield f"{shown:<{LEFT}}{sides[0]:<{COLUMN}}{sides[1]}{mark}"
        else:
            yield f"{shown}{mark}"
            yield f"            predicted  {sides[0]}"
            yield f"            counted    {sides[1]}"
