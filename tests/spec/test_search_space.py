"""`tune` in a spec: what is searched for a target, what is refused, and what a spec then says for a proposal."""

import pytest

from regctl.errors import SpecError
from regctl.spec.loading import load_spec
from regctl.spec.resolved import resolved_yaml, with_values
from regctl.spec.search_space import count_settings, frozen, own_values, space_of
from regctl.spec.settings import own_setting

SPEC = """\
name: rents
dataset: {source: rents.csv, target: rent}
model: {name: mlp, units: [64, 32]}
regularization: {dropout: [0.1, 0.2], lambda: 0.01}
training: {epochs: 40, optimizer: adamw}
tune:
  space:
    SPACE
"""


@pytest.fixture
def spec(tmp_path):
    """A spec with a space, as one writes it."""
    (tmp_path / "rents.csv").write_text("rent,area\n1,2\n", encoding="utf-8")

    def loaded(space, *overrides, text=SPEC):
        (tmp_path / "rents.yaml").write_text(text.replace("SPACE", space), encoding="utf-8")
        return load_spec(tmp_path / "rents.yaml", overrides).spec

    return loaded


def names(spec, target="model"):
    return [each.name for each in space_of(spec, target)]


def test_stepped_ranges_have_both_ends_and_values_as_written(spec):
    (rate,) = space_of(spec("dropout: {from: 0.0, to: 0.6, step: 0.1}"), "dropout")
    assert rate.values == (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
    (units,) = space_of(spec("units: {from: 32, to: 128, step: 32}"), "model")
    assert units.values == (32, 64, 96, 128)
    assert all(isinstance(value, int) for value in units.values)


def test_a_range_is_drawn_from_end_to_end(spec):
    rate, penalty = space_of(
        spec("{dropout: {from: 0, to: 0.5}, lambda: {from: 1e-6, to: 1, log: true}}"), "model"
    )
    assert (rate.low, rate.high, rate.kind, str(rate)) == (0.0, 0.5, "linear", "0 to 0.5")
    assert (penalty.low, penalty.high, penalty.kind, str(penalty)) == (
        1e-6,
        1.0,
        "log",
        "1e-06 to 1, logarithmic",
    )
    (units,) = space_of(spec("units: {choices: [32, [64, 32]]}"), "model")
    assert (units.values, units.kind, str(units)) == ((32, (64, 32)), "choices", "32 or 64-32")


def test_a_target_searches_what_it_names_of_a_space_or_else_its_own(spec):
    both = spec(
        "{dropout_2: {from: 0.0, to: 0.5}, lambda: {from: 1e-6, to: 1, log: true}, units: {choices: [8, 16]}}"
    )
    assert names(both, "dropout") == ["dropout_2"]
    assert names(both, "lambda") == ["lambda"]
    assert set(names(both)) == {"units", "lambda", "dropout_2"}
    assert names(spec("batch_size: {choices: [16, 32]}"), "dropout") == ["dropout"]
    nothing = spec("", text=SPEC.split("tune:")[0])
    assert names(nothing, "dropout") == ["dropout"]
    assert names(nothing, "lambda") == ["lambda"]
    assert names(nothing) == ["units", "dropout", "lambda", "learning_rate"]
    linear = spec("", "model={name: linear}", "regularization.dropout=0", text=SPEC.split("tune:")[0])
    assert names(linear) == ["lambda"]
    assert names(linear, "dropout") == ["input_dropout"]


def test_finite_spaces_are_counted_with_what_needs_a_layer(spec):
    space = "{layers: {choices: [1, 2, 3]}, dropout_1: {choices: [0.1, 0.2]}, dropout_3: {choices: [0.1, 0.2, 0.3]}}"
    found = space_of(spec(space, "regularization.dropout=0"), "model")
    assert found[0].name == "layers"
    assert next(each.needs for each in found if each.name == "dropout_3") == ("layers", (3,))
    assert next(each.needs for each in found if each.name == "dropout_1") is None
    assert count_settings(found) == 2 + 2 + 2 * 3
    assert count_settings(space_of(spec("dropout: {from: 0.0, to: 0.5}"), "model")) is None
    assert count_settings(space_of(spec("units: {from: 8, to: 17}"), "model")) == 10


@pytest.mark.parametrize(
    ("space", "values", "says"),
    [
        ("dropout: {from: 0.0, to: 0.5}", {"dropout": 0.3}, {"regularization.dropout": 0.3}),
        ("dropout_2: {from: 0.0, to: 0.5}", {"dropout_2": 0.3}, {"regularization.dropout": [0.1, 0.3]}),
        ("units: {choices: [8, 16]}", {"units": 16}, {"model.units": [16, 16]}),
        ("units_2: {choices: [8, 16]}", {"units_2": 16}, {"model.units": [64, 16]}),
        (
            "units: {choices: [8, [4, 5, 6]]}",
            {"units": (4, 5, 6)},
            {"model.units": [4, 5, 6], "regularization.dropout": [0.1, 0.2, 0.2]},
        ),
        (
            "layers: {from: 1, to: 4}",
            {"layers": 1},
            {"model.units": [64], "regularization.dropout": [0.1]},
        ),
        (
            "layers: {from: 1, to: 4}",
            {"layers": 4},
            {"model.units": [64, 32, 32, 32], "regularization.dropout": [0.1, 0.2, 0.2, 0.2]},
        ),
        ("l1: {from: 0, to: 1}", {"l1": 0.03}, {"l1": 0.03, "l2": 0.01}),
        ("l1: {from: 0, to: 1}", {"l1": 0.0}, {"l1": 0.0, "l2": 0.01}),
        ("{l1: {from: 0, to: 1}, l2: {from: 0, to: 1}}", {"l1": 0.03, "l2": 0.0}, {"l1": 0.03, "l2": 0.0}),
        ("weight_decay: {from: 0, to: 1}", {"weight_decay": 0.1}, {"regularization.weight_decay": 0.1}),
        ("batch_size: {choices: [16, 32]}", {"batch_size": 16}, {"training.batch_size": 16}),
        ("activation: {choices: [relu, tanh]}", {"activation": "tanh"}, {"model.activation": "tanh"}),
        (
            "dropout_kind: {choices: [dropout, gaussian_noise]}",
            {"dropout_kind": "gaussian_noise"},
            {"regularization.dropout_kind": "gaussian_noise"},
        ),
        (
            "learning_rate: {from: 1e-4, to: 1, log: true}",
            {"learning_rate": 0.1},
            {"training.learning_rate": 0.1},
        ),
    ],
)
def test_a_proposals_values_become_a_spec(spec, space, values, says):
    own = spec(space)
    changes = frozen(own, values)
    made = with_values(own, changes)
    for key, value in says.items():
        if key in ("l1", "l2"):
            assert getattr(own_setting(made), key) == pytest.approx(value, rel=1e-12, abs=1e-15)
        else:
            assert changes[key] == value


@pytest.mark.parametrize(
    ("space", "told"),
    [
        (
            "dropout: {from: 0.0, to: 1.0}",
            "rents.yaml:8:26 tune.space.dropout.to: expected a number below 1. Received",
        ),
        ("dropout: {from: 0.5, to: 0.2}", "rents.yaml:8:26 tune.space.dropout.to: must be above from."),
        ("dropout: {from: 0.0, to: 0.5, step: 0.2}", "tune.space.dropout.step: must divide the range."),
        ("lambda: {from: 0, to: 1, log: true}", "tune.space.lambda.from: a logarithm needs a value above 0."),
        ("lambda: {from: 1e-3, to: 1, log: true, step: 0.1}", "step with log: true"),
        ("units: {from: 8, to: 32, step: 7}", "tune.space.units.step: must divide the range."),
        (
            "units: {choices: [0, 8]}",
            "tune.space.units.choices[0]: expected a number of at least 1. Received: 0.",
        ),
        (
            "units: {choices: [8, 8]}",
            "tune.space.units.choices: every value once. Received: 8 more than once.",
        ),
        ("units: {choices: []}", "tune.space.units.choices: expected at least 1 value. Received: []."),
        ("units: 64", "tune.space.units: expected {from: a, to: b}, with step: c or log: true"),
        ("units: {choice: [8]}", "Did you mean 'choices'?"),
        (
            "droput: {from: 0.0, to: 0.5}",
            "rents.yaml:8:5 tune.space.droput: unknown key. Did you mean 'dropout'?",
        ),
        (
            "dropout_3: {from: 0.0, to: 0.5}",
            "tune.space.dropout_3: the model has 2 hidden layers. Received: layer 3.",
        ),
        (
            "{dropout: {choices: [0.1]}, dropout_1: {choices: [0.1]}}",
            "tune.space.dropout_1: says the same as dropout.",
        ),
        ("{lambda: {choices: [0.1]}, l2: {choices: [0.1]}}", "tune.space.l2: says the same as lambda."),
        (
            "{units: {choices: [[8, 8]]}, layers: {choices: [1, 2]}}",
            "lists of units say how many layers there are.",
        ),
        (
            "degree: {from: 1, to: 3}",
            "tune.space.degree: only model polynomial has a degree. Received: model mlp.",
        ),
        (
            "l1_ratio: {from: 0.1, to: 0.9}",
            "tune.space.l1_ratio: goes with penalty elastic. Received: penalty l2.",
        ),
        ("activation: {choices: [relu, tnah]}", "Did you mean 'tanh'?"),
        ("{}", "tune.space: expected a hyperparameter to search"),
    ],
)
def test_what_cannot_be_searched_is_refused_in_one_sentence_with_its_place(spec, space, told):
    with pytest.raises(SpecError) as error:
        spec(space)
    (problem,) = error.value.problems
    assert told in problem
    assert "rents.yaml:" in problem


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("tune.tuner=best", "expected 'auto', 'hyperband', 'bayesian', 'random' or 'grid'."),
        (
            "tune.objective=validation_accuracy",
            "expected validation_loss, validation_rmse, validation_mae or",
        ),
        ("tune.objective=train_loss", "expected validation_loss"),
        ("tune.objective={name: validation_r2, direction: min}", "max is the better end of validation_r2."),
        ("tune.objective={name: validation_rmse}", "tune.objective.direction: missing key."),
        ("tune.max_epochs=0", "expected a number of at least 1."),
    ],
)
def test_an_objective_that_does_not_exist_is_refused_before_anything_trains(spec, override, told):
    with pytest.raises(SpecError, match="(?s)" + told.replace("'", ".").replace("(", ".")):
        spec("dropout: {from: 0.0, to: 0.5}", override)


def test_weight_decay_needs_adamw_and_hidden_layers_need_a_network(spec):
    with pytest.raises(SpecError, match="goes with optimizer adamw"):
        spec("weight_decay: {from: 0.0, to: 0.5}", "training.optimizer=adam")
    with pytest.raises(SpecError, match="model linear has no hidden layers"):
        spec("units: {choices: [8]}", "model={name: linear}", "regularization.dropout=0")


def test_a_resolved_spec_keeps_the_space_without_what_is_not_searched(spec):
    own = spec("{dropout: {from: 0.0, to: 0.5, step: 0.1}, units: {choices: [8, [4, 4]]}}")
    written = resolved_yaml(own)
    assert "dropout_3" not in written
    assert with_values(own, {"training.epochs": 3}).tune == own.tune


def test_what_a_spec_says_itself_has_the_names_of_a_space(spec):
    own = own_values(spec("units: {choices: [8, 16]}"))
    assert own == {
        "batch_size": 64,
        "activation": "relu",
        "layers": 2,
        "units_1": 64,
        "units_2": 32,
        "units": (64, 32),
    }
    assert own_values(spec("units: {choices: [8, 16]}", "model.units=[16, 16]"))["units"] == 16
