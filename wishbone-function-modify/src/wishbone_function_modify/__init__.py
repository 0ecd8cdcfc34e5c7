"""Changes events by a list of operations, applied in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from wishbone.error import InvalidData, KeyMissing
from wishbone.module import FunctionModule
from wishbone_function_modify.journal import undo
from wishbone_function_modify.operation import Operation, Policy  # noqa: TC001 - read as arguments
from wishbone_function_modify.step import Step, compile_operations, group_steps

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone.event import Event
    from wishbone_function_modify.journal import Journal

__all__ = ["Modify"]


class Modify(FunctionModule):
    r"""Changes events by a list of operations, applied in order.

        modules:
          input:
            module: wishbone.input.generator
            arguments:
              payload: {message: "user ada logged in", host: WEB1, port: "22", password: x, raw: '{"a": 1}'}
              count: 3
          modify:
            module: wishbone.function.modify
            arguments:
              operations:
                - set: {data.level: info, data.title: "{{ data.message|title }}"}
                - delete: data.password
                - lowercase: data.host
                - convert: {data.port: int}
                - rename: {data.host: hostname}
                - extract: {key: data.message, pattern: 'user (?P<user>\w+) logged in'}
                - parse: {key: data.raw, decoder: json}
                - hash: {key: data.user, algorithm: sha256}
                - {trim: data.comment, missing: skip}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> modify.inbox
          - modify.outbox -> stdout.inbox

    Each item of the list is one of these, with `missing: skip` or `missing: error` beside it, if it is to
    differ from the argument of that name:

    `set: {key: value}`: a text is a template that sees the event; every other value stands for itself. What
    is missing on the way to the key is made, as mappings.

    `delete: key` or `delete: [key, key]`.

    `copy: {from: to}`, `move: {from: to}`, `rename: {key: name}`.

    `lowercase: key`, `uppercase: key`, `trim: key`, or several, as with `delete`: for texts.

    `convert: {key: type}`: to `int`, `float`, `bool` (`true`, `yes`, `on`, `1` and their opposites) or
    `timestamp` (seconds since 1970, of a number or a time in ISO 8601; UTC where it names no zone). Another
    form of time is `convert: {key: {timestamp: "%d/%b/%Y:%H:%M:%S %z"}}`. Nothing is guessed or cut off.

    `extract: {key, pattern, into: data, unmatched: error}`: searches a text, and sets the named groups that
    took part in the match below `into`. The pattern is one of RE2, without looking around and references
    back, so that no text can keep it busy. With `unmatched: skip` a text that does not match stays as it is.

    `parse: {key, decoder, into}`: decodes a text or bytes that hold one value, with any codec. JSON of
    several lines is `decoder: {json: {framing: documents}}`.

    `hash: {key, algorithm: sha256, secret, into}`: hexadecimal digits, of `md5`, `sha1`, `sha256`, `sha384`,
    `sha512`, `sha3_256` or `blake2b`. With a secret it is an HMAC: what can be guessed, as a name or
    an address can, is hidden by nothing less.

    An event fails when one of the operations does, and is then as it came: what earlier ones changed is
    undone, so that `failed` has what can be sent in again.

    Args:
        operations: What to do, in order.
        missing: What happens when the key that an operation reads is not there: `error` fails the event,
            `skip` goes on with the next key or operation.

    Queues:
        inbox: The events to change.
        outbox: The same, changed.
    """

    def __init__(
        self,
        config: ActorConfig,
        operations: Annotated[list[Operation], Meta(min_length=1)],
        missing: Policy = "error",
    ) -> None:
        """Take events from `inbox`, and bring them out by `outbox`."""
        super().__init__(config)
        steps = compile_operations(operations, missing)
        self._steps = {step.run: step for step in steps}
        self._groups = group_steps(steps)
        self._outbox = self.pool.createQueue("outbox")
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        """Apply the operations, and pass the event on.

        Raises:
            InvalidData: One of them failed; the event is as it came.
        """
        journal: Journal = []
        for find, runs in self._groups:
            container = find(event)
            for run in runs:
                try:
                    run(event, container, journal)
                except Exception as error:
                    step = self._steps[run]
                    if step.skips and isinstance(error, KeyMissing):
                        continue
                    undo(journal)
                    raise _failure(step, error) from error
        self.submit(event, self._outbox)


def _failure(step: Step, error: Exception) -> InvalidData:
    cause = f"it cannot take what stands there: {error}" if isinstance(error, TypeError) else str(error)
    return InvalidData(f"{step.place}: {cause}")
