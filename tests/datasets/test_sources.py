import dataclasses
import hashlib
import re

import numpy as np
import pytest
from data_makers import houses, spec_for, write_csv

from regctl import catalog
from regctl.datasets import ames
from regctl.datasets.ames import AMES
from regctl.datasets.opening import open_rows
from regctl.datasets.preparation import prepare
from regctl.datasets.sources import read_file, read_source
from regctl.errors import DataError


def ames_spec(**dataset):
    return spec_for("ames", "Sale_Price", target_transform="log10", **dataset)


def test_ames_is_the_table_its_card_describes():
    source = read_source(ames_spec().dataset)
    card = (catalog.shipped("data") / "README.md").read_text()
    kinds = [column.kind for column in source.columns.values()]
    missing = {name: int(c.missing.sum()) for name, c in source.columns.items() if c.missing.any()}
    assert (source.rows, len(kinds), kinds.count("number"), kinds.count("text")) == (2930, 74, 34, 40)
    assert missing == {"Mas_Vnr_Type": 1775, "Misc_Feature": 2824}
    assert source.sha256 == ames.SHA256 == hashlib.sha256(ames.PATH.read_bytes()).hexdigest()
    rows = re.findall(r"^\| `(\w+)` \| (number|text) \| ([^|]*) \|", card, flags=re.MULTILINE)
    assert [(name, kind) for name, kind, _ in rows] == [(c.name, c.kind) for c in source.columns.values()]
    assert {name: unit for name, _, unit in rows if unit} == AMES.units
    for text in (card, _docstring_after_assignment()):
        assert ames.SHA256 in text
        assert "De Cock" in text
        assert "4,599" in text


def _docstring_after_assignment():
    with open(ames.__file__, encoding="utf-8") as file:
        return file.read().rpartition('"""2,930')[2]


def test_ames_known_rows_have_the_values_of_the_source():
    columns = read_source(ames_spec().dataset).columns
    first = {
        name: columns[name].values[0] for name in ("Sale_Price", "Lot_Area", "Neighborhood", "Sale_Type")
    }
    assert first == {
        "Sale_Price": 215000,
        "Lot_Area": 31770,
        "Neighborhood": "North_Ames",
        "Sale_Type": "WD ",
    }
    prices = columns["Sale_Price"].values
    assert (prices.min(), prices.max(), round(prices.mean(), 6)) == (12789, 755000, 180796.060068)


def test_all_73_columns_of_ames_are_features_and_know_their_units():
    data = open_rows(ames_spec(units={"Lot_Area": "ft²"}))
    assert len(data.train.table.columns) == 73
    assert data.notes == ()
    assert data.findings == ()
    assert {name: len(part) for name, part in data.split.parts.items()} == {
        "train": 1758,
        "validation": 586,
        "test": 586,
    }
    units = {column.name: column.unit for column in data.train.table.columns}
    assert (data.target.unit, units["Lot_Area"], units["Garage_Area"]) == ("dollars", "ft²", "square feet")
    preparation, prepared = prepare(data, ames_spec())
    assert preparation.target.unit == "dollars"
    assert prepared.x_train.shape == (1758, len(prepared.names))
    assert np.isfinite(prepared.x_train).all()


def test_a_changed_registered_file_is_refused(tmp_path, monkeypatch):
    (tmp_path / "ames.parquet").write_bytes(ames.PATH.read_bytes() + b" ")
    monkeypatch.setattr(ames, "PATH", tmp_path / "ames.parquet")
    with pytest.raises(DataError, match=f"expected sha256 {ames.SHA256}, that of the registered data set"):
        read_source(ames_spec().dataset)


def test_the_hash_a_spec_gives_must_be_the_files(tmp_path):
    path = write_csv(tmp_path / "x.csv", houses())
    right = hashlib.sha256(path.read_bytes()).hexdigest()
    assert open_rows(spec_for(path, sha256=right)).split.data_hash == right
    with pytest.raises(DataError, match=r"dataset\.sha256"):
        open_rows(spec_for(path, sha256="0" * 64))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("amess", "Did you mean 'ames'?"),
        ("/nowhere/x.csv", "no such file"),
        ("/nowhere/x.xlsx", "expected a file ending in .csv, .csv.gz, .parquet"),
        ("/", "expected IDX files"),
    ],
)
def test_a_source_that_is_not_there_is_refused(source, words):
    with pytest.raises(DataError) as caught:
        read_source(spec_for(source).dataset)
    assert words in str(caught.value)


def test_a_folder_with_a_files_name_is_refused(tmp_path):
    (tmp_path / "x.csv").mkdir()
    with pytest.raises(DataError, match="a folder without any"):
        read_file(tmp_path / "x.csv")


def test_the_description_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        AMES.card = None
