from regctl.engine.choice import EngineChoice, fitting_choice
from regctl.engine.fused.stack import STACKED
from regctl.engine.stacking import STACKABLE, unstackable
from regctl.models import presets
from regctl.spec.model import Model

FUSED = EngineChoice("fused", "gradient descent")
CNN = presets.cnn(Model(name="cnn", image=[8, 8, 1]))


def test_the_table_of_layers_that_stack_is_what_the_fused_engine_stacks():
    assert set(STACKED) == STACKABLE


def test_the_layer_that_does_not_stack_is_named_and_the_engine_with_it():
    layer = unstackable(CNN)
    assert layer is not None
    assert layer.name == "conv2d_1"
    assert fitting_choice(FUSED, CNN) == EngineChoice(
        "keras", "conv2d_1 (Conv2D) does not stack: trained by the Keras engine, each trial by itself"
    )


def test_models_that_stack_stay_where_they_are():
    layers = presets.mlp(Model(normalization="batch"))
    assert unstackable(layers) is None
    assert fitting_choice(FUSED, layers) == FUSED
