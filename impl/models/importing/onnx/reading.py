"""ONNX files as they come from anybody: read within limits, and refused in one line.

No other file is ever read, nothing is allocated for a size that a file merely states, and whoever
asks for more than `limits` allow is told so. Only this module knows the `onnx` package, and
`asking`, which has its evaluator run what was read here.
"""

from collections.abc import Sequence
from math import prod
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from impl.models.fixedpoint import Reals
from impl.models.operators import ModelError, check
from impl.models.program import NODES, WIDEST

if TYPE_CHECKING:
    from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto

_Number = TypeVar("_Number", int, float)
Attribute: TypeAlias = int | float | str | tuple[int, ...] | tuple[float, ...] | Reals

OLDEST, NEWEST = 13, 28
"""Opsets, between which the operators below mean the same."""
BYTES = 2**28
"""Of a file, at most."""
NUMBERS = 2**26
"""Constants of a file, at most; as float64 they take half a gigabyte."""
RANK = 8
"""Axes of a tensor, at most."""

SUPPORTED = MappingProxyType(
    {
        "Add": 14,
        "ArgMax": 13,
        "AveragePool": 22,
        "BatchNormalization": 15,
        "Cast": 28,
        "Clip": 13,
        "Concat": 13,
        "Constant": 25,
        "Conv": 22,
        "Div": 14,
        "Dropout": 22,
        "Flatten": 25,
        "Gemm": 13,
        "GlobalAveragePool": 22,
        "GlobalMaxPool": 22,
        "Identity": 25,
        "LeakyRelu": 16,
        "MatMul": 13,
        "MaxPool": 22,
        "Mul": 14,
        "Pad": 25,
        "ReduceMax": 20,
        "ReduceMean": 18,
        "ReduceSum": 13,
        "Relu": 14,
        "Reshape": 25,
        "Sigmoid": 13,
        "Softmax": 13,
        "Squeeze": 25,
        "Sub": 14,
        "Tanh": 13,
        "Transpose": 25,
        "Unsqueeze": 25,
    }
)
"""The operators, and the opset that has last changed each, as far as it was read here."""


_REFUSALS = (RuntimeError, ValueError)
"""What the checker raises beside its own errors: of names that are not UTF-8, for one."""


@attrs.frozen(eq=False)
class Step:
    """A node of an ONNX graph: what it is called and does, by the names of tensors."""

    name: str
    operator: str
    inputs: tuple[str, ...]  # empty names stand for what is left out
    outputs: tuple[str, ...]
    attributes: dict[str, Attribute]

    @property
    def place(self) -> str:
        """By what messages call it."""
        called = self.name or next(filter(None, self.outputs), "")
        return f"node {called[:60]!r} ({repr(self.operator[:40])[1:-1]})"


@attrs.frozen(eq=False)
class Source:
    """An ONNX graph.

    Attributes:
        inputs: names and shapes, of which the first axis is the batch, and is 1 here.
        constants: initialisers, by name: float64, also for integers.
        steps: in an order in which they can be computed.
        outputs: names.
        model: what was read, as the package has it.
        kinds: of which floats each input is.
    """

    inputs: dict[str, tuple[int, ...]]
    constants: dict[str, Reals]
    steps: tuple[Step, ...]
    outputs: tuple[str, ...]
    model: "ModelProto"
    kinds: dict[str, np.dtype[np.floating[Any]]]


def read(source: bytes | str | Path) -> Source:
    """The graph of an ONNX file, or of its bytes. Raises ModelError; OSError of a path."""
    onnx = _package()
    model = _parsed(source)
    graph = model.graph
    _check_opset(model)
    check(len(graph.node) <= NODES, f"{len(graph.node)} nodes: {NODES} at most")
    check(not model.functions, "functions of its own: inline them (onnx.inliner)")
    check(not graph.sparse_initializer, "sparse initialisers: make them dense")
    _check_numbers(graph)
    steps = tuple(_step(node) for node in graph.node)
    constants = {one.name: _array(one) for one in graph.initializer}
    asked = [one for one in graph.input if one.name not in constants]
    inputs = {one.name: _shape(one) for one in asked}
    kinds = {one.name: _kind(one) for one in asked}
    try:
        onnx.checker.check_model(model, full_check=True)
    except (*_REFUSALS, onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ModelError(f"not a valid ONNX graph: {_line(error)}") from None
    takes = sum(map(prod, inputs.values()))
    check(takes <= WIDEST, f"inputs: {takes} numbers a row: {WIDEST} at most")
    outputs = tuple(one.name for one in graph.output)
    return Source(inputs, constants, steps, outputs, model, kinds)


def _package() -> ModuleType:
    try:
        import onnx.checker
        import onnx.shape_inference
    except ImportError:
        raise ModelError("reading ONNX needs a package: pip install tallystick[onnx]") from None
    package: ModuleType = onnx
    return package


def _parsed(source: bytes | str | Path) -> "ModelProto":
    from google.protobuf.message import DecodeError
    from onnx import ModelProto

    if isinstance(source, bytes):
        data = source
    else:
        with Path(source).open("rb") as file:
            data = file.read(BYTES + 1)
    check(bool(data), "empty: give an ONNX file")
    check(len(data) <= BYTES, f"more than {BYTES} bytes")
    try:
        model: ModelProto = ModelProto.FromString(data)
        return model
    except DecodeError:
        raise ModelError("not an ONNX file, or a damaged one") from None


def _check_opset(model: "ModelProto") -> None:
    opsets = {one.domain: one.version for one in model.opset_import}
    version = opsets.get("", opsets.get("ai.onnx", 0))
    check(
        OLDEST <= version <= NEWEST,
        f"opset {version}: convert it to one of {OLDEST} to {NEWEST} (onnx.version_converter)",
    )


def _check_numbers(graph: "GraphProto") -> None:
    """Raise ModelError for more numbers than a file can have, before any of them is made."""
    attributes = [one for node in graph.node for one in node.attribute]
    tensors = [*graph.initializer, *(one.t for one in attributes if one.HasField("t"))]
    for tensor in tensors:
        _check_shape(_called(tensor), tensor.dims)
    numbers = sum(len(one.ints) + len(one.floats) for one in attributes)
    numbers += sum(prod(tensor.dims) for tensor in tensors)
    check(numbers <= NUMBERS, f"{numbers} constants: {NUMBERS} at most")


def _step(node: "NodeProto") -> Step:
    attributes: dict[str, Attribute] = {}
    step = Step(node.name, node.op_type, tuple(node.input), tuple(node.output), attributes)
    if node.domain not in ("", "ai.onnx") or node.op_type not in SUPPORTED:
        domain = f" of domain {node.domain[:40]!r}" if node.domain else ""
        raise ModelError(
            f"{step.place}: there is no exact form for this operator{domain}; "
            f"supported are {', '.join(SUPPORTED)}"
        )
    try:
        attributes.update((one.name, _attribute(one)) for one in node.attribute)
    except ModelError as error:
        raise ModelError(f"{step.place}: {error}") from None
    return step


def _attribute(one: "AttributeProto") -> Attribute:
    from onnx import AttributeProto

    match one.type:
        case AttributeProto.INT:
            return int(one.i)
        case AttributeProto.FLOAT:
            return float(one.f)
        case AttributeProto.STRING:
            return str(one.s, errors="replace")
        case AttributeProto.INTS:
            return _listed(one.ints)
        case AttributeProto.FLOATS:
            return _listed(one.floats)
        case AttributeProto.TENSOR:
            return _array(one.t)
    raise ModelError(f"attribute {one.name[:40]!r}: not of numbers, a name or a dense tensor")


def _listed(numbers: Sequence[_Number]) -> tuple[_Number, ...] | Reals:
    """A list of numbers: as a tensor if there are more of them than axes have ends."""
    if len(numbers) <= 2 * RANK:
        return tuple(numbers)
    return np.fromiter(numbers, np.float64, len(numbers))


def _array(tensor: "TensorProto") -> Reals:
    """The numbers of a tensor, if they are in the file itself."""
    from onnx import TensorProto, numpy_helper

    place = _called(tensor)
    external = tensor.data_location == TensorProto.EXTERNAL or tensor.external_data
    check(not external, f"{place}: is in another file: save all in one (save_as_external_data)")
    reals = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16)
    known = tensor.data_type in (*reals, TensorProto.INT64, TensorProto.INT32, TensorProto.BOOL)
    check(known, f"{place}: not of floats, int32, int64 or bool")
    try:
        array: NDArray[np.generic] = numpy_helper.to_array(tensor)
    except (ValueError, TypeError) as error:
        raise ModelError(f"{place}: {_line(error)}") from None
    return array.astype(np.float64)


def _called(tensor: "TensorProto") -> str:
    """By what messages call it."""
    return f"tensor {tensor.name[:60]!r}"


def _check_shape(place: str, shape: Sequence[int]) -> None:
    fits = len(shape) <= RANK and min(shape, default=0) >= 0 and prod(shape) <= NUMBERS
    check(fits, f"{place}: shape {[*shape][:RANK]}: {RANK} axes and {NUMBERS} numbers at most")


def _shape(one: "ValueInfoProto") -> tuple[int, ...]:
    """The shape of an input, for a batch of one."""
    from onnx import TensorProto

    place, kind = f"input {one.name[:60]!r}", one.type.tensor_type
    reals = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16)
    check(kind.elem_type in reals, f"{place}: not a tensor of floats")
    batch, *rest = [d.dim_value if d.HasField("dim_value") else None for d in kind.shape.dim] or [0]
    check(batch in (None, 1), f"{place}: batch {batch}: make it 1, or leave it open")
    sizes = [size for size in rest if size is not None and size > 0]
    check(len(sizes) == len(rest), f"{place}: only the batch can be open: fix all other sizes")
    shape = (1, *sizes)
    _check_shape(place, shape)
    check(prod(shape) <= WIDEST, f"{place}: {prod(shape)} numbers a row: {WIDEST} at most")
    return shape


def _kind(one: "ValueInfoProto") -> "np.dtype[np.floating[Any]]":
    """Of which floats an input is, whose shape was read."""
    from onnx.helper import tensor_dtype_to_np_dtype

    found: np.dtype[np.floating[Any]] = tensor_dtype_to_np_dtype(one.type.tensor_type.elem_type)
    return found


def _line(error: Exception) -> str:
    """The first line of what an error says."""
    return next(iter(str(error).splitlines()), type(error).__name__)[:200]
