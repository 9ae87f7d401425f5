import codecs
import gzip

import numpy as np
import pytest
from data_makers import write_csv

from regctl.datasets.sources import read_file
from regctl.errors import DataError


def read(tmp_path, content, name="x.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_file(path)


@pytest.mark.parametrize(
    ("content", "place", "words"),
    [
        ("a,b\n1,2\n3\n", ":3:", "expected 2 fields as in the header, received 1"),
        ("a,b\n1,2\n3,4,5\n", ":3:", "expected 2 fields as in the header, received 3"),
        ('a,b\n"1\n1",2\n\n3\n', ":5:", "received 1"),
        ("a,b\n1,\u00e9\n".encode("latin-1"), ":2:", "expected UTF-8 text, received byte 0xe9"),
        ("a,b\n1,2\n".encode("utf-16"), ":1:", "expected UTF-8 text"),
        ("a,a\n1,2\n", ":1:", "2 columns are named 'a'"),
        ("a,\n1,2\n", ":1:", "column 2 of 2 has no name"),
        ("", ": ", "the file is empty"),
        ("\n\n", ": ", "the file is empty"),
        ("a,b\n", ": ", "a header but no rows"),
        ("a;b\n1;2\n", ":1:", "expected columns separated by commas"),
        ('a,b\n1,2\n"3,4\n5,6\n', ":3:", "not readable as CSV"),
        ('a,b\n1,"2"3\n', ":2:", "not readable as CSV"),
    ],
)
def test_a_malformed_csv_is_refused_with_its_file_and_line(tmp_path, content, place, words):
    with pytest.raises(DataError) as caught:
        read(tmp_path, content)
    assert caught.value.message.startswith(f"{tmp_path / 'x.csv'}{place}")
    assert words in caught.value.message
    assert caught.value.exit_code == 2
    assert caught.value.hint


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path):
    plain = read(tmp_path, "a,b\n1,x\n2,y\n")
    marked = read(tmp_path, codecs.BOM_UTF8 + b"a,b\r\n1,x\r\n2,y\r\n", "marked.csv")
    for name in ("a", "b"):
        np.testing.assert_array_equal(plain.columns[name].values, marked.columns[name].values)


def test_quoted_commas_quotes_and_line_breaks_belong_to_the_field(tmp_path):
    source = read(tmp_path, 'a,b\n"one, two","say ""hi"""\n"three\nfour\r\nfive",5\n')
    assert source.columns["a"].values.tolist() == ["one, two", "three\nfour\r\nfive"]
    assert source.columns["b"].values.tolist() == ['say "hi"', "5"]
    assert source.place(1).endswith(":3")


def test_missing_is_what_people_write_for_it_but_none_is_a_level(tmp_path):
    source = read(tmp_path, "n,t\n1,None\n,\nNA,NA\nN/A,N/A\nNaN,NaN\nnan,nan\nnull,null\nNULL,NULL\n")
    assert source.columns["n"].kind == "number"
    assert np.isnan(source.columns["n"].values).tolist() == [False] + [True] * 7
    assert source.columns["t"].values.tolist() == ["None"] + [""] * 7


@pytest.mark.parametrize("cell", ["1_000", "1,5", "0x10", "\u0661", "12abc", "$5"])
def test_what_only_looks_like_a_number_makes_the_column_text(tmp_path, cell):
    source = read(tmp_path, f'a,b\n1,1\n2,"{cell}"\n')
    assert (source.columns["a"].kind, source.columns["b"].kind) == ("number", "text")


def test_the_type_is_decided_over_the_whole_file(tmp_path):
    source = write_csv(tmp_path / "x.csv", {"a": [*range(5000), "late"]})
    assert read_file(source).columns["a"].kind == "text"


def test_truth_values_are_the_levels_true_and_false_in_any_case(tmp_path):
    source = read(tmp_path, "a\ntrue\nFalse\nTRUE\nfalse\n\n")
    assert source.columns["a"].values.tolist() == ["true", "false", "true", "false"]


def test_spaces_belong_to_a_text_and_not_to_a_number(tmp_path):
    source = read(tmp_path, "n,t\n 1 ,WD \n2, x\n")
    assert source.columns["n"].values.tolist() == [1.0, 2.0]
    assert source.columns["t"].values.tolist() == ["WD ", " x"]


def test_a_compressed_file_reads_the_same_and_a_broken_one_is_refused(tmp_path):
    packed = read(tmp_path, gzip.compress(b"a,b\n1,2\n"), "x.csv.gz")
    assert packed.columns["b"].values.tolist() == [2.0]
    with pytest.raises(DataError, match="not a whole gzip file"):
        read(tmp_path, gzip.compress(b"a,b\n1,2\n")[:-5], "y.csv.gz")
    with pytest.raises(DataError, match="not a whole gzip file"):
        read(tmp_path, b"a,b\n1,2\n", "z.csv.gz")
