"""The tests that every module of a kind must pass. Subclass the suite of a kind to run them.

    class TestConformance(OutputConformance):
        module = Syslog
        arguments = {"transport": "udp", "port": 5140}

A test that fails says in one sentence how to fix the module.
"""

from wishbone_testing.conformance.codec import CodecConformance
from wishbone_testing.conformance.kinds import (
    FlowConformance,
    FunctionConformance,
    InputConformance,
    OutputConformance,
)
from wishbone_testing.conformance.plugin import PluginConformance

__all__ = [
    "CodecConformance",
    "FlowConformance",
    "FunctionConformance",
    "InputConformance",
    "OutputConformance",
    "PluginConformance",
]
