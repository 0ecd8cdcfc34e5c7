"""Test cases in YAML: read with their places, run against a bootstrap file, and told about."""

from wishbone_testing.cases.case import Case, Step
from wishbone_testing.cases.collect import collect
from wishbone_testing.cases.run import Complaint, run

__all__ = ["Case", "Complaint", "Step", "collect", "run"]
