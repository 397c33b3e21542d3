"""Print the tables that come from the code into the documents, between their markers.   make docs

    <!-- table: fault-kinds -->
    (what stands here is replaced)
    <!-- end -->

``tests/test_docs.py`` fails where a document's table is not the code's.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from cowviz import plugins
from cowviz.narration.fault_kinds import MEANINGS

ROOT = Path(__file__).parents[1]
MARKED = re.compile(r"(<!-- table: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def documents() -> list[Path]:
    """Every document of the project that may hold a table."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def regenerated(text: str) -> str:
    """The document with each of its tables printed anew."""
    return MARKED.sub(lambda match: match[1] + TABLES[match[2]]() + match[3], text)


def fault_kinds() -> str:
    return table(
        ("kind", "severity", "when, and what the kernel does"),
        ((f"`{k.name}`", k.severity, meaning) for k, meaning in MEANINGS.items()),
    )


def scenarios() -> str:
    return table(
        ("scenario", "shows"),
        ((f"`{path.stem}`", title(path)) for path in sorted((ROOT / "scenarios").glob("[a-z]*.py"))),
    )


def formats() -> str:
    by_kind: dict[str, list[str]] = {kind: [] for kind in SHOWN}
    for suffix, made in sorted(plugins.formats().items()):
        by_kind[made.shows].append(f"`{suffix}`")
    return table(("suffix", "is"), ((" ".join(by_kind[kind]), meaning) for kind, meaning in SHOWN.items()))


SHOWN = {
    "animation": "the animation; `.vtt` its captions, timed to the video",
    "picture": "one picture: the last step, or `--step N`",
    "document": "a page or a slide for each step ([slides](docs/slides.md)); `.html`: a player, one file that works "
    "offline ([on the web](docs/web.md))",
    "trace": "the lesson as data, which loads again in place of a scenario (`.json`), or in words (`.txt`)",
}
TABLES: dict[str, Callable[[], str]] = {"fault-kinds": fault_kinds, "scenarios": scenarios, "formats": formats}


def title(path: Path) -> str:
    """The first line of a scenario's docstring."""
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0].rstrip(".")


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def main() -> None:
    for path in documents():
        old = path.read_text(encoding="utf-8")
        new = regenerated(old)
        if new != old:
            path.write_text(new, encoding="utf-8")
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
