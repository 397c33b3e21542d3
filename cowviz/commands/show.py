"""cowviz show: tells in words what happens."""

from __future__ import annotations

import click

from cowviz.commands._options import debug_option, lang_option, load, profile_option, scenario_argument


@click.command(epilog="Example:  cowviz show fork_cow --profile linux")
@scenario_argument
@profile_option
@lang_option
@click.option(
    "--json", "as_json", is_flag=True, help="For programs: the trace, which every command takes for a SCENARIO."
)
@debug_option
def command(scenario: str, profile: str | None, lang: str | None, as_json: bool) -> None:
    """Tell what happens, step by step.

    SCENARIO is a name, the path of a .py, or of a recorded .json. Told are events, counters, pages and frames.
    """
    movie = load(scenario, profile, lang)
    if as_json:
        from cowviz.trace.codec import dumps

        click.echo(dumps(movie.trace).rstrip("\n"))
    else:
        click.echo(movie.to_text().rstrip("\n"))
