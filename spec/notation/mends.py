"""Mends: what to write instead of Python that a text cannot say."""

import ast
from collections.abc import Mapping
from enum import Enum
from types import NoneType

from spec.notation.sorts import Ordinal, Sort

ONCE = "Python cannot decide on a state value, because the text is read once for every state"
HIDDEN = "a text depends on the state and its parameters alone, so make it a field or a parameter"


AS_DEF = "write a function with def, in a file"
AS_TUPLE = "write tuple(...)"
NEW = "bind the name anew, as in x = x + ..., or write a tuple"

TOO_LARGE = "this is too large to be computed for every state; write a function of the state"

TAKES = {
    "require": "a condition and a reason",
    "ite": "a condition and two values",
    "not_": "one condition",
    "implies": "two conditions",
    "total": "one map",
    "size": "one sort",
}
FILLS = {"fill": 1, "fill_by": 1, "reset": 0}
COUNTS = {"require": 2, "ite": 3, "not_": 1, "implies": 2, "total": 1, "size": 1}


INSTEAD: Mapping[type[ast.AST], str] = {
    ast.If: "for `if` write ite(condition, then, otherwise)",
    ast.IfExp: "for `if` write ite(condition, then, otherwise)",
    ast.And: "for `and` write a & b, or all_of(a, b)",
    ast.Or: "for `or` write a | b, or any_of(a, b)",
    ast.Not: "for `not` write not_(a)",
    ast.Invert: "for `~` write not_(a)",
    ast.In: "for `in` write (x == a) | (x == b), or exists(Sort, lambda a: ...)",
    ast.NotIn: "for `not in` write (x != a) & (x != b), or forall(Sort, lambda a: ...)",
    ast.USub: "for `-x` write 0 - x",
    ast.UAdd: "for `+x` write x",
    ast.Pow: "for `**` write a product",
    ast.Div: "for `/` write //",
    ast.LShift: "for `<<` multiply",
    ast.RShift: "for `>>` divide with //",
    ast.MatMult: "for `@` write sums of products",
}
# What no text says, on values or on what is fixed.
REFUSED: Mapping[type[ast.AST], str] = {
    ast.Is: "`is` asks for one Python object, not for one value; write ==",
    ast.IsNot: "`is not` asks for two Python objects, not for two values; write !=",
    ast.Match: "for `match` write ite(condition, then, otherwise)",
    ast.While: "for `while` write an action for each turn",
    ast.Assert: "for `assert` write require(condition, reason); a property returns its condition",
    ast.Raise: "for `raise` write require(condition, reason); a property returns its condition",
    ast.Try: "for `try` write require(condition, reason) before what could fail",
    ast.TryStar: "for `try` write require(condition, reason) before what could fail",
    ast.With: "a text has no `with`; write what it does as a text of its own",
    ast.Delete: "nothing is deleted in a text; write another value",
    ast.Global: "a text changes nothing but the state; for `global` make it a field of the state",
    ast.Nonlocal: "a text changes nothing but the state; for `nonlocal` make it a field",
    ast.Import: "import at the top of the file, and what is of the protocol alone",
    ast.ImportFrom: "import at the top of the file, and what is of the protocol alone",
    ast.ClassDef: "write the class at the top of the file",
    ast.AsyncFunctionDef: "a text runs at once; write it without async",
    ast.AsyncFor: "a text runs at once; write it without async",
    ast.AsyncWith: "a text runs at once; write it without async",
    ast.Await: "a text runs at once; write it without await",
    ast.Yield: "a text with `yield` never runs; write an action for each part",
    ast.YieldFrom: "a text with `yield` never runs; write an action for each part",
    ast.NamedExpr: "for `:=` write an assignment of its own",
    ast.JoinedStr: "a text of the state cannot be read; write a plain text",
    ast.Set: "a set has no order; write a tuple",
    ast.SetComp: "a set has no order; write a tuple",
    ast.Break: "for `break` write a loop over those that are wanted",
    ast.Continue: "for `continue` write a loop over those that are wanted",
}
_ADMITTED = (
    "a text names sorts, members of enumerations, whole numbers, texts, functions made with def, "
    "and tuples and mappings of these"
)
_FOR_TYPES: Mapping[type, str] = {
    NoneType: "for what may be absent write a member of an enumeration, or a bool beside it",
    float: "write a whole number, of cents or of parts in a thousand",
    list: "write a tuple",
    set: "write a tuple",
    frozenset: "write a tuple",
}
_ASKS = {
    "print": "leave it out; `tallystick explain` shows what a state holds",
    "str": "compare values with ==",
    "repr": "compare values with ==",
    "float": "numbers are whole",
    "round": "numbers are whole",
    "divmod": "write a // b and a % b",
    "pow": "write a product",
    "set": "write a tuple",
    "frozenset": "write a tuple",
    "map": "write tuple(f(x) for x in xs)",
    "filter": "write tuple(x for x in xs if ...)",
    "getattr": "write s.field",
    "setattr": "write s.field = ...",
    "bool": "compare it, or use it as it is",
    "int": "a number of the state is one already",
    "type": "compare values, not what Python takes them for",
    "isinstance": "compare values, not what Python takes them for",
    "hash": "compare values with ==",
    "id": "compare values with ==",
    "max": "write ite(a < b, b, a)",
    "min": "write ite(a < b, a, b)",
    "abs": "write ite(a < b, b - a, a - b)",
    "all": "write all_of(*conditions)",
    "any": "write any_of(*conditions)",
    "len": "size(Sort) is how many elements a sort has",
    "sum": "total(map) is the sum of a map",
    "sorted": "say with forall and exists what order is meant",
}


def mend(called: object) -> str:
    """What to write instead of a call."""
    if isinstance(called, type) and issubclass(called, Sort):
        return "its elements have no names; take one as a parameter, or keep one in a field"
    if isinstance(called, type) and issubclass(called, Ordinal):
        return "a number of the state is one already; write it as it is"
    if isinstance(called, type) and issubclass(called, Enum):
        return "a member of the state is one already; write it as it is"
    return _ASKS.get(getattr(called, "__name__", ""), HIDDEN)


def admitted(value: object) -> str:
    """What a text can name instead of something from outside."""
    return next((mend for kind, mend in _FOR_TYPES.items() if isinstance(value, kind)), _ADMITTED)
