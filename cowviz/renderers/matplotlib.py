"""Renders scenes with matplotlib: to pixels (fast), or as artists of a figure."""

from __future__ import annotations

from cowviz.renderers import homeless  # first of all: it imports matplotlib
from cowviz.renderers.artists import draw, figure
from cowviz.renderers.canvas import Drawn, animate, rasterise

__all__ = ["Drawn", "animate", "draw", "figure", "homeless", "rasterise"]
