"""The architectures a spec can name. A preset takes the spec's model section and returns layer specs."""

from regctl.models.layers import Dense, Dropout, Layer
from regctl.spec.schema import Model

INPUT_DROPOUT = Dropout("input_dropout", rate="input_dropout")


def linear(model: Model, outputs: int = 1) -> tuple[Layer, ...]:
    """One dense layer: linear, logistic or multinomial regression, by the loss."""
    return (INPUT_DROPOUT, Dense("output", outputs))


def mlp(model: Model, outputs: int = 1) -> tuple[Layer, ...]:
    """Hidden dense layers of `units`, dropout after each, `outputs` linear output units.

    SELU layers start from LeCun's normal, as self-normalising networks need (Klambauer et al. 2017); the others from
    Keras's default, Glorot's uniform.
    """
    initializer = "lecun_normal" if model.activation == "selu" else "glorot_uniform"
    layers: list[Layer] = [INPUT_DROPOUT]
    for number, units in enumerate(model.units, start=1):
        layers += [
            Dense(f"dense_{number}", units, model.activation, initializer),
            Dropout(f"dropout_{number}", rate="dropout"),
        ]
    return (*layers, Dense("output", outputs))
