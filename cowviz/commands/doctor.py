"""cowviz doctor: reports what this machine can do."""

from __future__ import annotations

import json

import click

from cowviz.commands._options import debug_option
from cowviz.console import style
from cowviz.errors import MissingTool


@click.command(epilog="Example:  cowviz doctor --json")
@click.option("--json", "as_json", is_flag=True, help="For programs: a list of what was found.")
@debug_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Say what this machine can do, and how to mend what it cannot.

    Exit status 3 where something essential is missing.
    """
    from dataclasses import asdict

    from cowviz.doctor import examine

    findings = examine()
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2, ensure_ascii=False))
    else:
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            mark = style("ok     ", fg="green") if finding.ok else style("missing", fg="red")
            cure = "" if finding.ok else f"  ->  {finding.cure}"
            click.echo(f"{mark}  {finding.name.ljust(width)}  {finding.found}{cure}")
    if any(finding.essential and not finding.ok for finding in findings):
        ctx.exit(MissingTool.exit_status)
