import gzip
import hashlib

import numpy as np
import pytest
from data_makers import spec_for

from idx import idx_bytes, write_folder, write_idx
from regctl.datasets.opening import open_rows
from regctl.datasets.sources import read_file
from regctl.errors import DataError


def refusal(path):
    with pytest.raises(DataError) as caught:
        read_file(path)
    return str(caught.value)


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_train_and_test_files_are_pooled_in_order_and_pixels_are_columns_in_row_order(tmp_path, suffix):
    images, labels = write_folder(tmp_path, suffix=suffix)
    source = read_file(tmp_path)
    assert (source.rows, source.image_shape) == (60, (6, 5, 1))
    names = [f"pixel_{row}_{column}" for row in range(6) for column in range(5)]
    assert list(source.columns) == [*names, "label", "part"]
    for row in range(6):
        for column in range(5):
            held = source.columns[f"pixel_{row}_{column}"].values
            np.testing.assert_array_equal(held, images[:, row, column])
    np.testing.assert_array_equal(source.columns["label"].values, labels)
    assert source.columns["part"].values.tolist() == ["train"] * 40 + ["test"] * 20


def test_the_hash_is_what_sha256sum_says_of_the_files(tmp_path):
    write_folder(tmp_path)
    lines = [
        f"{hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()}  {name}\n"
        for part in ("train", "t10k")
        for name in (f"{part}-images-idx3-ubyte.gz", f"{part}-labels-idx1-ubyte.gz")
    ]
    assert read_file(tmp_path).sha256 == hashlib.sha256("".join(lines).encode()).hexdigest()


def test_the_part_is_no_feature_and_can_give_the_split(tmp_path):
    write_folder(tmp_path)
    data = open_rows(spec_for(tmp_path, "label"))
    assert "part" not in {column.name for column in data.train.table.columns}
    assert any("'part' is left out" in note for note in data.notes)
    given = open_rows(spec_for(tmp_path, "label", split={"column": "part"}))
    assert given.split.parts["test"].rows == tuple(range(40, 60))
    with pytest.raises(DataError, match="'part' cannot be a feature"):
        open_rows(spec_for(tmp_path, "label", features=["pixel_0_0", "part"]))


def test_one_pair_of_files_has_no_parts(tmp_path):
    write_idx(tmp_path / "train-images.idx3-ubyte", np.zeros((3, 2, 2)))
    write_idx(tmp_path / "train-labels.idx1-ubyte", np.arange(3))
    assert list(read_file(tmp_path).columns)[-1] == "label"


def test_images_of_unequal_size_are_refused(tmp_path):
    write_folder(tmp_path)
    write_idx(tmp_path / "t10k-images-idx3-ubyte.gz", np.zeros((20, 4, 5)))
    said = refusal(tmp_path)
    assert "t10k-images-idx3-ubyte.gz: expected images of 6 × 5 pixels, as in" in said
    assert "Received: 4 × 5 pixels" in said


def test_labels_that_do_not_match_the_images_are_refused(tmp_path):
    write_folder(tmp_path)
    write_idx(tmp_path / "train-labels-idx1-ubyte.gz", np.zeros(39))
    assert "expected 40 labels, one for each image of train-images-idx3-ubyte.gz. Received: 39" in refusal(
        tmp_path
    )


@pytest.mark.parametrize("cut", [1, 30, 200])
def test_a_gzip_file_that_is_cut_off_is_refused(tmp_path, cut):
    write_folder(tmp_path)
    file = tmp_path / "train-images-idx3-ubyte.gz"
    file.write_bytes(file.read_bytes()[:-cut])
    assert f"{file}: not a whole gzip file" in refusal(tmp_path)


def test_a_gzip_file_with_a_wrong_byte_is_refused(tmp_path):
    write_folder(tmp_path)
    file = tmp_path / "train-images-idx3-ubyte.gz"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    assert f"{file}: not a whole gzip file" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "Received: one that starts with nothing"),
        (b"a,b\n1,2\n", "expected an IDX file of unsigned bytes in 3 or 4 dimensions"),
        (idx_bytes(np.zeros(4)), "in 3 or 4 dimensions. Received: one that starts with 00 00 08 01"),
        (idx_bytes(np.zeros((40, 6, 5)))[:-1], "expected 1216 bytes, as its header says. Received: 1215"),
        (b"\0\0\x08\x03\0\0", "Received: 6"),
        (b"\0\0\x0d\x03" + b"\0" * 12, "expected an IDX file of unsigned bytes"),
    ],
)
def test_a_file_that_is_no_idx_file_is_refused(tmp_path, content, says):
    write_folder(tmp_path)
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(content))
    assert says in refusal(tmp_path)


def test_files_without_their_other_half_or_twice_or_of_other_names_are_refused(tmp_path):
    write_folder(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").rename(tmp_path / "labels-ubyte")
    assert "labels-ubyte: expected a name that says images or labels" in refusal(tmp_path)
    (tmp_path / "labels-ubyte").unlink()
    assert "Received: 't10k-images-idx3-ubyte.gz' without labels" in refusal(tmp_path)
    write_folder(tmp_path, suffix="")
    assert "are the same file twice" in refusal(tmp_path)
