"""Direct: what is plain in templates and expressions as functions of Python, ten times as fast as Jinja2's.

Plain are an event's fields, parts of mappings, literals, comparisons, and `and`, `or` and `not`. Nothing is
decided here: where a part is missing, where something else than a dict stands in the way, and where a
comparison fails, all of it is evaluated again by Jinja2, which knows what that means.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, NoReturn

from jinja2 import nodes

from wishbone.arguments.key import FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wishbone.event import Event

__all__ = ["fast_expression", "fast_template"]

_OPERATORS: dict[str, ast.cmpop] = {
    "eq": ast.Eq(),
    "ne": ast.NotEq(),
    "lt": ast.Lt(),
    "lteq": ast.LtE(),
    "gt": ast.Gt(),
    "gteq": ast.GtE(),
    "in": ast.In(),
    "notin": ast.NotIn(),
}

_FRAME = """
def direct(event):
    try:
        return None
    except Exception:
        return evaluate(event)
"""
"""The function; its value takes the place of None."""

_TO_STR = ord("s")
"""What stands for `!s` in Python's trees."""


class _UnsupportedError(Exception):
    """Something is left to Jinja2."""


def fast_expression(tree: nodes.Node, evaluate: Callable[[Event], Any]) -> Callable[[Event], Any]:
    """Return what evaluates an expression on an event.

    Args:
        tree: The expression, as Jinja2 parsed it.
        evaluate: Evaluates it by Jinja2.

    Returns:
        What is faster, where the expression is plain; otherwise `evaluate` itself.
    """
    try:
        return _compile(_Plain().value(tree), evaluate)
    except (_UnsupportedError, RecursionError):
        return evaluate


def fast_template(tree: nodes.Template, render: Callable[[Event], str]) -> Callable[[Event], str]:
    """Return what fills in a template from an event.

    Args:
        tree: The template, as Jinja2 parsed it.
        render: Fills it in by Jinja2.

    Returns:
        What is faster, where the template is plain; otherwise `render` itself.
    """
    try:
        return _compile(_Plain().text(tree.body), render)
    except (_UnsupportedError, RecursionError):
        return render


class _Plain:
    """Makes a tree of Python of a tree of Jinja2."""

    def __init__(self) -> None:
        self._names = 0

    def text(self, body: Sequence[nodes.Node]) -> ast.expr:
        """Return the text of a template.

        Raises:
            _UnsupportedError: It has statements, or something else that is not plain.
        """
        parts: list[ast.expr] = []
        for output in body:
            if not isinstance(output, nodes.Output):
                raise _UnsupportedError
            for part in output.nodes:
                if isinstance(part, nodes.TemplateData):
                    parts.append(ast.Constant(part.data))
                else:
                    parts.append(ast.FormattedValue(self.value(part), _TO_STR))
        return ast.JoinedStr(parts)

    def value(self, node: nodes.Node) -> ast.expr:
        """Return the value of an expression.

        Raises:
            _UnsupportedError: It is not plain.
        """
        match node:
            case nodes.Const(value=str() | int() | float() | None as value):
                found: ast.expr = ast.Constant(value)
            case nodes.Name(name=name) if name in FIELDS:
                found = ast.Attribute(_load("event"), name, ast.Load())
            case nodes.Getattr(node=inner, attr=str(name)):
                found = self._part(self.value(inner), name)
            case nodes.Getitem(node=inner, arg=nodes.Const(value=str(name))):
                found = self._part(self.value(inner), name)
            case nodes.Compare(expr=first, ops=ops):
                operators = [_OPERATORS[operand.op] for operand in ops]
                found = ast.Compare(self.value(first), operators, [self.value(each.expr) for each in ops])
            case nodes.And(left=left, right=right):
                found = ast.BoolOp(ast.And(), [self.value(left), self.value(right)])
            case nodes.Or(left=left, right=right):
                found = ast.BoolOp(ast.Or(), [self.value(left), self.value(right)])
            case nodes.Not(node=inner):
                found = ast.UnaryOp(ast.Not(), self.value(inner))
            case _:
                raise _UnsupportedError
        return found

    def _part(self, container: ast.expr, name: str) -> ast.expr:
        """Return `c[name] if type(c := container) is dict else give_up()`."""
        self._names += 1
        noted = f"container{self._names}"
        kind = ast.Call(_load("type"), [ast.NamedExpr(ast.Name(noted, ast.Store()), container)], [])
        is_dict = ast.Compare(kind, [ast.Is()], [_load("dict")])
        part = ast.Subscript(_load(noted), ast.Constant(name), ast.Load())
        return ast.IfExp(is_dict, part, ast.Call(_load("give_up"), [], []))


def _load(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _give_up() -> NoReturn:
    raise _UnsupportedError


def _compile(value: ast.expr, evaluate: Callable[[Event], Any]) -> Callable[[Event], Any]:
    """Return the function: made of a tree and not of text, so that no literal is ever read as code."""
    frame = ast.parse(_FRAME)
    for found in ast.walk(frame):
        if isinstance(found, ast.Return) and isinstance(found.value, ast.Constant):
            found.value = value
    names: dict[str, Any] = {"evaluate": evaluate, "give_up": _give_up, "type": type, "dict": dict}
    names["Exception"], names["__builtins__"] = Exception, {}
    exec(compile(ast.fix_missing_locations(frame), "<direct>", "exec"), names)  # noqa: S102 - see above
    direct: Callable[[Event], Any] = names["direct"]
    return direct
