# ruff: noqa: E501 (a row of a table of cases stays on one line)
import pytest
from spec_makers import problems_of

from regctl.spec.loading import load_spec


def quadratic(write, options):
    return write(f"name: x\ndataset:\n  source: quadratic\n  target: price\n  options: {options}\n")


@pytest.mark.parametrize(
    ("options", "place", "sentence"),
    [
        ("{nois: 3}", "5:13 dataset.options.nois", "unknown option of data set 'quadratic'. Did you mean 'noise'?"),
        ("{rows: 3}", "5:13 dataset.options.rows", "unknown option of data set 'quadratic'. Its options: n, noise, seed."),
        ("{n: 40.5}", "5:13 dataset.options.n", "expected a whole number. Received: 40.5."),
        ("{n: '40'}", "5:13 dataset.options.n", "expected a whole number. Received: '40'."),
        ("{n: true}", "5:13 dataset.options.n", "expected a whole number. Received: true."),
        ("{n: 4}", "5:13 dataset.options.n", "expected a number of at least 5. Received: 4."),
        ("{noise: -1}", "5:13 dataset.options.noise", "expected a number of at least 0. Received: -1."),
        ("{noise: .inf}", "5:13 dataset.options.noise", "expected a finite number. Received: inf."),
        ("{noise: [1]}", "5:13 dataset.options.noise", "expected a number. Received: [1]."),
        ("{seed: 0, n: 0}", "5:22 dataset.options.n", "expected a number of at least 5. Received: 0."),
        ("[n]", "5:3 dataset.options", "expected keys and values. Received: ['n']."),
    ],
)  # fmt: skip
def test_a_wrong_option_is_told_with_its_place(write, options, place, sentence):
    path = quadratic(write, options)
    assert problems_of(path) == [f"{path}:{place}: {sentence}"]


def test_all_wrong_options_are_told_at_once_also_those_of_an_override(write):
    path = quadratic(write, "{nois: 3}")
    found = problems_of(path, "dataset.options.n=2")
    assert len(found) == 2
    assert found[1] == "-S dataset.options.n=2: expected a number of at least 5. Received: 2."


def test_options_of_a_data_set_without_any_and_of_a_file_are_refused(write):
    path = write("name: x\ndataset: {source: ames, target: y, options: {n: 3}}\n")
    assert problems_of(path) == [
        f"{path}:2:46 dataset.options.n: unknown option of data set 'ames'. It has none."
    ]
    (path.parent / "x.csv").write_text("y\n1\n")
    path = write("name: x\ndataset: {source: x.csv, target: y, options: {n: 3}}\n")
    assert problems_of(path) == [
        f"{path}:2:37 dataset.options: go with a registered data set, and the source is a file. Remove them."
    ]


def test_right_options_are_kept(write):
    loaded = load_spec(quadratic(write, "{n: 50, noise: 3}"), ["dataset.options.seed=7"])
    assert loaded.spec.dataset.options == {"n": 50, "noise": 3, "seed": 7}
    assert loaded.origins["dataset.options.n"] == "spec"
    assert loaded.origins["dataset.options.seed"] == "override"
