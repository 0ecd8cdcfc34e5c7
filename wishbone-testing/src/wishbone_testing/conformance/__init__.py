"""Tests that every module of a kind must pass: a module's tests subclass the suite of its kind.

    class TestConformance(OutputConformance):
        module = Syslog
        arguments = {"transport": "udp", "port": 5140}

What fails says in one sentence what to mend.
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
