"""The whole way from a scenario to files: load it, compose its scenes, cut the stills, hand them to an exporter."""

from __future__ import annotations

from cowviz.movie.entry import load as load
from cowviz.movie.entry import run as run
from cowviz.movie.movie import Movie as Movie
from cowviz.movie.movie import MovieStep as MovieStep
