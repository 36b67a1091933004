"""Two texts of an action that read as the same terms: what differs in them is never looked at.

A condition that the machine's definitions decide is no longer there once a text is read, and a
local name is what it stands for. So two texts that read as the same do the same in every state.
"""

from typing import TypeVar

import attrs

from spec.notation.machine import Action, Machine, Reading, fields_of
from spec.notation.reader import TermMap
from spec.notation.sorts import Field, Value
from spec.notation.term import Term
from spec.notation.words import reading

S = TypeVar("S")


def reads_the_same(machine: Machine[S], act: Action[S], other: Action[S]) -> bool:
    """Whether two texts of an action have the same checks in the same order, and write the same."""
    names = _Names()
    a, b = (names.of_reading(machine.read(text)) for text in (act, other))
    return a == b


@attrs.frozen
class _Names:
    """A name for each term: the same one for terms of the same parts, whichever reading's."""

    known: dict[object, int] = attrs.field(factory=dict)

    def __call__(self, value: Value) -> object:
        if isinstance(value, tuple):
            return tuple(map(self, value))
        if not isinstance(value, Term):
            return type(value), value
        parts = (value.op, value.sort, self(value.args))
        return Term, self.known.setdefault(parts, len(self.known))

    def of_reading(self, read: Reading[S]) -> object:
        checks = []
        for check in read.checks:
            if check.condition is not True:
                reason = check.reason if check.kind == "guard" else ""
                checks.append((check.kind, self(check.condition), reason))
            if check.condition is False:  # whatever else it says, it is always refused here
                return checks
        with reading(read.reader):
            contents = [
                self._content(getattr(read.after, name), field)
                for name, field in fields_of(type(read.after)).items()
            ]
        return checks, contents

    def _content(self, content: Value, field: Field) -> object:
        if not isinstance(content, TermMap):
            return self(content) if field.kind is object else None  # a function is never written
        key = tuple(content.reader.fresh(sort) for sort in field.keys)
        filling = content.content and self(content.content(key))
        return filling, self(tuple(content.writes))
