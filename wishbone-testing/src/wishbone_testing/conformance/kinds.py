"""The suites of the four kinds of module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from wishbone_testing.conformance.backpressure import Backpressure
from wishbone_testing.conformance.construction import Construction
from wishbone_testing.conformance.documentation import Documentation
from wishbone_testing.conformance.installation import Installation
from wishbone_testing.conformance.peer import Peer
from wishbone_testing.conformance.producing import Producing

if TYPE_CHECKING:
    from wishbone.module import FlowModule, FunctionModule, InputModule, OutputModule


class InputConformance(Installation, Documentation, Construction, Producing):
    """The tests of every input.

    Override `provoke` if events do not come by themselves, `provoke_bad` if it can receive something that it
    cannot read, and `break_peer` if it has a peer that can fail.
    """

    kind = "input"
    module: ClassVar[type[InputModule]]


class OutputConformance(Installation, Documentation, Construction, Peer):
    """The tests of every output.

    Set `good` to a payload that it accepts. Override `break_peer` and `stall_peer` if it has a peer that can
    fail or hang.
    """

    kind = "output"
    module: ClassVar[type[OutputModule]]

    def may_pass_on(self, payload: Any) -> bool:
        """Return false: an output that did not use the payload has not written it."""
        del payload
        return False


class FunctionConformance(Installation, Documentation, Construction, Backpressure):
    """The tests of every function. Set `good` to a payload that it accepts."""

    kind = "function"
    module: ClassVar[type[FunctionModule]]


class FlowConformance(Installation, Documentation, Construction, Backpressure):
    """The tests of every flow.

    Set `good` to a payload that it submits, and `inputs` and `outputs` to queue names if they are dynamic.
    """

    kind = "flow"
    module: ClassVar[type[FlowModule]]
