"""Target: a callable by its name, `package.module:name`."""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING, Any, ClassVar

from wishbone.diagnostics.describe import describe
from wishbone.diagnostics.suggest import did_you_mean
from wishbone.error import ConfigError
from wishbone_function_python.intake import intake

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Target"]

_NAME = re.compile(r"(?P<module>[^\W\d]\w*(\.[^\W\d]\w*)*):(?P<attribute>[^\W\d]\w*(\.[^\W\d]\w*)*)")


class Target:
    """Names something that can be called, without importing it."""

    argument_schema: ClassVar[Mapping[str, object]] = {"type": "string", "pattern": r"^[\w.]+:[\w.]+$"}

    __slots__ = ("attribute", "module", "text")

    def __init__(self, text: str) -> None:
        """Note the name.

        Args:
            text: A module and what to take from it, such as `shop.enrich:score`.

        Raises:
            ConfigError: It is no such name.
        """
        match = _NAME.fullmatch(text)
        if match is None:
            message = f"{text!r} names no callable: write 'package.module:name', such as 'shop.enrich:score'."
            raise ConfigError(message)
        self.text = text
        self.module = match["module"]
        self.attribute = match["attribute"]

    @classmethod
    def from_argument(cls, value: object, functions: Mapping[str, Callable[..., object]]) -> Target:
        """Turn what stands in a configuration into a target that can be called: it is imported for that.

        Raises:
            TypeError: It is no text.
            ConfigError: It is no such name, or cannot be called with one argument; see `load` and `intake`.
        """
        del functions
        if not isinstance(value, cls | str):
            message = f"Expected a callable such as shop.enrich:score, got `{type(value).__name__}`"
            raise TypeError(message)
        target = cls(value) if isinstance(value, str) else value
        intake(target.load(), target.text)
        return target

    def load(self) -> Callable[..., Any]:
        """Import the module, and return what is named.

        Raises:
            ConfigError: The module cannot be imported, has no such name, or it cannot be called.
        """
        found: Any = self._import()
        for name in self.attribute.split("."):
            if not hasattr(found, name):
                known = [other for other in dir(found) if not other.startswith("_")]
                message = (
                    f"{self.text!r} cannot be called: nothing is named {name!r}. {did_you_mean(name, known)}"
                )
                raise ConfigError(message)
            found = getattr(found, name)
        if not callable(found):
            message = (
                f"{self.text!r} cannot be called: it is of type {type(found).__name__}. Name a function."
            )
            raise ConfigError(message)
        return found  # type: ignore[no-any-return]

    def _import(self) -> object:
        try:
            return importlib.import_module(self.module)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{self.module}.".startswith(f"{error.name}."):
                raise self._broken(error) from error
            message = (
                f"{self.text!r} cannot be imported: there is no module {error.name!r}. Install what has it"
                " where wishbone is installed, or name its folder in PYTHONPATH."
            )
            raise ConfigError(message) from error
        except (Exception, SystemExit) as error:
            raise self._broken(error) from error

    def _broken(self, error: BaseException) -> ConfigError:
        return ConfigError(f"{self.text!r} cannot be imported, its own code fails: {describe(error)}")
