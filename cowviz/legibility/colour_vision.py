"""Computes contrast and difference of colours, also as seen with protan, deutan and tritan colour vision."""

from __future__ import annotations

from functools import lru_cache
from math import atan2, cos, degrees, exp, hypot, radians, sin, sqrt

from cowviz.scene.shapes import Colour

Triple = tuple[float, float, float]

# Machado, Oliveira and Fernandes: A Physiologically-based Model for Simulation of Color Vision Deficiency (2009),
# their matrices for linear RGB at severity 1.0.
DEFICIENT: dict[str, tuple[Triple, Triple, Triple]] = {
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
VISIONS = (*DEFICIENT, "grey")  # the last is a print without colour

_LUMINANCE = (0.2126, 0.7152, 0.0722)
_XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
_D65 = (0.95047, 1.0, 1.08883)


@lru_cache(maxsize=1024)
def linear(colour: Colour) -> Triple:
    """Return a colour as linear red, green and blue, 0 to 1 (IEC 61966-2-1)."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(colour))
    return red, green, blue


def _channels(colour: Colour) -> Triple:
    red, green, blue = bytes.fromhex(colour[1:])
    return red / 255, green / 255, blue / 255


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of WCAG 2.2, 1 to 21."""
    dark, light = sorted(_dot(_LUMINANCE, linear(colour)) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def over(upper: Colour, opacity: float, lower: Colour) -> Colour:
    """Return the colour seen where ``upper``, with this opacity (0 to 1), lies over ``lower``."""
    pairs = zip(bytes.fromhex(upper[1:]), bytes.fromhex(lower[1:]), strict=True)
    return "#" + "".join(f"{round(a * opacity + b * (1 - opacity)):02x}" for a, b in pairs)


@lru_cache(maxsize=4096)
def difference(one: Colour, other: Colour, vision: str = "") -> float:
    """Return the CIEDE2000 difference of two colours as seen with ``vision``; "" is normal colour vision."""
    return ciede2000(lab(seen(linear(one), vision)), lab(seen(linear(other), vision)))


def least_difference(one: Colour, other: Colour) -> tuple[float, str]:
    """Return the smallest CIEDE2000 difference over all kinds of vision, and the kind that has it."""
    return min((difference(one, other, vision), vision) for vision in VISIONS)


def seen(light: Triple, vision: str) -> Triple:
    """Return the linear RGB that shows normal vision how ``light`` looks with ``vision``."""
    if vision == "grey":
        return (_dot(_LUMINANCE, light),) * 3
    if not vision:
        return light
    red, green, blue = (min(max(_dot(row, light), 0.0), 1.0) for row in DEFICIENT[vision])
    return red, green, blue


def lab(light: Triple) -> Triple:
    """Convert linear RGB to CIELAB, for the white point D65."""
    x, y, z = (_root(_dot(row, light) / white) for row, white in zip(_XYZ, _D65, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _root(t: float) -> float:
    return float(t ** (1 / 3)) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116


def ciede2000(one: Triple, other: Triple) -> float:
    """Return the colour difference of CIE 142-2001, in the notation of Sharma, Wu and Dalal (2005)."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean = ((hypot(a1, b1) + hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - sqrt(mean / (mean + 25**7)))
    c1, c2 = hypot(a1 * (1 + g), b1), hypot(a2 * (1 + g), b2)
    h1, h2 = _hue(a1 * (1 + g), b1), _hue(a2 * (1 + g), b2)
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    if turn == -180 and h2 > h1:
        turn = 180.0
    dl, dc, dh = l2 - l1, c2 - c1, 2 * sqrt(c1 * c2) * sin(radians(turn) / 2)
    l, c = (l1 + l2) / 2, (c1 + c2) / 2  # noqa: E741
    h = h1 + h2
    if c1 * c2:
        h = h / 2 if abs(h1 - h2) <= 180 else (h + 360) / 2 if h < 360 else (h - 360) / 2
    t = 1 - 0.17 * _cos(h - 30) + 0.24 * _cos(2 * h) + 0.32 * _cos(3 * h + 6) - 0.20 * _cos(4 * h - 63)
    sl = 1 + 0.015 * (l - 50) ** 2 / sqrt(20 + (l - 50) ** 2)
    sc, sh = 1 + 0.045 * c, 1 + 0.015 * c * t
    rc = 2 * sqrt(c**7 / (c**7 + 25**7))
    rt = -sin(radians(60 * exp(-(((h - 275) / 25) ** 2)))) * rc
    return sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rt * (dc / sc) * (dh / sh))


def _hue(a: float, b: float) -> float:
    return degrees(atan2(b, a)) % 360 if a or b else 0.0


def _cos(angle: float) -> float:
    return cos(radians(angle))


def _dot(one: Triple, other: Triple) -> float:
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]
