"""Changes events by a list of operations, applied in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from wishbone.error import InvalidData, KeyMissing
from wishbone.module import FunctionModule
from wishbone_function_modify.operation import Operation, Policy  # noqa: TC001 - read as arguments
from wishbone_function_modify.step import Step, compile_operations, group_steps
from wishbone_function_modify.undo import undo

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone.event import Event
    from wishbone_function_modify.undo import UndoLog

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

    Each item of the list is one of these operations. Add `missing: skip` or `missing: error` to an item to
    override the argument of that name.

    `set: {key: value}`: sets keys. Text is a template with the fields of the event; any other value is used
    as it is. Missing mappings on the path of a key are created.

    `delete: key` or `delete: [key, key]`.

    `copy: {from: to}`, `move: {from: to}`, `rename: {key: name}`.

    `lowercase: key`, `uppercase: key`, `trim: key`, or a list of keys: changes text.

    `convert: {key: type}`: to `int`, `float`, `bool` (`true`, `yes`, `on`, `1` and their opposites) or
    `timestamp` (seconds since 1970, from a number or an ISO 8601 time; UTC unless the time has a zone). A
    conversion that would lose information is an error.

    `convert: {key: {timestamp: {format, unit: s, timezone: UTC}}}`: for other times. A number is in `unit`:
    `s`, `ms`, `us` or `ns`. A `format` of `datetime.strptime`, such as `"%d/%b/%Y:%H:%M:%S %z"`, is for text;
    `{timestamp: "%d/%b/%Y"}` is short for `{timestamp: {format: "%d/%b/%Y"}}`, and `%s` is a number. `%z` and
    `%Z` also read the names of time zones; `timezone` is for times without one, and its abbreviations go
    first. A time without a year is of the last twelve months. A number that is not within the years 1 to 9999
    fails.

    `extract: {key, pattern, into: data, unmatched: error}`: searches text with a regular expression, and sets
    its named groups that matched, below `into`. The pattern is RE2, without lookaround or backreferences, so
    no text can keep it busy. With `unmatched: skip`, text that does not match is left unchanged.

    `parse: {key, decoder, into}`: decodes text or bytes that hold one value, with any codec. Use
    `decoder: {json: {framing: documents}}` for JSON of several lines.

    `hash: {key, algorithm: sha256, secret, into}`: hexadecimal digits of `md5`, `sha1`, `sha256`, `sha384`,
    `sha512`, `sha3_256` or `blake2b`. With a secret it is an HMAC; only an HMAC hides guessable values such
    as names or addresses.

    When an operation fails, the event fails, and the changes of earlier operations are undone. The event in
    `failed` is unchanged and can be sent again.

    Args:
        operations: The operations, in order.
        missing: What happens when a key that an operation reads is missing: `error` fails the event, `skip`
            continues with the next key or operation.

    Queues:
        inbox: The events to change.
        outbox: The changed events.
    """

    def __init__(
        self,
        config: ActorConfig,
        operations: Annotated[list[Operation], Meta(min_length=1)],
        missing: Policy = "error",
    ) -> None:
        super().__init__(config)
        steps = compile_operations(operations, missing)
        self._steps = {step.apply: step for step in steps}
        self._groups = group_steps(steps)
        self._outbox = self.pool.createQueue("outbox")
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        """Apply the operations, and pass the event on.

        Raises:
            InvalidData: An operation failed. The event is unchanged.
        """
        undo_log: UndoLog = []
        for find, functions in self._groups:
            container = find(event)
            for apply in functions:
                try:
                    apply(event, container, undo_log)
                except Exception as error:
                    step = self._steps[apply]
                    if step.skips and isinstance(error, KeyMissing):
                        continue
                    undo(undo_log)
                    raise _failure(step, error) from error
        self.submit(event, self._outbox)


def _failure(step: Step, error: Exception) -> InvalidData:
    cause = f"the value has the wrong type: {error}" if isinstance(error, TypeError) else str(error)
    return InvalidData(f"{step.location}: {cause}")
