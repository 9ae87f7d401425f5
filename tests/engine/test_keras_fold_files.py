"""What the workers of the Keras engine read: files of each fold's arrays."""

import numpy as np
import pytest

from faulty_disk import FULL, FaultyDisk, faulty
from regctl.engine.keras.arrays import load_fold, save_folds
from regctl.errors import MachineError
from regctl.types import Prepared

ROWS = np.arange(6, dtype=np.float32)
PREPARED = Prepared(("a", "b", "c"), ROWS.reshape(2, 3), ROWS[:2], ROWS.reshape(2, 3), ROWS[2:4])


def test_a_fold_is_read_as_it_was_saved(tmp_path):
    save_folds(tmp_path, {None: PREPARED})
    found = load_fold(tmp_path, None, PREPARED.names)
    np.testing.assert_array_equal(found.x_train, PREPARED.x_train)
    np.testing.assert_array_equal(found.y_validation, PREPARED.y_validation)
    assert found.row_weights is None


@pytest.mark.parametrize("k", [1, 2, 9])
def test_a_full_disk_under_them_is_no_bug(k, tmp_path):
    with faulty(FaultyDisk(tmp_path, FULL, k)), pytest.raises(MachineError, match="No space left") as caught:
        save_folds(tmp_path, {None: PREPARED})
    assert "TMPDIR" in caught.value.hint
