"""The selected setting's confusion matrix, from what its trials predicted on validation rows."""

from regctl.records.confusion import write_confusion
from regctl.records.run_folder import RunFolder
from regctl.steps.choosing import Choice
from regctl.steps.planning import Experiment
from regctl.steps.training import Trained


def save_confusion(folder: RunFolder, experiment: Experiment, trained: Trained, choice: Choice) -> None:
    """`confusion.csv` of the first seed; nothing for a regression, or where no setting is selected.

    Under k-fold it is out of fold: the sum over the folds of the first repeat, so that each row counts once.
    """
    k_fold, selected = experiment.spec.k_fold, choice.record.selected
    counts = [
        trained.confusions[trial.id]
        for trial in experiment.trials
        if trial.setting == selected
        and trial.id in trained.confusions
        and (k_fold is None or (trial.fold or 0) < k_fold.folds)
    ]
    if counts:
        write_confusion(folder.path, experiment.data.target.classes, sum(counts[1:], start=counts[0]))
