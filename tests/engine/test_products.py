"""Whether a product's bits depend on its size: looked at, not assumed."""

import os
import subprocess
import sys

import numpy as np
import pytest

from regctl.engine.fused import products


@pytest.fixture(autouse=True)
def _looks_anew():
    products.bits_do_not_depend_on_size.cache_clear()
    yield
    products.bits_do_not_depend_on_size.cache_clear()


def test_kernels_that_add_in_halves_are_found_out(monkeypatch):
    def in_halves(left, right, half, **transposed):
        middle = left.shape[2] // 2
        return left[:, :, :middle] @ right[:, :middle] + left[:, :, middle:] @ right[:, middle:]

    monkeypatch.setattr(products, "_product", in_halves)
    assert not products.bits_do_not_depend_on_size()


def test_kernels_that_add_one_after_the_other_pass(monkeypatch):
    def in_order(left, right, half, **transposed):
        total = np.zeros((len(left), left.shape[1], right.shape[2]), np.float32)
        for place in range(left.shape[2]):
            total += left[:, :, place, None] * right[:, place, None]
        return total

    monkeypatch.setattr(products, "_product", in_order)
    assert products.bits_do_not_depend_on_size()


@pytest.mark.process
def test_without_onednn_they_do_and_it_is_noticed():
    code = (
        "from regctl.models.quiet import load_tensorflow; load_tensorflow()\n"
        "from regctl.engine.device import use_one_thread_per_operation; use_one_thread_per_operation()\n"
        "from regctl.engine.fused.products import bits_do_not_depend_on_size as found; print(found())"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TF_ENABLE_ONEDNN_OPTS": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.strip() == "False"
