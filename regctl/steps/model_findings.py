"""What the trained settings say about training, noise layers and columns, as findings."""

from collections.abc import Mapping, Sequence

import numpy as np

from regctl.analysis.collinearity import arbitrary_choice
from regctl.analysis.rate_findings import dropout_on_few_rows, unusual_rates
from regctl.analysis.settling import not_converged
from regctl.datasets.design import design_names
from regctl.models.layers import Dropout, active_layers
from regctl.steps.planning import Experiment
from regctl.steps.training import Trained
from regctl.types import Finding, Int64, Preparation, Setting, TextPreparation

L1_ALONE = 0.9  # of l1_ratio: below, the L2 part keeps correlated columns together
_SHARES = ("dropout", "gaussian_dropout")  # kinds whose rate is a share of units, and usually up to a half


def convergence_findings(
    experiment: Experiment, trained: Trained, selected: Setting
) -> tuple[Finding | None, ...]:
    """Where the selected setting or the reference was still getting better; nothing of exact solutions."""
    if experiment.engine.engine == "exact":
        return ()
    named = {"selected setting": selected, "reference": experiment.reference}
    if selected == experiment.reference:
        del named["reference"]
    found = (_convergence(experiment, trained, which, setting) for which, setting in named.items())
    return (next((each for each in found if each is not None), None),)


def _convergence(experiment: Experiment, trained: Trained, which: str, setting: Setting) -> Finding | None:
    ids = [
        record.id for record in trained.in_order() if record.setting == setting and record.status == "done"
    ]
    courses = [trained.histories[id_].validation_loss for id_ in ids]
    return not_converged(courses, experiment.spec.training.epochs, which)


def rate_findings(experiment: Experiment, selected: Setting) -> tuple[Finding | None, ...]:
    """Noise on few rows, and rates of the selected setting that are unusual."""
    rates = _rates(experiment, selected)
    highest = max(
        (rate for setting in experiment.settings for rate in _rates(experiment, setting).values()),
        default=0.0,
    )
    rows = len(next(iter(experiment.whole.folds.values())).y_train)
    hidden = {
        int(name.removeprefix("dropout_")): rate for name, rate in rates.items() if name != "input_dropout"
    }
    return dropout_on_few_rows(rows, highest), unusual_rates(hidden, rates.get("input_dropout", 0.0))


def _rates(experiment: Experiment, setting: Setting) -> Mapping[str, float]:
    """The rates of the layers that drop units, by their hyperparameters' names."""
    return {
        layer.rate: setting.rate(layer.rate)
        for layer in active_layers(experiment.layers, setting)
        if isinstance(layer, Dropout) and layer.kind in _SHARES
    }


def column_findings(experiment: Experiment) -> tuple[Finding | None, ...]:
    """Columns between which an L1 penalty chooses by chance, where any setting has such a penalty."""
    if not any(setting.lambda_ and setting.l1_ratio >= L1_ALONE for setting in experiment.settings):
        return ()
    fold, data = next(iter(experiment.whole.folds.items()))
    origins = _origins(experiment.whole.preparations[fold])
    columns = [place for place, name in enumerate(data.names) if name in origins]
    names = [data.names[place] for place in columns]
    origin: Int64 = np.array([origins[name] for name in names], dtype=np.int64)
    return (arbitrary_choice(names, data.x_train[:, columns], origin),)


def _origins(preparation: Preparation) -> dict[str, int]:
    """Design column → the place of its raw column; a polynomial's products have none."""
    widths: Sequence[int] = [
        len(column.levels) + bool(column.pooled)
        if isinstance(column, TextPreparation)
        else 1 + column.indicator
        for column in preparation.columns
    ]
    places = np.repeat(np.arange(len(widths)), widths).tolist()
    return dict(zip(design_names(preparation), places, strict=False))
