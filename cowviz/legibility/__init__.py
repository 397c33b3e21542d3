"""Checks that pictures can be read: measures the shapes of a scene, whichever renderer draws them.

A rule is a function marked with ``@rule`` in any module of this package; nothing else names it.
"""
