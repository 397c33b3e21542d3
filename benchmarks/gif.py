"""What cowviz's GIF costs beside the usual way with matplotlib: CPU seconds, peak memory, bytes.

    python benchmarks/gif.py [SCENARIO] [--runs N]

The same stills are written (a) by ``cowviz render SCENARIO FILE.gif`` and (b) by matplotlib's ``FuncAnimation`` and
``PillowWriter``, drawing the same shapes as artists. (b) draws each still once, a hold too, which favours it: the usual
script repeats a still for as long as it holds. Each run is a process of its own, imports and all; the two take turns,
so that a busy machine hits both.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import NamedTuple

import click

WIDTH, HEIGHT, DPI = 1280, 720, 96


class Cost(NamedTuple):
    """What one run took: user and system time, the most memory it held, the size of its GIF."""

    cpu: float  # s
    memory: float  # MiB
    size: int  # bytes


def with_func_animation(scenario: str, path: Path) -> None:
    from matplotlib.animation import FuncAnimation, PillowWriter
    from matplotlib.figure import Figure

    import cowviz
    from cowviz.renderers.matplotlib import draw

    stills = cowviz.load(scenario).stills()
    figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI)
    axes = figure.add_axes((0, 0, 1, 1))

    def redraw(number: int) -> None:
        axes.clear()
        draw(stills[number].scene, axes)

    animation = FuncAnimation(figure, redraw, frames=len(stills), init_func=lambda: None)
    animation.save(path, writer=PillowWriter(fps=20), dpi=DPI)


WAYS = {
    "cowviz render": ["-m", "cowviz", "render"],
    "FuncAnimation + PillowWriter": [__file__, "--with-func-animation"],
}


def cost(way: str, scenario: str, path: Path) -> Cost:
    """Run one way in a process of its own."""
    silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    command = [sys.executable, *WAYS[way], scenario, str(path)]
    child = os.posix_spawn(sys.executable, command, os.environ, file_actions=silent)
    _, status, usage = os.wait4(child, 0)
    if status:
        raise SystemExit(f"{way} failed")
    in_kib = 1 if sys.platform != "darwin" else 1024  # ru_maxrss: KiB, but bytes on macOS
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / in_kib / 1024, path.stat().st_size)


@click.command()
@click.argument("scenario", default="fork_cow")
@click.option("--runs", default=5, show_default=True, help="How often each way runs; the medians are printed.")
@click.argument("path", required=False, metavar="", type=click.Path(path_type=Path))
@click.option("--with-func-animation", "only", is_flag=True, hidden=True)
def main(scenario: str, runs: int, path: Path | None, only: bool) -> None:
    """Compare the two ways to write the GIF of SCENARIO."""
    if only and path:
        with_func_animation(scenario, path)
        return
    costs: dict[str, list[Cost]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(runs):
            for way in WAYS:
                costs[way].append(cost(way, scenario, Path(folder) / "a.gif"))
    report(scenario, runs, {way: Cost(*map(median, zip(*each, strict=True))) for way, each in costs.items()})


def report(scenario: str, runs: int, medians: dict[str, Cost]) -> None:
    """Print the medians, and how many times more the other way takes."""
    ours, theirs = medians.values()
    click.echo(f"{scenario} as a GIF of {WIDTH}x{HEIGHT}, medians of {runs} runs")
    click.echo(f"{'':30} {'CPU s':>9} {'peak MiB':>9} {'bytes':>11}")
    for way, (cpu, memory, size) in medians.items():
        click.echo(f"{way:30} {cpu:9.2f} {memory:9.0f} {size:11,}")
    ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
    click.echo(f"{'times as much':30} {ratios[0]:9.1f} {ratios[1]:9.1f} {ratios[2]:11.1f}")


if __name__ == "__main__":
    main()
