"""Operators of ONNX that make each number of one, or of two."""

import attrs
import numpy as np

from impl.models.fixedpoint import EXACT, Integers, Reals
from impl.models.graph import Symbol
from impl.models.importing.onnx.steps import Call, handles, shape_of
from impl.models.importing.onnx.writing import (
    Tensor,
    Value,
    Writer,
    fixed,
    in_columns,
    stretched,
)
from impl.models.importing.tables import LOGISTIC, TANH
from impl.models.operators import CertificateError, check

SUM = EXACT // 2 - 1
"""Integers of which the sum of two is exact, at most."""


def affine(call: Call, index: int, factor: Reals | float, offset: Reals | float) -> Tensor:
    """A tensor times a factor plus an offset, which weights before it take up if they can."""
    by, plus = np.asarray(factor, np.float64), np.asarray(offset, np.float64)
    pending = call.pending(index)
    if pending and stretched(shape := shape_of(pending), by.shape, plus.shape) == shape:
        folded = pending.scaled(by, plus)
        if folded:
            return folded
    return call.writer.scaled(call.value(index), by, plus)


def _both(writer: Writer, one: Value, other: Value) -> tuple[Value, Value]:
    """Two values in the order of the first one, with as many fractional bits."""
    bits, shape = max(one.bits, other.bits), stretched(shape_of(one), shape_of(other))
    one, other = (
        writer.spread(raised(writer, value, bits), shape)
        for value in (writer.within(one, SUM), writer.within(other, SUM))
    )
    order = np.empty(one.places.size, np.int64)
    order[one.places] = other.places
    return one, attrs.evolve(writer.taken(other, order), places=one.places)


def raised(writer: Writer, value: Value, bits: int) -> Value:
    """The same with more fractional bits."""
    if value.bits == bits:
        return value
    value = writer.within(value, SUM >> bits - value.bits)
    return attrs.evolve(value, symbol=value.symbol * (1 << bits - value.bits), bits=bits)


def _ordered(writer: Writer, like: Value, symbol: Symbol, bits: int, error: Reals) -> Value:
    """Columns in the order of others."""
    made = writer.value(symbol, (len(like.error),), bits, error)
    return attrs.evolve(made, places=like.places)


@handles("Add")
def _add(call: Call) -> Tensor:
    match call.operands:
        case [other, np.ndarray() as constant]:
            return affine(call, 0, 1.0, constant)
        case [np.ndarray() as constant, other]:
            return affine(call, 1, 1.0, constant)
    one, other = _both(call.writer, call.value(0), call.value(1))
    symbol, error = one.symbol + other.symbol, one.error + other.error
    return _ordered(call.writer, one, symbol, one.bits, error)


@handles("Sub")
def _sub(call: Call) -> Tensor:
    match call.operands:
        case [_, np.ndarray() as constant]:
            return affine(call, 0, 1.0, -constant)
        case [np.ndarray() as constant, _]:
            return affine(call, 1, -1.0, constant)
    one, other = _both(call.writer, call.value(0), call.value(1))
    symbol, error = one.symbol - other.symbol, one.error + other.error
    return _ordered(call.writer, one, symbol, one.bits, error)


@handles("Mul")
def _mul(call: Call) -> Tensor:
    match call.operands:
        case [_, np.ndarray() as constant]:
            return affine(call, 0, constant, 0.0)
        case [np.ndarray() as constant, _]:
            return affine(call, 1, constant, 0.0)
    writer = call.writer
    one, other = (writer.within(each, 0) for each in _both(writer, call.value(0), call.value(1)))
    shift = max(2 * one.bits - writer.activation_bits, 0)
    symbol, bits = one.symbol * other.symbol, 2 * one.bits - shift
    if shift:
        symbol = (symbol + (1 << shift >> 1)) >> shift
    error = writer.reach(one) * other.error + (writer.reach(other) + other.error) * one.error
    return _ordered(writer, one, symbol, bits, error + 2.0**-bits / 2)


@handles("Div")
def _div(call: Call) -> Tensor:
    writer, bits = call.writer, call.writer.activation_bits
    match call.operands:
        case [_, np.ndarray() as constant]:
            check(bool((constant != 0).all()), "divides by 0")
            return affine(call, 0, 1 / constant, 0.0)
        case [np.ndarray() as constant, _]:
            value = call.value(1)
            below = writer.spread(value, stretched(constant.shape, shape_of(value)))
            above = in_columns(below, constant)
            over: Symbol | Integers = fixed(above, below.bits + bits, "constants")
            reach, error = np.abs(above), np.array(below.unit * writer.unit / 2)
        case _:
            one, below = _both(writer, call.value(0), call.value(1))
            one = writer.within(one, SUM >> bits)
            over, reach, error = one.symbol * (1 << bits), writer.reach(one), one.error
    least = writer.bound(below.symbol).least * below.unit
    check(bool((least > 0).all()), "divides by what can be 0 or less: clip it")
    least -= below.error
    if not (least > 0).all():
        raise CertificateError("divides by what can be next to 0: clip it further from that")
    symbol = ((below.symbol >> 1) + over) // below.symbol
    error = (reach / least * below.error + error) / least + writer.unit / 2
    return _ordered(writer, below, symbol, bits, error)


@handles("Relu")
def _relu(call: Call) -> Tensor:
    value = call.value(0)
    return attrs.evolve(value, symbol=value.symbol.maximum(0))


@handles("LeakyRelu")
def _leaky(call: Call) -> Tensor:
    value, slope = call.writer.settled(call.value(0)), call.attribute("alpha", 0.01)
    down = call.writer.scaled(value, np.array(slope), np.array(0.0))
    value = raised(call.writer, value, down.bits)
    check(value.bits == down.bits, "is given finer numbers than pass between layers")
    pick = value.symbol.maximum if slope <= 1 else value.symbol.minimum
    return attrs.evolve(value, symbol=pick(down.symbol), error=np.maximum(value.error, down.error))


@handles("Clip")
def _clip(call: Call) -> Tensor:
    value, ends = call.writer.settled(call.value(0)), []
    for index, limit in ((1, -np.inf), (2, np.inf)):
        given = call.optional(index)
        end = np.full(1, limit) if given is None else given.ravel()
        check(len(end) == 1 and not np.isnan(end[0]), "limits that are no numbers")
        furthest = (EXACT - 1) * value.unit
        ends.append(fixed(np.clip(end, -furthest, furthest), value.bits, "limits")[0])
    least, most = map(int, ends)
    symbol = value.symbol.clamp(min(least, most), most)
    return attrs.evolve(value, symbol=symbol, error=value.error + value.unit / 2)


@handles("Sigmoid", "Tanh")
def _curved(call: Call) -> Tensor:
    curve = {"Sigmoid": LOGISTIC, "Tanh": TANH}[call.step.operator]
    writer, value = call.writer, call.writer.settled(call.value(0))
    bits = writer.activation_bits
    symbol = writer.apart(value.symbol, lambda one: curve.of(one, value.bits, bits))
    return _ordered(writer, value, symbol, bits, curve.drift(value.error, bits))
