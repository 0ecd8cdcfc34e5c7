"""Collects events into batches, and splits batches into events."""

from wishbone_flow_batch.batch import Batch
from wishbone_flow_batch.unbatch import Unbatch

__all__ = ["Batch", "Unbatch"]
