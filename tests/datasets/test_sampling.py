"""Shares of the training rows: nested, by seed, in proportion to classes, whole groups."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from regctl.datasets.sampling import sampled
from regctl.errors import DataError
from regctl.types import Column, FoldRows, OpenData, Part, SplitRecord, Table, Target


def open_data(rows=200, classes=(), blocks=None, target=None):
    target = np.arange(rows, dtype=float) if target is None else np.asarray(target, float)
    table = Table((Column("x", "number"),), {"x": np.arange(rows, dtype=float)}, target)
    empty = table.take(np.arange(20))
    return OpenData(Part(table, blocks), Part(empty), SplitRecord({}, "", ""), Target("y", None, classes))


def kept(data, share, seed):
    return sampled(data, share, seed).train.table.values["x"].astype(int).tolist()


def test_a_larger_share_holds_every_row_of_a_smaller_one():
    data = open_data()
    shares = [kept(data, share, 3) for share in (0.05, 0.1, 0.4, 0.8)]
    assert [len(rows) for rows in shares] == [10, 20, 80, 160]
    assert all(set(less) < set(more) for less, more in itertools.pairwise(shares))
    assert all(rows == sorted(rows) for rows in shares)


def test_another_seed_draws_other_rows_and_the_same_seed_the_same():
    data = open_data()
    assert kept(data, 0.2, 1) == kept(data, 0.2, 1) != kept(data, 0.2, 2)


def test_the_draw_is_uniform():
    counts = np.zeros(50)
    for seed in range(800):
        counts[kept(open_data(50), 0.2, seed)] += 1
    assert counts.mean() == 160
    assert abs(counts - 160).max() < 5 * np.sqrt(800 * 0.2 * 0.8)


@pytest.mark.parametrize("seed", range(5))
def test_every_share_has_the_classes_in_proportion(seed):
    target = np.repeat([0, 1], [150, 50])
    data = open_data(target=target, classes=("no", "yes"))
    for share in (0.1, 0.2, 0.5):
        found = np.bincount(sampled(data, share, seed).train.table.target.astype(int))
        assert abs(found[1] / found.sum() - 0.25) < 0.03
        assert set(kept(data, 0.1, seed)) <= set(kept(data, share, seed))


def test_groups_stay_whole():
    blocks = np.repeat(np.arange(20), 10)
    for share in (0.12, 0.3, 0.55):
        data = sampled(open_data(blocks=blocks), share, 4)
        assert np.unique(np.bincount(data.train.blocks, minlength=20)).tolist() == [0, 10]
        assert len(data.train.table) >= round(share * 200)


def test_each_fold_keeps_a_share_of_its_own_training_rows():
    folds = tuple(FoldRows(np.setdiff1d(np.arange(200), held), held) for held in np.split(np.arange(200), 4))
    data = sampled(replace(open_data(), folds=folds), 0.2, 0)
    for fold, whole in zip(data.folds, folds, strict=True):
        assert len(fold.train) == 30
        assert set(fold.train.tolist()) <= set(whole.train.tolist())
        np.testing.assert_array_equal(fold.validation, whole.validation)


def test_a_share_that_leaves_fewer_rows_than_folds_is_refused():
    folds = tuple(FoldRows(np.arange(180), np.arange(180, 200)) for _ in range(5))
    with pytest.raises(DataError, match=r"0\.02 of 180 training rows are 4, and 5 are needed"):
        sampled(replace(open_data(), folds=folds), 0.02, 0)
    with pytest.raises(DataError, match=r"sweep\.samples: 0\.001 of 200 training rows are 0"):
        sampled(open_data(), 0.001, 0)


def test_a_share_that_loses_a_class_is_refused():
    data = open_data(target=np.repeat([0, 1], [199, 1]), classes=("no", "yes"))
    with pytest.raises(DataError, match="hold no row of class 'yes'"):
        sampled(data, 0.1, 0)
