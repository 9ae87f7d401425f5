"""The coefficients of linear models, from their weights to a table."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from regctl.datasets.design import design_names
from regctl.engine.exact.coefficients import coefficients
from regctl.records.coefficients import CoefficientTable, write_coefficients
from regctl.records.run_folder import RunFolder
from regctl.spec.settings import with_reference
from regctl.steps.planning import Experiment
from regctl.steps.training import Trained
from regctl.types import Setting, data_key


def save_coefficients(folder: RunFolder, experiment: Experiment, trained: Trained) -> None:
    """`coefficients.csv` of the first seed's models; nothing for a network, or where every setting diverged.

    Of two classes they are for the logit of class 1, of more for the logit of each. Under k-fold they are the refits':
    of all settings with the exact engine, else of those that are shipped.
    """
    settings = with_reference(experiment.settings, experiment.reference)
    kept = [setting for setting in settings if setting in trained.weights]
    if not experiment.spec.model.is_linear or not kept:
        return
    seed = experiment.spec.training.seed
    alike = groupby(kept, key=lambda setting: data_key(setting, seed))
    write_coefficients(folder.path, kept, [_table(experiment, trained, list(own)) for _, own in alike])


def _table(experiment: Experiment, trained: Trained, settings: Sequence[Setting]) -> CoefficientTable:
    """The coefficients of settings that share a preparation."""
    kernels, biases = (
        np.array([trained.weights[setting][place] for setting in settings]) for place in (0, 1)
    )
    preparation = experiment.preparation(settings[0])
    tables = [
        coefficients(
            preparation,
            design_names(preparation),
            kernels[:, :, output].astype(np.float64),
            biases[:, output].astype(np.float64),
        )
        for output in range(biases.shape[1])
    ]
    return CoefficientTable(
        settings,
        _features(experiment, [table.features for table in tables]),
        np.concatenate([table.standardized for table in tables], axis=1),
        np.concatenate([table.original for table in tables], axis=1),
    )


def _features(experiment: Experiment, outputs: Sequence[Sequence[str]]) -> list[str]:
    """The features of every output; of a class's logit `class: feature`, where there are several."""
    if len(outputs) == 1:
        return list(outputs[0])
    classes = experiment.data.target.classes
    return [f"{name}: {feature}" for name, own in zip(classes, outputs, strict=True) for feature in own]
