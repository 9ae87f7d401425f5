"""A model is data: a list of frozen layer specs. The same list becomes a stacked program, a Keras model and a table.

What a plugin imports to write models of its own; nothing here imports Keras. Every layer has a `name` of its own.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar, Literal, TypeAlias

from regctl.catalog import Plugin
from regctl.spec.model import NoiseKind
from regctl.types import Setting


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

    `rate` names the hyperparameter that holds the rate r: `input_dropout`, or `dropout_1`, `dropout_2`, … for the rates
    of `regularization.dropout` by layer. In a plugin's list the k-th layer of rate `dropout` has `dropout_k`. With z
    standard normal:

    - `dropout`: each unit is 0 with probability r, else scaled by 1/(1 − r) (Srivastava et al. 2014).
    - `alpha_dropout`: a dropped unit is SELU's lower limit, then all are scaled and shifted so that mean 0 and variance
      1 stay (Klambauer et al. 2017).
    - `gaussian_dropout`: each unit times 1 + z·sqrt(r/(1 − r)) (Srivastava et al. 2014, section 10).
    - `gaussian_noise`: each unit plus r·z; r is a standard deviation, not a probability.
    - `spatial_dropout`: as dropout, but a filter's whole map is dropped or kept, of a sequence, an image or a volume by
      the shape of what enters (Tompson et al. 2015).
    """

    name: str
    rate: str = "dropout"
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
class Convolution:
    """`activation(x ∗ kernel + bias)` over `[steps, channels]` or `[height, width, channels]` …, one step at a time.

    The kernel is `[kernel_size, …, channels, filters]`, as many sizes as the layer has dimensions, started as a dense
    layer's with inputs and units counted over the kernel's field, as in Keras; bias `[filters]`, started at zero. With
    padding `same` an image keeps its size, with `valid` it loses kernel_size − 1.
    """

    dimensions: ClassVar[int]

    name: str
    filters: int
    kernel_size: int
    activation: str | None = None
    padding: Literal["same", "valid"] = "same"
    initializer: str = "glorot_uniform"


class Conv1D(Convolution):
    """Over sequences `[steps, channels]`."""

    dimensions = 1


class Conv2D(Convolution):
    """Over images `[height, width, channels]`."""

    dimensions = 2


class Conv3D(Convolution):
    """Over volumes `[depth, height, width, channels]`."""

    dimensions = 3


@dataclass(frozen=True)
class MaxPooling:
    """The largest value of each field of `size` in each direction, by channel; what is left over is dropped."""

    dimensions: ClassVar[int]

    name: str
    size: int = 2


class MaxPooling1D(MaxPooling):
    """Of sequences."""

    dimensions = 1


class MaxPooling2D(MaxPooling):
    """Of images."""

    dimensions = 2


class MaxPooling3D(MaxPooling):
    """Of volumes."""

    dimensions = 3


@dataclass(frozen=True)
class GlobalAveragePooling:
    """Each channel's mean over all places: `[…, channels]` becomes `[channels]`."""

    dimensions: ClassVar[int]

    name: str


class GlobalAveragePooling1D(GlobalAveragePooling):
    """Of sequences."""

    dimensions = 1


class GlobalAveragePooling2D(GlobalAveragePooling):
    """Of images."""

    dimensions = 2


class GlobalAveragePooling3D(GlobalAveragePooling):
    """Of volumes."""

    dimensions = 3


@dataclass(frozen=True)
class Flatten:
    """An image's numbers in one row."""

    name: str


@dataclass(frozen=True)
class UserModel:
    """The Keras model that a plugin's `KerasModel` of that name builds: see `user_model.py`. It stands for all layers.

    `plugin` is the file that brings it, None for an installed package; `told` what the builder is told beside the
    setting and the number of columns.
    """

    name: str
    outputs: int
    told: Mapping[str, Any]
    plugin: Plugin | None = None


@dataclass(frozen=True)
class KerasModel:
    """What a plugin's `MODELS` holds for a model that is no list of layers: `build(hp) -> keras.Model`.

    It is built anew for every trial, and trained one trial at a time.
    """

    build: Callable[[Any], Any]


Layer: TypeAlias = (
    Dense
    | Activation
    | Dropout
    | BatchNormalization
    | LayerNormalization
    | Reshape
    | Convolution
    | MaxPooling
    | GlobalAveragePooling
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
        case Convolution():
            shape = (*(layer.kernel_size,) * layer.dimensions, width, layer.filters)
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
    return tuple(layer for layer in layers if not isinstance(layer, Dropout) or setting.rate(layer.rate) > 0)


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
        case Convolution():
            lost = layer.kernel_size - 1 if layer.padding == "valid" else 0
            return (*(size - lost for size in shape[:-1]), layer.filters)
        case MaxPooling():
            return (*(size // layer.size for size in shape[:-1]), shape[-1])
        case GlobalAveragePooling():
            return (shape[-1],)
        case Flatten():
            return (prod(shape),)
        case UserModel():
            return (layer.outputs,)
        case _:
            return shape
