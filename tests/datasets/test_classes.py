"""Labels → classes: their order, their numbers, their share of each part, and what is refused."""

import numpy as np
import polars as pl
import pytest
from sklearn.utils.class_weight import compute_sample_weight

from regctl.datasets.classes import balanced_weights
from regctl.datasets.opening import open_rows
from regctl.datasets.preparation import prepare
from regctl.errors import DataError
from regctl.spec.schema import Spec

GENERATOR = np.random.default_rng(0)


def spec_for(path, split=None, training=None, **dataset) -> Spec:
    return Spec.model_validate(
        {
            "name": "classes",
            "task": "classification",
            "dataset": {"source": str(path), "target": "kind", **dataset},
            "split": split or {},
            "training": training or {},
        }
    )


@pytest.fixture
def table(tmp_path):
    """Writes a table with these labels and a number that tells them apart."""

    def write(labels, name="kinds.csv", **columns):
        x = np.arange(len(labels)) / 7
        path = tmp_path / name
        frame = pl.DataFrame({"x": x, "kind": labels, **columns})
        frame.write_parquet(path) if name.endswith("parquet") else frame.write_csv(path)
        return path

    return write


def shuffled(*counts: tuple[object, int]) -> list:
    labels = [label for label, count in counts for _ in range(count)]
    return [labels[place] for place in GENERATOR.permutation(len(labels))]


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["b", "a", "C", "ä"], ("C", "a", "b", "ä")),  # text by code point
        ([10, 9, -1, 100], ("-1", "9", "10", "100")),  # numbers by value
        ([2.5, 1.0, 10.0], ("1", "2.5", "10")),
        ([True, False], ("false", "true")),
    ],
)
@pytest.mark.parametrize("name", ["kinds.csv", "kinds.parquet"])
def test_classes_are_sorted_and_numbered(table, labels, classes, name):
    path = table(shuffled(*((label, 20) for label in labels)), name)
    data = open_rows(spec_for(path))
    assert data.target.classes == classes
    written = pl.read_csv(path) if name.endswith("csv") else pl.read_parquet(path)
    for part, rows in (("train", data.train), ("validation", data.validation)):
        own = written["kind"].gather(list(data.split.parts[part].rows)).to_list()
        named = [classes[int(number)] for number in rows.table.target]
        expected = [str(label).lower() if isinstance(label, bool) else f"{label}" for label in own]
        assert named == [text.removesuffix(".0") for text in expected]


@pytest.mark.parametrize(
    ("labels", "positive", "classes"),
    [
        (["good", "bad"], None, ("bad", "good")),
        (["good", "bad"], "bad", ("good", "bad")),
        ([0, 1], 0, ("1", "0")),
        ([True, False], False, ("true", "false")),
        ([1.5, 2.5], 1.5, ("2.5", "1.5")),
    ],
)
def test_the_positive_class_is_number_one(table, labels, positive, classes):
    path = table(shuffled(*((label, 30) for label in labels)))
    assert open_rows(spec_for(path, positive=positive)).target.classes == classes


@pytest.mark.parametrize(
    ("labels", "dataset", "message"),
    [
        (["a"] * 40, {}, "target 'kind' of a classification is 'a' in every row"),
        (["a", "b"] * 20, {"positive": "c"}, "no class 'c' (dataset.positive)"),
        (["a", "b", "c"] * 20, {"positive": "c"}, "goes with two classes, received 3: 'a', 'b', 'c'"),
        (
            GENERATOR.normal(size=60).tolist(),
            {},
            "expected classes, received 60 different numbers, not all whole",
        ),
        (list(range(1001)) * 3, {}, "expected at most 1000 classes, received 1001"),
        (
            [5, 10**17, 10**17 + 1] * 20,
            {},
            "holds numbers beyond 2^53, where different classes look alike, in 40",
        ),
        (["a", "b", None, "a"] * 20, {}, "target 'kind' is missing in 20 of 80 rows"),
        (
            ["a"] * 40 + ["b"] * 40 + ["c"] * 2,
            {},
            "class 'c' of target 'kind': expected rows in every part, received 1 train, 1 validation, 0 test",
        ),
    ],
)
def test_what_is_no_classes_is_told_in_a_sentence(table, labels, dataset, message):
    with pytest.raises(DataError) as refused:
        open_rows(spec_for(table(labels), **dataset))
    assert message in str(refused.value)
    assert refused.value.hint


def test_a_class_without_training_rows_is_refused(table):
    labels = ["a", "b"] * 30 + ["late"] * 5
    path = table(labels, when=list(range(65)))
    with pytest.raises(DataError, match=r"class 'late'.*expected training rows, received 0 train, 0 val"):
        open_rows(spec_for(path, split={"time": "when"}))


def test_a_regression_of_texts_points_to_classification(table):
    path = table(["a", "b"] * 20)
    spec = spec_for(path).model_copy(update={"task": "regression"})
    with pytest.raises(DataError) as refused:
        open_rows(spec)
    assert "task: classification" in refused.value.hint


@pytest.mark.parametrize("split", [{}, {"column": "part"}])
def test_classes_have_their_share_of_each_part(table, split):
    labels = shuffled(("common", 200), ("rare", 20), ("rarest", 15))
    part = np.where(np.arange(235) % 5 == 0, "test", "train")
    data = open_rows(spec_for(table(labels, part=part), split=split))
    train, validation = (np.bincount(rows.table.target.astype(int)) for rows in (data.train, data.validation))
    rare = f"{train[0]} 'common', {train[1]} 'rare', {train[2]} 'rarest'"
    assert data.notes[0] == f"Classes of 'kind' in the training rows: {rare}."
    open_ = train + validation
    assert np.abs(validation / open_ - 0.25).max() <= 0.5 / open_.min()
    assert ("within the classes of 'kind'" in data.split.method) == (not split)


def test_a_given_stratum_wins_over_the_classes(table):
    labels = shuffled(("a", 60), ("b", 60))
    path = table(labels, area=["north", "south"] * 60)
    assert (
        "levels (or deciles) of 'area'" in open_rows(spec_for(path, split={"stratify": "area"})).split.method
    )


def test_balanced_weights_are_scikit_learns():
    numbers = GENERATOR.integers(0, 4, 200).astype(np.float64)
    np.testing.assert_allclose(
        balanced_weights(numbers, 4), compute_sample_weight("balanced", numbers), rtol=1e-6
    )


def test_only_training_rows_are_weighted_and_only_when_asked(table):
    path = table(shuffled(("a", 90), ("b", 30)))
    for training, weighted in (({"class_weight": "balanced"}, True), ({}, False)):
        spec = spec_for(path, training=training)
        data = open_rows(spec)
        _, prepared = prepare(data, spec)
        if weighted:
            expected = compute_sample_weight("balanced", data.train.table.target)
            np.testing.assert_allclose(prepared.row_weights, expected, rtol=1e-6)
        else:
            assert prepared.row_weights is None
        np.testing.assert_array_equal(prepared.y_train, data.train.table.target)


def test_a_table_of_texts_only_is_split_too(table):
    site, colour = (shuffled(*((f"{name}{i}", 12) for i in range(10))) for name in "sc")
    path = table(shuffled(("a", 60), ("b", 60)), site=site, colour=colour)
    data = open_rows(spec_for(path, features=["site", "colour"]))
    kinds = {"a": 0.0, "b": 1.0}
    written = pl.read_csv(path)
    for part, rows in (("train", data.train), ("validation", data.validation)):
        own = written[list(data.split.parts[part].rows)]
        assert rows.table.values["site"].tolist() == own["site"].to_list()
        assert rows.table.target.tolist() == [kinds[label] for label in own["kind"]]


def test_the_number_of_a_class_does_not_enter_a_rows_hash(table):
    labels = shuffled(("a", 30), ("b", 30))
    first = open_rows(spec_for(table(labels, "first.csv")))
    second = open_rows(spec_for(table([*labels, *["Z"] * 30], "second.csv")))
    assert (first.target.classes, second.target.classes) == (("a", "b"), ("Z", "a", "b"))

    def by_row(data):
        parts = data.split.parts.values()
        return {row: name for part in parts for row, name in zip(part.rows, part.hashes, strict=True)}

    assert by_row(first).items() <= by_row(second).items()
