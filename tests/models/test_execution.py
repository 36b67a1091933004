"""Components written as functions: the same integers as operator by operator."""

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from impl.models.component import Component
from impl.models.execution import Execution
from impl.models.fixedpoint import Integers
from impl.models.graph import Graph
from tests.support.graphs import GROW, components, inputs


def check(component: Component, values: Integers) -> None:
    """Compare what is written for each node; `test_component` holds operators to the referee's."""
    values.setflags(write=False)
    program = component.program
    for index, value in enumerate(component.follow(values)):
        nodes = program.nodes[: index + 1]
        output = Component(attrs.evolve(program, nodes=nodes), component.constants).run(values)
        assert output.dtype == np.int64
        assert output.tolist() == value.tolist()
    a_few = attrs.evolve(Execution.of(component), rows=2)
    assert a_few.run(values).tolist() == value.tolist()


@given(st.data())
def test_what_is_written_gives_what_operators_do(data: st.DataObject) -> None:
    component = data.draw(components(nodes=12))
    check(component, data.draw(inputs(component)))


@pytest.mark.parametrize("name", [*GROW])
@settings(max_examples=20)
@given(data=st.data())
def test_each_operator_is_written_as_it_is(name: str, data: st.DataObject) -> None:
    component = data.draw(components(nodes=3, only=name))
    check(component, data.draw(inputs(component, rows=2)))


@pytest.mark.parametrize("first", [True, False])
def test_a_value_and_its_parts_outlive_each_other(first: bool) -> None:
    """They share its memory, which nothing may be written over while one of them is needed."""
    graph = Graph()
    whole = graph.input(4, -9, 9) * 3
    part = whole.gather(np.arange(0, 4, 2))
    graph.concat(*((part + 1, whole) if first else (whole + 1, part)))
    check(graph.component(), np.arange(-4, 4).reshape(2, 4))


@given(st.data())
def test_products_are_exact_about_where_short_floats_end(data: st.DataObject) -> None:
    """Sums up to 2**21 to 2**28, of odd numbers: what float32 cannot hold is lost at once."""
    graph, width = Graph(), data.draw(st.integers(1, 4))
    edge = data.draw(st.sampled_from([2**10, 2**11, 2**12, 2**13])) + 1
    numbers = st.sampled_from([edge, -edge, edge - 2])
    weights, bias = (data.draw(nps.arrays(np.int64, n, elements=numbers)) for n in (width, 1))
    product = graph.input(width, -edge, edge).matmul(weights, bias)
    if data.draw(st.booleans()):
        product = (product >> data.draw(st.integers(1, 3))) + 1
    component = graph.component()
    values = data.draw(nps.arrays(np.int64, (3, width), elements=numbers))
    assert component.run(values).tolist() == component.follow(values)[-1].tolist()


@pytest.mark.parametrize("times", [1, 5])
def test_sums_on_the_way_are_exact_where_the_last_one_is_small(times: int) -> None:
    """What float32 holds of each number, and of the sum, it need not hold of the first two."""
    graph, edge = Graph(), 2**23 + 1
    columns = [graph.input(1, edge, edge), graph.input(1, edge, edge + 1)]
    columns.append(graph.input(1, -edge, -edge))
    columns += [graph.input(3 * times - 3, 0, 0)] if times > 1 else []
    graph.concat(*columns).matmul(np.array([1]), np.array([0])).reduce_sum(3 * times)
    rest = [0] * (3 * times - 3)
    check(graph.component(), np.array([[edge, edge + 1, -edge, *rest]] * 2))
