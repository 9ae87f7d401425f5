import numpy as np
from data_makers import table_of
from hypothesis import given
from hypothesis import strategies as st

from regctl.datasets.hashing import row_hashes


def hashes(columns, target=(1.0,)):
    return row_hashes(table_of(columns, target), "y")


def test_zero_has_one_sign_and_missing_one_form():
    other_nan = np.frombuffer(b"\x01\x00\x00\x00\x00\x00\xf8\xff", dtype="<f8")[0]
    assert hashes({"a": [0.0]}) == hashes({"a": [-0.0]})
    assert hashes({"a": [np.nan]}) == hashes({"a": [other_nan]})
    assert hashes({"a": [np.nan]}) != hashes({"a": [0.0]})


def test_the_order_of_columns_does_not_matter_but_their_names_do():
    assert hashes({"a": [1.0], "b": ["x"]}) == hashes({"b": ["x"], "a": [1.0]})
    assert hashes({"a": [1.0], "b": [2.0]}) != hashes({"a": [2.0], "b": [1.0]})
    assert hashes({"a": [1.0]}) != hashes({"b": [1.0]})


def test_a_number_is_not_its_text_and_the_target_counts():
    assert hashes({"a": [1.0]}) != hashes({"a": ["1.0"]})
    assert hashes({"a": [1.0]}, [1.0]) != hashes({"a": [1.0]}, [2.0])


@given(st.tuples(st.text(), st.text()), st.tuples(st.text(), st.text()))
def test_texts_side_by_side_are_never_confused(first, second):
    columns = [{"a": [a], "b": [b]} for a, b in (first, second)]
    assert (hashes(columns[0]) == hashes(columns[1])) == (first == second)


def test_a_hash_is_stable_across_versions():
    """Recorded runs compare against these: another value breaks their seal."""
    found = hashes({"area": [1.5], "colour": ["naïve red"]}, [3.0])[0].hex()
    assert found == "16ac38d85779e12bd0f61632c2fcbfaa53d812eb14b2e32f262d1707e7bda63c"


def test_every_row_of_a_long_table_has_the_hash_it_has_alone():
    """Rows are packed a block at a time; blocks must not show."""
    random = np.random.default_rng(0)
    a, b, y = random.normal(size=(3, 2500))
    found = hashes({"a": a, "b": b}, y)
    for row in (0, 1, 1023, 1024, 2047, 2048, 2499):
        assert found[row] == hashes({"a": a[row : row + 1], "b": b[row : row + 1]}, y[row : row + 1])[0]
    assert len(set(found)) == 2500
