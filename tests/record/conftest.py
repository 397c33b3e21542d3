"""Tests of kernel share ``record_lab`` and ``verify_lab``, which pytest's import mode would not find by itself."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
