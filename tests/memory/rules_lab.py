"""What the tests of rules share."""

from __future__ import annotations

import pytest

from cowviz.memory.profile import LINUX, TEXTBOOK

both = pytest.mark.parametrize("profile", [LINUX, TEXTBOOK], ids=lambda profile: profile.name)
