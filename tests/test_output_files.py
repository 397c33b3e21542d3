"""Which files a path stands for."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cowviz.errors import CowvizError
from cowviz.output_files import is_numbered, literal, numbered

PARTS = st.lists(st.sampled_from([*"{}a/ .:!", "step", "02d", "{step}", "{step:1000000000d}", "{{step}}"]), max_size=12)
PATHS = PARTS.map("".join)


@pytest.mark.parametrize(
    ("path", "third"),
    [
        ("x-{step}.svg", "x-3.svg"),
        ("x-{step:02d}.svg", "x-03.svg"),
        ("{step}/{step:3}.svg", "3/  3.svg"),
        ("{{step}}.svg", "{step}.svg"),
        ("{a}{steps}{step.svg", "{a}{steps}{step.svg"),
    ],
)
def test_a_step_has_its_place(path, third):
    assert numbered(path, 3) == Path(third)


@pytest.mark.parametrize(
    "field",
    ["{step:1000000000d}", "{step:>99999999}", "{step!r}", "{step.x}", "{step[0]}", "{step:.9999999f}", "{step:c}",
     "{step:/<9}", "{step }", "{step:100d}", "{step:٣d}"],
)  # fmt: skip
def test_a_place_that_no_number_has_is_refused(field):
    assert is_numbered(f"x-{field}.svg"), "so that it is looked at"
    with pytest.raises(CowvizError, match="is not how a step's number is written") as caught:
        numbered(f"x-{field}.svg", 3)
    assert "\n" not in str(caught.value)


@given(PATHS)
def test_a_literal_path_is_the_path_whatever_its_name(path):
    assert not is_numbered(literal(path))
    assert numbered(literal(path), 3) == Path(path)


@given(PATHS, st.integers(1, 10_000))
def test_a_path_is_numbered_in_no_time_or_refused(path, step):
    with suppress(CowvizError):
        assert len(str(numbered(path, step))) < 1000
