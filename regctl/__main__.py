"""`python -m regctl` is the console command `regctl`."""

from regctl.cli.main import main

main()
