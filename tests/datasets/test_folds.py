"""Folds against scikit-learn's splitters, and what a fold may know."""

from dataclasses import replace

import numpy as np
import pytest
from data_makers import houses, source_of, spec_for, write_csv
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from regctl.datasets.dividing import divide
from regctl.datasets.folds import prepare_folds
from regctl.datasets.opening import open_rows
from regctl.datasets.preparation import prepare
from regctl.errors import DataError
from regctl.spec.validation import KFold as Folds

ROWS = 203


def k_fold_spec(folds=5, repeats=1, split=None, source="ames", **dataset):
    spec = spec_for(source, split=split, **dataset)
    return spec.model_copy(update={"validation": Folds(folds=folds, repeats=repeats)})


def divided(columns, folds=5, repeats=1, **split):
    return divide(source_of({**houses(ROWS), **columns}), k_fold_spec(folds, repeats, split))


def fold_of_rows(result, repeat=0):
    """Row of the file → the fold that holds it out (−1: none), for the open rows."""
    rows = result.record.parts["train"].rows
    return dict(zip(rows, result.record.folds[repeat], strict=True))


# ---- scikit-learn as the oracle --------------------------------------------------------------------------------


@pytest.mark.parametrize("folds", [2, 3, 7, 10])
def test_folds_are_as_large_as_those_of_kfold(folds):
    result = divided({}, folds)
    found = np.array(result.record.folds[0])
    expected = [len(test) for _, test in KFold(folds).split(np.zeros(len(found)))]
    assert sorted(np.bincount(found).tolist()) == sorted(expected)
    assert len(found) == len(result.record.parts["train"].rows) == 162


def test_strata_have_the_shares_that_stratifiedkfold_gives_them():
    levels = np.array((["a"] * 7 + ["b"] * 3 + ["c"]) * 19)[:ROWS]
    result = divided({"level": levels.tolist()}, 5, stratify="level")
    own, found = levels[list(result.record.parts["train"].rows)], np.array(result.record.folds[0])
    tests = [test for _, test in StratifiedKFold(5).split(own, own)]
    for level in "abc":
        counts = sorted(int((own[found == fold] == level).sum()) for fold in range(5))
        assert counts == sorted(int((own[test] == level).sum()) for test in tests)
    assert sorted(np.bincount(found).tolist()) == sorted(map(len, tests))


def test_groups_stay_whole_and_as_balanced_as_with_groupkfold():
    city = np.random.default_rng(3).zipf(1.7, ROWS) % 40
    result = divided({"city": city.tolist()}, 4, group="city")
    own, found = city[list(result.record.parts["train"].rows)], np.array(result.record.folds[0])
    assert all(len(set(found[own == each].tolist())) == 1 for each in set(own.tolist()))
    tests = [len(test) for _, test in GroupKFold(4).split(own, groups=own)]
    spread = np.ptp(np.bincount(found, minlength=4))
    assert spread <= max(np.ptp(tests), np.bincount(own).max())


@pytest.mark.parametrize("folds", [2, 5])
def test_an_order_in_time_gives_the_windows_of_timeseriessplit(folds):
    when = np.random.default_rng(1).permutation(ROWS)
    data_spec = k_fold_spec(folds, split={"time": "when"}, features=["a", "b"])
    result = divide(source_of({**houses(ROWS), "when": when.tolist()}), data_spec)
    rows = np.array(result.record.parts["train"].rows)
    in_order = np.argsort(when[rows])
    found = result.division.fold_rows(data_spec)
    for number, (train, test) in enumerate(TimeSeriesSplit(folds).split(rows)):
        assert sorted(found[number].train.tolist()) == sorted(in_order[train].tolist())
        assert sorted(found[number].validation.tolist()) == sorted(in_order[test].tolist())
    never = 162 - folds * (162 // (folds + 1))
    assert (
        f"The first {never} rows in order of 'when' are trained on in every fold and never held out."
        in result.notes
    )


def test_rows_of_one_time_are_in_one_fold():
    when = (np.arange(ROWS) // 9).tolist()
    found = fold_of_rows(divided({"when": when}, 4, time="when", seed=0))
    assert all(
        len({found[row] for row in found if when[row] == time}) == 1 for time in set(when[: len(found)])
    )
    assert set(found.values()) == {-1, 0, 1, 2, 3}


# ---- what else holds -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("split", [{}, {"stratify": "c"}, {"group": "g"}], ids=str)
@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10**6), folds=st.integers(2, 4), repeats=st.integers(1, 2))
def test_identical_rows_never_part_and_every_row_is_held_out_once(split, seed, folds, repeats):
    random = np.random.default_rng(seed)
    spread = 12 if "group" not in split else 3000  # identical rows join groups: a few, not all
    table = {
        "a": random.integers(0, spread, 120).tolist(),
        "c": random.choice(["x", "y", ""], 120).tolist(),
        "g": random.integers(0, 40, 120).tolist(),
        "y": random.integers(0, 3, 120).tolist(),
    }
    spec = k_fold_spec(folds, repeats, split, features=["a", "c"])
    result = divide(source_of(table), spec)
    train = result.record.parts["train"]
    for repeat, own in enumerate(result.record.folds):
        assert set(own) == set(range(repeat * folds, (repeat + 1) * folds))
        held_out = [fold.validation for fold in result.division.fold_rows(spec)][repeat * folds :][:folds]
        assert sorted(np.concatenate(held_out).tolist()) == list(range(len(own)))
        by_hash = {}
        for digest, fold in zip(train.hashes, own, strict=True):
            by_hash.setdefault(digest, set()).add(fold)
        assert all(len(found) == 1 for found in by_hash.values())


def test_test_rows_are_those_of_the_holdout_and_the_order_of_rows_does_not_matter():
    table = houses(ROWS)
    holdout = divide(source_of(table), spec_for())
    result = divide(source_of(table), k_fold_spec())
    assert result.record.parts["test"] == holdout.record.parts["test"]
    order = np.random.default_rng(0).permutation(ROWS)
    shuffled = divide(
        source_of({name: [cells[i] for i in order] for name, cells in table.items()}), k_fold_spec()
    )
    moved = {int(order[row]): fold for row, fold in fold_of_rows(shuffled).items()}
    assert moved == fold_of_rows(result)


def test_repeats_and_seeds_divide_anew():
    result = divided({}, 5, 3)
    first, second, third = (np.array(result.record.folds[repeat]) - 5 * repeat for repeat in range(3))
    assert (first != second).mean() > 0.5
    assert (second != third).mean() > 0.5
    assert fold_of_rows(divided({}, 5, seed=1)) != fold_of_rows(divided({}, 5))


def test_a_given_column_pools_train_and_validation_rows():
    part = (["train"] * 6 + ["validation"] * 2 + ["test"] * 2) * 21
    result = divided({"part": part[:ROWS]}, 5, column="part")
    open_rows_ = [row for row in range(ROWS) if part[row] != "test"]
    assert list(result.record.parts["train"].rows) == open_rows_
    assert len(result.record.parts["validation"]) == 0
    assert result.record.method == "as column 'part' says; train and validation rows in 5 folds"
    marked = divided({"part": [word != "test" for word in part[:ROWS]]}, 5, column="part")
    assert list(marked.record.parts["train"].rows) == open_rows_
    assert not any("take their place" in note for note in marked.notes)


def test_identical_rows_in_folds_of_time_are_a_finding():
    table = houses(ROWS)
    for name in table:
        table[name][60] = table[name][20]
    (finding,) = divide(
        source_of({**table, "when": list(range(ROWS))}),
        k_fold_spec(5, split={"time": "when"}, features=["a", "b", "c"]),
    ).division.findings
    assert (finding.code, finding.evidence["first_rows"]) == ("REG501", [20, 60])


GROUPS = {"g": ["x", "y", "z", "u"] * 50 + ["x"] * 3}


@pytest.mark.parametrize(
    ("columns", "folds", "split", "message"),
    [
        (GROUPS, 5, {"group": "g", "seed": 1}, r"rows are \d groups of 'g'. Received: 5"),
        ({}, 163, {}, "expected at most 162, since the train and validation rows are 162 distinct rows"),
        (
            {"t": [0] * 150 + list(range(1, 54))},
            3,
            {"time": "t"},
            "of which fold 0 trains on 0 and holds out 150",
        ),
        ({"t": list(range(ROWS))}, 80, {"time": "t"}, "of which fold 0 trains on 2 and holds out 2"),
    ],
    ids=["groups", "rows", "ties", "few"],
)
def test_folds_that_the_rows_do_not_allow_are_refused_with_numbers(columns, folds, split, message):
    with pytest.raises(DataError, match=message):
        divided(columns, folds, **split)


# ---- preparation -----------------------------------------------------------------------------------------------


def rare_table():
    """One level in three rows, and a number that is the same in all rows but two."""
    table = houses(ROWS)
    table["c"] = ["odd" if row in (5, 50, 100) else cell for row, cell in enumerate(table["c"])]
    table["n"] = [1.5 if row in (7, 70) else 0.5 for row in range(ROWS)]
    return table


def prepared_in_folds(path, folds, **dataset):
    spec = k_fold_spec(folds, source=path, **dataset)
    data = open_rows(spec)
    return spec, data, prepare_folds(data, spec)


def test_a_column_that_a_fold_does_not_have_is_zero_in_all_its_rows(tmp_path):
    path = write_csv(tmp_path / "x.csv", {**houses(40), "n": [1.5 if row == 7 else 0.5 for row in range(40)]})
    _, data, found = prepared_in_folds(path, 4)
    place = data.split.parts["train"].rows.index(7)
    column = found.folds[0].names.index("n")
    for number, rows in enumerate(data.folds):
        own = found.folds[number]
        values = np.concatenate([own.x_train[:, column], own.x_validation[:, column]])
        assert values.any() == (place in rows.train)
    assert "Column 'n' has no effect in 1 of 4 folds: it is constant in their training rows." in found.notes


@pytest.mark.parametrize("rare", [False, True])
def test_a_fold_is_prepared_as_a_pipeline_of_its_own_would(tmp_path, rare):
    path = write_csv(tmp_path / "x.csv", rare_table() if rare else houses(ROWS))
    _, data, found = prepared_in_folds(path, 5, features=["a", "b", "c"])
    for number in range(5):
        train, held_out = data.tables(number)
        pipeline = ColumnTransformer(
            [
                ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), [0, 1]),
                ("levels", OneHotEncoder(handle_unknown="ignore", sparse_output=False), [2]),
            ]
        )
        raw = [np.column_stack([each.values[name] for name in ("a", "b", "c")]) for each in (train, held_out)]
        for table in raw:
            table[:, :2] = table[:, :2].astype(np.float32).astype(float)
        expected = pipeline.fit(raw[0]).transform(raw[1])
        levels = pipeline.named_transformers_["levels"].categories_[0]
        names = ["a", "b", *(f"c={level or '(missing)'}" for level in levels)]
        own = found.folds[number]
        if not rare:  # where levels are rare they share a column, which scikit-learn names otherwise
            for place, name in enumerate(names):
                held = own.x_validation[:, own.names.index(name)]
                np.testing.assert_allclose(held, expected[:, place].astype(float), rtol=1e-5, atol=1e-6)
        own_preparation, by_itself = prepare(data, spec_for(path, features=["a", "b", "c"]), number)
        assert own_preparation == found.preparations[number]
        columns = [own.names.index(name) for name in by_itself.names]
        np.testing.assert_array_equal(own.x_train[:, columns], by_itself.x_train)
        np.testing.assert_array_equal(own.x_validation[:, columns], by_itself.x_validation)
        others = np.delete(np.arange(len(own.names)), columns)
        assert not own.x_train[:, others].any()
        assert not own.x_validation[:, others].any()


def test_values_of_held_out_rows_move_nothing_in_their_folds_preparation(tmp_path):
    path = write_csv(tmp_path / "x.csv", rare_table())
    spec, data, clean = prepared_in_folds(path, 5)
    table = data.train.table
    for number, rows in enumerate(data.folds):
        values = {name: cells.copy() for name, cells in table.values.items()}
        for name, cells in values.items():
            cells[rows.validation] = "poison" if cells.dtype == object else 1e9
            assert (cells != table.values[name]).any()
        target = table.target.copy()
        target[rows.validation] = 1e9
        poisoned = replace(
            data, train=replace(data.train, table=replace(table, values=values, target=target))
        )
        dirty = prepare_folds(poisoned, spec)
        assert dirty.preparations[number] == clean.preparations[number]
        assert dirty.preparations != clean.preparations
        columns = [
            dirty.folds[number].names.index(name)
            for name in clean.folds[number].names
            if name in dirty.folds[number].names
        ]
        np.testing.assert_array_equal(dirty.folds[number].y_train, clean.folds[number].y_train)
        assert dirty.folds[number].x_train[:, columns].any()


def test_a_fold_whose_target_is_constant_is_named(tmp_path):
    table = houses(60)
    table["when"], table["y"] = list(range(60)), [2.0] * 20 + table["y"][20:]
    path = write_csv(tmp_path / "x.csv", table)
    spec = k_fold_spec(3, split={"time": "when"}, source=path, features=["a", "b"])
    with pytest.raises(DataError, match="folds, fold 0: target 'y' is 2 in every training row"):
        prepare_folds(open_rows(spec), spec)
