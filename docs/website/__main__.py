"""Build the site.   python -m docs.website [FOLDER [SCENARIO ...]], by default output/site with all scenarios."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from docs.website import ROOT, documents, front, lessons, links


def build(folder: Path, names: list[str]) -> None:
    """Write every page, and what the pages link to."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(Path(__file__).with_name("style.css"), folder / "style.css")
    shown = [lesson for lesson in lessons.all_lessons() if not names or lesson.name in names]
    lessons.write(folder, shown)
    documents.write(folder)
    front.write(folder, shown)


def main(args: list[str]) -> int:
    folder = Path(args[0]) if args else ROOT / "output" / "site"
    build(folder, args[1:])
    dead = links.dead(folder)
    print(*dead, f"{folder / 'index.html'}: {len(list(folder.rglob('*.html')))} pages", sep="\n")
    return 1 if dead else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
