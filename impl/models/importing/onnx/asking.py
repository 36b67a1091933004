"""What an ONNX graph itself makes of rows: by the reference evaluator of the `onnx` package."""

from itertools import accumulate
from math import prod

import numpy as np

from impl.models.fixedpoint import Reals
from impl.models.importing.loss import Unasked
from impl.models.importing.onnx.reading import Source, Step

_POOLS = ("MaxPool", "AveragePool")


def evaluate(source: Source, output: str, rows: Reals) -> Reals:
    """What a graph gives, (rows, numbers), in the floats that it is of: a row at a time.

    A batch of one is what every graph takes that is read, whether its batch is open or fixed.

    Args:
        output: the name of what it gives.
        rows: (rows, columns), the inputs of the graph beside one another.

    Raises Unasked if the evaluator cannot run it, or is known to run it wrong.
    """
    from onnx.reference import ReferenceEvaluator

    for step in filter(_is_pooled_otherwise, source.steps):
        raise Unasked(
            f"{step.place}: onnx's reference evaluator pools otherwise than ONNX says where there "
            "are pads or sizes are rounded up"
        )
    ends = [*accumulate(map(prod, source.inputs.values()))]
    try:
        evaluator = ReferenceEvaluator(source.model)
        given = []
        for row in rows:
            pieces = zip(source.inputs.items(), np.split(row, ends[:-1]), strict=True)
            taken = {
                name: one.reshape(shape).astype(source.kinds[name]) for (name, shape), one in pieces
            }
            with np.errstate(all="ignore"):
                [found] = evaluator.run([output], taken)
            given.append(np.asarray(found, np.float64).ravel())
        return np.stack(given)
    except Exception as error:  # of any kind, for it is others' code
        what = " ".join(f"{type(error).__name__}: {error}".split())
        raise Unasked(f"onnx's reference evaluator cannot run it: {what:.200}") from None


def _is_pooled_otherwise(step: Step) -> bool:
    """Whether a step is one of those that the evaluator of onnx 1.23 gets wrong.

    It takes pads of MaxPool for others, and adds what AveragePool rounds up before the tensor.
    """
    padding = step.attributes.get("auto_pad", "NOTSET") != "NOTSET"
    padding |= bool(np.any(step.attributes.get("pads", 0)))
    return step.operator in _POOLS and (padding or bool(step.attributes.get("ceil_mode", 0)))
