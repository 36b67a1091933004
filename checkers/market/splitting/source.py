"""What can be split: estimators, models and formulas of a module, and files."""

from abc import ABC
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias

import attrs

from checkers.market.rows import Rows
from checkers.market.splitting.labels import labelled
from checkers.naming.names import find_attribute
from impl.models.component import Component
from impl.models.fixedpoint import Reals
from impl.models.importing import columns_of, from_sklearn
from impl.models.importing.contents import training_rows
from impl.models.importing.formula import Formula
from impl.models.importing.loss import Answers, Loss, Unasked, loss_of, measure
from impl.models.importing.onnx import Imported, from_onnx
from impl.models.importing.registry import Estimator
from impl.models.model import Column, Label, Model
from impl.models.network import ACTIVATION_BITS, WEIGHT_BITS
from impl.models.operators import MATMUL, ModelError
from spec.bytes.encoding import EncodingError
from spec.notation import MachineError

PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".pth")
"""Files that are programs: reading one does whatever its author wants."""

_SLOW = 200
"""Rows anywhere on which an ONNX graph is asked, whose evaluator is not quick."""

Original: TypeAlias = "Formula | Imported | Estimator | None"
"""What a model was imported from, as far as it can be asked."""


class Splittable(ABC):  # noqa: B024 - it only tells kinds apart
    """Anything with a name in a module that can be split."""

    @classmethod
    def __subclasshook__(cls, kind: type) -> bool:
        return issubclass(kind, Model | Component) or hasattr(kind, "fit")


@attrs.frozen(eq=False)
class Asked:
    """What tells how an estimator or an ONNX graph is asked: data, and decimals to round to."""

    rows: Rows | None
    decimals: int | None

    def columns(self, named: str) -> list[Column]:
        """On which grid and in which range a model is asked. Raises MachineError without data."""
        if self.rows is None:
            raise MachineError(
                f"{named} does not say between which bounds its columns lie: give --data FILE, "
                "rows from which that can be told"
            )
        try:
            return columns_of(self.rows.numbers, self.rows.names, decimals=self.decimals)
        except ModelError as error:
            raise MachineError(f"--data: {error}") from None


@attrs.frozen(eq=False)
class Source:
    """A model, what people call it, and what it was imported from."""

    named: str
    model: Model
    original: Original = None

    @property
    def training_rows(self) -> int:
        """How many rows that it was trained with stand in its parts."""
        is_trained = self.original is not None and not isinstance(self.original, Model)
        return training_rows(self.original) if is_trained else 0

    def loss(self, rows: Rows | None) -> Loss:
        """How far the model is from the original, on rows and on any others that it takes.

        Raises Unasked if that is not looked at, and ModelError for rows that it does not take.
        """
        if self.original is None:
            raise Unasked("there is no original here that could be asked")
        if rows is None:
            raise Unasked("give --data")
        match self.original:
            case Formula() as formula:
                return loss_of(
                    self.model,
                    lambda asked: Answers(formula.evaluate(asked)[:, None]),
                    rows.numbers,
                )
            case Imported() as graph:
                ask = partial(_asked, graph, self.model.labels)
                return loss_of(self.model, ask, rows.numbers, uniform=_SLOW)
        return measure(self.model, self.original, rows.numbers)


def _asked(graph: Imported, named: Sequence[Label], rows: Reals) -> Answers:
    """What an ONNX graph answers, the numbers of which are scores of labels, if these are named."""
    scores = graph.evaluate(rows)
    return Answers(scores, [named[place] for place in scores.argmax(axis=1)] if named else None)


def source(
    named: str,
    rows: Rows | None,
    bits: int | None,
    decimals: int | None = None,
    labels: str | None = None,
) -> Source:
    """What a name or a file stands for.

    Args:
        named: `module:attribute`, `path/file.py:attribute`, or a file of ONNX or a component.
        rows: data from which the columns of an estimator or an ONNX graph are told.
        bits: fractional bits of their weights and of what passes between layers.
        decimals: of what they are asked with; as fine as the data call for unless given.
        labels: of what the numbers that it gives are scores, as `read_labels` takes them.

    Raises MachineError.
    """
    found = _source(named, rows, bits, decimals)
    if labels is None:
        return found
    return attrs.evolve(found, model=labelled(found.model, labels, named))


def _source(named: str, rows: Rows | None, bits: int | None, decimals: int | None) -> Source:
    path, columns = Path(named), Asked(rows, decimals)
    file = Path(named.rpartition(":")[0] or named)
    if path.is_dir():
        raise MachineError(
            f"{named} is a folder, of parts that were split already, maybe: name the model, or one "
            "of its parts"
        )
    if file.suffix.lower() in PICKLES:
        raise MachineError(
            f"{named} is not read: a {file.suffix} file is a program, which does what its author "
            "wants. Load it yourself in a module of yours that you trust, and name it as "
            "module:attribute; or write it as .onnx"
        )
    if file != path and file.is_file() and file.suffix != ".py":
        raise MachineError(f"{named}: {file} is no module of Python: name the file alone")
    try:
        if path.suffix == ".onnx":
            return _graph(path, columns, bits)
        if path.is_file() and path.suffix != ".py":
            _refuse_options(named, columns, bits)
            return Source(path.stem, bare(Component.parse(path.read_bytes())))
        return _attribute(named, columns, bits)
    except EncodingError as error:
        raise MachineError(
            f"{named}: neither .onnx nor the bytes of a component: {error}. Name a model; rows of "
            "numbers go to --data"
        ) from None
    except OSError as error:
        raise MachineError(f"{named}: {error.strerror}") from None
    except ModelError as error:
        raise MachineError(f"{named}: {' '.join(str(error).split())}") from None


def _attribute(named: str, asked: Asked, bits: int | None) -> Source:
    """What a name in a module stands for."""
    found = find_attribute(named, Splittable, "file of a model", "model")
    if isinstance(found, Model | Component):
        _refuse_options(named, asked, bits)
        model = found if isinstance(found, Model) else bare(found)
        return Source(named, model, found if isinstance(found, Formula | Imported) else None)
    made = from_sklearn(
        found,
        asked.columns(named),
        weight_bits=WEIGHT_BITS if bits is None else bits,
        activation_bits=ACTIVATION_BITS if bits is None else bits,
    )
    return Source(named, made, found)


def _graph(path: Path, asked: Asked, bits: int | None) -> Source:
    made = from_onnx(
        path,
        asked.columns(str(path)),
        weight_bits=WEIGHT_BITS if bits is None else bits,
        activation_bits=ACTIVATION_BITS if bits is None else bits,
    )
    return Source(path.stem, made, made)


def _refuse_options(named: str, asked: Asked, bits: int | None) -> None:
    for option, value in (("--bits", bits), ("--decimals", asked.decimals)):
        if value is not None:
            raise MachineError(f"{option} {value}: {named} is in integers already; leave it out")


def bare(component: Component) -> Model:
    """A component as a model of integers, which is cut before products."""
    program = component.program
    columns = [
        Column(f"column {i}", 1, one.least, one.most)
        for i, one in enumerate(one for one in program.inputs for _ in range(one.width))
    ]
    products = [i for i, node in enumerate(program.nodes) if node.operator is MATMUL and i]
    return Model(component, tuple(columns), tuple(products), 1)
