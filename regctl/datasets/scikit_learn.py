"""Data sets that travel inside scikit-learn, which is imported only when one of them is read."""

from pathlib import Path
from typing import Any

import numpy as np

from regctl.datasets.arrays import content_hash
from regctl.datasets.images import Arrays, source_of_arrays
from regctl.datasets.raw import Source
from regctl.datasets.registered import Card, RegisteredDataset


def load_diabetes() -> dict[str, Any]:
    """The ten measurements in their own units (not scikit-learn's scaled ones) and `progression`, float64 `[442]`."""
    from sklearn.datasets import load_diabetes as load

    found = load(scaled=False)
    columns = {name: found.data[:, place] for place, name in enumerate(found.feature_names)}
    return {**columns, "progression": found.target}


def load_digits() -> Source:
    """1,797 images of 8 × 8 pixels, whole numbers from 0 to 16, and `digit`, 0 to 9."""
    from sklearn.datasets import load_digits as load

    found = load()
    images = found.images.astype(np.uint8)
    source = source_of_arrays(Path("digits"), "", [Arrays("digits", images, found.target)], "digit")
    return Source(
        source.path,
        content_hash(source.columns, {}),
        source.columns,
        source.rows,
        image_shape=source.image_shape,
    )


DIABETES = RegisteredDataset(
    load_diabetes,
    Card(
        title="Progression of diabetes in 442 patients, a year after ten measurements",
        target="progression",
        good_for="Linear models: few rows, correlated columns, much noise; the paths of ridge and lasso.",
        rows=442,
        columns=11,
        source='Efron, Hastie, Johnstone and Tibshirani (2004), "Least Angle Regression", Annals of Statistics 32(2); '
        "shipped in scikit-learn (sklearn.datasets.load_diabetes)",
        licence="none stated for the data; scikit-learn, which ships it, is BSD-3-Clause",
    ),
    units={
        "age": "years",
        "bmi": "kg/m²",
        "bp": "mm Hg (mean blood pressure)",
        "s1": "mg/dl (total serum cholesterol)",
        "s2": "mg/dl (low-density lipoproteins)",
        "s3": "mg/dl (high-density lipoproteins)",
        "s4": "ratio (total cholesterol / HDL)",
        "s5": "log of mg/dl (serum triglycerides, possibly)",
        "s6": "mg/dl (blood sugar)",
        "progression": "score",
    },
)
"""Units as far as the source gives them: `sex` is 1 or 2, and which is which is not said."""

DIGITS = RegisteredDataset(
    load_digits,
    Card(
        title="Handwritten digits as images of 8 × 8 pixels",
        target="digit",
        good_for="Classification of images that trains in seconds: mlp, selu_mlp and cnn.",
        rows=1797,
        columns=65,
        source='Alpaydin and Kaynak (1998), "Optical Recognition of Handwritten Digits", UCI Machine Learning '
        "Repository, its test part; shipped in scikit-learn (sklearn.datasets.load_digits)",
        licence="CC BY 4.0 (as the UCI repository says)",
    ),
    units={
        f"pixel_{row}_{column}": "ink, 0 to 16 (dark pixels of 4 × 4)"
        for row in range(8)
        for column in range(8)
    },
)
