"""What the fused engine's noise layers do to the activations that training begins with.

Nothing is computed anew here: batches, draws and layers are those that training uses, one layer at a time.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf

from regctl.engine.fused.batches import Batches
from regctl.engine.fused.stack import Batch, Stack
from regctl.engine.initial import initial_weights
from regctl.models.layers import Dropout, Layer, active_layers, weights_of, with_inputs
from regctl.spec.training import Training
from regctl.types import Float32, Int64, NoiseObservation, Prepared, Setting

ENOUGH = 400_000  # numbers of a layer: a share of zeros is then known to a tenth of a percent


def observe_fused(
    layers: Sequence[Layer],
    setting: Setting,
    training: Training,
    data: Prepared,
    replicate: tuple[int, int | None],
) -> list[NoiseObservation]:
    """One observation for each active noise layer, over the first steps of a replicate (seed, fold).

    For `alpha_dropout` another one, of standard normal inputs.
    """
    active = active_layers(layers, setting)
    weights = initial_weights(active, data, replicate)
    steps = _steps(active, training, data, replicate)
    found = []
    for number, (layer, width) in enumerate(with_inputs(active, len(data.names))):
        if not isinstance(layer, Dropout):
            continue
        noise = sum(isinstance(each, Dropout) for each in active[:number])
        rate = setting.rate(layer.rate)
        parts = [
            _observed(
                layer,
                rate,
                width,
                _activations(active[:number], weights, data.x_train[rows].astype(np.float32)),
                draws[noise],
            )
            for rows, draws in steps
        ]
        found.append(_joined(parts))
        if layer.kind == "alpha_dropout":
            found.append(_of_normals(layer, rate, width, parts))
    return found


def _steps(
    active: Sequence[Layer], training: Training, data: Prepared, replicate: tuple[int, int | None]
) -> list[tuple[Int64, list[Float32]]]:
    """Of each step the rows `[batch]`, and the draws of each noise layer `[units, batch]`."""
    rows = len(data.x_train)
    stack = Stack(active, len(data.names))
    batches = Batches(stack, training, data.names, [replicate], [rows], [0], rows)
    wanted = -(-ENOUGH // (batches.batch * min(stack.noise_widths)))
    steps = batches.steps(0, max(1, min(wanted, batches.total, batches.ahead)))
    order, share = steps.order.numpy()[:, 0], steps.share.numpy()[:, 0]
    drawn = [draws.numpy()[:, 0] for draws in steps.draws]
    # The last batch of an epoch is padded with rows that weigh nothing.
    return [
        (order[step][share[step] > 0], [draws[step][:, share[step] > 0] for draws in drawn])
        for step in range(len(order))
    ]


def _activations(before: Sequence[Layer], weights: Sequence[Float32], x: Float32) -> Float32:
    """What enters the next layer, `[rows, units]`, in inference mode."""
    if not before:
        return x
    stack = Stack(before, x.shape[1])
    own = weights[: len(weights_of(before, x.shape[1]))]
    stacked = [
        tf.constant(stack.stacked(index, np.repeat(weight[None, None], stack.tile, axis=1)))
        for index, weight in enumerate(own)
    ]
    outputs, _ = stack.forward(stacked, tf.constant(x[None]), None)
    return np.asarray(outputs[0, 0].numpy())


def _observed(layer: Dropout, rate: float, width: int, h: Float32, draws: Float32) -> NoiseObservation:
    """The stacked computation of the one layer, forth and back, for `h` `[rows, width]`."""
    stack = Stack((layer,), width)
    inputs = tf.constant(h[None])
    upstream = np.random.default_rng(0).normal(size=h.shape).astype(np.float32)
    share = tf.fill([1, len(h)], 1.0 / len(h))
    batch = Batch(
        learning_rate=tf.ones([1, 1]),  # brings a first product back to its units: here is none
        share=share,
        draws=[tf.constant(draws[None])],
        rates=[tf.constant([[rate]], tf.float32)],
    )
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs, _ = stack.forward((), inputs, batch)
    gradient = tape.gradient(outputs, inputs, output_gradients=tf.constant(upstream[None, None]))
    inference, _ = stack.forward((), inputs, None)
    return NoiseObservation(
        layer.name,
        layer.kind,
        rate,
        inputs=h[:, None],
        outputs=outputs[0, 0].numpy()[:, None],
        inference=inference[0, 0].numpy()[:, None],
        upstream=upstream[:, None],
        gradient=gradient[0].numpy()[:, None],
        draws=draws.T[:, None],
    )


def _of_normals(
    layer: Dropout, rate: float, width: int, parts: Sequence[NoiseObservation]
) -> NoiseObservation:
    """The same draws on standard normal numbers."""
    generator = np.random.default_rng(1)
    made = []
    for part in parts:
        assert part.draws is not None
        h = generator.normal(size=part.inputs[:, 0].shape).astype(np.float32)
        made.append(_observed(layer, rate, width, h, part.draws[:, 0].T))
    return replace(_joined(made), normal=True)


def _joined(parts: Sequence[NoiseObservation]) -> NoiseObservation:
    names = ("inputs", "outputs", "inference", "upstream", "gradient", "draws")
    joined: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return replace(parts[0], **joined)
