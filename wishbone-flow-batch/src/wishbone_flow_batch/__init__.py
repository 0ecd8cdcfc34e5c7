"""Puts events together into batches, and takes batches apart."""

from wishbone_flow_batch.batch import Batch
from wishbone_flow_batch.unbatch import Unbatch

__all__ = ["Batch", "Unbatch"]
