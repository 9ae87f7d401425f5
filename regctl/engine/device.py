"""The device that trains.

Written for any number of GPUs and exercised on CPUs only.
"""

import contextlib

import tensorflow as tf

from regctl.errors import MachineError


def use_device(choice: str = "auto") -> str:
    """Lets TensorFlow see one GPU or none, and returns what will train: `CPU` or `GPU (name)`.

    A GPU's memory is taken as it is needed, not all at once. TensorFlow takes the setting only before its first
    operation.

    Parameters:
        choice: `auto` (the first GPU, else the CPU), `cpu`, `gpu` (the first) or `gpu:N`, N counted from 0.

    Raises:
        MachineError: that GPU is not there, or TensorFlow has already started on another device.
    """
    found = tf.config.list_physical_devices("GPU")
    number = int(choice.partition(":")[2] or 0)
    if choice.startswith("gpu") and number >= len(found):
        raise MachineError(
            f"--device {choice}: expected a GPU with that number. TensorFlow finds {len(found)} here.",
            "Use --device cpu, or install the CUDA libraries: pip install 'tensorflow[and-cuda]'.",
        )
    chosen = [] if choice == "cpu" else found[number : number + 1]
    try:
        tf.config.set_visible_devices(chosen, "GPU")
        for device in chosen:
            tf.config.experimental.set_memory_growth(device, True)
    except RuntimeError as error:
        raise MachineError(f"--device {choice}: TensorFlow has started on another device already.") from error
    return device_name()


def device_name() -> str:
    """`GPU (name)` of the GPU that TensorFlow may use, else `CPU`."""
    for device in tf.config.get_visible_devices("GPU"):
        details = tf.config.experimental.get_device_details(device)
        return f"GPU ({details.get('device_name', device.name)})"
    return "CPU"


def chosen_device() -> str:
    """The choice that gives another process this one's device."""
    visible = tf.config.get_visible_devices("GPU")
    return f"gpu:{tf.config.list_physical_devices('GPU').index(visible[0])}" if visible else "cpu"


def on_gpu() -> bool:
    """Whether TensorFlow may use a GPU. Chunks then train one after the other: one fills it."""
    return bool(tf.config.get_visible_devices("GPU"))


def use_one_thread_per_operation() -> None:
    """Lets each operation run in the thread that starts it.

    TensorFlow takes this setting only before its first operation; later the call changes nothing, and a trial's
    numbers may then differ in their last bits from those of another number of threads.
    """
    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(1)


def leave_graphs_alone() -> None:
    """Switches TensorFlow's graph optimiser off, in this process.

    It takes half of the time between a program's tracing and its first step. On the grid of `tests/bench/row1_grid.py`
    the steps are as fast without it.
    """
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
