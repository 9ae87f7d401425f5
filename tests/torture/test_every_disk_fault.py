"""Every file operation of a command fails in turn, in every way that a disk fails."""

import pytest

from disk_faults import EXACT, Ground, faults
from faulty_disk import KINDS
from rents import write_spec, write_table

FUSED = """\
name: rents
dataset: {source: rents.csv, target: "rent/month"}
model: {name: mlp, units: [8], activation: tanh}
training: {learning_rate: 0.01, epochs: 4, batch_size: 32, seeds: 4, memory_limit: 0.0005}
sweep: {lambda: [0, 0.01, 1]}
tune: {space: {lambda: {from: 1.0e-5, to: 0.01, log: true}}}
"""
SOME = 12  # of the operations of a run that trains networks
pytestmark = [pytest.mark.torture]


@pytest.fixture
def rents(here, monkeypatch):
    """Writes a spec beside the table of rents."""
    monkeypatch.setattr("regctl.pipeline.draw_figures", lambda run: None)

    def write(text):
        spec = write_spec(here, text)
        write_table(here / "rents.csv", rows=120)
        return spec

    return write


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("what", ["start", "resume", "report", "choose", "remove"])
def test_every_operation_on_an_exact_sweep(what, kind, regctl, rents):
    ground = Ground.laid(regctl, ("sweep", "lambda"), rents(EXACT))
    assert faults(ground, what).wrong(kind, 10_000) == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize(
    "words",
    [("sweep", "lambda"), ("train",), ("tune", "lambda", "--trials", "3")],
    ids=lambda words: words[0],
)
def test_some_operations_where_networks_train(words, kind, regctl, rents):
    words, options = (words[:2], words[2:]) if words[0] == "tune" else (words, ())
    ground = Ground.laid(regctl, words, rents(FUSED), *options)
    assert faults(ground, "start").wrong(kind, SOME) == []
