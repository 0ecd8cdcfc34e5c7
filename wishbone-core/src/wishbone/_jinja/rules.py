"""Rules: which templates and expressions are allowed, and what replaces their unbounded operations."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any, NoReturn

from jinja2 import TemplateAssertionError, nodes
from jinja2.visitor import NodeTransformer

from wishbone._jinja.allowed import FILTERS, METHODS, NAMES_OF_FUNCTIONS, TESTS
from wishbone._jinja.limits import ITEM, SHORT
from wishbone.diagnostics.suggest import closest_match

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = ["OPERATOR", "Rules"]

OPERATOR = " "
"""Begins the name of an operator among the filters, so that no template can write it."""

METHOD = "."
"""Begins the name of a method among the filters."""

_NODES = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Assign, nodes.AssignBlock),
    *(
        nodes.With,
        nodes.FilterBlock,
        nodes.Name,
        nodes.Const,
        nodes.List,
        nodes.Tuple,
        nodes.Dict,
        nodes.Pair,
    ),
    *(nodes.Keyword, nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Call, nodes.Filter, nodes.Test),
    *(nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Neg, nodes.Pos, nodes.CondExpr),
    *(nodes.Concat, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow),
)

_STATEMENTS = {
    "CallBlock": "statement 'call'",
    "FromImport": "statement 'from'",
    "NSRef": "assignment to a part of a variable",
}

_LISTED = "The page 'Templates and expressions' of the documentation"


class Rules(NodeTransformer):
    """Checks a tree against the lists of what is allowed, and makes it pay for what it does."""

    def __init__(self, functions: Collection[str]) -> None:
        """Make the rules of a text.

        Args:
            functions: The functions that it may call, by name.
        """
        self._functions = functions
        self._called: list[tuple[nodes.Call, str]] = []

    def check_calls(self) -> None:
        """Check the functions, when it is known that every name has a meaning.

        Raises:
            TemplateAssertionError: A call is of a field or a variable.
        """
        for node, name in self._called:
            self._check(node, "function", name, self._functions)

    def visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        """Check a node and what is in it, and return what takes its place.

        Raises:
            TemplateAssertionError: It is not allowed.
        """
        if not isinstance(node, _NODES):
            name = type(node).__name__
            statement = _STATEMENTS.get(name, f"statement {name.lower()!r}")
            self._refuse(node, f"the {statement} is not available. {_LISTED} lists the statements that are.")
        return super().visit(node, *args, **kwargs)

    def visit_For(self, node: nodes.For) -> nodes.For:
        """Let a loop pay for its steps."""
        if node.recursive:
            self._refuse(node, "a recursive loop is not available")
        inside = [
            found for part in (*node.body, node.test) if part for found in (part, *part.find_all(nodes.Node))
        ]
        cost = ITEM * (len(inside) + 1)
        cost += sum(2 * len(found.data) for found in inside if isinstance(found, nodes.TemplateData))
        self.generic_visit(node)
        node.iter = self._operation(node.iter, "for", [nodes.Const(cost)])
        return node

    def visit_Filter(self, node: nodes.Filter) -> nodes.Filter:
        """Check a filter, and the filter or test that it applies to items."""
        self._check(node, "filter", node.name, FILTERS)
        self._check_arguments(node)
        if node.name == "format":
            self._check_format(node, node.node)
        if node.name in NAMES_OF_FUNCTIONS:
            self._check_name(node, *NAMES_OF_FUNCTIONS[node.name])
        self.generic_visit(node)
        return node

    def visit_Test(self, node: nodes.Test) -> nodes.Test:
        """Check a test."""
        self._check(node, "test", node.name, TESTS)
        self._check_arguments(node)
        self.generic_visit(node)
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        """Check a function, or put a method of our own in the place of Python's."""
        self._check_arguments(node)
        called = node.node
        if isinstance(called, nodes.Getattr):
            self._check(node, "method", called.attr, METHODS)
            if called.attr == "format":
                self._check_format(node, called.node)
            self.generic_visit(node)
            return self._filter(called.node, METHOD + called.attr, node.args, node.kwargs)
        if not isinstance(called, nodes.Name):
            self._refuse(node, "a call is possible by name only, as in 'short(uuid)' or 'data.name.upper()'")
        self._called.append((node, called.name))
        self.generic_visit(node)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:
        """Let `~` pay for the text that it makes."""
        self.generic_visit(node)
        return self._operation(node.nodes[0], "~", node.nodes[1:])

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Expr:
        """Let a slice pay for what it copies."""
        self.generic_visit(node)
        if not isinstance(node.arg, nodes.Slice):
            return node
        bounds = (node.arg.start, node.arg.stop, node.arg.step)
        return self._operation(node.node, "[:]", [bound or nodes.Const(None) for bound in bounds])

    def visit_Mod(self, node: nodes.Mod) -> nodes.Expr:
        """Let `%` pay for a format that is written here; any other text is not a format."""
        self.generic_visit(node)
        written = isinstance(node.left, nodes.Const) and isinstance(node.left.value, str)
        return self._operation(node.left, "%", [node.right]) if written else node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Expr:
        """Let a comparison pay, unless it is with a short constant. `a < b < c` becomes `a < b and b < c`."""
        self.generic_visit(node)
        operands = [node.expr, *(operand.expr for operand in node.ops)]
        pairs = zip(operands, operands[1:], node.ops, strict=False)
        first, *more = [self._comparison(left, right, operand.op) for left, right, operand in pairs]
        return reduce(lambda left, right: nodes.And(left, right, lineno=node.lineno), more, first)

    def _comparison(self, left: nodes.Expr, right: nodes.Expr, symbol: str) -> nodes.Expr:
        if _is_cheap(symbol, left, right):
            return nodes.Compare(left, [nodes.Operand(symbol, right)], lineno=left.lineno)
        return self._operation(left, symbol, [right])

    def _operation(self, node: nodes.Node, name: str, args: Sequence[nodes.Node]) -> nodes.Filter:
        return self._filter(node, OPERATOR + name, args, [])

    def _filter(self, node: Any, name: str, args: Any, kwargs: Any) -> nodes.Filter:
        return nodes.Filter(node, name, args, kwargs, None, None, lineno=node.lineno)

    def _check(self, node: nodes.Node, kind: str, name: str, known: Collection[str]) -> None:
        if name not in known:
            near = closest_match(name, known)
            cure = f"Did you mean {near!r}?" if near else f"{_LISTED} lists each {kind} that is."
            self._refuse(node, f"the {kind} {name!r} is not available. {cure}")

    def _check_arguments(self, node: nodes.Call | nodes.Filter | nodes.Test) -> None:
        if node.dyn_args or node.dyn_kwargs:
            self._refuse(node, "arguments after '*' and '**' are not available: write each of them")

    def _check_name(self, node: nodes.Filter, position: int, kind: str) -> None:
        if len(node.args) <= position:
            return
        name = node.args[position]
        if not isinstance(name, nodes.Const) or not isinstance(name.value, str):
            self._refuse(
                node, f"the {kind} that {node.name!r} applies must be written as a text, as in 'upper'"
            )
        self._check(node, kind, name.value, FILTERS if kind == "filter" else TESTS)
        if kind == "filter" and name.value in ("format", *NAMES_OF_FUNCTIONS):
            self._refuse(node, f"'map' cannot apply the filter {name.value!r}: use a loop")

    def _check_format(self, node: nodes.Node, form: nodes.Node | None) -> None:
        if not isinstance(form, nodes.Const) or not isinstance(form.value, str):
            self._refuse(
                node,
                "a format must be written in the template itself, as in '%05.2f', not come from an event",
            )

    def _refuse(self, node: nodes.Node, message: str) -> NoReturn:
        message = f"line {node.lineno}: {message}"
        raise TemplateAssertionError(message, node.lineno)


def _is_cheap(symbol: str, left: nodes.Expr, right: nodes.Expr) -> bool:
    if symbol not in {"in", "notin"}:
        return _is_short(left) or _is_short(right)
    return isinstance(right, nodes.Tuple | nodes.List) and all(map(_is_short, right.items))


def _is_short(node: nodes.Expr) -> bool:
    return isinstance(node, nodes.Const) and (not isinstance(node.value, str) or len(node.value) <= SHORT)
