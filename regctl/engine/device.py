"""The device that trains: whatever TensorFlow finds."""

import contextlib

import tensorflow as tf


def device_name() -> str:
    """`GPU (name)` of the first GPU that TensorFlow sees, else `CPU`."""
    for device in tf.config.list_physical_devices("GPU"):
        details = tf.config.experimental.get_device_details(device)
        return f"GPU ({details.get('device_name', device.name)})"
    return "CPU"


def use_one_thread_per_operation() -> None:
    """Lets each operation run in the thread that starts it.

    TensorFlow takes this setting only before its first operation; later the call changes nothing, and a trial's
    numbers may then differ in their last bits from those of another number of threads.
    """
    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(1)
