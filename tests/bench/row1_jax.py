"""Row 1's grid as one writes it by hand in JAX: a fit as a function of (λ, seed), `vmap` over both, `scan` over steps.

Within the vmap over λ, whatever depends on the seed alone (initial weights, batches, noise) is computed once.
"""

import time
from math import gcd
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from measuring import Numbers
from row1_problem import BATCH, LEARNING_RATE, RATE, Sizes, lambdas, rows

UNITS = 64
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7


def measure(sizes: Sizes) -> Numbers:
    x, y, x_held_out, y_held_out = map(jnp.asarray, rows(sizes))
    steps = sizes.rows // BATCH

    def forward(weights: Any, x: Any, masks: Any) -> Any:
        h = x
        for (kernel, bias), mask in zip(weights[:-1], masks, strict=True):
            h = jax.nn.relu(h @ kernel + bias) * mask
        kernel, bias = weights[-1]
        return (h @ kernel + bias)[:, 0]

    def objective(weights: Any, lam: Any, x: Any, y: Any, masks: Any) -> Any:
        penalty = sum(jnp.sum(jnp.square(kernel)) for kernel, _ in weights)
        return jnp.mean(jnp.square(forward(weights, x, masks) - y)) + lam * penalty

    def fit(lam: Any, key: Any) -> Any:
        """The validation loss after each epoch."""
        weights = initial_weights(key, x.shape[1])
        zeros = jax.tree.map(jnp.zeros_like, weights)

        def epoch(state: Any, number: Any) -> Any:
            own = jax.random.fold_in(key, number)
            order = jax.random.permutation(own, len(x))[: steps * BATCH].reshape(steps, BATCH)
            kept = jax.random.bernoulli(jax.random.fold_in(own, 1), 1 - RATE, (steps, 2, BATCH, UNITS))

            def step(state: Any, given: Any) -> Any:
                chosen, mask = given
                weights, first, second, count = state
                gradient = jax.grad(objective)(weights, lam, x[chosen], y[chosen], mask)
                return adam(weights, first, second, count + 1, gradient), None

            state, _ = lax.scan(step, state, (order, kept / (1 - RATE)))
            held_out = jnp.mean(jnp.square(forward(state[0], x_held_out, (1.0, 1.0)) - y_held_out))
            return state, held_out

        return lax.scan(epoch, (weights, zeros, zeros, 0), jnp.arange(sizes.epochs))[1]

    program = jax.jit(jax.vmap(jax.vmap(fit, (0, None)), (None, 0)))
    strengths = jax.device_put(jnp.asarray(lambdas(sizes)), over_devices(sizes.lambdas))
    given = strengths, jax.random.split(jax.random.key(0), sizes.seeds)
    jax.jit(jnp.sum)(x).block_until_ready()
    began = time.perf_counter()
    compiled = program.lower(*given).compile()
    compiling = time.perf_counter() - began
    began = time.perf_counter()
    losses = compiled(*given).block_until_ready()
    seconds = time.perf_counter() - began
    return {
        "seconds": compiling + seconds,
        "seconds_compiled": seconds,
        "compile_seconds": compiling,
        "validation_loss": float(losses[..., -1].mean()),
    }


def over_devices(lambdas: int) -> jax.sharding.NamedSharding:
    """Shares λ out to as many of the devices as divide them evenly; there is one unless XLA_FLAGS makes more."""
    devices = jax.devices()[: gcd(lambdas, jax.device_count())]
    mesh = jax.sharding.Mesh(np.array(devices), ("lambda",))
    return jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("lambda"))


def initial_weights(key: Any, columns: int) -> Any:
    """Glorot's uniform kernels, biases 0."""
    widths = (columns, UNITS, UNITS, 1)
    keys = jax.random.split(key, len(widths) - 1)
    draw = jax.nn.initializers.glorot_uniform()
    pairs = zip(keys, widths[:-1], widths[1:], strict=True)
    return [(draw(key, (inputs, units)), jnp.zeros(units)) for key, inputs, units in pairs]


def adam(weights: Any, first: Any, second: Any, count: Any, gradient: Any) -> Any:
    """One step of Adam with Keras's defaults."""
    first = jax.tree.map(lambda m, g: BETA_1 * m + (1 - BETA_1) * g, first, gradient)
    second = jax.tree.map(lambda v, g: BETA_2 * v + (1 - BETA_2) * g * g, second, gradient)
    size = LEARNING_RATE * jnp.sqrt(1 - BETA_2**count) / (1 - BETA_1**count)
    moved = jax.tree.map(lambda w, m, v: w - size * m / (jnp.sqrt(v) + EPSILON), weights, first, second)
    return moved, first, second, count
