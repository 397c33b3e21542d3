"""The radix tree is a dictionary with an order, and shares what did not change."""

from __future__ import annotations

from itertools import compress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cowviz.memory.tables import radix
from cowviz.memory.tables.levels import FANOUT, KEYS
from cowviz.memory.tables.radix import Radix

near = st.integers(0, 3 * FANOUT)
keys = st.one_of(near, near.map(lambda k: k + (1 << 27) - FANOUT), near.map(lambda k: KEYS - 1 - k))
pairs = st.lists(st.tuples(keys, st.integers()), max_size=20)
quiet = settings(max_examples=200)


@quiet
@given(pairs, st.lists(st.tuples(keys, st.none() | st.integers()), max_size=20))
def test_it_is_a_dictionary_in_order(first, then):
    tree, model = Radix.of(first), dict(first)
    for key, value in then:
        tree = tree.updated([(key, None)]) if value is None else tree.set(key, value)
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
        assert (changed._leaf(other) is tree._leaf(other)) == (other // FANOUT != key // FANOUT)


@quiet
@given(pairs, st.lists(st.tuples(keys, st.none() | st.integers()), max_size=20))
def test_differences_are_what_makes_one_tree_of_another(first, then):
    old = Radix.of(first)
    new = old.updated(then)
    assert old.updated((key, value) for key, _, value in old.differences(new)) == new
    assert list(new.differences(old)) == [(key, now, was) for key, was, now in old.differences(new)]
    both = ((key, old.get(key), new.get(key)) for key in sorted({key for key, _ in [*first, *then]}))
    assert list(old.differences(new)) == [(key, was, now) for key, was, now in both if was != now]


def test_differences_do_not_read_what_is_shared(monkeypatch):
    tree = Radix.of((leaf * FANOUT, "old") for leaf in range(4))
    changed, read = tree.set(FANOUT, "new"), []
    monkeypatch.setattr(radix, "compress", lambda keys, chosen: read.append(chosen) or compress(keys, chosen))
    assert list(tree.differences(tree)) == []
    assert read == []
    assert list(tree.differences(changed)) == [(FANOUT, "old", "new")]
    assert len(read) == 1


def test_an_emptied_tree_is_the_empty_tree():
    assert Radix.of([(5, 1), (KEYS - 1, 2)]).updated([(5, None), (KEYS - 1, None)]) == Radix()
    assert Radix.of([(5, 1)]).without_range(0) == Radix()


def test_nothing_to_do_is_the_same_tree():
    tree = Radix.of([(5, "a"), (FANOUT, "b")])
    assert tree.without_range(6, FANOUT) is tree
    assert tree.map_values(lambda value: value) is tree
    assert tree.map_values(str.upper, 0, FANOUT)._leaf(FANOUT) is tree._leaf(FANOUT)


def test_keys_that_no_tree_has():
    assert Radix().get(-1) is None
    assert Radix().get(KEYS) is None
    for key in (-1, KEYS):
        with pytest.raises(ValueError, match="outside"):
            Radix().set(key, 1)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="outside"):
            Radix().updated([(key, 1)])  # type: ignore[list-item]


def test_repr_says_what_is_in_it():
    assert repr(Radix[int].of([(2, 3)])) == "Radix.of([(2, 3)])"
