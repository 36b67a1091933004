"""For which reasons a method refuses, in which order: read from the text of the implementation."""

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator, Mapping
from types import FunctionType, MethodType
from typing import Any

import attrs

MALFORMED = "transaction is well formed"
"""The reason of all that is malformed."""
_REFUSE = ("impl.ledger.", "impl.paper.", "impl.hardened.")
"""Where a reason can stand."""


@attrs.frozen
class _Text:
    """A function of the implementation, with what is known of what its names stand for."""

    function: FunctionType
    known: Mapping[str, Any]  # whatever a name can stand for

    def reasons(self) -> Iterator[str]:
        """The reasons for which it raises Refused, in the order of the text."""
        tree = ast.parse(textwrap.dedent(inspect.getsource(self.function)))
        [body] = tree.body
        assert isinstance(body, ast.FunctionDef)
        for statement in body.body:
            yield from self._of(statement)

    def _of(self, node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield from self._raised(node.exc)
            return
        if isinstance(node, ast.Try) and any(map(_takes_malformed, node.handlers)):
            found = (reason for statement in node.body for reason in self._of(statement))
            yield from (reason for reason in found if reason != MALFORMED)
            node.body = []
        for child in ast.iter_child_nodes(node):
            yield from self._of(child)
        if isinstance(node, ast.Call):
            yield from self._called(node)

    def _raised(self, call: ast.Call) -> Iterator[str]:
        match ast.unparse(call.func):
            case "MalformedTransaction":
                yield MALFORMED
            case "Refused":
                yield self._value(call.args[0])

    def _called(self, call: ast.Call) -> Iterator[str]:
        """What follows from a call: what it requires, or what is required in what it calls."""
        if ast.unparse(call.func) == "require":
            yield self._value(call.args[1])
            return
        callee = self._found(call.func)
        if isinstance(callee, type):
            return
        function = callee.__func__ if isinstance(callee, MethodType) else callee
        if not isinstance(function, FunctionType) or not function.__module__.startswith(_REFUSE):
            return
        names = [*inspect.signature(function).parameters]
        bound = {"self": self.known.get("self"), "cls": getattr(callee, "__self__", None)}
        if names[:1] in (["self"], ["cls"]):
            names = names[1:]
        given = dict(zip(names, call.args, strict=False))
        given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        values = {name: self._found(node) for name, node in given.items()}
        known = bound | {name: found for name, found in values.items() if found is not None}
        yield from _Text(function, known).reasons()

    def _value(self, node: ast.expr) -> str:
        found = self._found(node)
        assert isinstance(found, str), ast.unparse(node)
        return found

    def _found(self, node: ast.expr) -> Any:  # whatever it stands for
        """What stands for an expression before anything runs; None where that is not known."""
        if ast.unparse(node).startswith("super()."):
            return None
        scope = {name: found for name, found in self.known.items() if found is not None}
        try:
            code = compile(ast.Expression(node), "", "eval")
            return eval(code, vars(sys.modules[self.function.__module__]), scope)
        except (NameError, AttributeError, TypeError, SyntaxError):
            return None


def _takes_malformed(handler: ast.ExceptHandler) -> bool:
    """Whether it is what goes on where something is malformed."""
    return handler.type is not None and "MalformedTransaction" in ast.unparse(handler.type)


def reasons(owner: type, method: str) -> list[str]:
    """The reasons for which a method of a class refuses, in order; the same in a row is one."""
    function = getattr(owner, method)
    assert isinstance(function, FunctionType)
    found: list[str] = []
    for reason in _Text(function, {"self": owner}).reasons():
        if found[-1:] != [reason]:
            found.append(reason)
    return found
