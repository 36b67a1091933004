"""The smallest text of which something is still so."""

import ast
from collections.abc import Callable, Iterator


def shrink(text: str, is_so: Callable[[str], bool], tries: int = 3_000) -> str:
    """Leave out whatever can be left out of a file, largest parts first.

    Args:
        text: a file of Python.
        is_so: whether a text still shows what it is kept for; false of one that cannot be read.
        tries: how many texts are looked at, at most.
    """
    while True:
        for smaller in _smaller(ast.parse(text)):
            tries -= 1
            if tries < 0:
                return text
            if len(smaller) < len(text) and is_so(smaller):
                text = smaller
                break
        else:
            return text


def _smaller(tree: ast.Module) -> Iterator[str]:
    """The file without one part, or with an expression in place of one that it is part of."""
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            if isinstance(value, list):
                for place, part in enumerate(value):
                    yield from _with(tree, value, place, [])
                    for inner in _inside(part):
                        yield from _with(tree, value, place, [inner])
            for inner in _inside(value):
                setattr(node, name, inner)
                yield ast.unparse(tree)
                setattr(node, name, value)


def _with(tree: ast.Module, parts: list[ast.AST], place: int, new: list[ast.AST]) -> Iterator[str]:
    """The file with others in the place of one of some parts."""
    old = parts[place]
    parts[place : place + 1] = new
    try:
        yield ast.unparse(tree)
    except Exception:  # whatever ast makes of a node that lacks a part
        pass
    finally:
        parts[place : place + len(new)] = [old]


def _inside(node: object) -> list[ast.expr]:
    """The expressions that an expression is made of."""
    if not isinstance(node, ast.expr):
        return []
    return [inner for inner in ast.iter_child_nodes(node) if isinstance(inner, ast.expr)]
