"""`python -m kit.cli` is `kit`."""

from kit.cli.app import main

main()
