"""`python -m regctl` is the console command `regctl`."""

from regctl.cli.console import start

start()
