"""What anyone who explores the same machine at the same size finds too, whatever the engine.

The text is digested as it is read, as terms: names, guards with their reasons, effects; neither
comments nor the way it is written matter. The states are digested in order, as big-endian words.
"""

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import TypeVar

import blake3
import numpy as np

from checkers.keys import Keys, to_words
from checkers.seen import merge
from spec.notation.machine import Action, Machine
from spec.notation.reader import TermMap
from spec.notation.sorts import Field, Scope, SortType, Value, is_finite
from spec.notation.term import Term
from spec.notation.words import reading

S = TypeVar("S")

VERSIONS = ("tallystick", "numpy")


def text_digest(machine: Machine[S]) -> str:
    """A digest of all that a machine says, as hexadecimal digits."""
    hasher = blake3.blake3()
    for line in _said(machine):
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


def _said(machine: Machine[S]) -> Iterator[str]:
    yield f"machine {machine.name}"
    for field in machine.fields.values():
        keys = ", ".join(map(_sort, field.keys))
        yield f"field {field.name}: {field.kind.__name__} ({keys}) {_sort(field.sort)}"
    start: Action[S] = Action(machine.init, machine.init.__name__, {})
    for act in (start, *machine.actions):
        yield from _action(machine, act)
    for kind in ("always", "refuted", "sometimes", "lemmas", "assumptions"):
        for text in getattr(machine, kind):
            value = machine.read_predicate(text)[1]
            yield f"{kind} {text.__name__}: {_Digest().of(value)}"
    if machine.ending:
        yield f"ending: {_Digest().of(machine.read_predicate(machine.ending.reached)[1])}"


def _action(machine: Machine[S], act: Action[S]) -> Iterator[str]:
    read = machine.read(act)
    digest = _Digest()
    parameters = ", ".join(f"{n}: {_sort(s)}" for n, s in act.parameters.items())
    yield f"action {act.name}({parameters})"
    for check in read.checks:
        yield f"  {check.kind} {check.reason!r}: {digest.of(check.condition)}"
    with reading(read.reader):
        for name, field in machine.fields.items():
            yield f"  {name} = {_content(digest, field, getattr(read.after, name))}"


def _content(digest: "_Digest", field: Field, content: Value) -> str:
    if not isinstance(content, TermMap):
        return digest.of(content) if isinstance(content, Term | bool | int) else str(content)
    filled = "kept"
    if content.content:
        filled = digest.of(content.content(tuple(content.reader.fresh(s) for s in field.keys)))
    return ", ".join([filled, *(digest.of(write) for write in content.writes)])


class _Digest:
    """Digests of terms; a term that occurs twice is digested once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Term, str]] = {}

    def of(self, value: Value) -> str:
        if isinstance(value, tuple):
            return f"({', '.join(map(self.of, value))})"
        if isinstance(value, Field):
            return value.name
        if isinstance(value, type):
            return value.__name__
        if not isinstance(value, Term):
            return str(value)
        if id(value) not in self._known:
            text = f"{value.op} {self.of(value.args)} {value.sort.__name__}"
            self._known[id(value)] = value, blake3.blake3(text.encode()).hexdigest()
        return self._known[id(value)][1]


def _sort(sort: SortType) -> str:
    members = f" {{{', '.join(map(str, Scope().elements(sort)))}}}" if is_finite(sort) else ""
    return sort.__name__ + members
