"""Specs for the tests of this folder: as text, and at random."""

import math

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from regctl.errors import SpecError
from regctl.spec.loading import load_spec

SMALLEST = "name: small\ndataset: {source: ames, target: Sale_Price}\n"

calmly = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def problems_of(spec, *overrides):
    """The problems that a spec and its overrides are refused with; none when they are valid."""
    try:
        load_spec(spec, overrides)
    except SpecError as error:
        return list(error.problems)
    return []


def optional(**keys):
    """A mapping with any of the keys."""
    return st.fixed_dictionaries({}, optional=keys)


names = st.text(min_size=1, max_size=12)
penalties = st.floats(0, 1e30) | st.integers(0, 1000)
counts = st.integers(1, 2**31 - 1)
rates = st.floats(0, 1, exclude_max=True)


@st.composite
def datasets(draw):
    data = {"source": "ames", "target": draw(names)}
    more = optional(
        sha256=st.text("0123456789abcdef", min_size=64, max_size=64) | st.none(),
        units=st.dictionaries(st.text(max_size=12), st.text(max_size=12), max_size=3),
        target_transform=st.sampled_from(["none", "log", "log10"]),
        target_scale=st.sampled_from(["standardize", "none"]),
    )
    columns = st.lists(
        names.filter(lambda name: name != data["target"]), min_size=1, max_size=30, unique=True
    )
    choice = optional(features=st.just("all"), drop=st.lists(names, max_size=3)) | st.fixed_dictionaries(
        {"features": columns}
    )
    return data | draw(more) | draw(choice)


@st.composite
def splits(draw):
    train, validation = draw(st.integers(1, 98)), draw(st.integers(1, 98))
    if train + validation > 99:
        train, validation = 60, 20
    parts = {
        "train": train / 100,
        "validation": validation / 100,
        "test": (100 - train - validation) / 100,
        "seed": draw(st.integers(0, 2**31 - 1)),
    }
    rule = draw(st.sampled_from(["stratify", "group", "time", "column", None]))
    return parts | ({rule: draw(names)} if rule else {})


@st.composite
def log_grids(draw):
    low = draw(st.integers(-12, 3))
    high = draw(st.integers(low + 1, 6))
    mantissa = draw(st.integers(1, 9))
    grid = {"log": [mantissa * 10.0**low, (mantissa + 1) * 10.0**high]}
    return grid | draw(optional(points=st.integers(2, 200), zero=st.booleans()))


@st.composite
def step_grids(draw):
    step, first, steps = draw(st.integers(1, 500)), draw(st.integers(0, 500)), draw(st.integers(1, 60))
    return {"from": first / 1000, "to": (first + steps * step) / 1000, "step": step / 1000}


list_grids = st.lists(penalties, min_size=1, max_size=40, unique_by=float)


linear_models = st.just({"name": "linear"}) | optional(
    degree=st.integers(1, 100), interactions=st.booleans()
).map({"name": "polynomial"}.__or__)


@st.composite
def spec_data(draw):
    """The data of a valid spec, with any of the optional keys."""
    linear = draw(st.booleans())
    model = optional(
        units=st.lists(counts, min_size=1, max_size=3), activation=st.sampled_from(["relu", "tanh", "selu"])
    )
    dropout = {} if linear else {"dropout": rates}
    optimizer = draw(st.sampled_from(["sgd", "adam"]))
    momentum = {"momentum": rates} if optimizer == "sgd" else {}
    sections = {
        "task": st.just("regression"),
        "split": splits(),
        "validation": st.just("holdout") | st.fixed_dictionaries({"folds": st.integers(2, 20)}),
        "regularization": optional(
            penalty=st.just("l2"), input_dropout=rates, **{"lambda": penalties}, **dropout
        ),
        "training": optional(
            solver=st.sampled_from(["auto", "gradient"]),
            loss=st.sampled_from(["auto", "mean_squared_error"]),
            learning_rate=st.floats(0, exclude_min=True, allow_infinity=False),
            batch_size=counts,
            epochs=counts,
            seeds=st.integers(1, 60),
            seed=st.integers(0, 2**30),
            memory_limit=st.none() | st.floats(0, 1e6, exclude_min=True),
            **momentum,
        ).map(lambda training: training | {"optimizer": optimizer}),
        "sweep": optional(**{"lambda": st.none() | list_grids | log_grids() | step_grids()}),
        "selection": st.sampled_from(["minimum", "one_standard_error"]),
        "findings": optional(ignore=st.lists(st.from_regex("^REG[0-9]{3}\\Z"), max_size=3)),
    }
    data = draw(optional(**sections))
    if linear and draw(st.booleans()):
        data["sweep"] = {"lambda": "auto"}
    data["model"] = draw(model) | (draw(linear_models) if linear else {"name": "mlp"})
    data["name"] = draw(st.text("Aa0._-", max_size=63).map("z".__add__))
    data["dataset"] = draw(datasets())
    return draw(classified(data)) if draw(st.booleans()) else data


@st.composite
def classified(draw, data):
    """A spec of a regression made one of a classification."""
    dropped = ("target_transform", "target_scale")
    dataset = {key: value for key, value in data["dataset"].items() if key not in dropped}
    classes = st.none() | st.booleans() | st.integers(-9, 9).map(float) | st.floats(-9, 9) | names
    dataset |= draw(optional(positive=classes, target_scale=st.just("none")))
    losses = st.sampled_from(["auto", "binary_crossentropy", "categorical_crossentropy"])
    metrics = st.just("auto") | st.lists(
        st.sampled_from(["accuracy", "roc_auc", "log_loss"]), min_size=1, unique=True
    )
    weights = st.sampled_from([None, "balanced"])
    training = {key: value for key, value in data.get("training", {}).items() if key != "loss"}
    training |= draw(optional(loss=losses, metrics=metrics, class_weight=weights))
    found = data | {"task": "classification", "dataset": dataset, "training": training}
    if found.get("sweep", {}).get("lambda") == "auto":
        del found["sweep"]
    return found


def same(left, right):
    """Equality of plain data that tells 1 from 1.0 and True."""
    if isinstance(left, float) and math.isnan(left):
        return isinstance(right, float) and math.isnan(right)
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right
