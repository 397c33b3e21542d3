"""The radix tree is a dictionary with an order, and shares what did not change."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cowviz.memory.page_table import FANOUT, KEYS, Radix

near = st.integers(0, 3 * FANOUT)
keys = st.one_of(near, near.map(lambda k: k + (1 << 27) - FANOUT), near.map(lambda k: KEYS - 1 - k))
pairs = st.lists(st.tuples(keys, st.integers()), max_size=20)
quiet = settings(derandomize=True, deadline=None, max_examples=200)


@quiet
@given(pairs, st.lists(st.tuples(keys, st.none() | st.integers()), max_size=20))
def test_it_is_a_dictionary_in_order(first, then):
    tree, model = Radix.of(first), dict(first)
    for key, value in then:
        tree = tree.without(key) if value is None else tree.set(key, value)
        model.pop(key, None) if value is None else model.update({key: value})
        assert tree.get(key) == value
        assert (key in tree) == (value is not None)
    assert list(tree.items()) == sorted(model.items())
    assert list(tree) == sorted(model)
    assert len(tree) == len(model)
    assert tree == Radix.of(model.items()) == Radix.of(first).updated(then)


@quiet
@given(pairs, keys, keys)
def test_ranges(first, lo, hi):
    tree, model = Radix.of(first), dict(first)
    inside = {key: value for key, value in model.items() if lo <= key < hi}
    assert list(tree.items(lo, hi)) == sorted(inside.items())
    assert list(tree.items(lo)) == sorted((k, v) for k, v in model.items() if k >= lo)
    assert tree.without_range(lo, hi) == Radix.of((k, v) for k, v in model.items() if k not in inside)
    assert tree.map_values(lambda v: v + 1, lo, hi) == Radix.of((k, v + (k in inside)) for k, v in model.items())


@quiet
@given(pairs, keys)
def test_setting_shares_every_other_leaf(first, key):
    tree = Radix.of(first)
    changed = tree.set(key, "new")
    for other in tree:
        assert (changed.leaf(other) is tree.leaf(other)) == (other // FANOUT != key // FANOUT)


def test_an_emptied_tree_is_the_empty_tree():
    assert Radix.of([(5, 1), (KEYS - 1, 2)]).without(5).without(KEYS - 1) == Radix()
    assert Radix.of([(5, 1)]).without_range(0) == Radix()


def test_nothing_to_do_is_the_same_tree():
    tree = Radix.of([(5, "a"), (FANOUT, "b")])
    assert tree.without(6) is tree
    assert tree.without_range(6, FANOUT) is tree
    assert tree.map_values(lambda value: value) is tree
    assert tree.map_values(str.upper, 0, FANOUT).leaf(FANOUT) is tree.leaf(FANOUT)


def test_keys_that_no_tree_has():
    assert Radix().get(-1) is None
    assert Radix().get(KEYS) is None
    for key in (-1, KEYS):
        with pytest.raises(ValueError, match="outside"):
            Radix().set(key, 1)
        with pytest.raises(ValueError, match="outside"):
            Radix().updated([(key, 1)])


def test_repr_says_what_is_in_it():
    assert repr(Radix[int].of([(2, 3)])) == "Radix.of([(2, 3)])"
