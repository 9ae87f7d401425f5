"""No command but one that names a download asks the network for anything, and none tells anybody anything."""

import socket

import pytest

from rents import SPEC, write_spec

LESS = ("-S", "training.epochs=2", "--seeds", "1", "--quiet")


@pytest.fixture
def cut_off(monkeypatch):
    """Every way of Python's into a network ends in a failure that no command turns into a message."""
    asked = []

    class Asked(BaseException):
        pass

    def refuse(*arguments, **named):
        asked.append(arguments)
        raise Asked

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "gethostbyname", "create_connection", "getfqdn"):
        monkeypatch.setattr(socket, name, refuse)
    yield
    assert asked == []


def test_checking_planning_training_and_reporting(here, regctl, cut_off):
    spec = str(write_spec(here, SPEC))
    for command in (
        ["validate", spec],
        ["sweep", "lambda", spec, "--dry-run"],
        [
            "tune",
            "model",
            spec,
            "--trials",
            "3",
            "--dry-run",
            "-S",
            "tune.space={lambda: {from: 0.001, to: 1.0}}",
        ],
        ["sweep", "lambda", spec, *LESS],
        ["report", "runs/latest"],
        ["predict", "runs/latest", "rents.csv"],
        ["runs", "list"],
        ["runs", "show", "latest"],
        ["datasets", "list"],
    ):
        outcome = regctl(*command)
        assert outcome.code == 0, (command, outcome.err)


def test_a_data_set_that_has_to_be_downloaded_would_be_noticed(here, regctl, monkeypatch):
    """The check above can fail: this command does ask."""
    monkeypatch.setenv("KERAS_HOME", str(here / "keras"))
    asked = []

    def noticed(*arguments, **named):
        asked.append(arguments)
        raise OSError("no network")

    monkeypatch.setattr(socket, "getaddrinfo", noticed)
    monkeypatch.setattr(socket, "create_connection", noticed)
    monkeypatch.setattr(socket.socket, "connect", noticed)
    (here / "case.yaml").write_text(
        "name: x\ndataset: {source: mnist, target: digit}\ntask: classification\n"
    )
    outcome = regctl("train", "case.yaml", "--dry-run")
    assert outcome.code == 1, outcome.err
    assert asked
