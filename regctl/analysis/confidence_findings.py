"""What the set of settings that cannot be told from the best says; codes stand in the table of `findings.py`."""

from collections.abc import Sequence

import numpy as np

from regctl.analysis.model_confidence_set import Members
from regctl.types import CurvePoint, Finding

MATERIAL = 0.05  # of the minimum's loss: what is worth telling apart, about 2.5 % of an RMSE
FLAT = (
    0.5  # of the minimum's loss: losses further apart than this are no flat curve, whatever chance could do
)
LEVEL = 0.01  # of it: losses all this close are flat, even where chance cannot have made the difference


def flat_curve(points: Sequence[CurvePoint], members: Members, axis: str) -> Finding | None:
    """REG104: of the settings tried, none can be told from the best, nor is 50 % above it; `axis` in words.

    Or none is 1 % above it: of settings that move together (tiny penalties on one model) differences can be told that
    are worth nothing. A setting that diverged is in no set and does not count.
    """
    finished = _finished(points)
    losses = [point.validation_loss for point in points if np.isfinite(point.validation_loss)]
    if len(losses) < 2:
        return None
    together, level = bool(members[finished].all()), max(losses) <= (1 + LEVEL) * min(losses)
    if not level and (not together or max(losses) > (1 + FLAT) * min(losses)):
        return None
    shown = f"none of {len(losses)} settings can be told from the best, so {axis} is not shown to do anything here"
    if not together:
        shown = (
            f"the best of {len(losses)} settings is no more than {100 * LEVEL:g} % below the worst, so {axis} hardly "
            "does anything here"
        )
    message = f"The curve is flat: {shown}."
    evidence = {"settings": len(losses), "lowest": min(losses), "highest": max(losses)}
    hint = "Take the simplest setting; a wider grid, a larger model or more validation rows may show a difference."
    return Finding("REG104", "note", message, evidence, hint)


def cannot_choose(points: Sequence[CurvePoint], members: Members, rows: int) -> Finding | None:
    """REG105: settings over 5 % apart in validation loss cannot be told apart on so many validation rows."""
    losses = np.array([point.validation_loss for point in points])
    inside = losses[members]
    if len(inside) < 2 or inside.max() <= (1 + MATERIAL) * inside.min():
        return None
    apart = float(inside.max() / inside.min() - 1) if inside.min() > 0 else float("inf")
    message = (
        f"{rows:,} validation rows are too few to choose between {len(inside)} of {int(_finished(points).sum())} "
        f"settings, whose validation losses are up to {100 * apart:.0f} % apart."
    )
    evidence = {
        "settings": len(inside),
        "of": int(_finished(points).sum()),
        "rows": rows,
        "apart": apart,
        "limit": MATERIAL,
    }
    return Finding(
        "REG105", "warning", message, evidence, "Add rows, use folds (validation: {folds: 5}), or more seeds."
    )


def _finished(points: Sequence[CurvePoint]) -> Members:
    return np.isfinite([point.validation_loss for point in points])
