"""Spec → search: what will be searched, by which tuner and on what. Known before anything trains; no TensorFlow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from regctl.errors import UsageError
from regctl.search.brackets import brackets
from regctl.spec.axes import Axes
from regctl.spec.hyperparameter import Hyperparameter
from regctl.spec.loading import LoadedSpec
from regctl.spec.resolved import with_values
from regctl.spec.schema import Spec
from regctl.spec.search_space import Target, count_settings, space_of
from regctl.spec.settings import SMOKE_EPOCHS
from regctl.spec.solvers import is_solved
from regctl.spec.tuning import Direction, Tuner, TunerName
from regctl.steps.planning import Experiment, plan_experiment

SMOKE_TRIALS = 2
HINDERING = ("input_dropout", "weight_decay")  # an exact solution
OF_DESCENT = ("learning_rate", "batch_size")


@dataclass(frozen=True)
class SearchPlan:
    """A search's whole undertaking.

    `base` is the spec's own setting on the rows that are searched on. `totals` are how many settings in all: the last
    one is valid, the others were so before the search was taken up again. `epochs_in_all` are those of single models.
    """

    target: Target
    base: Experiment
    space: tuple[Hyperparameter, ...]
    tuner: Tuner
    why: str
    objective: str
    direction: Direction
    totals: tuple[int, ...]
    max_epochs: int
    epochs_in_all: int
    notes: tuple[str, ...] = ()

    @property
    def seed(self) -> int:
        """What the tuner draws by."""
        return self.base.spec.training.seed

    @property
    def described(self) -> Mapping[str, str]:
        """Each hyperparameter's values, for people."""
        return {each.name: str(each) for each in self.space}

    @property
    def kinds(self) -> Mapping[str, Literal["linear", "log", "choices"]]:
        """How an axis of each hyperparameter is drawn."""
        return {each.name: each.kind for each in self.space}


def plan_search(
    loaded: LoadedSpec, target: Target, totals: tuple[int, ...], smoke: bool = False, jobs: int | None = None
) -> SearchPlan:
    """Reads and prepares the open rows, and plans the search.

    Raises:
        UsageError: no search of that many settings is possible.
        DataError: the data do not allow it.
    """
    if target not in get_args(Target):
        raise UsageError(f"expected a search for {', '.join(get_args(Target))}. Received: {target!r}.")
    if totals[-1] < 1:
        raise UsageError(f"--trials: expected 1 or more. Received: {totals[-1]}.")
    spec = loaded.spec
    max_epochs = SMOKE_EPOCHS if smoke else spec.tune.max_epochs or spec.training.epochs
    spec = with_values(spec, {"training.epochs": max_epochs})
    space = space_of(spec, target)
    spec, descends = _solved_alike(spec, space)
    base = plan_experiment(spec, Axes(), smoke, jobs)
    exact = base.engine.engine == "exact"
    tuner, why = _tuner("random" if smoke else spec.tune.tuner, space, totals[-1], exact)
    totals, notes = _possible(tuner, space, (SMOKE_TRIALS,) if smoke else totals)
    if tuner == "hyperband":
        _check_brackets(totals, max_epochs, exact)
    name, direction = spec.tune.goal
    return SearchPlan(
        target=target,
        base=base,
        space=space,
        tuner=tuner,
        why="a smoke run" if smoke else why,
        objective=name,
        direction=direction,
        totals=totals,
        max_epochs=max_epochs,
        epochs_in_all=_epochs(tuner, totals, max_epochs) * base.spec.training.seeds * len(base.folds),
        notes=(*descends, *base.notes, *notes),
    )


def _solved_alike(spec: Spec, space: tuple[Hyperparameter, ...]) -> tuple[Spec, tuple[str, ...]]:
    """The spec with gradient descent where some settings of the space have no exact solution, and a note of it.

    Settings that are solved in two ways would be compared in how they are solved.

    Raises:
        UsageError: the spec wants exact solutions; or they have nothing of what is searched.
    """
    if not is_solved(spec):
        return spec, ()
    hindering = [each.name for each in space if each.name in HINDERING and each.most > 0]
    idle = [each.name for each in space if each.name in OF_DESCENT]
    if idle and not hindering:
        raise UsageError(
            f"tune.space.{idle[0]}: an exact solution has none.",
            "Give training.solver: gradient, or leave it out.",
        )
    if not hindering:
        return spec, ()
    if spec.training.solver == "exact":
        raise UsageError(
            f"training.solver: exact, and {hindering[0]}, which is searched, has no exact solution.",
            "Give training.solver: gradient.",
        )
    note = f"training.solver: gradient, since {' and '.join(hindering)} has no exact solution."
    return with_values(spec, {"training.solver": "gradient"}), (note,)


def _tuner(
    asked: TunerName, space: tuple[Hyperparameter, ...], trials: int, exact: bool
) -> tuple[Tuner, str]:
    count = count_settings(space)
    if asked == "grid" and count is None:
        endless = next(each.name for each in space if each.count is None)
        raise UsageError(
            f"tune.tuner: grid goes through a finite space. Received: {endless} from a continuous range.",
            f"Give tune.space.{endless} a step or choices.",
        )
    if asked != "auto":
        return asked, "as asked for"
    if count is not None and count <= trials:
        settings = (
            "one setting, which is tried" if count == 1 else f"{count} settings, which are all gone through"
        )
        return "grid", f"the space has {settings}"
    if exact:
        return "bayesian", "exact solutions have no epochs to save"
    return "hyperband", "most settings show early that they are not the best"


def _possible(
    tuner: Tuner, space: tuple[Hyperparameter, ...], totals: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """As many settings as there are, and a note where that is fewer."""
    count = count_settings(space)
    if count is None or count >= totals[-1]:
        return totals, ()
    settings = "setting" if count == 1 else "settings"
    note = f"the space has {count} {settings} in all: {count} instead of {totals[-1]}."
    return (*(total for total in totals if total < count), count), () if tuner == "grid" else (note,)


def _check_brackets(totals: tuple[int, ...], max_epochs: int, exact: bool) -> None:
    if exact:
        raise UsageError(
            "tune.tuner: hyperband saves epochs, and exact solutions have none.", "Use bayesian or random."
        )
    before = totals[-2] if len(totals) > 1 else 0
    try:
        brackets(totals[-1] - before, max_epochs)
    except ValueError as error:
        more = f" beyond the {before} there are" if before else ""
        raise UsageError(f"--trials {totals[-1]}: {error}{more}.", "Or use --tuner random.") from None


def _epochs(tuner: Tuner, totals: tuple[int, ...], max_epochs: int) -> int:
    if tuner != "hyperband":
        return totals[-1] * max_epochs
    steps = (total - before for before, total in zip((0, *totals), totals, strict=False))
    return sum(bracket.epochs_in_all for step in steps for bracket in brackets(step, max_epochs))
