"""A model is data: a list of frozen layer specs. The same list becomes a stacked program, a Keras model and a table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Literal, TypeAlias

from regctl.types import Setting

NoiseKind: TypeAlias = Literal["dropout", "alpha_dropout", "gaussian_dropout", "gaussian_noise"]


@dataclass(frozen=True)
class Dense:
    """`activation(x @ kernel + bias)`; kernel `[inputs, units]`, bias `[units]`, started at zero.

    The penalty is on the kernel, never on the bias. Initial kernels are uniform in ±sqrt(6 / (inputs + units)) (Glorot
    and Bengio 2010), or normal with variance 1 / inputs, cut at two standard deviations (LeCun), as in Keras.
    """

    name: str
    units: int
    activation: str | None = None
    initializer: str = "glorot_uniform"


@dataclass(frozen=True)
class Activation:
    """An elementwise function, for where a normalisation stands between it and the dense layer."""

    name: str
    function: str


@dataclass(frozen=True)
class Dropout:
    """Noise while training, and nothing in inference mode; each of Keras's layers of that name.

    `rate` names the hyperparameter that holds the rate r: a field of `types.Setting`. With z standard normal:

    - `dropout`: each unit is 0 with probability r, else scaled by 1/(1 − r) (Srivastava et al. 2014).
    - `alpha_dropout`: a dropped unit is SELU's lower limit, then all are scaled and shifted so that mean 0 and variance
      1 stay (Klambauer et al. 2017).
    - `gaussian_dropout`: each unit times 1 + z·sqrt(r/(1 − r)) (Srivastava et al. 2014, section 10).
    - `gaussian_noise`: each unit plus r·z; r is a standard deviation, not a probability.
    """

    name: str
    rate: str
    kind: NoiseKind = "dropout"


@dataclass(frozen=True)
class BatchNormalization:
    """`gamma · (x − mean) / sqrt(variance + 0.001) + beta` with each unit's mean and variance over the batch.

    In inference mode with their moving averages of momentum 0.99, as in Keras (Ioffe and Szegedy 2015).
    """

    name: str


@dataclass(frozen=True)
class LayerNormalization:
    """`gamma · (x − mean) / sqrt(variance + 0.001) + beta` with each row's mean and variance over the units.

    As in Keras (Ba, Kiros and Hinton 2016).
    """

    name: str


@dataclass(frozen=True)
class Reshape:
    """A row's numbers in another shape, such as `(height, width, channels)`, the last axis running fastest."""

    name: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Conv2D:
    """`activation(x ∗ kernel + bias)` over images `[height, width, channels]`, one step at a time.

    Kernel `[kernel_size, kernel_size, channels, filters]`, started as a dense layer's with inputs and units counted
    over the kernel's field, as in Keras; bias `[filters]`, started at zero. With padding `same` an image keeps its
    size, with `valid` it loses kernel_size − 1.
    """

    name: str
    filters: int
    kernel_size: int
    activation: str | None = None
    padding: Literal["same", "valid"] = "same"
    initializer: str = "glorot_uniform"


@dataclass(frozen=True)
class MaxPooling2D:
    """The largest value of each `size` × `size` field of each channel; what is left over at the edges is dropped."""

    name: str
    size: int


@dataclass(frozen=True)
class Flatten:
    """An image's numbers in one row."""

    name: str


@dataclass(frozen=True)
class UserModel:
    """A Keras model that a function of the user's builds: see `user_model.py`. It stands for all layers.

    `name` says file and function as messages do; `file` is an absolute path, its content's hash `sha256`.
    """

    name: str
    file: str
    function: str
    sha256: str
    outputs: int
    options: Mapping[str, Any]


Layer: TypeAlias = (
    Dense
    | Activation
    | Dropout
    | BatchNormalization
    | LayerNormalization
    | Reshape
    | Conv2D
    | MaxPooling2D
    | Flatten
    | UserModel
)


@dataclass(frozen=True)
class Weight:
    """One weight of a layer, as Keras names it. `start` is its initial value, or an initializer's name."""

    layer: str
    name: str
    shape: tuple[int, ...]
    start: float | str

    @property
    def penalised(self) -> bool:
        """Whether penalty and weight decay act on it."""
        return self.name == "kernel"

    @property
    def trained(self) -> bool:
        """Whether it follows the gradient; moving averages follow the batches."""
        return not self.name.startswith("moving_")

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return prod(self.shape)


def weights_of(layers: Sequence[Layer], inputs: int) -> list[Weight]:
    """Every weight in Keras's order: layer by layer, within a layer as Keras lists them.

    None of a user's model: its weights are not known before it is built.
    """
    return [weight for layer, width in with_inputs(layers, inputs) for weight in layer_weights(layer, width)]


def layer_weights(layer: Layer, width: int) -> list[Weight]:
    """The weights of a layer that `width` units, or channels, enter."""
    match layer:
        case Dense():
            kernel = Weight(layer.name, "kernel", (width, layer.units), layer.initializer)
            return [kernel, Weight(layer.name, "bias", (layer.units,), 0.0)]
        case Conv2D():
            shape = (layer.kernel_size, layer.kernel_size, width, layer.filters)
            kernel = Weight(layer.name, "kernel", shape, layer.initializer)
            return [kernel, Weight(layer.name, "bias", (layer.filters,), 0.0)]
        case BatchNormalization():
            starts = {"gamma": 1.0, "beta": 0.0, "moving_mean": 0.0, "moving_variance": 1.0}
        case LayerNormalization():
            starts = {"gamma": 1.0, "beta": 0.0}
        case _:
            starts = {}
    return [Weight(layer.name, name, (width,), start) for name, start in starts.items()]


def active_layers(layers: Sequence[Layer], setting: Setting) -> tuple[Layer, ...]:
    """The layers that do something under a setting: all but noise layers whose rate is 0."""
    return tuple(
        layer for layer in layers if not isinstance(layer, Dropout) or getattr(setting, layer.rate) > 0
    )


def with_inputs(layers: Sequence[Layer], inputs: int) -> Iterator[tuple[Layer, int]]:
    """Each layer with the number of units, or of an image's channels, that enter it."""
    for layer, shape in with_shapes(layers, inputs):
        yield layer, shape[-1]


def with_shapes(layers: Sequence[Layer], inputs: int) -> Iterator[tuple[Layer, tuple[int, ...]]]:
    """Each layer with the shape of what enters it for one row."""
    shape: tuple[int, ...] = (inputs,)
    for layer in layers:
        yield layer, shape
        shape = output_shape(layer, shape)


def output_shape(layer: Layer, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of what leaves a layer for one row."""
    match layer:
        case Dense():
            return (*shape[:-1], layer.units)
        case Reshape():
            return layer.shape
        case Conv2D():
            lost = layer.kernel_size - 1 if layer.padding == "valid" else 0
            return shape[0] - lost, shape[1] - lost, layer.filters
        case MaxPooling2D():
            return shape[0] // layer.size, shape[1] // layer.size, shape[2]
        case Flatten():
            return (prod(shape),)
        case UserModel():
            return (layer.outputs,)
        case _:
            return shape
