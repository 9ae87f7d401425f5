"""The one backend that regctl is written for."""

import os

from regctl.errors import UsageError


def require_tensorflow() -> None:
    """Choose TensorFlow as Keras's backend; call it before Keras is imported.

    Raises:
        UsageError: the environment says another one.
    """
    backend = os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    if backend != "tensorflow":
        message = f"regctl is written for Keras on TensorFlow. Received: KERAS_BACKEND={backend}."
        raise UsageError(message, "Set it to tensorflow before Keras is imported.")
