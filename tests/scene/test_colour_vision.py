"""What colour-blind eyes and a grey copy make of every theme: no two meanings are told apart by a lost hue alone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from colorspacious import cspace_convert
from numpy.typing import NDArray

import cowviz
from cowviz import plugins
from cowviz.scene.shapes import Line, Rect, Scene, Text
from cowviz.scene.theme import Theme

APART = 15.0  # CIEDE2000: what is nearer needs another difference
BROADER = 1.5  # times as broad is seen as broader
VISIONS = {"protanopia": "protanomaly", "deuteranopia": "deuteranomaly", "tritanopia": "tritanomaly"}
THEMES = [plugins.find("themes", name).THEME for name in plugins.names("themes")]

every_theme = pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
every_vision = pytest.mark.parametrize("vision", [*VISIONS, "grey"])

Lab = NDArray[np.float64]
Form = tuple[str, float, bool, str]  # kind, breadth, whether dashed, words


@cache
def seen(colour: str, vision: str) -> Lab:
    """The colour in CIELAB as this eye sees it; grey is the colour's lightness alone."""
    rgb = np.array(list(bytes.fromhex(colour[1:]))) / 255
    if vision in VISIONS:
        space = {"name": "sRGB1+CVD", "cvd_type": VISIONS[vision], "severity": 100}
        rgb = np.clip(cspace_convert(rgb, space, "sRGB1"), 0, 1)
    lab: Lab = cspace_convert(rgb, "sRGB1", "CIELab")
    return lab * (1, 0, 0) if vision == "grey" else lab


def distance(one: Lab, other: Lab) -> float:
    """CIEDE2000. Source: Sharma, Wu, Dalal: The CIEDE2000 Color-Difference Formula (2005)."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(mean**7 / (mean**7 + 25**7))
    p, q = complex(stretch * a1, b1), complex(stretch * a2, b2)
    chroma, turn = (abs(p) + abs(q)) / 2, np.angle(q * p.conjugate())
    hue = np.degrees(np.angle(p) + turn / 2)

    def cos(degrees: float) -> float:
        return float(np.cos(np.radians(degrees)))

    t = 1 - 0.17 * cos(hue - 30) + 0.24 * cos(2 * hue) + 0.32 * cos(3 * hue + 6) - 0.2 * cos(4 * hue - 63)
    off = ((l1 + l2) / 2 - 50) ** 2
    light = (l2 - l1) / (1 + 0.015 * off / np.sqrt(20 + off))
    colour = (abs(q) - abs(p)) / (1 + 0.045 * chroma)
    shade = 2 * np.sqrt(abs(p) * abs(q)) * np.sin(turn / 2) / (1 + 0.015 * chroma * t)
    blue = np.exp(-((((hue - 275 + 180) % 360 - 180) / 25) ** 2))
    twist = -2 * np.sqrt(chroma**7 / (chroma**7 + 25**7)) * np.sin(np.radians(60 * blue))
    return float(np.sqrt(light**2 + colour**2 + shade**2 + twist * colour * shade))


@pytest.mark.parametrize(
    ("one", "other", "delta"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (58, 24, 15), 19.4535),
        ((22.7233, 20.0904, -46.694), (23.0331, 14.973, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_distances_are_the_published_ones(one, other, delta):
    assert distance(np.array(one), np.array(other)) == pytest.approx(delta, abs=1e-4)


@cache
def pictures() -> dict[str, list[Scene]]:
    movies = [cowviz.load(name) for name in ("fork_cow", "sections")]
    return {theme.name: [step[-1] for movie in movies for step in movie.scenes(theme)] for theme in THEMES}


def meanings(scene: Scene, theme: Theme) -> Iterator[tuple[str, str, Form]]:
    """What each mark means, its colour, and its form."""
    named = {s.group: s.text for s in scene.shapes.values() if isinstance(s, Text) and s.role == "name"}
    for shape in scene.shapes.values():
        text = named.get(shape.group, "")
        match shape:
            case Line(role="arrow"):
                now = "now" if shape.stroke == theme.accent else "a mapping"
                yield now, shape.stroke, ("line", shape.width, False, "")  # dashes mean that it is read-only
            case Rect(role="outline", stroke=str() as stroke):
                yield "now", stroke, ("box", shape.width, False, "")
            case Rect(role="box", stroke=str() as stroke):
                yield f"{type(shape.of).__name__} {stroke}", stroke, ("box", shape.width, bool(shape.dash), text)


def differ(one: Form, other: Form) -> bool:
    thin, thick = sorted((one[1], other[1]))
    return one[2:] != other[2:] or thick >= BROADER * thin


@every_vision
@every_theme
def test_what_looks_alike_to_somebody_differs_by_its_form(theme, vision):
    alike, compared = set(), 0
    for scene in pictures()[theme.name]:
        for (a, one, form), (b, other, another) in combinations(set(meanings(scene, theme)), 2):
            if a != b and form[0] == another[0]:
                compared += 1
                if distance(seen(one, vision), seen(other, vision)) < APART and not differ(form, another):
                    alike.add((a, b, form, another))
    assert not alike
    assert compared > 100


@every_theme
def test_what_happens_now_has_the_broadest_lines(theme):
    """The accent is the one hue without words beside it everywhere."""
    marks = [mark for scene in pictures()[theme.name] for mark in meanings(scene, theme)]
    for kind in ("line", "box"):
        now = min(form[1] for what, _, form in marks if form[0] == kind and what == "now")
        rest = max(form[1] for what, _, form in marks if form[0] == kind and what != "now")
        assert now >= BROADER * rest


def contrast(one: str, other: str, vision: str) -> float:
    """WCAG's ratio for this eye."""
    dark, light = sorted(cspace_convert(seen(colour, vision), "CIELab", "XYZ1")[1] for colour in (one, other))
    return float((light + 0.05) / (dark + 0.05))


@every_vision
@every_theme
def test_words_stay_readable_to_all(theme, vision):
    grounds = {theme.background, theme.panel, theme.empty, *(tint.fill for tint in theme.tints.values())}
    pairs = [(ink, ground) for ink in (theme.text, theme.muted) for ground in grounds]
    pairs += [(theme.on_accent, theme.accent), (theme.accent, theme.background)]
    least = 6 if theme.name == "contrast" else 4
    assert [(pair, contrast(*pair, vision)) for pair in pairs if contrast(*pair, vision) < least] == []
