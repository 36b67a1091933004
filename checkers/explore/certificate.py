"""What anyone who explores the same machine at the same size finds too, whatever the engine.

The text is digested as it is read, as terms: names, guards with their reasons, effects, with
whatever constants, helpers and definitions came into them; neither comments nor the way it is
written matter, nor where the file lies. The states are digested in order, as big-endian words.
"""

from collections.abc import Iterator, Sequence
from enum import Enum
from importlib.metadata import version
from typing import TypeVar

import blake3
import numpy as np

from checkers.explore.keys import Keys, to_words
from checkers.explore.seen import merge
from checkers.explore.visited import Visited
from checkers.traces.trace import sizes
from spec.notation.machine import Action, Machine
from spec.notation.reader import TermMap
from spec.notation.sorts import Field, Fun, Scope, SortType, Value
from spec.notation.term import Term, plain
from spec.notation.words import reading

S = TypeVar("S")

VERSIONS = ("tallystick", "numpy")


def certificate(visited: Visited[S], generated: int) -> dict[str, object]:
    """What anyone who visits the same states finds: counts and digests, as JSON."""
    return {
        "machine": visited.batch.machine.name,
        **identity(visited),
        "levels": [len(level) for level in visited.levels],
        "distinct_states": visited.states,
        "generated_states": generated,
        "states": states_digest(visited.levels, visited.batch.layout.words),
        "versions": versions(),
    }


def identity(visited: Visited[S]) -> dict[str, object]:
    """What is explored, as JSON: a text, at sizes, with sorts whose elements are not told apart."""
    machine, scope = visited.batch.machine, visited.batch.scope
    return {
        "text": text_digest(machine, scope),
        "sizes": sizes(scope),
        "symmetry": visited.symmetric,
    }


def text_digest(machine: Machine[S], scope: Scope) -> str:
    """A digest of all that decides a machine's states, and of what an exploration looks for in
    them, as hexadecimal digits.

    It is the same at every size, unless functions are defined, which only a size makes tables.
    """
    hasher = blake3.blake3()
    for line in _said(machine, scope if machine.definitions else None):
        hasher.update(line.encode() + b"\n")
    return hasher.hexdigest()


def states_digest(levels: Sequence[Keys], words: int) -> str:
    """A digest of the states of all levels, sorted, as hexadecimal digits."""
    hasher = blake3.blake3()
    for block in merge(levels):
        hasher.update(np.ascontiguousarray(to_words(block, words).T.astype(">u8")).tobytes())
    return hasher.hexdigest()


def versions() -> dict[str, str]:
    """The versions of what counted."""
    return {name: version(name) for name in VERSIONS}


def _said(machine: Machine[S], scope: Scope | None) -> Iterator[str]:
    yield f"machine {machine.name}"
    for field in machine.fields.values():
        keys = ", ".join(map(_sort, field.keys))
        yield f"field {field.name}: {field.kind.__name__} ({keys}) {_sort(field.sort)}"
    for act in (machine.start_action, *machine.actions):
        yield from _action(machine, scope, act)
    for kind in ("always", "refuted", "sometimes", "lemmas", "assumptions"):
        for text in getattr(machine, kind):
            value = machine.read_predicate(text, scope)[1]
            yield f"{kind} {text.__name__}: {_Digest().of(value)}"
    if machine.ending:
        yield f"ending: {_Digest().of(machine.read_predicate(machine.ending.reached, scope)[1])}"


def _action(machine: Machine[S], scope: Scope | None, act: Action[S]) -> Iterator[str]:
    read = machine.read(act, scope)
    digest = _Digest()
    parameters = ", ".join(f"{n}: {_sort(s)}" for n, s in act.parameters.items())
    yield f"action {act.name}({parameters})"
    for check in read.checks:
        yield f"  {check.kind} {check.reason!r}: {digest.of(check.condition)}"
    with reading(read.reader):
        for name, field in machine.fields.items():
            if field.kind is not Fun:  # which no action writes
                yield f"  {name} = {_content(digest, field, getattr(read.after, name))}"


def _content(digest: "_Digest", field: Field, content: Value) -> str:
    if not isinstance(content, TermMap):
        return digest.of(content)
    filled = "kept"
    if content.content:
        filled = digest.of(content.content(tuple(content.reader.fresh(s) for s in field.keys)))
    return ", ".join([filled, *(digest.of(write) for write in content.writes)])


class _Digest:
    """Digests of terms; a term that occurs twice is digested once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Term, str]] = {}

    def of(self, value: Value) -> str:
        """What stands for a value: its digest if it is a term, else itself in words."""
        waiting = [value]
        while waiting:  # terms can be nested deeper than calls
            top = waiting[-1]
            parts = [part for part in _parts(top) if id(part) not in self._known]
            if parts:
                waiting += parts
                continue
            waiting.pop()
            if isinstance(top, Term) and id(top) not in self._known:
                text = f"{top.op} {self._written(top.args)} {top.sort.__name__}"
                self._known[id(top)] = top, blake3.blake3(text.encode()).hexdigest()
        return self._written(value)

    def _written(self, value: Value) -> str:
        """A value whose terms are digested."""
        if isinstance(value, tuple):
            return f"({', '.join(map(self._written, value))})"
        if isinstance(value, Term):
            return self._known[id(value)][1]
        if isinstance(value, Field):
            return value.name
        if isinstance(value, type):
            return value.__name__
        if isinstance(value, Enum):  # however its author has it printed
            return f"{type(value).__name__}.{value.name}"
        return f"{type(plain(value)).__name__} {plain(value)!r}"


def _parts(value: Value) -> Iterator[Term]:
    """The terms that a value is made of, one level down."""
    parts = value.args if isinstance(value, Term) else value if isinstance(value, tuple) else ()
    for part in parts:
        if isinstance(part, tuple):
            yield from _parts(part)
        elif isinstance(part, Term):
            yield part


def _sort(sort: SortType) -> str:
    members = f" {{{', '.join(m.name for m in sort)}}}" if issubclass(sort, Enum) else ""
    return sort.__name__ + members
