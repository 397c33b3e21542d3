"""cowviz verify: compares the simulator with this machine's kernel."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cowviz.commands._options import debug_option, is_debugging
from cowviz.console import clean, terminal
from cowviz.errors import ClaimError, CowvizError

if TYPE_CHECKING:
    from cowviz.trace.model import Trace
    from cowviz.verify.events_to_operations import Deed
    from cowviz.verify.facts import Fact
    from cowviz.verify.linux_backend import Kernel

Advance = Callable[[], None]


@click.command(
    epilog="""\b
Examples:
  cowviz verify fork_cow              a scenario's own operations
  cowviz verify FACTS.json            facts that were found on a kernel
  cowviz verify --random 300 --seed 1"""
)
@click.argument("what", nargs=-1, metavar="[SCENARIO|FACTS.json]...")
@click.option("--random", "count", type=click.IntRange(1), metavar="N", help="Make up N lists of operations.")
@click.option("--seed", type=int, default=1, show_default=True, metavar="S", help="Which N: the same S gives the same.")
@click.option("--simulate-only", is_flag=True, help="Ask no kernel: what the simulator says, and what facts expect.")
@click.option("--json", "as_json", is_flag=True, help="For programs: a list of id, ok, simulator, kernel, expect.")
@debug_option
def command(what: tuple[str, ...], count: int | None, seed: int, simulate_only: bool, as_json: bool) -> None:
    """Compare the simulator with this machine's kernel.

    The simulator, under profile linux, and real processes do the same operations. After each one the faults, the
    pages of all processes and the identity of their frames are compared. No root needed.
    """
    if not what and not count:
        raise CowvizError("say what to verify: a scenario, a facts file, or --random 300; see cowviz verify --help")
    if count and simulate_only:
        raise CowvizError("--random compares with the kernel; leave out --simulate-only")
    with ExitStack() as stack:
        run = _Run(None, as_json)
        work = [_prepared(run, one) for one in what]  # what is wrong is told before anything runs
        if not simulate_only:
            from cowviz.verify.linux_backend import Kernel

            run.kernel = stack.enter_context(Kernel())
        for do in work:
            do()
        if count:
            run.random(count, seed)
    run.end()


class _Run:
    """Holds what one call of verify has found so far."""

    def __init__(self, kernel: Kernel | None, as_json: bool) -> None:
        self.kernel, self.as_json = kernel, as_json
        self.entries: list[dict[str, Any]] = []
        self.wrong: list[str] = []

    @property
    def against(self) -> str:
        """What the simulator is held against."""
        from cowviz.verify.linux_backend import kernel_name

        return f"{kernel_name()}, {self.kernel.sight.how}" if self.kernel else "the simulator alone"

    def say(self, text: str) -> None:
        if not self.as_json:
            click.echo(text)

    def facts(self, path: str, facts: list[Fact], prose: int) -> None:
        """Run each fact; a line each, and a sum."""
        from cowviz.verify import compare, report

        self.say(f"{path}: {self.against}")
        bad, skipped = 0, 0
        with _progress(path, len(facts)) as advance:
            for fact in facts:
                done = compare.run(fact.ops, self.kernel)
                problem = report.verdict(fact, done)
                self.entries.append(report.fact_entry(fact, done))
                bad += problem is not None
                skipped += bool(done.skipped)
                self.say(f"{fact.id:<8}  {'differs' if problem else 'ok':<7}  {fact.title}")
                if problem:
                    self.say(f"          {problem}")
                if done.skipped:
                    self.say(f"          simulator only: {done.skipped}")
                advance()
        more = f", {skipped} by the simulator only" * bool(
            skipped
        ) + f"; {prose} more have no operations to run" * bool(prose)
        self.say(f"{len(facts)} facts: {len(facts) - bad} ok, {bad} differ{more}\n")
        if bad:
            self.wrong.append(f"{bad} of {len(facts)} facts of {path} differ")

    def scenario(self, trace: Trace, deeds: list[Deed], names: dict[str, str]) -> None:
        """Run a scenario's operations, and show them step by step."""
        from cowviz.verify import compare, report
        from cowviz.verify.facts import Expect, Fact

        ops = tuple(deed.op for deed in deeds)
        done = compare.run(ops, self.kernel)
        self.entries.append(report.fact_entry(Fact(trace.name, trace.title, ops, Expect()), done))
        self.say(f"{trace.name}: {trace.title}\n{self.against}, profile linux\n")
        for line in report.scenario_lines(deeds, names, [step.caption for step in trace.steps], done):
            self.say(line)
        problem = done.difference()
        if done.skipped:
            self.say(f"\nsimulator only: {done.skipped}\n")
        elif self.kernel:
            self.say(f"\n{len(ops)} operations: {problem or 'no difference'}\n")
        if problem:
            self.wrong.append(f"{trace.name}: {problem}")

    def random(self, count: int, seed: int) -> None:
        """Compare made-up lists of operations, and shrink the first one that differs."""
        from cowviz.verify import compare, random_operations, report, shrink
        from cowviz.verify.facts import Expect, Fact

        assert self.kernel is not None
        self.say(f"{count} random lists of operations, seed {seed}: {self.against}")
        bad, done_ops, first = 0, 0, None
        with _progress(f"seed {seed}", count) as advance:
            for number in range(count):
                ops = random_operations.sequence(f"{seed}:{number}", self.kernel.abilities)
                done = compare.run(ops, self.kernel)
                self.entries += [report.fact_entry(Fact(f"{seed}:{number}", "", ops, Expect()), done)] * self.as_json
                done_ops += len(ops)
                if done.difference():
                    bad, first = bad + 1, first or (number, ops)
                advance()
        self.say(f"{count} lists, {done_ops:,} operations: {bad} differ")
        if first:
            number, ops = first
            kernel, how = self.kernel, compare.disagreement(ops, self.kernel)
            ops = shrink.shrunk(ops, lambda ops: compare.disagreement(ops, kernel) == how)
            done = compare.run(ops, self.kernel)
            title = f"verify --random, seed {seed}, list {number}"
            assert done.kernel is not None
            self.say(f"The first, shortened while it still differs, with the kernel's answers:\n{done.difference()}\n")
            self.say(report.pasteable(f"R{seed}-{number}", title, ops, done.kernel))
            self.wrong.append(f"{bad} of {count} random lists differ; the first is number {number}")

    def end(self) -> None:
        """Print what programs read; ClaimError where anything differed."""
        if self.as_json:
            click.echo(json.dumps(self.entries, indent=1))
        if self.wrong:
            raise ClaimError("; ".join(self.wrong))


def _prepared(run: _Run, what: str) -> Callable[[], None]:
    """Read a facts file or play a scenario; return what to run."""
    from cowviz.story.loader import load_scenario, load_trace, locate
    from cowviz.story.piped import piped
    from cowviz.verify.facts_file import is_facts_file, load_facts
    from cowviz.verify.files import Unsupported
    from cowviz.verify.scenario_operations import of_trace, played

    path = piped(what) or Path(what)
    if path.suffix == ".json" and (is_facts_file(path) or not path.exists()):
        facts, prose = load_facts(path)
        return lambda: run.facts(what, facts, prose)
    _, path = locate(what)
    try:
        if path.suffix == ".json":
            trace = load_trace(path)
            deeds, names = of_trace(trace)
        else:
            trace, deeds, names = played(load_scenario(what), is_debugging(click.get_current_context()))
    except Unsupported as reason:
        raise CowvizError(f"{what} cannot be verified: {reason}") from None
    return lambda: run.scenario(trace, deeds, names)


@contextmanager
def _progress(title: str, total: int) -> Iterator[Advance]:
    """Show a progress bar on a terminal, and remove it at the end."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    with Progress(console=Console(file=terminal(sys.stderr)), transient=True) as bar:
        task = bar.add_task(escape(clean(title)), total=total)
        yield lambda: bar.update(task, advance=1)
