"""cowviz list: lists the scenarios."""

from __future__ import annotations

import json
from pathlib import Path

import click

from cowviz.commands._options import debug_option, lang_option
from cowviz.console import style


@click.command(epilog="Example:  cowviz list --path ~/lectures")
@click.option("--json", "as_json", is_flag=True, help="For programs: a list of name, title and path.")
@click.option(
    "--path",
    "folders",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="DIR",
    help="List the scenarios of this folder too; may be given more than once.",
)
@lang_option
@debug_option
def command(as_json: bool, folders: tuple[Path, ...], lang: str | None) -> None:
    """List the scenarios with their titles."""
    from cowviz.language import known
    from cowviz.story.loader import scenarios

    found = scenarios(folders, lang and known(lang))
    if as_json:
        entries = [{"name": one.name, "title": one.title, "path": str(one.path)} for one in found]
        click.echo(json.dumps(entries, indent=2, ensure_ascii=False))
        return
    width = max((len(one.name) for one in found), default=0)
    for one in found:
        click.echo(f"{style(one.name.ljust(width), bold=True)}  {one.title}")
