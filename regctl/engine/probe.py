"""What TensorFlow says of itself, as one line of JSON: run as a program by `steps/machine.py`.

In a process of its own, because a TensorFlow that does not fit the machine may end the process that imports it (an
instruction that the processor lacks), and no exception tells of that.
"""

import json
import os
import sys
from typing import Any

MARK = "REGCTL-PROBE "


def probe() -> dict[str, Any]:
    """Versions, devices, and the product of two small matrices, which must be right."""
    import keras
    import numpy as np
    import tensorflow as tf

    eye = np.eye(8, dtype=np.float32)
    works = bool(np.array_equal(tf.linalg.matmul(2 * eye, eye).numpy(), 2 * eye))
    gpus = tf.config.list_physical_devices("GPU")
    return {
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "works": works,
        "gpus": [
            str(tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name)) for gpu in gpus
        ],
        "cuda": bool(tf.test.is_built_with_cuda()),
    }


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    sys.stdout.write(f"\n{MARK}{json.dumps(probe())}\n")
