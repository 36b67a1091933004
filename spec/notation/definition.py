"""Definitions: functions of the state that are plain Python on plain values, and are watched."""

from collections.abc import Callable
from enum import Enum

import attrs

from spec.notation.errors import MachineError, innermost, said, where
from spec.notation.sorts import Field, Ordinal, Scope, Sort, SortType, Value


@attrs.frozen
class Definition:
    """A function of the state that is defined on plain values.

    Each value is computed twice, and is the same for whoever asks, in every domain.

    Args:
        machine: the name of its machine, for errors.
        field: the function, as the state has it.
        function: what it gives for plain values.
    """

    machine: str = attrs.field(eq=False)
    field: Field
    function: Callable[..., Value] = attrs.field(eq=id)
    _values: dict[object, Value] = attrs.field(factory=dict, eq=False, repr=False)

    def at(self, scope: Scope | None) -> Callable[..., Value]:
        """The function at some sizes, or for any.

        Each call raises MachineError, with file and line, where the function fails, gives one
        thing and then another, or gives what is none of its sort.
        """

        def value(*key: Value) -> Value:
            known = tuple((type(part), part) for part in key)
            if known not in self._values:
                first, second = self._computed(key), self._computed(key)
                if first != second or type(first) is not type(second):
                    what = f"is {first!r}, and then {second!r}; let it depend on its keys alone"
                    raise self._wrong(key, what)
                self._values[known] = first
            given = self._values[known]
            if not is_element(given, self.field.sort, scope):
                sort = self.field.sort.__name__
                raise self._wrong(key, f"is {given!r}, which is no {sort}; give one of its values")
            return given

        return value

    def _computed(self, key: tuple[Value, ...]) -> Value:
        try:
            return self.function(*key)
        except Exception as error:
            at = innermost(error.__traceback__) or where(self.function)
            raise MachineError(f"{self._name(key)}: {said(error)}", at) from error

    def _wrong(self, key: tuple[Value, ...], what: str) -> MachineError:
        return MachineError(f"{self._name(key)} {what}", where(self.function))

    def _name(self, key: tuple[Value, ...]) -> str:
        return f"{self.machine}.{self.field.name}({', '.join(map(str, key))})"


def is_element(value: Value, sort: SortType, scope: Scope | None) -> bool:
    """Whether a plain value is one of a sort, at some sizes; without, as far as can be told."""
    if issubclass(sort, bool | Enum):
        return isinstance(value, sort)
    if isinstance(value, bool):
        return False
    if issubclass(sort, Ordinal):
        return isinstance(value, int) and value >= 0 and (not scope or value < scope.size(sort))
    return value in scope.elements(sort) if scope else issubclass(sort, Sort)
