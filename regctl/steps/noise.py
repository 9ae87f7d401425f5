"""What the noise that was trained with says about the model's activations."""

from collections.abc import Iterable, Sequence

from regctl.analysis import findings
from regctl.models.layers import Dropout, Layer, active_layers
from regctl.types import Finding, Setting


def noise_findings(layers: Sequence[Layer], settings: Iterable[Setting]) -> tuple[Finding | None, ...]:
    """Noise that does not suit the activations, where any of the settings has such noise behind a hidden layer."""
    active = [layer for setting in settings for layer in active_layers(layers, setting)]
    kinds = {layer.kind for layer in active if isinstance(layer, Dropout) and layer.rate != "input_dropout"}
    functions = (
        getattr(layer, "activation", None) or getattr(layer, "function", None) for layer in layers[:-1]
    )
    activations = {function for function in functions if function is not None}
    return (
        findings.alpha_dropout_without_selu(kinds, activations),
        findings.dropout_beside_selu(kinds, activations),
    )
