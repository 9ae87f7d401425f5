"""The README's plugin brings the models that it says, and each trains by the engine that it says."""

import json

import pytest
from test_readme import blocks

from rents import SPEC, write_spec


@pytest.mark.process
@pytest.mark.parametrize(("name", "engine"), [("my_net", "fused"), ("wide_and_deep", "keras")])
def test_the_models_of_the_readme_train(here, regctl, name, engine):
    (code,) = (block for block in blocks("py") if "MODELS" in block)
    (here / "my_models.py").write_text(code, encoding="utf-8")
    write_spec(
        here,
        SPEC.replace("{name: mlp, units: [8], activation: tanh}", f"{{name: {name}, options: {{width: 5}}}}"),
    )
    less = ["-S", "regularization.dropout=0.2", "--seeds", "1", "--quiet"]
    outcome = regctl("train", "rents.yaml", "--plugin", "my_models.py", *less)
    assert outcome.code == 0, outcome.err
    manifest = json.loads((here / "runs" / "latest" / "manifest.json").read_text())
    assert manifest["engine"]["name"] == engine
