"""What every test shares: a quiet TensorFlow, an empty current folder, and the command line."""

import ctypes
import gc
import os
import sys

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # as regctl sets it
os.environ.setdefault("KERAS_BACKEND", "tensorflow")


@pytest.fixture(scope="module", autouse=True)
def memory_given_back():
    """What a file of tests compiled is let go: one process that keeps it all needs more memory than there may be.

    `keep_freed_memory` (engine/allocator.py) tells glibc to keep what is freed.
    """
    yield
    if "tensorflow" in sys.modules:
        import keras

        keras.utils.clear_session()
    gc.collect()
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


@pytest.fixture
def regctl(monkeypatch, capsys):
    from console import Console

    return Console(monkeypatch, capsys)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder, and the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REGCTL_RUNS_DIR", raising=False)
    return tmp_path


@pytest.fixture(autouse=True)
def no_plugins_left():
    """A command's plugins are in use until the next command: none stays for another test."""
    yield
    from regctl import catalog

    catalog.use_plugins([])
