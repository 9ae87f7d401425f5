"""Searches as `regctl tune` records them, of invented numbers."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from regctl.records.search_record import Compared, Replica, Searched, SearchRecord

SEEDS = (0, 1, 2)


def record(tuner: str, space: Mapping[str, str], kinds: Mapping[str, str], **changes: Any) -> SearchRecord:
    given: dict[str, Any] = {
        "target": "model", "tuner": tuner, "why": "the space is not finite", "objective": "validation_loss",
        "direction": "min", "space": space, "space_kinds": kinds, "totals": (20,), "max_epochs": 30, "seeds": SEEDS,
    }  # fmt: skip
    return SearchRecord(**given | changes)


def request(number: int, values: Mapping[str, Any], score: float | None, **changes: Any) -> Searched:
    """A request whose replicates scatter around its score; None: it failed."""
    epochs, first = changes.get("epochs", 30), changes.get("first_epoch", 0)
    spread = None if score is None else 0.04 * abs(score)
    losses = [math.nan] * 3 if score is None or spread is None else [score - spread, score, score + spread]
    replicates = tuple(
        Replica(seed, None, "done" if score is not None else "diverged", loss / 2, loss, epochs, {})
        for seed, loss in zip(SEEDS, losses, strict=True)
    )
    given: dict[str, Any] = {
        "epochs": 30, "first_epoch": 0, "continues": None, "bracket": None, "rung": 0, "batch": 0, "seconds": 0.5,
        "status": "done" if score is not None else "failed", "trained_epochs": 3 * (epochs - first),
        "reason": "" if score is not None else "diverged at epoch 4 (seed 1)",
    }  # fmt: skip
    return Searched(number, values, score=score, spread=spread, replicates=replicates, **given | changes)


def hyperband(
    fails: Sequence[int] = (), loss: Callable[[float], float] | None = None
) -> tuple[SearchRecord, tuple[Searched, ...]]:
    """20 settings of dropout in three brackets with up to 10 epochs, which halve twice, once and never."""
    generator, found, number = np.random.default_rng(3), [], 0
    bottom = loss or (lambda rate: 0.07 + 0.9 * (rate - 0.31) ** 2)
    for bracket, size, rungs in ((2, 12, (2, 4, 10)), (1, 5, (4, 10)), (0, 3, (10,))):
        alive: list[tuple[float, float, int | None]] = [
            (float(generator.uniform(0, 0.6)), 0.0, None) for _ in range(size)
        ]
        first = 0
        for rung, epochs in enumerate(rungs):
            scored = []
            for rate, _, before in alive:
                score = bottom(rate) + 0.25 / epochs + float(generator.normal(0, 0.004))
                failed = number in fails
                found.append(
                    request(
                        number,
                        {"dropout": rate},
                        None if failed else score,
                        epochs=epochs,
                        first_epoch=first,
                        continues=before,
                        bracket=bracket,
                        rung=rung,
                    )
                )
                scored += [] if failed else [(rate, score, number)]
                number += 1
            first, alive = epochs, sorted(scored, key=lambda each: each[1])[: max(1, len(scored) // 3)]
    best = min((each for each in found if each.score is not None), key=lambda each: each.score or 0)
    made = record(
        "hyperband", {"dropout": "0 to 0.6"}, {"dropout": "linear"}, target="dropout", max_epochs=10, totals=(20,),
        fresh_seeds=(1000, 1001, 1002), best=best.number, best_values=best.values, winner_loss=0.071,
        oracle_seconds=0.11, search_seconds=8.4,
        compared=(
            Compared("none", {"dropout": 0.0}, 0.092, -0.021, -0.034, -0.008),
            Compared("spec", {"dropout": 0.5}, 0.073, -0.002, -0.011, 0.007),
        ),
    )  # fmt: skip
    return made, tuple(found)


SPACE = {
    "dropout": "0 to 0.6", "lambda": "1e-6 to 0.1", "units": "(32), (64), (128) or (64, 64)",
    "activation": "relu or selu", "learning_rate": "0.0001 to 1",
}  # fmt: skip
KINDS = {
    "dropout": "linear", "lambda": "log", "units": "choices", "activation": "choices", "learning_rate": "log",
}  # fmt: skip


def random_search(
    number_of: int = 200, accuracy: bool = False, **changes: Any
) -> tuple[SearchRecord, tuple[Searched, ...]]:
    """Random settings of five hyperparameters; those with a large learning rate explode or fail."""
    generator, found = np.random.default_rng(5), []
    for number in range(number_of):
        values = {
            "dropout": float(generator.uniform(0, 0.6)),
            "lambda": float(10 ** generator.uniform(-6, -1)),
            "units": [[32], [64], [128], [64, 64]][int(generator.integers(4))],
            "activation": ["relu", "selu"][int(generator.integers(2))],
            "learning_rate": float(10 ** generator.uniform(-4, 0)),
        }
        loss = 0.08 + 0.3 * (values["dropout"] - 0.2) ** 2 + 0.05 * abs(np.log10(values["learning_rate"]) + 2)
        loss += 0.1 * values["lambda"] ** 0.5 + float(abs(generator.normal(0, 0.02)))
        if values["learning_rate"] > 0.3:
            loss *= 40
        score = None if values["learning_rate"] > 0.6 else 1 - loss / 3 if accuracy else loss
        found.append(request(number, values, score, trained_epochs=90))
    scores = [each for each in found if each.score is not None]
    best = (max if accuracy else min)(scores, key=lambda each: each.score or 0.0)
    objective = {"objective": "validation_accuracy", "direction": "max"} if accuracy else {}
    made = record(
        "random",
        SPACE,
        KINDS,
        totals=(number_of,),
        best=best.number,
        best_values=best.values,
        **objective | changes,
    )
    return made, tuple(found)
