"""Conformance: `__init__` only declares, and refuses arguments that make no sense."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from wishbone.arguments.convert import parameters
from wishbone.error import ModuleInitFailure, WishboneError
from wishbone_testing.conformance.subject import Subject, refuse
from wishbone_testing.conformance.world import Witness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Builder = Callable[[Mapping[str, Any]], object]

ODD_VALUES: tuple[Any, ...] = (
    *("", " ", "\0", "\n", "no-such-thing", "{{", "{{ data.x", "../x", "ü"),
    *(0, -1, 1, 1 << 70, 0.0, -0.5, 1e308, float("nan"), float("inf")),
    *(None, True, False, [], {}, [""], [None], {"": ""}, {"no-such-thing": {}}),
)
"""Values that somebody may write where they make no sense."""


class Construction(Subject):
    """Building a module touches nothing, so that a checker can build any."""

    wrong_arguments: ClassVar[Sequence[Mapping[str, Any]]] = ()
    """Arguments that must be refused when the module is built or started, beside those of a wrong type.

    Each is put over `arguments`.
    """

    def test_does_no_io_in_init(self, given: dict[str, Any]) -> None:
        """Files, sockets, processes and threads wait for `preHook`."""
        with Witness(self.module.__init__) as witness:
            self.build(given)
        refuse_io(self.name, witness)

    def test_refuses_wrong_arguments(self, given: dict[str, Any]) -> None:
        """An error of the arguments says which one is wrong, and is never another error by accident."""
        refuse_unclear(self.name, self.module, given, self.build)
        for wrong in self.wrong_arguments:
            self._check_refusal({**given, **wrong}, wrong)

    def _check_refusal(self, arguments: Mapping[str, Any], wrong: Mapping[str, Any]) -> None:
        try:
            with self.run(arguments):
                pass
        except WishboneError as error:
            if not any(name in str(error) for name in wrong):
                refuse(
                    f"{self.name} refuses {dict(wrong)} unclearly ({error}): say in the message which"
                    " argument it is about."
                )
        else:
            refuse(f"{self.name} accepts {dict(wrong)}: refuse it with a ConfigError in __init__ or preHook.")


def refuse_io(name: str, witness: Witness) -> None:
    """Fail if a witness of `__init__` saw anything."""
    if witness.seen:
        refuse(
            f"{name}.__init__ touches the world outside, {witness.seen[0]}: only declare in __init__, and"
            " open in preHook."
        )


def refuse_unclear(name: str, target: Any, given: Mapping[str, Any], build: Builder) -> None:
    """Fail if an odd argument causes an error that does not say that it is about this argument."""
    for argument in ("no_such_argument", *(parameter.name for parameter in parameters(target))):
        for value in ODD_VALUES:
            error = _error_of(build, {**given, argument: value})
            if error is not None and (isinstance(error, ModuleInitFailure) or argument not in str(error)):
                refuse(
                    f"{name} refuses {argument}={value!r} unclearly ({error}): raise a ConfigError that names"
                    " the argument, the cause and the cure, or annotate the range with msgspec.Meta."
                )


def _error_of(build: Builder, arguments: Mapping[str, Any]) -> Exception | None:
    try:
        build(arguments)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is judged
        return error
    return None
