"""Draws memory: the page graph, the emphasis, the marks, the stage around every view, and the contract of a view."""
