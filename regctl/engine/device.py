"""The device that trains: whatever TensorFlow finds."""

import tensorflow as tf


def device_name() -> str:
    """`GPU (name)` of the first GPU that TensorFlow sees, else `CPU`."""
    for device in tf.config.list_physical_devices("GPU"):
        details = tf.config.experimental.get_device_details(device)
        return f"GPU ({details.get('device_name', device.name)})"
    return "CPU"
