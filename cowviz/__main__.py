"""``python -m cowviz``."""

from __future__ import annotations

from cowviz.cli import main

if __name__ == "__main__":
    main()
