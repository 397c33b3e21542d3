"""The figure's lint: what keeps a picture from being read, measured on its shapes. Any renderer's picture is judged so.

A rule is a function marked by ``@rule``, in whatever module of this package; nothing else knows it by name.
"""
