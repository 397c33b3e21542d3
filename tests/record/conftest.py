"""The tests of record and verify share ``record_lab`` and ``verify_lab``, which the import mode would not find."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
