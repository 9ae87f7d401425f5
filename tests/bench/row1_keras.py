"""Row 1's rivals in Keras: a fit as a textbook writes it, and the loop over the grid at its best."""

import time
from collections.abc import Callable
from statistics import mean, median
from typing import Any

import numpy as np

from measuring import Numbers, shared_out
from row1_problem import BATCH, LEARNING_RATE, QUICK, RATE, Sizes, lambdas, rows


def textbook(sizes: Sizes) -> Numbers:
    """A fit as a textbook writes it, and the loop over the grid that it makes."""
    import keras

    x, y, x_held_out, y_held_out = rows(sizes)

    def fit(lam: float, seed: int) -> float:
        keras.utils.set_random_seed(seed)
        network = keras_network(sizes.columns, keras.regularizers.L2(lam))
        network.compile(optimizer=keras.optimizers.Adam(LEARNING_RATE), loss="mean_squared_error")
        held_out = (x_held_out, y_held_out)
        history = network.fit(x, y, BATCH, sizes.epochs, verbose=0, validation_data=held_out)
        return float(history.history["val_loss"][-1])

    return loop(fit, sizes)


def tuned(sizes: Sizes) -> Numbers:
    """The loop at its best with a new model for each fit: an epoch is one call, data are tensors, nothing for XLA."""
    import keras
    import tensorflow as tf

    x, y, *held_out = map(tf.constant, rows(sizes))

    def fit(lam: float, seed: int) -> float:
        keras.utils.set_random_seed(seed)
        network = keras_network(sizes.columns, keras.regularizers.L2(lam))
        compile_tuned(network, sizes)
        return fit_tuned(network, x, y, held_out, sizes)

    return loop(fit, sizes)


def reused(sizes: Sizes) -> Numbers:
    """`tuned`, and compiled once: each fit gets the same model with new initial weights and another λ."""
    import keras
    import tensorflow as tf

    x, y, *held_out = map(tf.constant, rows(sizes))
    strength = tf.Variable(0.0)
    network = keras_network(sizes.columns, lambda kernel: strength * tf.reduce_sum(tf.square(kernel)))
    compile_tuned(network, sizes)

    def fit(lam: float, seed: int) -> float:
        strength.assign(lam)
        for number, weight in enumerate(network.trainable_variables):
            initial = keras.initializers.GlorotUniform(seed=100 * seed + number)
            weight.assign(initial(weight.shape) if len(weight.shape) == 2 else tf.zeros(weight.shape))
        for variable in network.optimizer.variables:
            if variable is not network.optimizer.learning_rate:
                variable.assign(tf.zeros(variable.shape, variable.dtype))
        return fit_tuned(network, x, y, held_out, sizes)

    return loop(fit, sizes)


def beside(sizes: Sizes) -> Numbers:
    """`reused` in a process per processor."""
    return shared_out(1, "reused", quick=sizes == QUICK)


def keras_network(columns: int, penalty: Any) -> Any:
    from keras import Input, Sequential
    from keras.layers import Dense, Dropout

    return Sequential(
        [
            Input((columns,)),
            Dense(64, activation="relu", kernel_regularizer=penalty),
            Dropout(RATE),
            Dense(64, activation="relu", kernel_regularizer=penalty),
            Dropout(RATE),
            Dense(1, kernel_regularizer=penalty),
        ]
    )


def compile_tuned(network: Any, sizes: Sizes) -> None:
    import keras

    network.compile(
        keras.optimizers.Adam(LEARNING_RATE),
        "mean_squared_error",
        jit_compile=False,
        steps_per_execution=-(-sizes.rows // BATCH),
    )


def fit_tuned(network: Any, x: Any, y: Any, held_out: Any, sizes: Sizes) -> float:
    history = network.fit(
        x,
        y,
        BATCH,
        sizes.epochs,
        verbose=0,
        validation_data=tuple(held_out),
        validation_batch_size=sizes.held_out,
    )
    return float(history.history["val_loss"][-1])


def loop(fit: Callable[[float, int], float], sizes: Sizes) -> Numbers:
    """Some fits, evenly over the grid of λ. `seconds` is the whole loop's, `one_fit` the median's, `first_fit` extra.

    Keras's `val_loss` contains the penalty, so that it is shown for λ = 0 only.
    """
    began = time.perf_counter()
    at_zero = fit(0.0, 0)
    first, seconds = time.perf_counter() - began, []
    chosen = np.linspace(0, sizes.lambdas - 1, sizes.fits).round().astype(int)
    for seed, place in enumerate(chosen):
        began = time.perf_counter()
        fit(lambdas(sizes)[place], seed)
        seconds.append(time.perf_counter() - began)
    return {
        "seconds": mean(seconds) * sizes.trials,
        "one_fit": median(seconds),
        "first_fit": first,
        "validation_loss_at_zero": at_zero,
    }
