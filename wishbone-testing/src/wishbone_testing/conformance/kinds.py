"""The suites of the four kinds of module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from wishbone_testing.conformance.construction import Construction
from wishbone_testing.conformance.documentation import Documentation
from wishbone_testing.conformance.installation import Installation
from wishbone_testing.conformance.peer import Peer
from wishbone_testing.conformance.pressure import BackPressure
from wishbone_testing.conformance.producing import Producing

if TYPE_CHECKING:
    from wishbone.module import FlowModule, FunctionModule, InputModule, OutputModule


class InputConformance(Installation, Documentation, Construction, Producing):
    """What every input must pass.

    Where events do not come by themselves, override `provoke`; where something can come that cannot be
    read, `provoke_bad`; and where there is somebody outside who can fail, `break_peer`.
    """

    kind = "input"
    module: ClassVar[type[InputModule]]


class OutputConformance(Installation, Documentation, Construction, Peer):
    """What every output must pass.

    Give the payload of an event that it takes as `good`, and override `break_peer` and `stall_peer`
    where there is somebody outside who can fail or be slow.
    """

    kind = "output"
    module: ClassVar[type[OutputModule]]

    def may_pass_on(self, payload: Any) -> bool:
        """Return false: an output that has not looked at the payload has not handed it out."""
        del payload
        return False


class FunctionConformance(Installation, Documentation, Construction, BackPressure):
    """What every function must pass. Give the payload of an event that it takes as `good`."""

    kind = "function"
    module: ClassVar[type[FunctionModule]]


class FlowConformance(Installation, Documentation, Construction, BackPressure):
    """What every flow must pass.

    Give the payload of an event that it brings out as `good`, and as `inputs` and `outputs` the names
    of queues for one that takes any.
    """

    kind = "flow"
    module: ClassVar[type[FlowModule]]
