"""A font of the user's is found by file or by name, and what it lacks is shown by DejaVu."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from matplotlib.backends.backend_agg import FigureCanvasAgg

from cowviz.errors import CowvizError
from cowviz.renderers import fonts
from cowviz.renderers.fonts import check_glyphs, find
from cowviz.renderers.matplotlib import animate, figure, rasterise
from cowviz.renderers.svg import to_svg
from cowviz.scene.shapes import Scene, Text
from cowviz.scene.text_metrics import font_file, runs
from cowviz.scene.typeface import DEJAVU

FONTS = font_file().parent  # matplotlib brings a few more than DejaVu Sans
SERIF, ROMAN = FONTS / "DejaVuSerif.ttf", FONTS / "cmr10.ttf"


def words(text: str, font: str = "", **style: Any) -> Scene:
    shape = Text(x=20, y=60, text=text, size=40, fill="#000000", **style)
    return Scene({"words": shape}, "#ffffff", width=480, height=90, font=find(font) if font else DEJAVU)


def test_a_file_brings_the_bold_one_beside_it(tmp_path: Path) -> None:
    face = find(str(SERIF))
    assert (face.family, face.regular, face.bold) == ("DejaVu Serif", SERIF, FONTS / "DejaVuSerif-Bold.ttf")
    alone = Path(shutil.copy(SERIF, tmp_path))
    assert find(str(alone)).bold == alone


@pytest.mark.parametrize("name", ["DejaVu Serif", "dejavu serif"])
def test_a_name_is_that_of_an_installed_family(name: str) -> None:
    face = find(name)
    assert (face.family, face.regular.name, face.bold.name) == (
        "DejaVu Serif",
        "DejaVuSerif.ttf",
        "DejaVuSerif-Bold.ttf",
    )


def test_a_font_that_is_not_there_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(CowvizError, match=r"no font 'Dejavu Serf' is installed; did you mean DejaVu Serif"):
        find("Dejavu Serf")
    with pytest.raises(CowvizError, match=r"no font 'qqqq' is installed; give its file: --font FILE\.ttf"):
        find("qqqq")
    with pytest.raises(CowvizError, match=r"no file 'nowhere\.ttf'"):
        find("nowhere.ttf")
    (tmp_path / "text.ttf").write_text("no font")
    with pytest.raises(CowvizError, match=r"text\.ttf cannot be read as a font"):
        find(str(tmp_path / "text.ttf"))


def ink(scene: Scene) -> np.ndarray:
    return 255 - rasterise(scene, round(scene.width), round(scene.height))[..., 0].astype(int)


def test_text_is_drawn_in_it_and_bold_in_its_bold() -> None:
    sans, serif, bold = ink(words("Frame")), ink(words("Frame", str(SERIF))), ink(words("Frame", str(SERIF), bold=True))
    assert (sans != serif).any()
    assert bold.sum() > 1.2 * serif.sum()


def test_what_it_lacks_is_drawn_in_dejavu() -> None:
    """Computer Modern's Roman has no arrow: between its letters stands DejaVu's, where the letters leave room."""
    whole, arrow = ink(words("a→b", str(ROMAN))), ink(words("→"))
    columns = np.flatnonzero(arrow.any(axis=0))
    shape = arrow[:, columns[0] : columns[-1] + 1]
    hits = [x for x in range(whole.shape[1] - shape.shape[1]) if (whole[:, x : x + shape.shape[1]] == shape).all()]
    assert len(hits) == 1
    assert whole[:, : hits[0]].any() and whole[:, hits[0] + shape.shape[1] :].any()


@pytest.mark.parametrize("anchor", ["start", "middle", "end"])
def test_artists_draw_the_same(anchor: str) -> None:
    scene = words("a→b×c", str(ROMAN), anchor=anchor)
    scene.shapes["words"] = Text(x=240, y=60, text="a→b×c", size=40, fill="#000000", anchor=anchor)  # type: ignore[index]
    made = figure(scene, 480, 90)
    canvas = FigureCanvasAgg(made)
    canvas.draw()
    drawn = 255 - np.asarray(canvas.buffer_rgba())[..., 0].astype(int)

    def columns(picture: np.ndarray) -> tuple[int, int]:
        found = np.flatnonzero(picture.any(axis=0))
        return int(found[0]), int(found[-1])

    assert columns(drawn) == pytest.approx(columns(ink(scene)), abs=2)


def test_another_font_is_another_picture_for_a_canvas() -> None:
    scenes = [words("Frame"), words("Frame", str(SERIF)), words("Frame")]
    drawn = [still.pixels.copy() for still in animate(scenes, 480, 90)]
    assert (drawn[0] != drawn[1]).any()
    assert (drawn[0] == drawn[2]).all()


def test_svg_names_it_first_and_code_keeps_its_own() -> None:
    text = to_svg(words("x", str(SERIF), mono=True))
    assert "font-family=\"'DejaVu Serif', DejaVu Sans, Verdana, sans-serif\"" in text
    assert "DejaVu Sans Mono, 'DejaVu Serif', Menlo, Consolas, monospace" in text


def test_chinese(needs_cjk: Path) -> None:
    """Every sign is drawn, and no two alike, as empty boxes would be; Latin too, which the font lacks."""
    signs = [ink(words(sign, str(needs_cjk))) for sign in "复制页框x"]
    assert all(sign.any() for sign in signs)
    assert len({sign.tobytes() for sign in signs}) == len(signs)


def test_several_fonts_are_tried_in_order() -> None:
    """The zeroth has what it has, the first what that lacks, and so on; DejaVu is the last."""
    face = find([str(ROMAN), "DejaVu Serif"])
    assert face.families == ["cmr10", "DejaVu Serif"]
    assert [(file.name, part) for file, part in runs("aé☃b", face)] == [
        ("cmr10.ttf", "a"),
        ("DejaVuSerif.ttf", "é"),
        ("DejaVuSans.ttf", "☃"),
        ("cmr10.ttf", "b"),
    ]
    assert find("") == find(()) == DEJAVU
    text = to_svg(replace(words("x"), font=face))
    assert "font-family=\"'cmr10', 'DejaVu Serif', DejaVu Sans" in text
    with pytest.raises(CowvizError, match=r"^no glyph in cmr10 or DejaVu Serif or DejaVu Sans for \U0001f404;"):
        check_glyphs([replace(words("a\U0001f404\ufe0f"), font=face)])


def test_a_font_that_is_installed_later_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib import font_manager

    late = tmp_path / "late.ttf"
    monkeypatch.setattr(font_manager.fontManager, "ttflist", list(font_manager.fontManager.ttflist))
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: [str(late), str(tmp_path / "broken.ttf")])
    (tmp_path / "broken.ttf").write_text("no font")
    fonts._look_again.cache_clear()
    with pytest.raises(CowvizError, match="no font 'Zz Late' is installed"):
        find("Zz Late")
    with TTFont(SERIF) as font:
        for record in font["name"].names:
            if record.nameID in (1, 4, 16):
                record.string = "Zz Late"
        font.save(late)
    fonts._look_again.cache_clear()
    face = find("zz late")
    assert face is not None and face.regular == late
