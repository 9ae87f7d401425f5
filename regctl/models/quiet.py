"""TensorFlow without its greetings on stderr."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


def load_tensorflow() -> None:
    """Imports TensorFlow and looks for devices; what it says meanwhile is shown only if that fails.

    TensorFlow writes notes on CUDA and its log to file descriptor 2 before any setting of ours can silence them.

    oneDNN's kernels are switched on where the user has not decided: by default TensorFlow uses them only on processors
    with neural-network instructions, but elsewhere, too, they multiply small matrices about twice as fast as its own.
    """
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    with _held_back():
        import tensorflow as tf

        tf.config.list_physical_devices()


@contextmanager
def _held_back() -> Iterator[None]:
    sys.stderr.flush()
    shown = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except Exception:
            held.seek(0)
            os.write(shown, held.read())
            raise
        finally:
            os.dup2(shown, 2)
            os.close(shown)
