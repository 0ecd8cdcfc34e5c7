"""The command `wishbone`. What an embedding program needs is in `wishbone_cli.bootstrap`.

Nothing is imported here: the console script patches gevent before anything else is loaded.
"""
