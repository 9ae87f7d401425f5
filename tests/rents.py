"""A small table with awkward column names, missing cells and text, and a spec for it."""

import csv
import random
from pathlib import Path

SPEC = """\
name: rents
dataset: {source: rents.csv, target: "rent/month", units: {"rent/month": euros}}
model: {name: mlp, units: [8], activation: tanh}
training: {learning_rate: 0.01, epochs: 4, batch_size: 32, seeds: 2}
sweep: {lambda: [0, 0.01, 1]}
"""


def write_table(path: Path, rows: int = 240, seed: int = 7) -> Path:
    generator = random.Random(seed)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["living area", 'say "rooms"', "city/quarter", "rent/month"])
        for _ in range(rows):
            area, rooms = generator.gauss(80, 25), generator.choice([1, 2, 3, 4, ""])
            city = generator.choice(["Roma", 'O"slo', "<b>", ""])
            rent = 300 + 9 * area + 40 * (rooms or 2) + 120 * (city == "Roma") + generator.gauss(0, 50)
            writer.writerow([f"{area:.2f}", rooms, city, f"{rent:.2f}"])
    return path


def write_spec(folder: Path, text: str = SPEC) -> Path:
    write_table(folder / "rents.csv")
    path = folder / "rents.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def read_table(path: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows. (polars keeps the doubled quotes of a quoted header.)"""
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    return header, rows


def save_table(path: Path, header: list[str], rows: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
