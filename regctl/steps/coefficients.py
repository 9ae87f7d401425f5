"""The coefficients of linear models, from their weights to a table."""

import numpy as np

from regctl.engine.exact.coefficients import coefficients
from regctl.records.coefficients import write_coefficients
from regctl.records.run_folder import RunFolder
from regctl.spec.settings import with_reference
from regctl.steps.planning import Experiment
from regctl.steps.training import Trained


def save_coefficients(folder: RunFolder, experiment: Experiment, trained: Trained) -> None:
    """`coefficients.csv` of the first seed's models; nothing for a network, or where every setting diverged."""
    settings = with_reference(experiment.settings, experiment.reference)
    kept = [setting for setting in settings if setting in trained.weights]
    if experiment.spec.model.name != "linear" or not kept:
        return
    kernels, biases = (np.array([trained.weights[setting][place] for setting in kept]) for place in (0, 1))
    table = coefficients(
        experiment.preparation,
        experiment.names,
        kernels[:, :, 0].astype(np.float64),
        biases[:, 0].astype(np.float64),
    )
    write_coefficients(folder.path, kept, table.features, table.standardized, table.original)
