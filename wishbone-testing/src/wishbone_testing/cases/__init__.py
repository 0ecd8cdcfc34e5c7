"""Test cases in YAML: reads them, and runs them against a bootstrap file."""

from wishbone_testing.cases.case import Case, Step
from wishbone_testing.cases.collect import collect
from wishbone_testing.cases.run import Mismatch, run

__all__ = ["Case", "Mismatch", "Step", "collect", "run"]
