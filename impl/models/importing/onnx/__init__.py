"""ONNX graphs as exact integer programs.

Read `reading` for what a graph has, `writing` for what tensors become, and `steps` for what carries
operators out; `elementwise`, `layers` and `moves` have these. `asking` has the graph itself asked.
"""

import reprlib
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import prod
from pathlib import Path

import attrs
import numpy as np

from impl.models.fixedpoint import Reals
from impl.models.graph import Graph
from impl.models.importing.onnx import elementwise, layers, moves
from impl.models.importing.onnx.asking import evaluate
from impl.models.importing.onnx.reading import Source, Step, read
from impl.models.importing.onnx.steps import Call, handled
from impl.models.importing.onnx.writing import Tensor, Value, Writer, fixed, size_of
from impl.models.importing.registry import Features
from impl.models.model import Column, Label, Model
from impl.models.network import ACTIVATION_BITS, WEIGHT_BITS
from impl.models.operators import CertificateError, ModelError, check
from impl.models.program import WIDEST

__all__ = ["Imported", "elementwise", "from_onnx", "layers", "moves"]

HELD = 2**28
"""Numbers of all tensors that are made on the way, weights included, at most."""


@attrs.frozen(kw_only=True)
class Imported(Model):
    """A model of an ONNX graph.

    Attributes:
        error: how far a number that it gives can be from what the graph makes in real numbers of
            what it was asked, on the grid; at most, for all that it takes.
        source: the graph, and the name of what the model gives of it.
    """

    error: float
    source: tuple[Source, str] = attrs.field(eq=False, repr=False)

    def evaluate(self, inputs: Reals) -> Reals:
        """What the graph makes in floating point: rows (rows, columns) to (rows, numbers).

        Raises Unasked if onnx's reference evaluator cannot tell.
        """
        return evaluate(*self.source, inputs)


def from_onnx(
    source: bytes | str | Path,
    columns: Sequence[Column] | tuple[float, float],
    *,
    labels: Sequence[Label] = (),
    output: str | None = None,
    weight_bits: int = WEIGHT_BITS,
    activation_bits: int = ACTIVATION_BITS,
) -> Imported:
    """An ONNX graph as a model that computes in exact integers what it does, a row at a time.

    Args:
        source: the file, or its bytes.
        columns: on which grid and in which range the model is asked: a column for each number of a
            row, input by input; or the least and the greatest real number of all of them.
        labels: of a classifier, what the numbers that it gives are scores of.
        output: which output the model gives, if the graph has several.
        weight_bits: how many bits the greatest weight of a layer has, about.
        activation_bits: fractional bits of what passes between layers, and of inputs whose columns
            are not given.

    Raises ModelError for what cannot be imported, and CertificateError, which is one, if numbers
    could reach 2**53; both name the node and the mend. OSError if a file cannot be read.
    """
    asked = read(source)
    takes = sum(map(prod, asked.inputs.values()))
    declared = _declared(columns, takes, activation_bits)
    wanted = _output(asked, output)
    writer = Writer(Graph(), weight_bits, activation_bits, room=WIDEST - takes)
    try:
        with np.errstate(all="ignore"):  # what is not finite is refused where it is used
            given = writer.settled(_computed(asked, wanted, declared, writer))
            given = writer.taken(given, given.places)
        graph = writer.graph
        if (given.symbol.kind, given.symbol.index) != ("nodes", len(graph.nodes) - 1):
            graph.concat(given.symbol)  # for a component gives what its last node does
        component = graph.component()
    except CertificateError as error:
        mend = "use fewer bits, or declare narrower columns"
        raise CertificateError(f"{error}; that is, {mend}") from None
    seams = sorted({*writer.seams} & {*range(1, len(graph.nodes))})
    most = float(given.error.max())
    check(
        np.isfinite(most), "what it gives can be off by more than float64 holds: scale its weights"
    )
    named = (attrs.evolve(c, name=c.name or f"column {i}") for i, c in enumerate(declared))
    return Imported(
        component,
        tuple(named),
        tuple(seams),
        1 << given.bits,
        tuple(labels),
        cut=writer.cut,
        error=most,
        source=(asked, wanted),
    )


def _declared(
    columns: Sequence[Column] | tuple[float, float], takes: int, bits: int
) -> tuple[Column, ...]:
    """The columns that a model is asked with. Raises ModelError if they are not as many.

    Those without a name yet are the same one: of a graph that is refused there can be millions.
    """
    match columns:
        case (int() | float() as least, int() | float() as most):
            ends = fixed(np.array([least, most], np.float64), bits, "range of columns").tolist()
            columns = [Column("", 1 << bits, *ends)] * takes
    check(len(columns) == takes, f"{len(columns)} columns are declared: the graph takes {takes}")
    return tuple(one for one in columns if isinstance(one, Column))


def _output(source: Source, output: str | None) -> str:
    """The name of the output that the model gives. Raises ModelError."""
    names = reprlib.repr([*source.outputs])[1:-1]
    check(
        output in (None, *source.outputs), f"output {reprlib.repr(output)}: the graph has {names}"
    )
    check(
        output is not None or len(source.outputs) == 1,
        f"outputs {names}: choose one, by output=NAME of from_onnx",
    )
    return output or source.outputs[0]


def _computed(source: Source, output: str, columns: Sequence[Column], writer: Writer) -> Value:
    """An output, written with all that it needs. Raises ModelError, naming the node."""
    steps, users = _needed(source.steps, output)
    tensors: dict[str, Tensor] = {**source.constants, **_asked(source, columns, writer)}
    left, room = users.copy(), HELD
    for step in steps:
        operands = tuple(tensors.get(name) for name in step.inputs)
        alone = tuple(users[name] == 1 for name in step.inputs)
        try:
            made = handled(Call(step, writer, operands, alone))
            if users[step.outputs[0]] > 1:
                made = writer.written(made)
            room -= size_of(made)
            check(room >= 0, f"more than {HELD} numbers of tensors: make it smaller")
        except ModelError as error:
            raise type(error)(f"{step.place}: {error}") from None
        tensors[step.outputs[0]] = made
        left.subtract(step.inputs)
        for name in step.inputs:
            if not left[name]:
                tensors.pop(name, None)
    found = writer.written(tensors[output])
    if not isinstance(found, Value):
        raise ModelError(f"output {output[:60]!r} does not depend on what is asked")
    return found


def _needed(steps: Sequence[Step], output: str) -> tuple[list[Step], Counter[str]]:
    """The steps that an output needs, and by how many of them each tensor is taken."""
    users, found = Counter([output]), []
    for step in reversed(steps):
        if any(users[name] for name in step.outputs):
            further = [name for name in step.outputs[1:] if users[name]]
            others = reprlib.repr(further)
            check(not further, f"{step.place}: only its first output is made, not {others}")
            users.update(step.inputs)
            found.append(step)
    return found[::-1], users


def _asked(source: Source, columns: Sequence[Column], writer: Writer) -> dict[str, Value]:
    """The inputs of a graph, of the columns in turn."""
    symbol = Features.asked(writer.graph, columns).symbol
    steps = np.array([column.steps for column in columns])
    error, bits = np.zeros(len(columns)), int(steps[0]).bit_length() - 1
    if (steps != 1 << bits).any():
        bits = writer.activation_bits
        symbol = (symbol * (1 << bits) + steps // 2) // steps
        error += writer.unit / 2
    ends = accumulate(map(prod, source.inputs.values()), initial=0)
    places = [np.arange(*pair) for pair in pairwise(ends)]
    return {
        name: Value(symbol, one.reshape(shape), bits, error)
        for (name, shape), one in zip(source.inputs.items(), places, strict=True)
    }
