"""Event: a payload on its way through a pipeline. Log and Metric: payloads that wishbone creates itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import asdict

from wishbone import clock
from wishbone.acknowledgement import Acknowledgement
from wishbone.arguments.key import assign, look_up, remove, split_key
from wishbone.copying import all_immutable, copy_value, register_immutable
from wishbone.diagnostics.suggest import did_you_mean
from wishbone.error import InvalidData, KeyMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Event", "Log", "Metric"]

TTL = 254
"""The default time to live: how many modules an event may pass."""

MAX_TTL = 65_535
"""The largest time to live: an event in a cycle must leave it some time."""

DEAD_LETTER_HOPS = 32
"""How many modules an event may pass after `failed`, once its time to live is used up."""


_new = object.__new__
_MISSING = object()


class Event:
    """A payload on its way through a pipeline, with what modules recorded about it.

    Keys are dotted paths: `data.user.id`, `tmp.input.path`, `errors.parse.message`, `tags.0`. `uuid`, `tmp`,
    `errors` and `tags` are created when they are first read, which keeps events cheap.

    Attributes:
        data: The payload, of any type.
        timestamp: When the event was created, in seconds since 1970 (UTC).
        ttl: How many modules the event may still pass.
        acknowledgement: Tells the input when all modules are done with the event; or None.
    """

    __slots__ = (
        "_errors",
        "_tags",
        "_tmp",
        "_uuid",
        "acknowledgement",
        "data",
        "holds_reference",
        "timestamp",
        "ttl",
    )

    holds_reference: bool
    """Whether the event holds a reference of its acknowledgement itself: until it is first submitted."""

    def __init__(
        self,
        data: Any = None,
        acknowledgement: Acknowledgement | None = None,
        tmp: dict[str, Any] | None = None,
    ) -> None:
        """Create an event, with the current time as its timestamp.

        Args:
            data: The payload: any value. It is not copied.
            acknowledgement: Tells an input when the event is settled, so that it can send it again.
            tmp: Data about the event that is not part of the payload, by the name of the module.
        """
        self.data = data
        self.timestamp = clock.time()
        self.ttl = TTL
        self._uuid: str | None = None
        self._tmp = tmp
        self._errors: dict[str, Any] | None = None
        self._tags: list[str] | None = None
        self.acknowledgement = acknowledgement
        if acknowledgement is not None:
            if acknowledgement.done:
                acknowledgement.retain()
            acknowledgement.references += 1
            self.holds_reference = True

    @property
    def uuid(self) -> str:
        """An identifier that no other event has."""
        if self._uuid is None:
            self._uuid = str(uuid4())
        return self._uuid

    @property
    def tmp(self) -> dict[str, Any]:
        """Data that modules pass on besides the payload, by module name."""
        if self._tmp is None:
            self._tmp = {}
        return self._tmp

    @property
    def errors(self) -> dict[str, Any]:
        """Why modules failed on the event, by module name: `type`, `message`, `file` and `line`."""
        if self._errors is None:
            self._errors = {}
        return self._errors

    @property
    def tags(self) -> list[str]:
        """The tags that modules gave the event."""
        if self._tags is None:
            self._tags = []
        return self._tags

    @property
    def expired(self) -> bool:
        """Whether the event passed too many modules after `failed`, too: it is not submitted there again."""
        return self.ttl < -DEAD_LETTER_HOPS

    def get(self, key: str = "data") -> Any:
        """Return the value at a key.

        Raises:
            KeyMissing: The event has no such key. It is a `KeyError`, too.
            InvalidData: The key is malformed.
        """
        if key == "data":
            return self.data
        root, *parts = split_key(key)
        value = self._root(root)
        for part in parts:
            value = look_up(value, part, key)
        return value

    def set(self, value: object, key: str = "data") -> None:
        """Set the value at a key. Mappings that are missing on the way there are created.

        Raises:
            InvalidData: The key is malformed, or leads through a value that is not a mapping or a list.
        """
        root, *parts = split_key(key)
        if not parts:
            self._set_root(root, value)
            return
        container = self._root(root)
        if container is None:
            container = self.data = {}
        for part in parts[:-1]:
            container = _step_into(container, part, key)
        assign(container, parts[-1], value, key)

    def has(self, key: str) -> bool:
        """Return whether the event has a key."""
        try:
            root, *parts = split_key(key)
        except InvalidData:
            return False
        value = getattr(self, root) if root in _FIELDS else _MISSING
        for part in parts:
            value = look_up(value, part, key, _MISSING)
        return value is not _MISSING

    def delete(self, key: str) -> None:
        """Delete the value at a key. Deleting `data` sets the payload to None.

        Raises:
            KeyMissing: The event has no such key.
            InvalidData: The key is malformed, or what it names cannot be deleted, as `ttl` and `uuid`.
        """
        root, *parts = split_key(key)
        if parts:
            container = self._root(root)
            for part in parts[:-1]:
                container = look_up(container, part, key)
            remove(container, parts[-1], key)
        elif root == "data":
            self.data = None
        elif root in ("errors", "tags", "tmp"):
            setattr(self, f"_{root}", None)
        else:
            self._root(root)
            message = f"{root!r} cannot be deleted: every event has one. Set it to another value instead."
            raise InvalidData(message)

    def copy(self, source: str, destination: str) -> None:
        """Copy the value at one key to another key. The copy is deep.

        Raises:
            KeyMissing: The event has no such source.
            InvalidData: A key is malformed, or the value cannot be copied.
        """
        self.set(copy_value(self.get(source)), destination)

    def clone(self) -> Event:
        """Return a deep copy of the event, with its own uuid and the same acknowledgement.

        The acknowledgement waits for the clone, too: from its first submit on, or at once if this event was
        not submitted yet.

        Raises:
            InvalidData: The payload cannot be copied.
        """
        data = self.data
        flat = type(data) is dict and all_immutable(map(type, data.values()))
        clone = _new(Event)
        clone.data = data.copy() if flat else copy_value(data)
        clone.timestamp = self.timestamp
        clone.ttl = self.ttl
        clone._uuid = clone._tmp = clone._errors = clone._tags = None  # noqa: SLF001
        if self._tmp or self._errors or self._tags:
            self._copy_notes(clone)
        clone.acknowledgement = acknowledgement = self.acknowledgement
        if acknowledgement is not None:
            clone.holds_reference = self.holds_reference
            if clone.holds_reference:
                acknowledgement.retain()
        return clone

    def clones(self, count: int) -> list[Event]:
        """Return several clones, for less than the cost of as many calls of `clone`.

        The types in a flat payload are checked once for all of them: this costs as much as two copies.

        Args:
            count: The number of clones.
        """
        if count == 1:
            return [self.clone()]
        data = self.data
        flat = type(data) is dict and all_immutable(map(type, data.values()))
        timestamp, ttl, acknowledgement = self.timestamp, self.ttl, self.acknowledgement
        annotated = self._tmp or self._errors or self._tags
        clones: list[Event] = []
        while len(clones) < count:
            clone = _new(Event)
            clone.data = data.copy() if flat else copy_value(data)
            clone.timestamp = timestamp
            clone.ttl = ttl
            clone._uuid = clone._tmp = clone._errors = clone._tags = None  # noqa: SLF001
            if annotated:
                self._copy_notes(clone)
            clone.acknowledgement = acknowledgement
            if acknowledgement is not None:
                clone.holds_reference = self.holds_reference
                if clone.holds_reference:
                    acknowledgement.retain()
            clones.append(clone)
        return clones

    def _copy_notes(self, clone: Event) -> None:
        clone._tmp = copy_value(self._tmp)
        clone._errors = copy_value(self._errors)
        clone._tags = copy_value(self._tags)

    def tracked(self, settled: Callable[[BaseException | None], object]) -> Event:
        """Return an event to submit in place of this one, for a module that must know how it is settled.

        The new event shares the content of this one. When all modules after this one are done with it,
        `settled` is called; then the acknowledgement of this event is released.

        Args:
            settled: Called once, with None or the first error, as `settled` of an `Acknowledgement` is.
        """
        tracked = Event.__new__(Event)
        tracked.data = self.data
        tracked.timestamp = self.timestamp
        tracked.ttl = self.ttl
        tracked._uuid = self._uuid  # noqa: SLF001
        tracked._tmp = self._tmp  # noqa: SLF001
        tracked._errors = self._errors  # noqa: SLF001
        tracked._tags = self._tags  # noqa: SLF001
        tracked.acknowledgement = Acknowledgement(settled, self.acknowledgement)
        tracked.acknowledgement.retain()
        tracked.holds_reference = True
        return tracked

    def dump(self) -> dict[str, Any]:
        """Return a copy of the event's fields, by name, without the acknowledgement."""
        return {name: copy_value(getattr(self, name)) for name in _FIELDS}

    def slurp(self, content: Mapping[str, Any]) -> Event:
        """Set fields to a copy of what `dump` returned, here or in another process. Others keep their values.

        Returns:
            The event itself.

        Raises:
            InvalidData: A field is unknown, of the wrong type or out of range. The event is unchanged.
        """
        for name, value in content.items():
            _check_field(name, value)
        for name, value in [(name, copy_value(value)) for name, value in content.items()]:
            self._set_root(name, value)
        return self

    def __repr__(self) -> str:
        """Show the payload."""
        return f"Event({self.data!r})"

    def _root(self, name: str) -> Any:
        if name not in _FIELDS:
            message = f"An event has no {name!r}. {did_you_mean(name, _FIELDS)}"
            raise KeyMissing(message)
        return getattr(self, name)

    def _set_root(self, name: str, value: object) -> None:
        _check_field(name, value)
        setattr(self, _SLOT.get(name, name), value)


_FIELDS: dict[str, type | tuple[type, ...]] = {
    "data": object,
    "errors": dict,
    "tags": list,
    "timestamp": (float, int),
    "tmp": dict,
    "ttl": int,
    "uuid": str,
}
_SLOT = {"errors": "_errors", "tags": "_tags", "tmp": "_tmp", "uuid": "_uuid"}


def _check_field(name: str, value: object) -> None:
    if name not in _FIELDS:
        message = f"An event has no {name!r}. {did_you_mean(name, _FIELDS)}"
        raise InvalidData(message)
    expected = _FIELDS[name]
    if not isinstance(value, expected) or (isinstance(value, bool) and expected is not object):
        wanted = expected[0] if isinstance(expected, tuple) else expected
        message = f"{name!r} of an event must be of type {wanted.__name__}, not {type(value).__name__}."
        raise InvalidData(message)
    if name == "ttl" and isinstance(value, int) and value > MAX_TTL:
        message = f"'ttl' of an event is {value}: it must be at most {MAX_TTL}, the modules that it may pass."
        raise InvalidData(message)


def _step_into(container: Any, part: str, key: str) -> Any:
    """Return the container under `part`. It is created as a mapping if it is missing."""
    if isinstance(container, dict) and container.get(part) is None:
        container[part] = {}
    return look_up(container, part, key)


class Log(Struct, frozen=True):
    """A log message of a module.

    Args:
        time: Seconds since 1970 (UTC).
        level: The syslog severity, 0 (emergency) to 7 (debug).
        pid: The id of the operating-system process.
        module: The name of the module instance.
        message: The text.
        uuid: The uuid of the event that it is about, if it is about one.
    """

    time: float
    level: int
    pid: int
    module: str
    message: str
    uuid: str | None = None

    def __repr__(self) -> str:
        """Show it as `Log({...})`."""
        return f"Log({asdict(self)})"


class Metric(Struct, frozen=True):
    """A measured value.

    Args:
        time: Seconds since 1970 (UTC).
        type: The origin of the metric: `wishbone` for the statistics of queues.
        source: The host's name.
        name: The name of the metric: `module.input.queue.outbox.size`.
        value: The measured value.
        unit: The unit of the value, if it has one.
        tags: Further words to distinguish metrics of the same name.
    """

    time: float
    type: str
    source: str
    name: str
    value: float
    unit: str = ""
    tags: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Show it as `Metric({...})`."""
        return f"Metric({asdict(self)})"


register_immutable(Log, Metric)
