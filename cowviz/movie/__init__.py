"""Makes files of a scenario: loads it, composes its scenes, makes the stills, calls an exporter."""

from __future__ import annotations

from cowviz.movie.entry import load as load
from cowviz.movie.entry import run as run
from cowviz.movie.movie import Movie as Movie
from cowviz.movie.movie import MovieStep as MovieStep
