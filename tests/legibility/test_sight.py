"""Colours are seen as the papers say: published pairs, and colorspacious."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cowviz.legibility.colour_vision import DEFICIENT, ciede2000, contrast, difference, lab, linear, over, seen

# Sharma, Wu, Dalal: The CIEDE2000 Color-Difference Formula (2005), table 1: each branch of the formula.
PUBLISHED = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, 3.1571, -77.2803), (50, 0, -82.7485), 2.8615),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.4900, -0.0010), (50, -2.4900, 0.0009), 7.1792),
    ((50, 2.4900, -0.0010), (50, -2.4900, 0.0011), 7.2195),
    ((50, -0.0010, 2.4900), (50, 0.0009, -2.4900), 4.8045),
    ((50, -0.0010, 2.4900), (50, 0.0011, -2.4900), 4.7461),
    ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (61, -5, 29), 22.8977),
    ((50, 2.5, 0), (56, -27, -3), 31.9030),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((90.9257, -0.5406, -0.9208), (88.6381, -0.8985, -0.7239), 1.5381),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]
COLOURS = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")


@pytest.mark.parametrize(("one", "other", "distance"), PUBLISHED)
def test_distances_are_those_published(one, other, distance):
    assert ciede2000(one, other) == pytest.approx(distance, abs=0.0001)
    assert ciede2000(other, one) == pytest.approx(distance, abs=0.0001)


@given(COLOURS)
def test_lab_is_colorspacious(colour):
    spaces = pytest.importorskip("colorspacious")
    rgb = [value / 255 for value in bytes.fromhex(colour[1:])]
    assert lab(linear(colour)) == pytest.approx(spaces.cspace_convert(rgb, "sRGB1", "CIELab"), abs=0.02)


KINDS = {"protan": "protanomaly", "deutan": "deuteranomaly", "tritan": "tritanomaly"}


@pytest.mark.parametrize("vision", DEFICIENT)
@given(colour=COLOURS)
def test_deficient_sight_is_colorspacious(vision, colour):
    spaces = pytest.importorskip("colorspacious")
    kind = {"name": "sRGB1+CVD", "cvd_type": KINDS[vision], "severity": 100}
    rgb = [value / 255 for value in bytes.fromhex(colour[1:])]
    expected = spaces.cspace_convert(spaces.cspace_convert(rgb, kind, "sRGB1"), "sRGB1", "sRGB1-linear")
    shown = [min(max(light, 0), 1) for light in expected]
    assert seen(linear(colour), vision) == pytest.approx(shown, abs=0.002)


@given(COLOURS, COLOURS)
def test_in_grey_print_only_the_light_counts(one, other):
    red, green, blue = seen(linear(one), "grey")
    assert red == green == blue
    assert difference(one, other, "grey") <= 100.1


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48), ("#123456", "#123456", 1)]
)
def test_contrast_is_wcags(one, other, ratio):
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.01)


def test_a_pale_colour_lets_through_what_lies_below():
    assert over("#ff0000", 1, "#0000ff") == "#ff0000"
    assert over("#ff0000", 0.5, "#0000ff") == "#800080"
    assert over("#ff0000", 0, "#0000ff") == "#0000ff"
