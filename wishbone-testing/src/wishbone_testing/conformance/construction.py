"""Conformance: `__init__` only declares, and rejects wrong arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from wishbone.arguments.convert import parameters
from wishbone.error import ModuleInitFailure, WishboneError
from wishbone_testing.conformance.io_audit import IOAudit
from wishbone_testing.conformance.module_under_test import ModuleUnderTest, fail

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Builder = Callable[[Mapping[str, Any]], object]

ODD_VALUES: tuple[Any, ...] = (
    *("", " ", "\0", "\n", "no-such-thing", "{{", "{{ data.x", "../x", "ü"),
    *(0, -1, 1, 1 << 70, 0.0, -0.5, 1e308, float("nan"), float("inf")),
    *(None, True, False, [], {}, [""], [None], {"": ""}, {"no-such-thing": {}}),
)
"""Values that most arguments must reject."""


class Construction(ModuleUnderTest):
    """Building a module has no side effects, so that `wishbone check` can build any module."""

    wrong_arguments: ClassVar[Sequence[Mapping[str, Any]]] = ()
    """Arguments that the module must reject when it is built or started, each merged into `arguments`."""

    def test_does_no_io_in_init(self, given: dict[str, Any]) -> None:
        """Files, sockets, processes and threads wait for `preHook`."""
        with IOAudit(self.module.__init__) as audit:
            self.build(given)
        require_no_io(self.name, audit)

    def test_refuses_wrong_arguments(self, given: dict[str, Any]) -> None:
        """An error about an argument names it; no argument causes an unrelated error."""
        require_clear_errors(self.name, self.module, given, self.build)
        for wrong in self.wrong_arguments:
            self._require_rejection({**given, **wrong}, wrong)

    def _require_rejection(self, arguments: Mapping[str, Any], wrong: Mapping[str, Any]) -> None:
        try:
            with self.run(arguments):
                pass
        except WishboneError as error:
            if not any(name in str(error) for name in wrong):
                fail(
                    f"{self.name} rejects {dict(wrong)} without naming the argument ({error}): name it in the"
                    " message."
                )
        else:
            fail(f"{self.name} accepts {dict(wrong)}: raise a ConfigError in __init__ or preHook.")


def require_no_io(name: str, audit: IOAudit) -> None:
    """Fail if an `__init__` did I/O."""
    if audit.seen:
        fail(f"{name}.__init__ does I/O, {audit.seen[0]}: only declare in __init__, and open in preHook.")


def require_clear_errors(name: str, target: Any, given: Mapping[str, Any], build: Builder) -> None:
    """Fail if an odd value of an argument causes an error that does not name the argument."""
    for argument in ("no_such_argument", *(parameter.name for parameter in parameters(target))):
        for value in ODD_VALUES:
            error = _error_of(build, {**given, argument: value})
            if error is not None and (isinstance(error, ModuleInitFailure) or argument not in str(error)):
                fail(
                    f"{name} rejects {argument}={value!r} with an unclear error ({error}): raise a"
                    " ConfigError that names the argument, the cause and the cure, or annotate the range with"
                    " msgspec.Meta."
                )


def _error_of(build: Builder, arguments: Mapping[str, Any]) -> Exception | None:
    try:
        build(arguments)
    except Exception as error:  # noqa: BLE001 - any error may be unclear
        return error
    return None
