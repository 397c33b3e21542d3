"""Defines Theme: the colours of every role, as data; it knows no processes and no coordinates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cowviz.scene.shapes import Colour


@dataclass(frozen=True, slots=True)
class Tint:
    """Holds the colours of a memory section: a pale ``fill`` behind text, a strong ``edge`` and stripe.

    If hues do not tell sections apart, ``notches`` do: gaps in the stripe, in px of gap and of stripe in turn.
    """

    fill: Colour
    edge: Colour
    notches: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Theme:
    """Holds the colours of a picture by role, and the weight of its lines."""

    name: str
    background: Colour
    panel: Colour  # behind a process or physical memory
    panel_edge: Colour
    text: Colour
    muted: Colour  # quiet text: counters, legend, labels
    line: Colour  # arrows
    free: Colour  # edge of a frame nobody uses
    empty: Colour  # fill of a page without a frame, of a free frame
    accent: Colour  # what happens in this step, and nothing else
    on_accent: Colour  # text on the accent
    tints: Mapping[str, Tint]  # by section (".text", "heap" ...) or by permission ("r-x"), and "" for the rest
    weight: float = 1  # of all lines, edges and outlines

    def tint(self, section: str, permission: str) -> Tint:
        """Return the section's tint, or else the tint of its region's permission."""
        return self.tints.get(section) or self.tints.get(permission) or self.tints[""]
