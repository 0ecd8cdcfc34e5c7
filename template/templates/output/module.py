"""{{ cookiecutter.__sentence }}."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from wishbone.module import OutputModule

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone.event import Event

__all__ = ["{{ cookiecutter.__class }}"]


class {{ cookiecutter.__class }}(OutputModule):
    """{{ cookiecutter.__sentence }}.

    It appends the payload of each event to a file, as a line.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: hello, interval: 0, count: 3}
          output:
            module: wishbone.output.{{ cookiecutter.name }}
            arguments: {path: {{ cookiecutter.name }}.txt}
        routingtable:
          - input.outbox -> output.inbox

    Args:
        path: The file. It is created if it does not exist.

    Queues:
        inbox: The events to write.
    """

    def __init__(self, config: ActorConfig, path: str) -> None:
        """Consume `inbox`."""
        super().__init__(config)
        self.path = path
        self._file: TextIO | None = None
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def preHook(self) -> None:
        """Open the file."""
        self._file = Path(self.path).open("a", encoding="utf-8", buffering=1)  # noqa: SIM115 - postHook closes it

    def consume(self, event: Event) -> None:
        """Write the payload as a line."""
        assert self._file is not None
        self._file.write(f"{event.data}\n")

    def postHook(self) -> None:
        """Close the file."""
        assert self._file is not None
        self._file.close()
