"""Mutants of a protocol: its text with one place changed.

The change is made in the syntax tree of one action, or of a function that the action calls, and
compiled in a copy of its module's names.
"""

import ast
import inspect
import textwrap
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from types import FunctionType
from typing import Generic, TypeVar, get_args

import attrs

from checkers.mutate.edits import Edit, Kind, Text
from spec import notation
from spec.notation import MachineError, words
from spec.notation.machine import Action, Machine
from spec.notation.source import remade

S = TypeVar("S")


@attrs.frozen
class Mutant(Generic[S]):
    """A protocol of which one place is changed.

    Attributes:
        action: the action that is changed; a helper is changed for one action at a time.
        line: of the source file.
        description: what is changed, with its line.
        machine: the changed protocol; None where the notation refuses it.
        refusal: why the notation refuses it.
    """

    action: str
    kind: Kind
    line: int
    description: str
    machine: Machine[S] | None
    refusal: str = ""

    @property
    def said(self) -> str:
        """The mutant in one line."""
        return f"{self.action}, {self.description}"


def mutants(machine: Machine[S]) -> Iterator[Mutant[S]]:
    """Every mutant of a machine.

    The functions that an action calls by a name of its module are part of its text.

    Raises:
        MachineError: the source of an action cannot be compiled again by itself.
    """
    for act in machine.actions:
        for edit, changed in changes(machine, act):
            yield _mutant(machine, changed, edit)


def changes(
    machine: Machine[S], act: Action[S], kinds: Collection[Kind] = get_args(Kind)
) -> Iterator[tuple[Edit, Action[S]]]:
    """Every change of an action's text, of some kinds, and the action with that change.

    The notation has not seen these.

    Raises:
        MachineError: the source of the action cannot be compiled again by itself.
    """
    functions = _functions(act)
    for function in functions:
        text = Text(machine, function, _tree(function))
        edits = [*text.edits(), *(text.added_guards() if function is act.text else ())]
        for edit in sorted(edits, key=lambda edit: edit.line):
            if edit.kind in kinds:
                changed = _compiled(functions, function, text.edited(edit))
                yield edit, attrs.evolve(act, text=changed)


def _mutant(machine: Machine[S], changed: Action[S], edit: Edit) -> Mutant[S]:
    said = f"line {edit.line}: {edit.said}"
    made = partial(Mutant[S], changed.name, edit.kind, edit.line, said)
    try:
        return made(machine.with_action(changed))
    except MachineError as refusal:
        return made(None, str(refusal))


def _function(value: object) -> FunctionType | None:
    """The author's function that a name stands for, if it stands for one."""
    function = value.text if isinstance(value, Action) else value
    if isinstance(function, FunctionType) and not function.__module__.startswith(notation.__name__):
        return function
    return None


def _functions(act: Action[S]) -> list[FunctionType]:
    """An action's function, and those that it calls, itself or through others."""
    text = _function(act.text)
    if text is None or text.__defaults__:
        raise MachineError(f"action {act.name} is no plain function without defaults; write it so")
    found = [text]
    for function in found:  # it grows
        for node in ast.walk(_tree(function)):
            called = _function(function.__globals__.get(getattr(node, "id", "")))
            if called and called not in found:
                found.append(called)
    return found


def _tree(function: FunctionType) -> ast.FunctionDef:
    """The syntax tree of a function; its lines are those of the file."""
    try:
        lines, first = inspect.getsourcelines(function)
    except OSError as error:
        raise MachineError(f"{function.__name__} cannot be mutated: {error}") from error
    [tree] = ast.parse(textwrap.dedent("".join(lines))).body
    if not isinstance(tree, ast.FunctionDef) or function.__closure__:
        raise MachineError(
            f"{function.__name__} depends on where it is made and cannot be mutated; "
            "write it with def, at the top level of a file"
        )
    tree.decorator_list = []
    ast.increment_lineno(tree, first - 1)
    return tree


# Words that a changed text may need where the author's did not.
_ADDED = {"require": words.require, "forall": words.forall, "exists": words.exists}


def _compiled(
    functions: Sequence[FunctionType], changed: FunctionType, tree: ast.FunctionDef
) -> FunctionType:
    """The first function, over globals in which one function has another text.

    The globals are copies: properties and other actions call the function as it was.
    """
    spaces = {id(f.__globals__): {**_ADDED, **f.__globals__} for f in functions}
    again: dict[FunctionType, FunctionType] = {}
    for function in functions:
        code, space = function.__code__, spaces[id(function.__globals__)]
        if function is changed:
            exec(compile(ast.Module([tree], []), code.co_filename, "exec"), space)
            again[function] = space[tree.name]
            remade(again[function], tree)
        else:
            again[function] = FunctionType(code, space, tree.name, function.__defaults__)
    for space in spaces.values():
        for name, value in space.items():
            called = _function(value)
            space[name] = again.get(called, value) if called else value
    return again[functions[0]]
