"""Every theme there is: whatever section or right is drawn, letters and lines stand out."""

from __future__ import annotations

import re
from dataclasses import fields
from itertools import pairwise, product

import pytest

from cowviz import plugins
from cowviz.memory.machine import Prot, Section
from cowviz.scene.theme import Theme, Tint

THEMES = [plugins.find("themes", name).THEME for name in plugins.names("themes")]
every_theme = pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)

RIGHTS = [str(Prot(bits)) for bits in range(8)]


def linear(colour: str) -> list[float]:
    channels = [value / 255 for value in bytes.fromhex(colour[1:])]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def contrast(one: str, other: str) -> float:
    dark, light = sorted(
        sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear(x), strict=True)) for x in (one, other)
    )
    return (light + 0.05) / (dark + 0.05)


def tints(theme: Theme) -> list[Tint]:
    """All that the machine can make a picture ask for."""
    return list(
        {theme.tint(section.value, rights) for section, rights in product(Section, RIGHTS)} | {theme.tint("", "")}
    )


@every_theme
def test_colours_are_colours(theme):
    colours = [getattr(theme, field.name) for field in fields(Theme) if field.name not in ("name", "tints")]
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
    colours = [field.name for field in fields(Theme) if field.name not in ("name", "tints")]
    theme = Theme(name="t", **dict.fromkeys(colours, "#000000"), tints={"heap": a, "rw-": b, "": c})
    assert theme.tint("heap", "rw-") is a
    assert theme.tint("stack", "rw-") is b
    assert theme.tint("stack", "r--") is c
