"""The console script: patches gevent before any module or plugin is imported, then runs the command."""

from gevent import monkey

monkey.patch_all()

from wishbone_cli.group import wishbone  # noqa: E402 - nothing may be imported before the patch


def main() -> None:
    """Run the command line."""
    wishbone(prog_name="wishbone")
