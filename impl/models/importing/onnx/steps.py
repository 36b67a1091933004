"""Steps of an ONNX graph: what each is given, and by whom it is carried out.

The modules `elementwise`, `layers` and `moves` have the operators of some kind each, and register
what becomes of them as they are imported, which is in the package.
"""

from collections.abc import Callable
from typing import TypeAlias, TypeVar

import attrs
import numpy as np

from impl.models.fixedpoint import EXACT, Reals
from impl.models.importing.onnx.reading import RANK, Step
from impl.models.importing.onnx.writing import (
    Sums,
    Tensor,
    Value,
    Writer,
    stretched,
)
from impl.models.operators import ModelError, check

_Attribute = TypeVar("_Attribute", int, float, str, tuple[int, ...])


@attrs.frozen(eq=False)
class Call:
    """A step with the tensors that it takes; None is what is left out.

    Attributes:
        alone: for each of them, whether nothing else takes it.
    """

    step: Step
    writer: Writer
    operands: tuple[Tensor | None, ...]
    alone: tuple[bool, ...]

    def tensor(self, index: int) -> Tensor:
        """A tensor of any kind."""
        found = self.operands[index] if index < len(self.operands) else None
        if found is None:
            raise ModelError(f"input {index} is missing")
        return found

    def value(self, index: int) -> Value:
        """Real numbers that depend on what the model is asked."""
        found = self.writer.written(self.tensor(index))
        if not isinstance(found, Value):
            raise ModelError(f"input {index} is a constant: fold it with what uses it")
        check(not found.whole, "calculates with places: what ArgMax makes is only cast or given")
        return found

    def constant(self, index: int) -> Reals:
        """Numbers that do not."""
        found = self.tensor(index)
        if not isinstance(found, np.ndarray):
            raise ModelError(f"input {index} is computed: it must be a constant")
        return found

    def optional(self, index: int) -> Reals | None:
        """The same; None if they are left out."""
        given = index < len(self.operands) and self.operands[index] is not None
        return self.constant(index) if given else None

    def integers(self, index: int) -> list[int]:
        """The integers of a constant: sizes or axes."""
        found = self.constant(index).ravel()
        whole = len(found) <= 2 * RANK and (np.abs(found) < EXACT).all() and (found % 1 == 0).all()
        check(bool(whole), f"input {index}: not a few integers")
        return [int(number) for number in found]

    def pending(self, index: int) -> Sums | None:
        """Sums that nothing else takes, which can take up what is done here."""
        found = self.operands[index]
        return found if isinstance(found, Sums) and self.alone[index] else None

    def attribute(self, name: str, default: _Attribute) -> _Attribute:
        """An attribute, of the type of its default."""
        found = self.step.attributes.get(name, default)
        if not isinstance(found, type(default)):
            kind = type(default).__name__
            raise ModelError(f"attribute {name}: not of type {kind}, or of too many numbers")
        return found

    def axes(self, index: int, rank: int) -> tuple[int, ...]:
        """Axes as an attribute or an input has them; all, if neither does."""
        given = index < len(self.operands) and self.operands[index] is not None
        named = self.integers(index) if given else self.attribute("axes", ())
        made = tuple(axis_of(axis, rank) for axis in named)
        check(len({*made}) == len(made), f"axes {list(named)}: name each once")
        return made or tuple(range(rank))


Handler: TypeAlias = Callable[[Call], Tensor]
HANDLERS: dict[str, Handler] = {}
MOVES = frozenset(
    {"Cast", "Concat", "Constant", "Dropout", "Flatten", "Identity", "Reshape", "Squeeze"}
    | {"Transpose", "Unsqueeze"}
)
"""What can be done with constants as well."""
ARITHMETIC: dict[str, Callable[[Reals, Reals], Reals]] = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
}


def handles(*names: str) -> Callable[[Handler], Handler]:
    """Register what carries out the operators of these names."""

    def register(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(names, handler))
        return handler

    return register


def handled(call: Call) -> Tensor:
    """What a step makes. Raises ModelError."""
    operator = call.step.operator
    constants = [one for one in call.operands if isinstance(one, np.ndarray)]
    if len(constants) == len(call.operands) and operator not in MOVES:
        check(operator in ARITHMETIC, "works on constants alone: fold it first")
        one, other = constants
        stretched(one.shape, other.shape)
        return ARITHMETIC[operator](one, other)
    return HANDLERS[operator](call)


def axis_of(axis: int, rank: int) -> int:
    """An axis counted from the first one. Raises ModelError."""
    check(-rank <= axis < rank, f"axis {axis} of {rank}: name one of them")
    return axis % rank


def shape_of(tensor: Tensor) -> tuple[int, ...]:
    """The shape of a tensor of any kind."""
    shape: tuple[int, ...] = (tensor if isinstance(tensor, np.ndarray) else tensor.places).shape
    return shape
