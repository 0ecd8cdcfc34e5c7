"""Functions on texts, for templates: each pays before it can make much of little."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jinja2.filters import do_indent, do_title, do_truncate, do_urlencode
from markupsafe import escape as escape_html

from wishbone._jinja.limits import ITEM, SHORT, SLOW_CALL, as_text, listed, size, weigh

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone._jinja.limits import Budget

_SLOW = 16
"""Units for a character that Python code looks at."""

_UNICODE = 8
"""Units for a character beyond ASCII whose case changes."""

_LINE_ENDS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_ENCODINGS = {"utf-8", "utf8", "ascii", "latin-1", "latin1", "iso-8859-1"}
_ERRORS = {"strict", "replace", "ignore"}
_WORD = re.compile(r"\w+")


def change_case(name: str) -> Callable[..., str]:
    """Return the function for a method of `str` such as `upper`."""
    method = getattr(str, name)

    def change(budget: Budget, value: Any, /) -> str:
        text = value if type(value) is str else as_text(budget, value)
        if len(text) <= SHORT:
            changed: str = method(text)
            return changed
        budget.spend(len(text) if text.isascii() else _UNICODE * len(text))
        return budget.made(method(text))

    return change


def scan(name: str) -> Callable[..., Any]:
    """Return the function for a method of `str` that reads a text once and makes nothing larger."""
    method = getattr(str, name)

    def read(budget: Budget, value: str, /, *args: Any) -> Any:
        budget.spend(len(value) + weigh(budget, args))
        return method(value, *args)

    return read


def scan_backwards(name: str) -> Callable[..., Any]:
    """Return the function for a method of `str` that reads a text once for each character of its argument."""
    method = getattr(str, name)

    def read(budget: Budget, value: str, /, sought: Any = None, *args: Any) -> Any:
        budget.spend(_product(value, sought))
        return method(value, sought, *args)

    return read


def trim(name: str) -> Callable[..., str]:
    """Return the function for `strip`, `lstrip` or `rstrip`."""
    method = getattr(str, name)

    def cut(budget: Budget, value: Any, /, chars: str | None = None) -> str:
        text = as_text(budget, value)
        budget.spend(_product(text, chars))
        stripped: str = method(text, chars)
        return stripped

    return cut


def _product(text: str, sought: Any) -> int:
    return len(text) * max(len(sought), 1) if isinstance(sought, str) else len(text)


def title(budget: Budget, value: Any, /) -> str:
    """Return a text with each word in title case."""
    text = as_text(budget, value)
    budget.spend(SLOW_CALL + _SLOW * len(text))
    return budget.made(do_title(text))


def pad(name: str) -> Callable[..., str]:
    """Return the function for `center`, `ljust`, `rjust` or `zfill`."""
    method = getattr(str, name)

    def fill(budget: Budget, value: Any, /, width: int = 80, *fillchar: str) -> str:
        text = as_text(budget, value)
        budget.spend(size(max(width, len(text)), text, *map(str, fillchar)))
        padded: str = method(text, width, *fillchar)
        return padded

    return fill


def expandtabs(budget: Budget, value: str, /, tabsize: int = 8) -> str:
    """Return a text with spaces instead of tabs."""
    budget.spend(size(len(value) + value.count("\t") * max(tabsize, 0), value))
    return value.expandtabs(tabsize)


def replace(budget: Budget, value: Any, /, old: Any, new: Any, count: int | None = None) -> str:
    """Return a text with another text in the place of each that is found."""
    text, old, new = as_text(budget, value), as_text(budget, old), as_text(budget, new)
    found = text.count(old) if count is None or count < 0 else min(text.count(old), count)
    budget.spend(len(text) + size(len(text) + found * max(len(new) - len(old), 0), text, new))
    return text.replace(old, new, -1 if count is None else count)


def split(name: str) -> Callable[..., list[str]]:
    """Return the function for `split` or `rsplit`."""
    method = getattr(str, name)

    def divide(budget: Budget, value: str, /, sep: str | None = None, maxsplit: int = -1) -> list[str]:
        budget.spend(_product(value, sep) if name == "rsplit" else len(value))
        most = budget.left // ITEM
        parts: list[str] = method(value, sep, maxsplit if 0 <= maxsplit <= most else most)
        budget.spend(ITEM * len(parts))
        return parts

    return divide


def splitlines(budget: Budget, value: str, /, keepends: bool = False) -> list[str]:
    """Return the lines of a text."""
    budget.spend(ITEM * _count_lines(value) + len(value))
    return value.splitlines(keepends)


def _count_lines(text: str) -> int:
    return sum(map(text.count, _LINE_ENDS)) + 1


def indent(
    budget: Budget, value: Any, /, width: int | str = 4, first: bool = False, blank: bool = False
) -> str:
    """Return a text with each line but the first indented."""
    text = as_text(budget, value)
    lines, characters = _count_lines(text), len(width) if isinstance(width, str) else max(width, 0)
    budget.spend(SLOW_CALL + ITEM * lines + size(len(text) + (lines + 1) * characters, text, str(width)))
    return do_indent(text, width, first, blank)


def truncate(  # noqa: PLR0917 - the arguments of the filter
    budget: Budget,
    value: Any,
    /,
    length: int = 255,
    killwords: bool = False,
    end: str = "...",
    leeway: int | None = None,
) -> str:
    """Return the beginning of a text that is too long."""
    text = as_text(budget, value)
    budget.spend(SLOW_CALL + size(len(text) + len(end), text, end))
    return do_truncate(budget.environment, text, length, killwords, end, leeway)


def join(budget: Budget, separator: str, items: Any, /) -> str:
    """Return the texts of items with a separator between them."""
    found = listed(budget, items)
    budget.spend(ITEM * len(found))
    texts = [as_text(budget, item) for item in found]
    characters = sum(map(len, texts)) + len(separator) * max(len(texts) - 1, 0)
    if characters > SHORT:
        budget.spend(size(characters, separator, *texts))
    return separator.join(texts)


def urlencode(budget: Budget, value: Any, /) -> str:
    """Return a text, or the pairs of a mapping or list, as part of a URL."""
    budget.spend(SLOW_CALL + _SLOW * weigh(budget, value))
    return budget.made(do_urlencode(value))


def escape(budget: Budget, value: Any, /) -> str:
    """Return a text with `&`, `<`, `>` and quotes as HTML writes them."""
    return budget.made(str(escape_html(as_text(budget, value))))


def wordcount(budget: Budget, value: Any, /) -> int:
    """Return the number of words in a text."""
    text = as_text(budget, value)
    budget.spend(SLOW_CALL + _SLOW * len(text))
    return sum(1 for _ in _WORD.finditer(text))


def decode(budget: Budget, value: bytes, /, encoding: str = "utf-8", errors: str = "strict") -> str:
    """Return bytes as text.

    Raises:
        ValueError: The encoding, or how to treat errors, is not one of the few that are allowed.
    """
    if encoding.lower() not in _ENCODINGS or errors not in _ERRORS:
        raise ValueError(
            "decode() takes the encodings utf-8, ascii and latin-1, and strict, replace or ignore"
        )
    budget.spend(_UNICODE * len(value))
    return budget.made(value.decode(encoding, errors))
