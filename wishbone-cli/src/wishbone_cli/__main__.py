"""`python -m wishbone_cli`: the same as `wishbone`."""

from wishbone_cli.main import main

main()
