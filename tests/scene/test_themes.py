"""Every theme there is: whatever section or right is drawn, letters and lines stand out."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from itertools import pairwise, product
from math import atan2, degrees

import pytest

import cowviz
from cowviz import plugins
from cowviz.memory.machine import Prot, Section
from cowviz.scene.shapes import Line, Text
from cowviz.scene.theme import Theme, Tint

THEMES = [plugins.find("themes", name).THEME for name in plugins.names("themes")]
every_theme = pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)

OTHERS = ("name", "tints", "weight")  # of a theme's fields, those that are no colour
RIGHTS = [str(Prot(bits)) for bits in range(8)]


def linear(colour: str) -> list[float]:
    channels = [value / 255 for value in bytes.fromhex(colour[1:])]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def contrast(one: str, other: str, stray: float = 0) -> float:
    """WCAG's ratio, with so much stray light over both, of white's."""
    dark, light = sorted(
        sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear(x), strict=True)) for x in (one, other)
    )
    return (light + stray + 0.05) / (dark + stray + 0.05)


def tints(theme: Theme) -> list[Tint]:
    """All that the machine can make a picture ask for."""
    return list(
        {theme.tint(section.value, rights) for section, rights in product(Section, RIGHTS)} | {theme.tint("", "")}
    )


@every_theme
def test_colours_are_colours(theme):
    colours = [getattr(theme, field.name) for field in fields(Theme) if field.name not in OTHERS]
    colours += [colour for tint in theme.tints.values() for colour in (tint.fill, tint.edge)]
    assert [colour for colour in colours if not re.fullmatch("#[0-9a-f]{6}", colour)] == []


@every_theme
def test_it_has_a_tint_for_everything(theme):
    assert "" in theme.tints
    assert tints(theme)


@every_theme
def test_text_stands_out(theme):
    grounds = [theme.background, theme.panel, theme.empty, *(tint.fill for tint in tints(theme))]
    found = [
        (ink, ground, round(contrast(ink, ground), 2))
        for ink, ground in product((theme.text, theme.muted), grounds)
        if contrast(ink, ground) < 4.5
    ]
    assert found == []
    assert contrast(theme.on_accent, theme.accent) >= 4.5
    assert contrast(theme.accent, theme.background) >= 4.5  # the word fork()


@every_theme
def test_lines_stand_out(theme):
    grounds = (theme.background, theme.panel)
    lines = [theme.line, theme.accent, *(tint.edge for tint in tints(theme))]
    found = [(line, ground) for line, ground in product(lines, grounds) if contrast(line, ground) < 3]
    found += [(tint.edge, tint.fill) for tint in tints(theme) if contrast(tint.edge, tint.fill) < 3]
    found += [(tint.edge, theme.empty) for tint in tints(theme) if contrast(tint.edge, theme.empty) < 3]
    found += [(theme.accent, tint.fill) for tint in tints(theme) if contrast(theme.accent, tint.fill) < 3]
    assert found == []


AAA = plugins.find("themes", "contrast").THEME


def test_high_contrast_is_wcags_aaa():
    grounds = [AAA.background, AAA.panel, AAA.empty, *(tint.fill for tint in tints(AAA))]
    words = [*product((AAA.text, AAA.muted), grounds), (AAA.on_accent, AAA.accent), (AAA.accent, AAA.background)]
    assert [pair for pair in words if contrast(*pair) < 7] == []
    lines = product((AAA.line, AAA.accent, AAA.free, AAA.panel_edge), grounds)
    edges = [(tint.edge, ground) for tint in tints(AAA) for ground in (tint.fill, AAA.empty, AAA.panel)]
    assert [pair for pair in (*lines, *edges) if contrast(*pair) < 4.5] == []


def test_a_projectors_colours_survive_stray_light():
    """A tenth of the lamp's light comes back from the room, on black and on white alike."""
    theme = plugins.find("themes", "projector").THEME

    def lit(ink: str, ground: str) -> float:
        return contrast(ink, ground, stray=0.1)

    grounds = [theme.background, theme.panel, theme.empty, *(tint.fill for tint in tints(theme))]
    assert min(lit(ink, ground) for ink, ground in product((theme.text, theme.muted), grounds)) >= 4.5
    assert min(lit(theme.accent, ground) for ground in grounds) >= 3
    assert min(lit(tint.edge, ground) for tint in tints(theme) for ground in (tint.fill, theme.panel)) >= 3
    assert theme.weight >= 1.4


def test_print_is_grey_and_fills_nothing():
    theme = plugins.find("themes", "print").THEME
    colours = [getattr(theme, field.name) for field in fields(Theme) if field.name not in OTHERS]
    colours += [colour for tint in theme.tints.values() for colour in (tint.fill, tint.edge)]
    assert [colour for colour in colours if len(set(bytes.fromhex(colour[1:]))) > 1] == []
    fills = {theme.background, theme.panel, theme.empty, *(tint.fill for tint in theme.tints.values())}
    assert fills == {"#ffffff"}
    patterns = [theme.tint(section.value, "").notches for section in Section]
    assert len(set(patterns)) == len(patterns), "in grey, a pattern tells what a hue would"


def hue(colour: str) -> float:
    """The angle of a colour's hue in CIELAB, in degrees."""
    red, green, blue = linear(colour)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return degrees(atan2(200 * (fy - fz), 500 * (fx - fy)))


@pytest.mark.parametrize("name", ["dark", "projector", "contrast"])
def test_a_section_keeps_its_hue_in_every_theme(name):
    """Who changes the theme need not learn the colours anew. Course colours by right, print not at all."""
    light, theme = plugins.find("themes", "light").THEME, plugins.find("themes", name).THEME
    turns = {
        section.value: abs((hue(mine.edge) - hue(lights.edge) + 180) % 360 - 180)
        for section in Section
        if (lights := light.tint(section.value, "")) and (mine := theme.tint(section.value, ""))
    }
    assert {section: round(turn) for section, turn in turns.items() if turn > 25} == {}


def test_a_heavier_theme_has_heavier_lines_and_the_same_places():
    light = plugins.find("themes", "light").THEME
    movie = cowviz.load("fork_cow")
    plain, heavy = (movie.picture(7, theme=each).shapes for each in (light, replace(light, weight=2)))
    for name, shape in plain.items():
        usual = {} if isinstance(shape, Text) else {"width": shape.width}
        more = {"head_size": shape.head_size} if isinstance(shape, Line) else {}
        assert replace(heavy[name], **usual, **more) == shape  # type: ignore[arg-type]
        assert not usual or heavy[name].width == 2 * shape.width


@every_theme
def test_a_free_frames_edge_stands_out(theme):
    """It says that there is a frame, and that nobody uses it."""
    assert round(contrast(theme.free, theme.panel), 2) >= 3
    assert round(contrast(theme.free, theme.empty), 2) >= 3


@every_theme
def test_neighbouring_sections_differ(theme):
    """They lie one below the other: each has another tint than the next, or the same may be done with it."""
    usual = {Section.TEXT: "r-x", Section.RODATA: "r--"}
    order = [(section.value, usual.get(section, "rw-")) for section in Section]
    for one, other in pairwise(order):
        assert theme.tint(*one) != theme.tint(*other) or one[1] == other[1]


def test_a_themes_tint_goes_by_section_then_by_right_then_by_nothing():
    a, b, c = Tint("#000001", "#000002"), Tint("#000003", "#000004"), Tint("#000005", "#000006")
    colours = [field.name for field in fields(Theme) if field.name not in OTHERS]
    theme = Theme(name="t", **dict.fromkeys(colours, "#000000"), tints={"heap": a, "rw-": b, "": c})  # type: ignore[arg-type]
    assert theme.tint("heap", "rw-") is a
    assert theme.tint("stack", "rw-") is b
    assert theme.tint("stack", "r--") is c
