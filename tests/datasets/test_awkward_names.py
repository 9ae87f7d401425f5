import numpy as np
import pytest
from data_makers import houses, spec_for, write_csv, write_parquet

from regctl.datasets.new_rows import read_new_rows
from regctl.datasets.opening import open_rows
from regctl.datasets.preparation import prepare

NUMBERS = ("price/sqft", 'he said "a"', "two\nlines", "Größe (m²)", "it's", " padded ", "a,b", "100", "价格")
TEXTS = ("colour=", "[x]{y}", "back\\slash", "tab\there", "(intercept)", "%s {0}")


def awkward(rows=200):
    random = np.random.default_rng(0)
    numbers = {name: random.normal(size=rows).tolist() for name in NUMBERS}
    texts = {name: random.choice(["x", 'y "z"', "new\nline", "ü,ö"], rows).tolist() for name in TEXTS}
    return {**numbers, **texts, "the target /€": houses(rows)["y"]}


@pytest.mark.parametrize("write", [write_csv, write_parquet])
def test_columns_with_awkward_names_are_features_like_any_other(tmp_path, write):
    path = write(tmp_path / f"x.{write.__name__[6:]}", awkward())
    spec = spec_for(path, "the target /€", units={"Größe (m²)": "m²"}, split={"stratify": "colour="})
    data = open_rows(spec)
    _, prepared = prepare(data, spec)
    assert tuple(column.name for column in data.train.table.columns) == NUMBERS + TEXTS
    assert prepared.names[:9] == NUMBERS
    assert prepared.names[9:13] == ("colour==new\nline", "colour==x", 'colour==y "z"', "colour==ü,ö")
    assert data.target.name == "the target /€"
    wanted = [(name, "number") for name in NUMBERS] + [(name, "text") for name in TEXTS]
    found = read_new_rows(path, wanted)
    np.testing.assert_array_equal(found["a,b"], np.array(awkward()["a,b"], dtype=np.float32))
    assert found["tab\there"].tolist() == awkward()["tab\there"]


@pytest.mark.parametrize("key", ["group", "time", "column"])
def test_split_columns_may_have_awkward_names_too(tmp_path, key):
    cells = {
        "group": [f"g {i % 50}" for i in range(200)],
        "time": list(range(200)),
        "column": ["1", "1", "0"] * 66 + ["1", "0"],
    }
    path = write_csv(tmp_path / "x.csv", {**awkward(), "the / 'split'\n": cells[key]})
    data = open_rows(spec_for(path, "the target /€", split={key: "the / 'split'\n"}))
    assert len(data.train.table.columns) == len(NUMBERS + TEXTS)
