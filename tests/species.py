"""A small table with a class to predict, from one number and one text, and a spec for it."""

import csv
import random
from collections.abc import Sequence
from pathlib import Path

SPEC = """\
name: species
dataset: {source: species.csv, target: kind}
task: classification
model: {name: mlp, units: [8], activation: tanh}
training: {learning_rate: 0.01, epochs: 4, batch_size: 32, seeds: 2}
sweep: {lambda: [0, 0.01, 1]}
"""


def write_species(folder: Path, classes: Sequence[str], text: str = SPEC, rows: int = 300) -> Path:
    """Writes species.csv and species.yaml; class number k lies around k, and later classes are rarer."""
    generator = random.Random(5)
    with (folder / "species.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["length", "site", "kind"])
        for _ in range(rows):
            number = min(generator.randrange(len(classes)) for _ in range(2))
            site = generator.choice(["north", "south"][: 1 + number])
            writer.writerow([f"{generator.gauss(number, 0.7):.4f}", site, classes[number]])
    path = folder / "species.yaml"
    path.write_text(text, encoding="utf-8")
    return path
