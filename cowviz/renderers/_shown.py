"""Figures that show themselves at the end of a notebook's cell: pyplot, which would do it, is left alone."""

from __future__ import annotations

from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.figure import Figure


class ShownFigure(Figure):
    """A Figure with a picture for notebooks."""

    def _repr_png_(self) -> bytes:
        file = BytesIO()
        self.savefig(file, format="png", dpi=self.dpi, facecolor=self.get_facecolor())
        return file.getvalue()


class ShownAxes(Axes):
    """Axes that show the figure that they are in."""

    def _repr_png_(self) -> bytes:
        figure = self.get_figure()
        assert isinstance(figure, ShownFigure)
        return figure._repr_png_()
