"""Median house values of California's census block groups, 1990."""

from dataclasses import replace

from regctl.datasets.downloads import KERAS_URL, Download, fetched
from regctl.datasets.raw import Source
from regctl.datasets.registered import Card, RegisteredDataset
from regctl.datasets.sources import read_file
from regctl.errors import DataError

FILE = Download(
    f"{KERAS_URL}california_housing.npz",
    "sha256:1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f",
)

UNITS = {
    "longitude": "degrees",
    "latitude": "degrees",
    "housing_median_age": "years",
    "total_rooms": "rooms",
    "total_bedrooms": "bedrooms",
    "population": "people",
    "households": "households",
    "median_income": "ten thousand dollars",
    "median_house_value": "dollars",
}
"""In the file's order, that of the table `cal_housing` (not the one of averages that Keras's docstring lists)."""


def load() -> Source:
    """All 20,640 block groups, the larger of Keras's two versions; raises as `read`."""
    return read(FILE)


def read(file: Download) -> Source:
    """The columns of `UNITS`, from arrays x `[n, 8]` and y `[n]`.

    Raises:
        DataError, MachineError: the file is not there and cannot be downloaded, or is another one.
    """
    (path,) = fetched([file])
    source = read_file(path)
    if source.image_shape is not None or len(source.columns) != len(UNITS):
        raise DataError(f"{path}: expected x of 8 columns and y. Received: {len(source.columns)} columns.")
    columns = {
        name: replace(column, name=name) for name, column in zip(UNITS, source.columns.values(), strict=True)
    }
    return Source(path, source.sha256, columns, source.rows)


CALIFORNIA = RegisteredDataset(
    load,
    Card(
        title="Median house values of California's census block groups, 1990",
        target="median_house_value",
        good_for="Regression with 20,640 rows: whether more data would help.",
        rows=20640,
        columns=9,
        source='Pace and Barry (1997), "Sparse Spatial Autoregressions", Statistics and Probability Letters 33; from '
        f"the US census of 1990; the file of keras.datasets, {FILE.url}",
        licence="none stated; the census is in the public domain",
        sha256=FILE.digest.partition(":")[2],
    ),
    units=UNITS,
    downloads=(FILE,),
)
