"""The project's own site: static pages that ask for nothing from anywhere else.   make site"""

from pathlib import Path

ROOT = Path(__file__).parents[2]
