"""Where a function is written: its syntax tree, and how often each name around it is bound."""

import ast
import linecache
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib.util import resolve_name
from io import BytesIO
from pathlib import Path
from tokenize import detect_encoding
from types import CodeType, FunctionType
from typing import TypeAlias
from weakref import WeakKeyDictionary

import attrs

from spec.notation.errors import MachineError

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_LOOPS = ast.For | ast.AsyncFor | ast.While
_CHANGES = frozenset(
    {"append", "clear", "extend", "insert", "pop", "popitem", "remove", "reverse", "setdefault"}
    | {"sort", "update", "__setitem__", "__delitem__"}
)
"""Methods that change the list or the mapping that they are called on."""


_REBINDS = frozenset({"globals", "setattr", "delattr", "exec", "vars", "__import__"})
_MODULES = frozenset({"modules", "import_module"})
"""What gives a module by its name, of which an attribute could then be set."""
_PARTS = frozenset({"__code__", "__defaults__", "__kwdefaults__", "__dict__", "__globals__"})
"""What a function or a module is made of."""


@attrs.frozen(eq=False)
class Written:
    """A function as it is written.

    Attributes:
        node: its definition.
        around: the functions that it is written in, innermost first.
        file: where it is written.
    """

    node: Function
    around: Sequence[Function]
    file: "File"

    def times_bound_around(self, name: str) -> int:
        """How often a name is bound in the innermost function around that binds it."""
        for function in self.around:
            times = times_bound(function)[name]
            if times:
                rebound = [n for n in ast.walk(function) if isinstance(n, ast.Nonlocal)]
                return times + sum(name in other.names for other in rebound)
        return 0


Place: TypeAlias = tuple[tuple[int, int], tuple[int, int]]
"""From which line and column to which."""


def place_of(node: ast.expr) -> Place:
    """Where an expression is written."""
    return (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)


class File:
    """A file of Python, and what it binds at its top level."""

    def __init__(self, path: str, lines: list[str]) -> None:
        self.path = path
        self.lines = lines
        self.tree = ast.parse("".join(lines))
        self.functions: dict[tuple[int, str], Written] = {}
        self._find_functions(self.tree, ())

    def _find_functions(self, node: ast.AST, around: Sequence[Function]) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                first = min(n.lineno for n in (child, *child.decorator_list))
                self.functions[first, child.name] = Written(child, around, self)
                self._find_functions(child, (child, *around))
            elif isinstance(child, ast.ClassDef):
                pass  # in a class, names that begin with __ are others than those that are written
            elif isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
                self._find_functions(child, around)

    @cached_property
    def codes(self) -> Mapping[tuple[int, str], CodeType]:
        """What each function comes to, by its first line and name."""
        whole = compile("".join(self.lines), self.path, "exec", dont_inherit=True)
        return {(code.co_firstlineno, code.co_name): code for code in _codes(whole)}

    @cached_property
    def bound(self) -> Counter[str]:
        """How often each name is bound at the top level, or by `global` in a function."""
        bound = Counter(name for statement in self.tree.body for name in _bound(statement))
        if any("global" in line for line in self.lines):
            for node in ast.walk(self.tree):
                bound.update(node.names if isinstance(node, ast.Global) else ())
        return bound

    @cached_property
    def rebinds(self) -> bool:
        """Whether the file can bind names in a way that its assignments do not show."""
        words = _REBINDS | _PARTS | _MODULES
        if not any(word in line for line in self.lines for word in words):
            return False
        return any(
            (isinstance(node, ast.Name) and node.id in _REBINDS)
            or (isinstance(node, ast.Attribute) and node.attr in _PARTS and _is_store(node))
            or (isinstance(node, ast.Attribute) and node.attr in _MODULES)
            for node in ast.walk(self.tree)
        )

    @cached_property
    def calls(self) -> Mapping[Place, ast.Call]:
        """What is called, by where that is written."""
        calls = (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))
        return {place_of(call): call for call in calls}

    @cached_property
    def imports_all(self) -> Sequence[str]:
        """The modules of which every name is bound by `from ... import *`, as they are written."""
        imports = [node for node in ast.walk(self.tree) if isinstance(node, ast.ImportFrom)]
        return [
            "." * node.level + (node.module or "")
            for node in imports
            if any(alias.name == "*" for alias in node.names)
        ]

    def times_bound(self, name: str, space: Mapping[str, object]) -> int:
        """How often a name of the file's module, whose names are given, is bound."""
        package = str(space.get("__package__") or "")
        modules = [sys.modules.get(resolve_name(m, package)) for m in self.imports_all]
        known = [vars(module) for module in modules if module]
        return self.bound[name] + any(n.get(name) is space[name] for n in known if name in n)

    @cached_property
    def changed(self) -> frozenset[str]:
        """The names, and attributes of modules, whose content is changed somewhere in the file."""
        return frozenset(filter(None, map(_changed, ast.walk(self.tree))))


def written(function: FunctionType) -> Written | None:
    """Where a function is written; None where no file has it."""
    if function in _remade:
        return _remade[function]
    code = function.__code__
    file = file_of(code.co_filename)
    place = code.co_firstlineno, code.co_name
    # What runs is what is written: nothing else was compiled under the name of the file.
    return file.functions.get(place) if file and file.codes.get(place) == code else None


def remade(function: FunctionType, node: ast.FunctionDef) -> None:
    """Say how a function is written that was compiled from a changed syntax tree of a file."""
    file = file_of(function.__code__.co_filename)
    assert file is not None  # the tree is one of the file's
    _remade[function] = Written(node, (), file)


def _codes(code: CodeType) -> Iterator[CodeType]:
    """The code of each function in a piece of code."""
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield inner
            yield from _codes(inner)


_remade: WeakKeyDictionary[FunctionType, Written] = WeakKeyDictionary()
_files: dict[str, File] = {}


def file_of(path: str) -> File | None:
    """A file of Python; None where there is none that can be read."""
    linecache.checkcache(path)
    lines = linecache.getlines(path)
    if not lines and path.endswith(".py") and Path(path).is_file():
        check_encoding(Path(path).read_bytes(), path)
    known = _files.get(path)
    if not lines or (known and known.lines is lines):
        return known if lines else None
    try:
        _files[path] = File(path, lines)
    except SyntaxError:
        return None
    return _files[path]


def check_encoding(text: bytes, path: str) -> None:
    """Refuse a file of Python that is not in the encoding that it names, or else in UTF-8.

    Python itself takes any bytes in a comment. Raises MachineError, which names the line.
    """
    try:
        encoding, _ = detect_encoding(BytesIO(text).readline)
    except SyntaxError:  # of a first line that is no UTF-8; or of a name, which Python refuses
        encoding = "utf-8"
    try:
        text.decode(encoding)
    except UnicodeDecodeError as error:
        byte, line = text[error.start], text.count(b"\n", 0, error.start) + 1
        said = f"the byte {byte:#04x} here is no {encoding.upper()}; save the file as UTF-8"
        raise MachineError(said, (path, line)) from error


def times_bound(function: Function) -> Counter[str]:
    """How often each name is bound in a function, parameters included; in a loop, several times."""
    given = function.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    body = [] if isinstance(function, ast.Lambda) else function.body
    bound = Counter(arg.arg for arg in named if arg)
    bound.update(name for statement in body for name in _bound(statement))
    return bound


def _bound(node: ast.AST) -> Iterator[str]:
    """Each name that a piece of a text binds around it, as often as it does; in a loop, twice."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
            return
        case ast.Lambda():
            return
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.alias(name=name, asname=other):
            yield other or name.partition(".")[0]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            yield name
        case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            yield name
    hidden = isinstance(node, _COMPREHENSIONS)
    for child in ast.iter_child_nodes(node):
        for name in _bound(child):
            # A comprehension keeps its variables to itself.
            if not hidden or isinstance(child, ast.NamedExpr):
                yield name
                if isinstance(node, _LOOPS):
                    yield name


def _is_store(node: ast.Attribute) -> bool:
    return not isinstance(node.ctx, ast.Load)


def _changed(node: ast.AST) -> str | None:
    """The name of what a piece of a text changes, if it changes something in place."""
    match node:
        case ast.Subscript(value=value, ctx=ast.Store() | ast.Del()):
            return _named(value)
        case ast.Attribute(attr=name, ctx=ast.Store() | ast.Del()):
            return name
        case ast.Call(func=ast.Attribute(value=value, attr=method)) if method in _CHANGES:
            return _named(value)
        case ast.AugAssign(target=ast.Name(id=name)):
            return name
    return None


def _named(node: ast.AST) -> str | None:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value):
            return _named(value)
    return None
