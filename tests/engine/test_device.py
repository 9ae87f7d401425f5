"""Which device trains. There is no GPU here: TensorFlow's answers are stood in for."""

from types import SimpleNamespace

import pytest
import tensorflow as tf

from regctl.engine.device import on_gpu, use_device
from regctl.errors import MachineError


@pytest.fixture
def two_gpus(monkeypatch):
    """A TensorFlow that finds two GPUs; holds what it was told."""
    cards = [SimpleNamespace(name=f"/physical_device:GPU:{number}") for number in range(2)]
    told = SimpleNamespace(visible=list(cards), growing=[])
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: cards)
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: told.visible)
    monkeypatch.setattr(
        tf.config, "set_visible_devices", lambda chosen, kind: setattr(told, "visible", chosen)
    )
    monkeypatch.setattr(
        tf.config.experimental, "set_memory_growth", lambda card, on: told.growing.append((card.name[-1], on))
    )
    monkeypatch.setattr(
        tf.config.experimental, "get_device_details", lambda card: {"device_name": f"card {card.name[-1]}"}
    )
    return told


@pytest.mark.parametrize(
    ("choice", "name", "growing"),
    [
        ("auto", "GPU (card 0)", [("0", True)]),
        ("gpu", "GPU (card 0)", [("0", True)]),
        ("gpu:1", "GPU (card 1)", [("1", True)]),
        ("cpu", "CPU", []),
    ],
)
def test_one_gpu_or_none_is_seen_and_its_memory_grows(two_gpus, choice, name, growing):
    assert use_device(choice) == name
    assert two_gpus.growing == growing
    assert on_gpu() == (choice != "cpu")


def test_a_gpu_that_is_not_there_is_one_clear_sentence(two_gpus):
    with pytest.raises(MachineError, match=r"--device gpu:2: expected a GPU .* TensorFlow finds 2 here"):
        use_device("gpu:2")


@pytest.mark.skipif(bool(tf.config.list_physical_devices("GPU")), reason="there is a GPU here")
def test_without_a_gpu_auto_and_cpu_are_the_cpu_and_gpu_is_refused():
    assert use_device("auto") == use_device("cpu") == "CPU"
    assert not on_gpu()
    with pytest.raises(MachineError, match="finds 0 here"):
        use_device("gpu")
