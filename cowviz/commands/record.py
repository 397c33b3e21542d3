"""cowviz record: records a real program's run as a trace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cowviz.commands._options import debug_option, lang_option, shown
from cowviz.errors import CowvizError

if TYPE_CHECKING:
    from cowviz.record.recorder import Recorded, RecordOptions

EPILOG = """\b
Examples:
  cowviz record -o run.json -- ./fork_faults              then:  cowviz render run.json
  cowviz record --only heap,stack -- ./program 42
  cowviz record --from-fork -- python3 server.py          nothing before the first fork
  cowviz record --pid 1234 --seconds 5                    a running process, untouched

\b
What a machine must allow, and how a program names its steps:  docs/recording.md
"""


@click.command(epilog=EPILOG, context_settings={"allow_interspersed_args": False})  # the program's options are its own
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="TRACE.json", help="By default output/PROGRAM.json."
)
@click.option("--only", metavar="KINDS", help="Draw only these regions: kinds as in 'heap,anon,stack', names, or all.")
@click.option(
    "--range", "addresses", metavar="START-END", help="Draw only these addresses, as /proc/PID/maps has them."
)
@click.option("--from-fork", is_flag=True, help="Begin at the first fork.")
@click.option("--max-events", type=click.IntRange(min=1), metavar="N", help="At most N faults; the program goes on.")
@click.option("--steps", type=click.IntRange(min=1), metavar="N", help="At most so many steps; by default 24.")
@click.option("--pid", type=click.IntRange(min=2), metavar="PID", help="Watch a running process; it is not touched.")
@click.option("--seconds", type=click.FloatRange(min=0.01), metavar="N", help="For so long; the program goes on.")
@click.option("--exit-status", is_flag=True, help="Exit as the program does: 128 and the signal that killed it.")
@lang_option
@click.argument("command", nargs=-1, metavar="[--] PROGRAM [ARG]...", type=click.UNPROCESSED)
@debug_option
@click.pass_context
def command(
    ctx: click.Context,
    output: Path | None,
    only: str | None,
    addresses: str | None,
    from_fork: bool,
    max_events: int | None,
    steps: int | None,
    pid: int | None,
    seconds: float | None,
    exit_status: bool,
    lang: str | None,
    command: tuple[str, ...],
) -> None:
    """Record a real program's run, fault by fault.

    The trace is a SCENARIO for every other command. The program runs as always, only slower. If the recorder is
    killed it ends, too; at a limit the recording ends and the program goes on. Linux only; traces play everywhere.
    """
    from cowviz.language import ENGLISH, speaking
    from cowviz.output_files import atomic_write, check
    from cowviz.record import recorder
    from cowviz.trace.codec import dumps

    if bool(command) == (pid is not None):
        raise CowvizError("say what to record: cowviz record -- PROGRAM ARG ..., or --pid PID")
    if exit_status and pid is not None:
        raise CowvizError("--exit-status is of a program that is launched: leave it out with --pid")
    options = _wishes(only, addresses, from_fork, max_events, steps, seconds)
    name = Path(command[0]).stem if command else f"process-{pid}"
    out = output or Path("output", f"{name}.json")
    if out.suffix != ".json":
        raise CowvizError(f"{out}: a trace is a .json; call it {out.stem}.json")
    check(out)
    with speaking(lang or ENGLISH):
        made = recorder.attach(pid, out.stem, options) if pid else recorder.record(command, out.stem, options)
    with atomic_write(out) as temporary:
        temporary.write_text(dumps(made.trace), encoding="utf-8", newline="\n")
    _tell(made, out)
    for remark in made.remarks:
        click.echo(remark, err=True)
    click.echo(made.verdict, err=True)
    if made.cut_short == recorder.INTERRUPTED and pid is None:
        ctx.exit(130)
    if made.program is not None:
        status = made.program.wait()  # at a limit it goes on, in front of the user
        ctx.exit(status if exit_status else 0)


def _wishes(
    only: str | None,
    addresses: str | None,
    from_fork: bool,
    max_events: int | None,
    steps: int | None,
    seconds: float | None,
) -> RecordOptions:
    from cowviz.record.recorder import RecordOptions
    from cowviz.record.regions import Scope, parse_only

    scope = Scope(parse_only(only) if only is not None else None, _pages(addresses) if addresses else None)
    given = {"most_faults": max_events, "most_steps": steps, "seconds": seconds}
    return RecordOptions(scope, from_fork, **{key: value for key, value in given.items() if value is not None})  # type: ignore[arg-type]


def _pages(addresses: str) -> range:
    """Parse the addresses ``55e000-560000`` into pages."""
    start, _, end = addresses.partition("-")
    try:
        pages = range(int(start, 16) >> 12, -(-int(end, 16) >> 12))
    except ValueError:
        pages = range(0)
    if not pages:
        raise CowvizError(f"no range {addresses!r}; write for example 7f0000000000-7f0000400000")
    return pages


def _tell(made: Recorded, out: Path) -> None:
    trace = made.trace
    ended = f"; it ends early: {made.cut_short}" if made.cut_short else ""
    drawn = sum(process.counters.faults for process in trace.steps[-1].machine.processes.values())
    click.echo(f"{shown(out)}  {len(trace.steps)} steps, {made.faults} faults, {drawn} of them drawn{ended}", err=True)
    if made.left_out:
        click.echo(f"not drawn: {made.left_out} more processes; a picture holds three", err=True)
