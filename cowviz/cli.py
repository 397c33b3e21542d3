"""The command line: arguments in, exit status out. Each command is a file of ``commands/``."""

from __future__ import annotations

import gc
import os
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click

from cowviz import __version__, console
from cowviz.commands._options import debug_option, is_debugging
from cowviz.errors import CowvizError, CowvizWarning, unknown

INTERRUPTED = 130
_TOLD: set[str] = set()  # the warnings that have been told

EPILOG = """\b
Example:
  cowviz render fork_cow     draws a GIF, and a PNG a step, into output/fork_cow/

\b
Completion of commands, scenarios and themes by the Tab key (bash; alike for zsh and fish):
  eval "$(_COWVIZ_COMPLETE=bash_source cowviz)"

\b
Exit status:
  0 done   1 a claim does not hold   2 what was asked for is wrong
  3 this machine lacks something   4 the output cannot be written   130 interrupted
"""


class Commands(click.Group):
    """The files of ``commands/``; what goes wrong in them is told in a line or two."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(path.stem for path in (Path(__file__).parent / "commands").glob("[!_]*.py"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self.list_commands(ctx):
            command: click.Command = import_module(f"cowviz.commands.{cmd_name}").command
            return command
        if ctx.resilient_parsing:  # the shell completes
            return None
        raise unknown("command", cmd_name, self.list_commands(ctx))

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: object,
    ) -> NoReturn:
        """Run a command and exit; errors come here, and not out in click's words."""
        with warnings.catch_warnings():
            warnings.simplefilter("always", CowvizWarning)
            warnings.showwarning = _tell_warning
            self._main(args, prog_name, complete_var, windows_expand_args=windows_expand_args, **extra)

    def _main(
        self,
        args: Sequence[str] | None,
        prog_name: str | None,
        complete_var: str | None,
        **extra: Any,
    ) -> NoReturn:
        with console.streams() as out:
            try:
                status = super().main(args, prog_name, complete_var, standalone_mode=False, **extra) or 0
                out.flush()
            except (Exception, SystemExit, KeyboardInterrupt) as error:
                status = 0 if out.reader_left and _is_for_want_of_a_reader(error) else _told(error)
            sys.exit(status)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except CowvizError:
            if is_debugging(ctx):
                import traceback

                click.echo(traceback.format_exc(), err=True)
            raise
        except ModuleNotFoundError:
            from cowviz.plugins import needed_by

            with needed_by("cowviz"):
                raise


def _is_for_want_of_a_reader(error: BaseException | None) -> bool:
    """Return whether the cause is a pipe whose reader has gone: ``cowviz show fork_cow | head``."""
    while error is not None:
        if isinstance(error, BrokenPipeError | SystemExit):  # click exits where nobody reads
            return True
        error = error.__cause__ or error.__context__
    return False


def _told(error: BaseException) -> Any:
    """Print a user's error and return its exit status; raise any other error again."""
    match error:
        case click.UsageError():
            where = error.ctx.command_path if error.ctx else "cowviz"
            return _tell(f"{error.format_message()}\nHelp:  {where} --help", error.exit_code)
        case click.ClickException():
            return _tell(error.format_message(), error.exit_code)
        case CowvizError():
            return _tell(str(error), error.exit_status)
        case click.Abort() | KeyboardInterrupt():
            return _tell("interrupted", INTERRUPTED)
        case SystemExit():
            return error.code
    raise error


def _tell_warning(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
    """Print each of cowviz's own warnings once, in a line; warnings of libraries do not help a user."""
    if issubclass(category, CowvizWarning) and str(message) not in _TOLD:
        _TOLD.add(str(message))
        click.echo(f"cowviz: warning: {message}", err=True)


def _tell(message: str, status: int) -> int:
    click.echo(f"cowviz: {message[:1].lower()}{message[1:]}", err=True)
    return status


def _spare_the_processor() -> None:
    """Set up a process that draws once and ends: this saves an eighth of the time that fork_cow takes."""
    # NumPy's BLAS starts a thread for each processor, and these spin while they wait. All that is ever multiplied here
    # is a palette with the colours next to it, a few ms. It must be said before NumPy is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # A movie's scenes, and the libraries, are hundreds of thousands of objects that live until the end: looking
    # through them for garbage after every 700 new ones finds next to none.
    gc.set_threshold(10_000)


@click.group(
    cls=Commands,
    invoke_without_command=True,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="cowviz", message="%(prog)s %(version)s")
@debug_option
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Draw lecture figures of virtual memory from scenarios in Python."""
    if os.environ.get("NO_COLOR"):
        ctx.color = False
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main() -> NoReturn:
    """Return what the command ``cowviz`` runs."""
    console.open_descriptors()
    _spare_the_processor()
    cli.main(prog_name="cowviz")
