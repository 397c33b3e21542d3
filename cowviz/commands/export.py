"""cowviz export: writes a folder for a slide deck, a website or a course."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from cowviz.commands._options import (
    debug_option,
    lang_option,
    load,
    look_options,
    pace_options,
    plugin_names,
    pptx_options,
    profile_option,
    scenario_argument,
    shown,
)
from cowviz.errors import CowvizError

if TYPE_CHECKING:
    from cowviz.destinations._slides import Destination


class _Export(click.Command):
    """Lists the destinations in its help."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from cowviz import plugins

        with formatter.section("Destinations"):
            formatter.write_dl(list(plugins.purposes("destinations").items()))
        super().format_epilog(ctx, formatter)


@click.command(cls=_Export, epilog="Example:  cowviz export fork_cow fork_cow-slides --to reveal")
@scenario_argument
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "destination",
    required=True,
    metavar="DESTINATION",
    shell_complete=plugin_names("destinations"),
    help="What the folder is for: one of those below, or the path of a .py with export().",
)
@look_options
@lang_option
@profile_option
@pace_options
@pptx_options
@click.option("--questions", is_flag=True, help="Let a player (html) ask before it shows what happens.")
@debug_option
def command(
    scenario: str, folder: Path, destination: str, profile: str | None, lang: str | None, **options: object
) -> None:
    """Make a folder out of a scenario, ready for what its files are shown with.

    Of what lies in DIR already, files of the same names are replaced.
    """
    from cowviz import plugins
    from cowviz.exporters.options import options_from
    from cowviz.language import speaking

    made_by = plugins.find("destinations", destination)
    movie = load(scenario, profile, lang)
    if not callable(made_by.export):
        raise CowvizError(f"destination {destination!r} must define export(movie, folder, options)")
    with speaking(movie.trace.lang), plugins.calling(f"destination {destination!r}", made_by.__name__):
        files = cast("Destination", made_by).export(movie, folder, options_from(options))
    if not isinstance(files, list | tuple) or not all(isinstance(file, Path) for file in files):
        raise CowvizError(
            f"destination {destination!r}: export() must return a list of the files that it wrote, as Paths"
        )
    for file in files:
        click.echo(shown(file))
    if then := getattr(made_by, "THEN", ""):
        click.echo(f"then, in {shown(folder)}:  {then}", err=True)
