"""`python -m gateway` is the command `haochaping`."""

from gateway.cli.main import run

run()
