"""Components that Hypothesis draws, over all operators, and what goes into them."""

from collections.abc import Callable, Mapping

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from impl.models.component import Component
from impl.models.fixedpoint import Integers
from impl.models.graph import Graph, Symbol
from impl.models.operators import OPERATORS, ModelError

Grow = Callable[[st.DrawFn, Graph, list[Symbol]], Symbol]
"""Draws another node of a graph, from the values that there are."""
SMALL = 2**11
EDGES = [2**bits + one for bits in (12, 24, 31, 45) for one in (-1, 0, 1)]
"""About where numbers need another type, or products are not certified any more."""
NUMBERS = st.integers(-9, 9) | st.sampled_from(EDGES) | st.sampled_from([-edge for edge in EDGES])


def _one(draw: st.DrawFn, values: list[Symbol]) -> Symbol:
    return draw(st.sampled_from(values))


def _beside(draw: st.DrawFn, graph: Graph, values: list[Symbol], one: Symbol) -> Symbol | Integers:
    """What can be taken beside a value: of its width, or of one column; or constants."""
    width = one_width(one)
    fitting = [value for value in values if one_width(value) in (1, width)]
    if draw(st.booleans()):
        return draw(st.sampled_from(fitting))
    size = draw(st.sampled_from([1, width]))
    return draw(nps.arrays(np.int64, size, elements=NUMBERS))


def one_width(symbol: Symbol) -> int:
    """How wide a value of a graph is."""
    graph = symbol.graph
    if symbol.kind == "inputs":
        return graph.inputs[symbol.index].width
    if symbol.kind == "constants":
        return len(graph.constants[symbol.index])
    operator, operands, attributes = graph.nodes[symbol.index]
    return operator.width([*map(one_width, operands)], attributes)


def _pair(method: str) -> Grow:
    def grow(draw: st.DrawFn, graph: Graph, values: list[Symbol]) -> Symbol:
        one = _one(draw, values)
        made: Symbol = getattr(one, method)(_beside(draw, graph, values, one))
        return made

    return grow


def _reduce(method: str) -> Grow:
    def grow(draw: st.DrawFn, graph: Graph, values: list[Symbol]) -> Symbol:
        one = _one(draw, values)
        width = one_width(one)
        sizes = [size for size in range(1, width + 1) if width % size == 0]
        made: Symbol = getattr(one, method)(draw(st.sampled_from(sizes)))
        return made

    return grow


def _clamp(draw: st.DrawFn, graph: Graph, values: list[Symbol]) -> Symbol:
    least, most = sorted(draw(st.tuples(*[st.integers(-SMALL, SMALL) | NUMBERS] * 2)))
    return _one(draw, values).clamp(least, most)


def _shift(draw: st.DrawFn, graph: Graph, values: list[Symbol]) -> Symbol:
    return _one(draw, values) >> draw(st.integers(0, 52) | st.integers(0, 4))


def _divide(draw: st.DrawFn, graph: Graph, values: list[Symbol]) -> Symbol:
    one = _one(draw, values)
    by = _beside(draw, graph, values, one)
    if isinstance(by, Symbol):
        return one // by.maximum(draw(st.integers(1, 9)))
    return one // np.maximum(by, 1)


def _select(draw: st.DrawFn, graph: Graph, values: list[Symbol]) -> Symbol:
    one = _one(draw, values)
    chosen = one.at_least(_beside(draw, graph, values, one))
    return chosen.select(_beside(draw, graph, values, one), one)


def _gather(draw: st.DrawFn, graph: Graph, values: list[Symbol]) -> Symbol:
    one, width = _one(draw, values), draw(st.integers(1, 5))
    last = one_width(one) - 1
    match draw(st.sampled_from(["columns", "spaced", "any"])):
        case "columns":
            return one.gather(draw(nps.arrays(np.int64, width, elements=st.integers(0, last))))
        case "spaced":
            first, step = draw(st.integers(0, last)), draw(st.integers(1, 2))
            return one.gather(np.arange(first, last + 1, step))
    return one.gather(_one(draw, values).clamp(0, one_width(one) - 1))


def _look_up(draw: st.DrawFn, graph: Graph, values: list[Symbol]) -> Symbol:
    size = draw(st.integers(1, 7) | st.just(600))
    table = draw(nps.arrays(np.int64, size, elements=st.integers(-SMALL, SMALL)))
    return _one(draw, values).clamp(0, size - 1).look_up(table)


def _matmul(draw: st.DrawFn, graph: Graph, values: list[Symbol]) -> Symbol:
    one = _one(draw, values)
    width = one_width(one)
    inner = draw(st.sampled_from([size for size in range(1, width + 1) if width % size == 0]))
    units = draw(st.integers(1, 3))
    numbers = st.integers(-(2**20), 2**20) | st.integers(-3, 3)
    weights = draw(nps.arrays(np.int64, (inner, units), elements=numbers))
    return one.matmul(weights, draw(nps.arrays(np.int64, units, elements=numbers)))


def _concat(draw: st.DrawFn, graph: Graph, values: list[Symbol]) -> Symbol:
    joined = draw(st.lists(st.sampled_from(values), min_size=1, max_size=3))
    if draw(st.booleans()):
        return graph.concat(*joined, draw(st.integers(-9, 9)))
    return graph.concat(*joined)


GROW: Mapping[str, Grow] = {
    "ADD": _pair("__add__"),
    "SUB": _pair("__sub__"),
    "MUL": _pair("__mul__"),
    "MAXIMUM": _pair("maximum"),
    "MINIMUM": _pair("minimum"),
    "GREATER_EQUAL": _pair("at_least"),
    "INTDIV": _divide,
    "SELECT": _select,
    "CLAMP": _clamp,
    "ARITHMETIC_RIGHT_SHIFT": _shift,
    "CONCAT": _concat,
    "GATHER": _gather,
    "LOOK_UP": _look_up,
    "MATMUL": _matmul,
    "REDUCE_SUM": _reduce("reduce_sum"),
    "REDUCE_MAX": _reduce("reduce_max"),
    "ARGMAX": _reduce("argmax"),
}
"""How a node of each operator is drawn; a look-up is a gather from a table."""
assert {*OPERATORS} == {*GROW} - {"LOOK_UP"}


@st.composite
def components(draw: st.DrawFn, nodes: int = 6, only: str | None = None) -> Component:
    """Small components, grown in so many turns or fewer, over all operators or one."""
    graph = Graph()
    values: list[Symbol] = []
    for _ in range(draw(st.integers(1, 2))):
        least = draw(st.integers(-SMALL, SMALL) | NUMBERS)
        most = least + draw(st.integers(0, SMALL) | st.integers(0, 2) | st.sampled_from(EDGES))
        values.append(graph.input(draw(st.integers(1, 4)), least, most))
    found = None
    for name in draw(
        st.lists(st.sampled_from([only] if only else [*GROW]), min_size=1, max_size=nodes)
    ):
        count = len(graph.nodes)
        made = GROW[name](draw, graph, values)
        try:
            found = graph.component()
            values.append(made)
        except ModelError:  # its numbers can be too large: without it, then
            _shorten(graph, count)
    assume(found is not None)
    assert found is not None
    return found


def _shorten(graph: Graph, count: int) -> None:
    """Keep so many nodes of a graph."""
    del graph.nodes[count:]
    known = graph._known.items()
    graph._known = {key: s for key, s in known if s.kind != "nodes" or s.index < count}


@st.composite
def inputs(draw: st.DrawFn, component: Component, rows: int = 0, most: int = 3) -> Integers:
    """What a component takes, also at the ends of its bounds: so many rows, or more."""
    count = draw(st.integers(rows, most))
    columns = [
        draw(nps.arrays(np.int64, (count, one.width), elements=_between(one.least, one.most)))
        for one in component.program.inputs
    ]
    return np.concatenate(columns, axis=1)


def _between(least: int, most: int) -> st.SearchStrategy[int]:
    return st.sampled_from([least, most]) | st.integers(least, most)
