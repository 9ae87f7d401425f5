"""`checkpoints/`: what is saved comes back to the bit, and what is not whole does not count."""

import numpy as np
import pytest

from regctl.errors import StorageError
from regctl.records.checkpoints import CheckpointFolder


def arrays(step):
    generator = np.random.default_rng(step)
    return {
        "values": generator.normal(size=5000).astype(np.float32),
        "losses": np.array([[np.nan, -0.0], [np.inf, 1e-310]]),
        "keys": np.arange(64, dtype=np.uint8).reshape(2, 32),
        "step": np.array(step),
    }


def assert_is(found, step):
    expected = arrays(step)
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        assert (found[name].dtype, found[name].tobytes()) == (array.dtype, array.tobytes())


@pytest.fixture
def folder(tmp_path):
    made = CheckpointFolder(tmp_path)
    for step in (5, 90, 1000):
        made.save("a", step, arrays(step))
    return made


def test_the_newest_state_of_each_name_comes_back_those_of_most_steps_first(folder, tmp_path):
    folder.save("b", 300, arrays(300))
    folder.save("c", 20, arrays(20))
    found = list(folder.load())
    assert [name for name, _ in found] == ["a", "b", "c"]
    for (_, each), step in zip(found, (1000, 300, 20), strict=True):
        assert_is(each, step)
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == [
        "a-000000000090.npz",
        "a-000000001000.npz",
        "b-000000000300.npz",
        "c-000000000020.npz",
    ]


def test_wherever_the_newest_is_torn_the_one_before_counts(tmp_path):
    whole = None
    for part in (0.0, 0.1, 0.5, 0.9, 0.9999):
        folder = CheckpointFolder(tmp_path)
        folder.save("a", 90, arrays(90))
        folder.save("a", 1000, arrays(1000))
        newest = tmp_path / "checkpoints" / "a-000000001000.npz"
        whole = newest.read_bytes()
        newest.write_bytes(whole[: int(part * len(whole))])
        ((_, found),) = folder.load()
        assert_is(found, 90)
        assert not newest.exists()
    assert whole is not None


def test_no_flipped_byte_is_taken_for_what_was_written(tmp_path):
    """Of a file in which any byte is another one the arrays are those that were written, or it does not count."""
    folder, generator = CheckpointFolder(tmp_path), np.random.default_rng(0)
    folder.save("a", 1000, arrays(1000))
    path = tmp_path / "checkpoints" / "a-000000001000.npz"
    whole, counted = path.read_bytes(), 0
    for place in generator.integers(0, len(whole), 400).tolist() + list(range(160)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x11]) + whole[place + 1 :])
        for _, found in folder.load():
            assert_is(found, 1000)
            counted += 1
    assert counted < 560 / 2


def test_where_all_are_torn_there_is_nothing(folder, tmp_path):
    for path in (tmp_path / "checkpoints").iterdir():
        path.write_bytes(path.read_bytes()[:-7])
    assert list(folder.load()) == []
    assert list((tmp_path / "checkpoints").iterdir()) == []


def test_half_written_files_are_cleared_and_a_name_is_dropped(folder, tmp_path):
    left = tmp_path / "checkpoints" / ".a-000000002000.npz.0011aabb.tmp"
    left.write_bytes(b"PK")
    folder.save("b", 1, arrays(1))
    assert [name for name, _ in folder.load()] == ["a", "b"]
    assert not left.exists()
    folder.drop("a")
    assert [name for name, _ in folder.load()] == ["b"]
    folder.clear()
    assert not (tmp_path / "checkpoints").exists()
    assert list(folder.load()) == []
    folder.clear()
    folder.drop("b")


def test_a_full_disk_leaves_the_states_there_were(folder, monkeypatch):
    def full(descriptor, data):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.write", full)
        with pytest.raises(StorageError, match="No space left"):
            folder.save("a", 2000, arrays(2000))
    ((_, found),) = folder.load()
    assert_is(found, 1000)
