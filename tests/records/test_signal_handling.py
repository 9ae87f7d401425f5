"""What is being written is finished before Ctrl-C or SIGTERM takes effect; a second one does not wait."""

import os
import signal

import pytest

from regctl.cli.interrupting import interruptions
from regctl.records.signals import INTERRUPTIONS, finished_first


@pytest.fixture(autouse=True)
def handlers_as_before():
    before = {each: signal.getsignal(each) for each in INTERRUPTIONS}
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


class Stopped(Exception):  # noqa: N818 - a stand-in for the end of the process
    """What `os._exit` is in these tests."""


@pytest.fixture
def exits(monkeypatch):
    found = []

    def leave(code):
        found.append(code)
        raise Stopped

    monkeypatch.setattr(os, "_exit", leave)
    return found


@pytest.mark.parametrize("number", INTERRUPTIONS)
def test_a_first_one_interrupts_and_a_second_one_ends_the_process_with_130(number, exits, capfd):
    with pytest.raises(KeyboardInterrupt), interruptions():
        signal.raise_signal(number)
    with pytest.raises(Stopped):
        signal.raise_signal(signal.SIGINT)
    assert exits == [130]
    assert "stopped at once; what had finished before is saved." in capfd.readouterr().err


@pytest.mark.parametrize("number", INTERRUPTIONS)
def test_what_is_being_written_is_finished_first(number):
    written = []

    def write():
        with interruptions(), finished_first():
            signal.raise_signal(number)
            written.append("the rest")

    with pytest.raises(KeyboardInterrupt):
        write()
    assert written == ["the rest"]


def test_a_second_one_does_not_wait_for_what_is_being_written(exits):
    # Where the first one goes to at the end of the block:
    signal.signal(signal.SIGTERM, lambda number, frame: None)

    def write():
        with finished_first():
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(Stopped):
        write()
    assert exits == [130]


def test_without_one_the_handlers_are_as_before():
    before = [signal.getsignal(each) for each in INTERRUPTIONS]
    with interruptions(), finished_first():
        pass
    assert [signal.getsignal(each) for each in INTERRUPTIONS] == before


def test_what_a_shell_lets_a_background_job_ignore_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with interruptions():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
