"""`regctl completion` prints a script that a shell can use."""

import os
import shutil
import subprocess
import sys

import pytest

HEAVY = ("tensorflow", "keras", "sklearn", "polars", "altair")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_is_printed(here, regctl, shell):
    outcome = regctl("completion", shell)
    assert outcome.code == 0
    assert "regctl" in outcome.out
    assert f"_REGCTL_COMPLETE=complete_{shell}" in outcome.out
    assert not outcome.err


def test_another_shell_is_refused(here, regctl):
    outcome = regctl("completion", "tcsh")
    assert outcome.code == 2
    assert "'bash', 'zsh', 'fish'" in outcome.err


@pytest.mark.process
def test_bash_completes_what_was_begun(tmp_path):
    """A bash of its own loads the script and asks its function, as Tab does, for `regctl sw`."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.fail("this test needs bash")
    program = tmp_path / "regctl"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "$SCRIPT" "$@"\n')
    program.chmod(0o755)
    script = f"""
import sys
sys.argv[0] = "regctl"
from regctl.cli.console import start
try:
    start()
finally:
    heavy = set({HEAVY!r}) & set(sys.modules)
    if heavy:
        print("HEAVY", *heavy)
"""
    asked = """
eval "$(regctl completion bash)"
for words in "sw" "runs c" "sweep d"; do
    COMP_WORDS=(regctl $words); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    $(complete -p regctl | sed 's/.*-F \\([^ ]*\\).*/\\1/') regctl
    echo "$words: ${COMPREPLY[@]}"
done
"""
    done = subprocess.run(
        [bash, "--norc", "-c", asked],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "SCRIPT": script},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.splitlines() == ["sw: sweep", "runs c: compare", "sweep d: degree dropout"], (
        done.stderr
    )
