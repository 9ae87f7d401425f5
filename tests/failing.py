"""Engines whose memory runs out over some trials, and over no others."""

from dataclasses import replace

from regctl.errors import MachineError

REASON = "training ran out of memory"


def failing(patch, engine, *numbers: int) -> None:
    """Chunks that hold one of these trials run out of memory at once; those before them have finished."""
    train = engine.train

    def trained(self, cohort, folds):
        for chunk in cohort.chunks:
            if {trial.id for trial in chunk} & set(numbers):
                raise MachineError(f"{REASON}.", "Make the batch smaller.")
            yield from train(self, replace(cohort, chunks=(chunk,), cells=()), folds)

    patch.setattr(engine, "train", trained)
