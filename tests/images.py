"""Small images as a table, one column for each pixel, and a spec for them."""

import csv
import random
from pathlib import Path

SPEC = """\
name: images
dataset: {source: images.csv, target: brightness}
model: {name: cnn, image: [6, 6, 1], filters: [4, 4], units: [8]}
training: {learning_rate: 0.01, epochs: 2, batch_size: 32, seeds: 1}
regularization: {lambda: 0.01}
"""


def write_images(folder: Path, text: str = SPEC, rows: int = 90) -> Path:
    """The first row of pixels is 0 in every image."""
    generator = random.Random(3)
    with (folder / "images.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*(f"pixel {number}" for number in range(36)), "brightness"])
        for _ in range(rows):
            pixels = [0] * 6 + [generator.randint(0, 255) for _ in range(30)]
            writer.writerow([*pixels, sum(pixels[14:20]) / 100 + generator.gauss(0, 0.2)])
    path = folder / "images.yaml"
    path.write_text(text, encoding="utf-8")
    return path
