"""Target: the name of a function, `package.module:name`."""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING, Any, ClassVar

from wishbone.diagnostics.describe import describe
from wishbone.diagnostics.suggest import did_you_mean
from wishbone.error import ConfigError
from wishbone_function_python.binding import bind_argument

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Target"]

_NAME = re.compile(r"(?P<module>[^\W\d]\w*(\.[^\W\d]\w*)*):(?P<attribute>[^\W\d]\w*(\.[^\W\d]\w*)*)")


class Target:
    """The name of something callable. Creating it imports nothing."""

    argument_schema: ClassVar[Mapping[str, object]] = {"type": "string", "pattern": r"^[\w.]+:[\w.]+$"}

    __slots__ = ("attribute", "module", "text")

    def __init__(self, text: str) -> None:
        """Parse a name.

        Args:
            text: A module and a name in it, such as `shop.enrich:score`.

        Raises:
            ConfigError: The text does not have that form.
        """
        match = _NAME.fullmatch(text)
        if match is None:
            message = (
                f"{text!r} is not the name of a function: write 'package.module:name', such as"
                " 'shop.enrich:score'."
            )
            raise ConfigError(message)
        self.text = text
        self.module = match["module"]
        self.attribute = match["attribute"]

    @classmethod
    def from_argument(cls, value: object, functions: Mapping[str, Callable[..., object]]) -> Target:
        """Convert a value of a bootstrap file. This imports the function to check it.

        Raises:
            TypeError: The value is not a string.
            ConfigError: The function cannot be imported, or cannot be called with one argument; see `load`
                and `bind_argument`.
        """
        del functions
        if not isinstance(value, cls | str):
            message = f"Expected a function such as shop.enrich:score, got `{type(value).__name__}`"
            raise TypeError(message)
        target = cls(value) if isinstance(value, str) else value
        bind_argument(target.load(), target.text)
        return target

    def load(self) -> Callable[..., Any]:
        """Import the module, and return the function.

        Raises:
            ConfigError: The module cannot be imported, does not have the name, or its value is not callable.
        """
        found: Any = self._import()
        for name in self.attribute.split("."):
            if not hasattr(found, name):
                known = [other for other in dir(found) if not other.startswith("_")]
                message = f"{self.text!r} cannot be called: there is no {name!r}. {did_you_mean(name, known)}"
                raise ConfigError(message)
            found = getattr(found, name)
        if not callable(found):
            message = f"{self.text!r} cannot be called: it is of type {type(found).__name__}. Use a function."
            raise ConfigError(message)
        return found  # type: ignore[no-any-return]

    def _import(self) -> object:
        try:
            return importlib.import_module(self.module)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{self.module}.".startswith(f"{error.name}."):
                raise self._broken(error) from error
            message = (
                f"{self.text!r} cannot be imported: there is no module {error.name!r}. Install it in the"
                " environment of wishbone, or add its folder to PYTHONPATH."
            )
            raise ConfigError(message) from error
        except (Exception, SystemExit) as error:
            raise self._broken(error) from error

    def _broken(self, error: BaseException) -> ConfigError:
        return ConfigError(f"{self.text!r} cannot be imported because its code fails: {describe(error)}")
