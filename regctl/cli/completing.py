"""`regctl completion`."""

from typing import Annotated, Literal

import typer

Shell = Literal["bash", "zsh", "fish"]


def completion(
    shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh or fish.", show_default=False)],
) -> None:
    """Print a script that completes regctl's commands and options when you press Tab.

    bash: `eval "$(regctl completion bash)"` in ~/.bashrc; zsh: the same in ~/.zshrc, after compinit; fish:
    `regctl completion fish > ~/.config/fish/completions/regctl.fish`.
    """
    from typer._completion_shared import get_completion_script

    script = get_completion_script(prog_name="regctl", complete_var="_REGCTL_COMPLETE", shell=shell)
    typer.echo(script)
