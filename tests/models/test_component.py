"""Components: what they compute, what they state of it, their bytes and their cuts."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from impl.models.component import Component, OutOfRange, chain, component_of, narrowed, parse_tensor
from impl.models.fixedpoint import Integers
from impl.models.graph import Graph
from impl.models.operators import OPERATORS, CertificateError, ModelError, Turn
from impl.models.program import NODES, Input, Node, Program
from spec.bytes.encoding import LARGEST, EncodingError, Value, decode, encode
from tests.support.graphs import GROW, components, inputs

some = settings(max_examples=60, deadline=None)
Row: TypeAlias = list[int]
"""The numbers of a value that stand in one row."""


def _beside(*operands: Row) -> list[tuple[int, ...]]:
    width = max(map(len, operands))
    return [*zip(*(row * width if len(row) == 1 else row for row in operands), strict=True)]


def _groups(row: Row, size: int) -> list[Row]:
    return [row[at : at + size] for at in range(0, len(row), size)]


def _matmul(values: Row, weights: Row, bias: Row) -> Row:
    units = len(bias)
    matrix = _groups(weights, units)
    return [
        sum(value * line[unit] for value, line in zip(group, matrix, strict=True)) + bias[unit]
        for group in _groups(values, len(matrix))
        for unit in range(units)
    ]


MEANING: Mapping[str, Callable[..., Row]] = {
    "ADD": lambda a, b: [x + y for x, y in _beside(a, b)],
    "SUB": lambda a, b: [x - y for x, y in _beside(a, b)],
    "MUL": lambda a, b: [x * y for x, y in _beside(a, b)],
    "MAXIMUM": lambda a, b: [x if x > y else y for x, y in _beside(a, b)],
    "MINIMUM": lambda a, b: [y if x > y else x for x, y in _beside(a, b)],
    "GREATER_EQUAL": lambda a, b: [0 if x < y else 1 for x, y in _beside(a, b)],
    "INTDIV": lambda a, b: [x // y for x, y in _beside(a, b)],
    "SELECT": lambda c, a, b: [x if chosen == 1 else y for chosen, x, y in _beside(c, a, b)],
    "CLAMP": lambda a, least, most: [sorted([least, x, most])[1] for x in a],
    "ARITHMETIC_RIGHT_SHIFT": lambda a, bits: [x // 2**bits for x in a],
    "CONCAT": lambda *rows: [x for row in rows for x in row],
    "GATHER": lambda a, places: [a[place] for place in places],
    "MATMUL": _matmul,
    "REDUCE_SUM": lambda a, size: [sum(group) for group in _groups(a, size)],
    "REDUCE_MAX": lambda a, size: [sorted(group)[-1] for group in _groups(a, size)],
    "ARGMAX": lambda a, size: [group.index(sorted(group)[-1]) for group in _groups(a, size)],
}
"""What each operator is defined to do, with one row of each operand, in Python's integers."""


def meant(component: Component, row: Row) -> list[Row]:
    """What each node of a component is defined to give."""
    values, at = [], 0
    for one in component.program.inputs:
        values.append(row[at : at + one.width])
        at += one.width
    values += [constant.tolist() for constant in component.constants]
    first = len(values)
    for node in component.program.nodes:
        operands = [values[operand] for operand in node.operands]
        values.append(MEANING[node.operator.name](*operands, *node.attributes))
    return values[first:]


def taken(component: Component, row: Row) -> list[Row]:
    """The same, turn by turn, as a referee takes them."""
    program, values, at = component.program, [], 0
    for one in program.inputs:
        values.append(row[at : at + one.width])
        at += one.width
    values += [constant.tolist() for constant in component.constants]
    for node, turns in zip(program.nodes, program.turns, strict=True):
        operands = [values[operand] for operand in node.operands]
        values.append(_made(node, operands, program.widths[len(values)], turns))
    return values[program.first :]


def _made(node: Node, operands: list[Row], width: int, turns: int) -> Row:
    def read(operand: int, column: int) -> int:
        return operands[operand][column]

    made, widths = [], [*map(len, operands)]
    for column in range(width):
        total = 0
        for number in range(turns):
            turn = Turn(column, number, widths, node.attributes)
            total = node.operator.take(turn, read, total)
        made.append(total)
    return made


def test_every_operator_has_a_meaning_and_is_drawn() -> None:
    assert {*MEANING} == {*OPERATORS} == {*GROW} - {"LOOK_UP"}


@pytest.mark.parametrize("name", [*GROW])
def test_a_node_of_each_operator_is_certified(name: str) -> None:
    """So that what is drawn covers them."""
    found: list[Component] = []

    @settings(max_examples=30, deadline=None, derandomize=True, database=None)
    @given(components(only=name))
    def draw(component: Component) -> None:
        found.append(component)

    draw()
    operator = "GATHER" if name == "LOOK_UP" else name
    assert any(node.operator.name == operator for one in found for node in one.program.nodes)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_arrays_turns_and_meaning_are_the_same(data: st.DataObject) -> None:
    component = data.draw(components())
    values = data.draw(inputs(component, rows=1))
    expected = [meant(component, row) for row in values.tolist()]
    followed = component.follow(values)
    for row, nodes in enumerate(expected):
        assert [value[row].tolist() for value in followed] == nodes
        assert taken(component, values[row].tolist()) == nodes
    assert component.run(values).tolist() == [nodes[-1] for nodes in expected]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_number_leaves_its_bounds(data: st.DataObject) -> None:
    component = data.draw(components())
    values = data.draw(inputs(component, rows=1))
    first = component.program.first
    for index, value in enumerate(component.follow(values)):
        bounds = component.ranges[first + index]
        assert bounds is not None
        assert bounds[0] <= value.min() <= value.max() <= bounds[1]


def affine(weights: Sequence[Sequence[int]], bias: Sequence[int], most: int) -> Component:
    """A component that multiplies, of inputs up to a magnitude."""
    graph = Graph()
    given = graph.input(len(weights), -most, most)
    given.matmul(np.array(weights, np.int64), np.array(bias, np.int64))
    return graph.component()


EDGE = st.integers(-(2**53) + 1, 2**53 - 1) | st.sampled_from([-(2**52), 2**52, 2**26, -3, 0])


@given(
    nps.arrays(np.int64, (2, 2), elements=EDGE),
    nps.arrays(np.int64, 2, elements=EDGE),
    st.integers(0, 2**30),
)
def test_a_certificate_is_neither_too_wide_nor_too_narrow(
    weights: Integers, bias: Integers, most: int
) -> None:
    """A product is refused if and only if some order of summation can reach 2**53."""
    units = zip(weights.T.tolist(), bias.tolist(), strict=True)
    reach = max(most * sum(map(abs, unit)) + abs(offset) for unit, offset in units)
    if reach < 2**53:
        affine(weights.tolist(), bias.tolist(), most)
    else:
        with pytest.raises(CertificateError, match=r"node 0 \(MATMUL\): .* 2\*\*53"):
            affine(weights.tolist(), bias.tolist(), most)


@given(st.integers(-(2**52), 2**52), st.integers(1, 2**27 - 1), st.booleans())
def test_products_and_sums_are_refused_from_2_to_the_53_on(
    number: int, factor: int, adds: bool
) -> None:
    graph = Graph()
    one = graph.input(1, number, number)
    reach = abs(number + factor * 2**26) if adds else abs(number * factor)
    _ = one + factor * 2**26 if adds else one * factor
    if reach < 2**53:
        graph.component()
    else:
        with pytest.raises(CertificateError):
            graph.component()


def test_beyond_2_to_the_53_float64_is_not_exact() -> None:
    """So the certificate bears load: without it, this would be computed wrong."""
    values, weights = [2**23, 1], [2**30, 1]
    exact = sum(a * b for a, b in zip(values, weights, strict=True))
    assert int(np.array(values, np.float64) @ np.array(weights, np.float64)) != exact


def test_what_goes_in_is_checked_and_named() -> None:
    graph = Graph()
    _ = graph.input(2, -5, 5).gather(np.array([0, 1])) + graph.input(1, 0, 2**40)
    component = graph.component()
    assert component.run(np.array([[-5, 5, 2**40]])).tolist() == [[2**40 - 5, 2**40 + 5]]
    for row, place in (
        ([6, 0, 0], "6 in column 0 of input 0, which takes -5 to 5"),
        ([0, -6, 0], "-6 in column 1 of input 0"),
        ([0, 0, -1], "row 1: -1 in column 0 of input 1"),
    ):
        with pytest.raises(OutOfRange, match=place):
            component.run(np.array([[0, 0, 0], row]))
    for other in (np.zeros((1, 2), np.int64), np.zeros((1, 3), np.int32), np.zeros(3, np.int64)):
        with pytest.raises(ModelError, match=r"takes int64 \(rows, 3\)"):
            component.run(other)  # type: ignore[arg-type]  # what the test is about
    assert component.run(np.zeros((0, 3), np.int64)).shape == (0, 2)


@some
@given(st.data())
def test_parts_in_a_row_give_the_whole(data: st.DataObject) -> None:
    component = data.draw(components())
    values = data.draw(inputs(component))
    nodes = len(component.program.nodes)
    cuts = sorted(data.draw(st.sets(st.integers(1, nodes - 1)) if nodes > 1 else st.just(set())))
    parts = component.split(cuts)
    assert len(parts) == len(cuts) + 1
    assert np.array_equal(chain(parts, values)[-1], component.run(values))
    data_ = encode(values)
    for part in parts:
        data_ = part.run_bytes(data_)
    assert data_ == component.run_bytes(encode(values))


def test_a_part_has_the_constants_that_it_uses_and_no_others() -> None:
    graph = Graph()
    given = graph.input(1, 0, 9)
    for number in (11, 12, 13):
        given = given + number
    parts = graph.component().split([1, 2])
    assert [[c.tolist() for c in part.constants] for part in parts] == [[[11]], [[12]], [[13]]]


def test_what_a_later_part_needs_is_carried_through() -> None:
    graph = Graph()
    one, other = graph.input(1, 0, 9), graph.input(2, -7, 7)
    square = one * one
    total = other.reduce_sum(2)
    _ = square + total
    first, second, third = graph.component().split([1, 2])
    assert [(i.width, i.least, i.most) for i in second.program.inputs] == [(2, -7, 7), (1, 0, 81)]
    assert [(i.width, i.least, i.most) for i in third.program.inputs] == [(1, 0, 81), (1, -14, 14)]
    assert chain([first, second, third], np.array([[3, 4, 5]]))[-1].tolist() == [[18]]


@pytest.mark.parametrize("cuts", [[0], [2], [1, 1], [-1], [5]])
def test_a_cut_that_leaves_a_part_without_nodes_is_refused(cuts: list[int]) -> None:
    with pytest.raises(ModelError, match="give some of 1 to 1, in order"):
        GATED.split(cuts)


def gated() -> Component:
    """One node that compares, and one that chooses by that."""
    graph = Graph()
    given = graph.input(1, -5, 5)
    given.at_least(0).select(given, 7)
    return graph.component()


GATED = gated()


@some
@given(components())
def test_bytes_and_components_are_the_same_thing(component: Component) -> None:
    data = component.canonical()
    again = Component.parse(data)
    assert again == component
    assert again.canonical() == data
    assert again.digest == component.digest
    assert Program.parse(decode(encode(component.program.body))) == component.program


@some
@given(components())
def test_every_change_changes_the_digest(component: Component) -> None:
    program = component.program
    first, *others = program.inputs
    lower = attrs.evolve(program, inputs=(attrs.evolve(first, least=first.least - 1), *others))
    longer = attrs.evolve(program, nodes=(*program.nodes, Node(OPERATORS["CONCAT"], (0,))))
    changed = [(lower, component.constants), (longer, component.constants)]
    if component.constants:
        head, *rest = component.constants
        changed.append((program, (head ^ 1, *rest)))
    for each in changed:
        try:
            other = Component(*each)
        except ModelError:
            assert each[0] is not longer
            continue
        assert other != component
        assert other.digest != component.digest


@given(nps.arrays(np.int64, 3, elements=EDGE | st.integers(-(2**15), 2**15)))
def test_numbers_are_written_in_the_narrowest_type(numbers: Integers) -> None:
    found = narrowed(numbers)
    assert found.tolist() == numbers.tolist()
    half = np.dtype(f"i{found.itemsize // 2 or 1}")
    assert found.itemsize == 1 or numbers.astype(half).tolist() != numbers.tolist()


def body(**changed: Value) -> Value:
    """The body of a component, with something changed."""
    fields = decode(GATED.canonical())
    assert isinstance(fields, dict)
    return {**fields, **changed}


ONE: Value = np.array([1], np.int8)
DOUBLING: list[Value] = [["CONCAT", [i, i], []] for i in range(30)]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.array([[1]]), "not a component"),
        (body(arithmetic="float32"), "not a component"),
        (body(owner="P"), "not a component"),
        (body(inputs=[]), "0 inputs: give 1 to"),
        (body(inputs=[[1, 0, 1]] * (NODES + 1)), "4097 inputs: give 1 to"),
        (body(constants=[ONE] * (NODES + 1)), "more than 4096 constants"),
        (body(nodes=[["CONCAT", [0] * 2**15, []]] * 3), "more than 65536 operands"),
        (
            body(
                inputs=[[2000, 0, 1]],
                constants=[np.ones(200_000, np.int8), np.ones(100, np.int8)],
                nodes=[["MATMUL", [0, 1, 2], []]] * 30,
            ),
            "constants are used too often",
        ),
        (body(inputs=[[1, 5, 4]]), r"input 0: \[1, 5, 4\]: give a width"),
        (body(inputs=[[0, 0, 1]]), "give a width"),
        (body(inputs=[[True, 0, 1]]), r"input 0: not \[width"),
        (body(inputs=[[1, 0, 2**53]]), "give a width"),
        (body(inputs=[[2**40, 0, 1]]), "more than 4194304 numbers"),
        (body(constants=[[1]]), "constant 0: not a vector"),
        (body(constants=[np.array([[1]], np.int8)]), "constant 0: not a vector"),
        (body(constants=[np.zeros(0, np.int8)]), "constant without numbers"),
        (body(constants=[np.array([1], np.int16)]), "constant 0: int16 numbers that int8 holds"),
        (body(constants=[np.array([2**53]), ONE]), "constant 0: not below"),
        (body(nodes=[]), "0 nodes"),
        (body(nodes=[["ADD", [0, 1], []]] * (NODES + 1)), "4097 nodes"),
        (body(nodes=[["EXP", [0], []]]), "node 0: no operator 'EXP': use"),
        (body(nodes=[["ADD", [0, 1]]]), r"node 0: not \[operator"),
        (body(nodes=[["ADD", [0], []]]), r"node 0 \(ADD\): 1 operands: give 2"),
        (body(nodes=[["CONCAT", [], []]]), "0 operands: give some"),
        (body(nodes=[["ADD", [0, 9], []]]), "name values that stand before it"),
        (body(nodes=[["ADD", [0, 3], []]]), "name values that stand before it"),
        (body(nodes=[["ADD", [0, -1], []]]), "name values that stand before it"),
        (body(nodes=[["ADD", [0, False], []]]), "are integers"),
        (body(nodes=[["ADD", [1, 1], []]]), "all operands are constants"),
        (body(nodes=[["ADD", [0, 1], [3]]]), "give 0 attributes"),
        (body(nodes=[["ARITHMETIC_RIGHT_SHIFT", [0], [53]]]), "drops 0 to 52 bits"),
        (body(nodes=[["ARITHMETIC_RIGHT_SHIFT", [0], [-1]]]), "drops 0 to 52 bits"),
        (body(nodes=[["CLAMP", [0], [2, 1]]]), "give a least and a most"),
        (body(nodes=[["REDUCE_SUM", [0], [0]]]), "give a divisor"),
        (body(nodes=[["REDUCE_SUM", [0], [2]]]), "give a divisor"),
        (body(nodes=[["MATMUL", [0, 0, 1], []]]), r"node 0 \(MATMUL\): weights .* no constants"),
        (body(inputs=[[1, 3, 3]], nodes=[["MATMUL", [0, 0, 1], []]]), "no constants"),
        (body(nodes=[["INTDIV", [0, 0], []]]), "divides by what can be 0"),
        (body(nodes=[["SELECT", [0, 0, 0], []]]), "chooses by what is not 0 or 1"),
        (body(nodes=[["GATHER", [1, 0], []]]), "columns -5 to 5 of 1: name only those"),
        (body(inputs=[[1, 0, 1]], constants=[], nodes=DOUBLING), "more than 4194304 numbers a row"),
        (
            body(
                inputs=[[4000, 0, 1]],
                nodes=[["MATMUL", [0, 1, 1], []]],
                constants=[np.ones(2000, np.int8)],
            ),
            "node 0: more than 4194304 numbers a row",
        ),
    ],
)
def test_bytes_of_no_component_are_refused(value: Value, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        Component.parse(encode(value))


def test_a_program_with_too_many_constant_numbers_is_refused() -> None:
    """A referee is told how many there are, and they need not be there."""
    nodes: list[Value] = [["GATHER", [1, 0], []]]
    Program.parse([[[1, 0, 1]], [LARGEST - 1, 1], nodes])
    with pytest.raises(ModelError, match=rf"more than {LARGEST} constant numbers"):
        Program.parse([[[1, 0, 1]], [LARGEST - 1, 2], nodes])


@some
@given(components(), st.data())
def test_bytes_that_are_changed_are_another_component_or_none(
    component: Component, data: st.DataObject
) -> None:
    changed = bytearray(component.canonical())
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        other = Component.parse(bytes(changed))
    except (ModelError, EncodingError):
        return
    assert other.canonical() == bytes(changed)
    assert other.digest != component.digest


def test_nobody_keeps_a_hand_on_constants() -> None:
    """A certificate would be of other numbers than are held."""
    graph = Graph()
    _ = graph.input(1, 0, 9) + 5
    program, numbers = graph.component().program, np.array([5], np.int8)
    looked_at = numbers[:]
    looked_at.setflags(write=False)
    component = Component(program, [looked_at])
    numbers[0] = 6
    assert component.run(np.array([[1]])).tolist() == [[6]]
    assert component.split([])[0].constants[0] is component.constants[0]


def test_components_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        GATED.constants[0][0] = 3
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        GATED.program = GATED.program  # type: ignore[misc]  # what the test is about


def test_bytes_of_no_input_are_refused() -> None:
    for value, message in (
        (np.array([1]), r"takes int64 \(rows, 1\)"),
        (np.array([[1]], np.int32), "tensor of int64, not of int32"),
        ("input", "bytes of a tensor, and these do not"),
    ):
        with pytest.raises(ModelError, match=message):
            GATED.run_bytes(encode(value))
    with pytest.raises(EncodingError):
        parse_tensor(encode(np.zeros((1, 2), np.int64))[:-1])
    with pytest.raises(ModelError, match="do not begin as one"):
        parse_tensor(b"\x9f")  # which is no value at all: it is not read


def test_an_input_states_its_bounds() -> None:
    assert Input.parse(Input(3, -2, 5).body) == Input(3, -2, 5)
    for width, least, most in ((0, 0, 1), (1, 1, 0), (1, -(2**53), 0), (1, 0, 2**53)):
        with pytest.raises(ModelError, match="give a width, a least and a most"):
            Input(width, least, most)


def test_a_refusal_is_remembered_and_does_not_grow() -> None:
    for _ in range(3):
        with pytest.raises(EncodingError) as refused:
            component_of(b"junk")
    assert len(refused.traceback) == 2
