"""Finds the user's font by file or family name, and checks that it has the glyphs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import ImageFont

from cowviz.errors import CowvizError, warn
from cowviz.scene.shapes import Scene, Text
from cowviz.scene.text_metrics import missing_glyphs
from cowviz.scene.typeface import DEJAVU, Typeface

if TYPE_CHECKING:
    from matplotlib.font_manager import FontEntry

SUFFIXES = (".ttf", ".otf", ".ttc")
REGULAR, BOLD, LEAST_BOLD = 400, 700, 600  # weights, as CSS counts them
MOST_NAMED = 12  # of the characters that a font lacks


def find(fonts: str | Sequence[str]) -> Typeface:
    """Find the typeface of a file (``fonts/My.ttf``) or a name (``Liberation Sans``), or of several in order.

    Without a name it is DejaVu. Raises CowvizError, with the nearest names, if there is none.
    """
    names = [fonts] if isinstance(fonts, str) else fonts
    found = [_of_file(Path(name)) if name.lower().endswith(SUFFIXES) else _of_name(name) for name in names if name]
    return replace(found[0], others=tuple(found[1:])) if found else DEJAVU


def check_glyphs(scenes: Iterable[Scene], only_warn: bool = False) -> None:
    """Check that the scenes' fonts or DejaVu have all characters. Raises CowvizError, or only warns."""
    told: set[str] = set()
    for scene in scenes:
        texts = [shape for shape in scene.shapes.values() if isinstance(shape, Text) and not shape.text.isascii()]
        missing = "".join(missing_glyphs(text.text, scene.font, text.bold, text.mono) for text in texts)
        if lost := [char for char in dict.fromkeys(missing) if char.isprintable() and char not in told]:
            shown = " ".join(lost[:MOST_NAMED]) + (" ..." if len(lost) > MOST_NAMED else "")
            fonts = " or ".join([*scene.font.families, "DejaVu Sans"])
            words = f"no glyph in {fonts} for {shown}"
            if not only_warn:
                raise CowvizError(f"{words}; choose a font that has them: --font FILE.ttf, several times if need be")
            warn(f"{words}: the program that shows the file needs a font that has them")
            told.update(lost)


def _of_file(path: Path) -> Typeface:
    """The file itself, and for bold the one of its family that lies beside it."""
    if not path.is_file():
        raise CowvizError(f"no file '{path}'; --font takes a .ttf, .otf or .ttc file, or the name of an installed font")
    family, style = _name(path)
    if not family:
        raise CowvizError(f"{path} cannot be read as a font; give another .ttf, .otf or .ttc file")
    if "Bold" in style:
        return Typeface(family, path, path)
    alike = sorted(path.parent.glob(f"{path.stem.partition('-')[0]}*{path.suffix}"))
    return Typeface(family, path, next((other for other in alike if _name(other) == (family, "Bold")), path))


def _name(path: Path) -> tuple[str, str]:
    """Family and style, as the file has them; "" where it is no font."""
    try:
        family, style = ImageFont.truetype(str(path)).getname()
    except OSError:
        return "", ""
    return family or path.stem, style or ""


def _of_name(name: str) -> Typeface:
    """The family's upright files whose weights are nearest to regular and to bold."""
    from cowviz.renderers.homeless import import_matplotlib

    import_matplotlib()
    mine = _installed(name) or (_look_again() and _installed(name))
    if not mine:
        raise _unknown(name, sorted({font.name for font in _installed("")}))

    def nearest(weight: int) -> tuple[int, Path]:
        # Of widths the usual one, of equals always the same: the system lists them in any order.
        found = min(mine, key=lambda font: (font.stretch != "normal", abs(_weight(font.weight) - weight), font.fname))
        return _weight(found.weight), Path(found.fname)

    regular, (weight, bold) = nearest(REGULAR)[1], nearest(BOLD)
    return Typeface(mine[0].name, regular, bold if weight >= LEAST_BOLD else regular)


def _installed(name: str) -> list[FontEntry]:
    """The upright fonts of that name, or all."""
    from matplotlib.font_manager import fontManager

    fonts = [font for font in fontManager.ttflist if font.style == "normal"]
    return [font for font in fonts if font.name.casefold() == name.casefold()] if name else fonts


@cache
def _look_again() -> bool:
    """Take in the fonts that were installed after matplotlib wrote down which there are."""
    from matplotlib.font_manager import findSystemFonts, fontManager

    known = {font.fname for font in fontManager.ttflist}
    for path in findSystemFonts():
        if path not in known:
            with suppress(Exception):  # a file that is no font, or a broken one: matplotlib leaves it out likewise
                fontManager.addfont(path)
    return True


def _weight(weight: int | str) -> int:
    from matplotlib.font_manager import weight_dict

    return int(weight_dict.get(weight, REGULAR)) if isinstance(weight, str) else int(weight)


def _unknown(name: str, names: list[str]) -> CowvizError:
    folded = {known.casefold(): known for known in names}
    near = [folded[each] for each in get_close_matches(name.casefold(), folded, n=3, cutoff=0.5)]
    hint = f"did you mean {' or '.join(near)}?" if near else "give its file: --font FILE.ttf"
    return CowvizError(f"no font {name!r} is installed; {hint}")
