"""Errors for arguments that are each valid, but not together or not for this machine."""

from __future__ import annotations

from wishbone.error import ConfigError


def wrong_arguments(module: str, cause: str) -> ConfigError:
    """Return the error for wrong arguments of a module, in the words of the core.

    Args:
        module: The name of the module instance.
        cause: What is wrong and how to correct it, in sentences.
    """
    return ConfigError(f"The arguments of module {module!r} are wrong. {cause}")
