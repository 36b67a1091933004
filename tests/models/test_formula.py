"""Formulas: as exact as they say, whatever is written, and refused where they cannot be."""

import math
import operator
from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import assume, example, given, reject, settings
from hypothesis import strategies as st

from impl.models.component import Component, OutOfRange, chain
from impl.models.examples import credit_risk
from impl.models.fixedpoint import Reals
from impl.models.importing.expression import LONGEST
from impl.models.importing.formula import Formula, formula
from impl.models.importing.interpolated import CELLS, CURVES, SEGMENTS, tabulate
from impl.models.operators import ModelError

Row: TypeAlias = Mapping[str, Fraction]
Written: TypeAlias = tuple[str, Callable[[Row], Fraction]]
"""A formula, and what it comes to: exactly, but for functions."""

RANGES = {"a": (-3.0, 5.0), "b": (0.5, 400.0), "c": (-1.0, 1.0)}
DECIMALS = {"a": 1, "b": 2, "c": 3}
FUNCTIONS: Mapping[str, Callable[[float], float]] = {
    "log": math.log,
    "exp": math.exp,
    "sqrt": math.sqrt,
    "logistic": lambda x: 1 / (1 + math.exp(-x)) if x > -700 else 0.0,
    "tanh": math.tanh,
}
SAFE = {"log": "log(abs({}) + 0.25)", "exp": "exp(min({}, 4))", "sqrt": "sqrt(max({}, 0))"}


def leaves() -> st.SearchStrategy[Written]:
    names = st.sampled_from([*RANGES]).map(lambda name: (name, lambda row: row[name]))
    numbers = st.decimals("-20", "20", places=2).map(
        lambda d: (f"({d})", lambda row: Fraction(d))  # in parentheses, for -2 ** 2 is -4
    )
    return names | names | numbers


def grown(inner: st.SearchStrategy[Written]) -> st.SearchStrategy[Written]:
    two = st.tuples(inner, inner)
    called = st.sampled_from([*FUNCTIONS])
    return st.one_of(
        two.map(lambda p: (f"({p[0][0]} + {p[1][0]})", lambda r: p[0][1](r) + p[1][1](r))),
        two.map(lambda p: (f"({p[0][0]} - {p[1][0]})", lambda r: p[0][1](r) - p[1][1](r))),
        two.map(lambda p: (f"({p[0][0]} * {p[1][0]})", lambda r: p[0][1](r) * p[1][1](r))),
        two.map(
            lambda p: (
                f"({p[0][0]} / (abs({p[1][0]}) + 0.7))",
                lambda r: p[0][1](r) / (abs(p[1][1](r)) + Fraction("0.7")),
            )
        ),
        two.map(lambda p: (f"min({p[0][0]}, {p[1][0]})", lambda r: min(p[0][1](r), p[1][1](r)))),
        two.map(lambda p: (f"max({p[0][0]}, {p[1][0]})", lambda r: max(p[0][1](r), p[1][1](r)))),
        inner.map(lambda p: (f"(-{p[0]})", lambda r: -p[1](r))),
        st.tuples(inner, st.sampled_from([1, 2, 3, 4])).map(
            lambda p: (f"({p[0][0]} ** {p[1]})", lambda r: p[0][1](r) ** p[1])
        ),
        st.tuples(inner, inner, inner, st.sampled_from(["<", "<=", ">", ">="])).map(chosen),
        st.tuples(called, inner).map(applied),
    )


def chosen(parts: tuple[Written, Written, Written, str]) -> Written:
    (low, is_low), (one, is_one), (other, is_other), sign = parts
    holds: Callable[[Fraction, Fraction], bool] = {
        "<": lambda x, y: x < y,
        "<=": lambda x, y: x <= y,
        ">": lambda x, y: x > y,
        ">=": lambda x, y: x >= y,
    }[sign]
    return (
        f"({one} if {low} {sign} {other} else {other})",
        lambda r: is_one(r) if holds(is_low(r), is_other(r)) else is_other(r),
    )


def applied(parts: tuple[str, Written]) -> Written:
    name, (inner, value) = parts
    text = SAFE.get(name, f"{name}({{}})").format(inner)

    def result(row: Row) -> Fraction:
        x = float(value(row))
        x = {"log": abs(x) + 0.25, "exp": min(x, 4.0), "sqrt": max(x, 0.0)}.get(name, x)
        return Fraction(FUNCTIONS[name](x))

    return text, result


FORMULAS = st.recursive(leaves(), grown, max_leaves=8).filter(lambda w: bool(named(w[0])))


def named(text: str) -> set[str]:
    return RANGES.keys() & "".join(c if c.isalnum() else " " for c in text).split()


def of(text: str, bits: int = 22) -> Formula:
    """A formula of the names that stand in it; there is none, if numbers can outgrow it."""
    ranges = {name: ends for name, ends in RANGES.items() if name in named(text)}
    try:
        return formula(text, ranges, {name: DECIMALS[name] for name in ranges}, bits)
    except ModelError as error:
        if not any(why in str(error) for why in ("rescale", "whatever", "can be 0", "with 0")):
            raise
        reject()


def inputs(model: Formula, seed: int) -> Reals:
    """Numbers that it takes, and the ends of its ranges."""
    ends = [[column.least, column.most] for column in model.columns]
    corners = np.array(ends).T / [column.steps for column in model.columns]
    return np.concatenate([corners, model.uniform(12, seed)])


@settings(deadline=None, max_examples=150)
@given(FORMULAS, st.integers(8, 25), st.integers(0, 99))
def test_a_model_is_as_exact_as_it_says(written: Written, bits: int, seed: int) -> None:
    text, value = written
    model = of(text, bits)
    rows = inputs(model, seed)
    grid = model.encode(rows)
    got = model.component.run(grid)[:, 0].tolist()
    for row, number in zip(grid.tolist(), got, strict=True):
        exact = {c.name: Fraction(x, c.steps) for c, x in zip(model.columns, row, strict=True)}
        wanted = value(exact)
        noise = 1e-11 * (1 + abs(float(wanted)))  # of floating point
        assert abs(float(Fraction(number, model.steps) - wanted)) <= model.error + noise


@settings(deadline=None, max_examples=60)
@given(FORMULAS, st.data())
def test_parts_composed_are_the_model(written: Written, data: st.DataObject) -> None:
    model = of(written[0])
    parts = model.split(data.draw(st.integers(1, len(model.seams) + 1)))
    given = model.encode(inputs(model, 0))
    assert np.array_equal(chain(parts, given)[-1], model.component.run(given))
    assert [Component.parse(part.canonical()) for part in parts] == [*parts]


@settings(deadline=None, max_examples=60)
@example("logistic", -800, 750, 4, 8)
@given(
    st.sampled_from([*CURVES]),
    st.integers(-(2**40), 2**40),
    st.integers(0, 2**40),
    st.integers(0, 40),
    st.integers(8, 25),
)
def test_a_table_fits_its_range(name: str, least: int, span: int, scale: int, bits: int) -> None:
    """Whatever that is; and the more bits are asked for, the closer the table comes."""
    curve, unit = CURVES[name], Fraction(1, 2**scale)
    if name in ("log", "sqrt"):
        least = abs(least) + (name == "log")
    assume(curve.takes(float(least * unit), float((least + span) * unit), 0.0))
    table = tabulate(curve, least, least + span, unit, bits)
    furthest = np.abs(curve.function(np.array([least, least + span]) * float(unit))).max()
    assert table.error <= furthest * max(2.0**-bits, 2.0**-16)
    assert len(table.values) <= CELLS + 1
    assert len(table.starts) <= SEGMENTS
    assert (np.diff(table.values) >= 0).all()
    # Straight lines between where cells begin, taken without any of the tricks of the program.
    spans = np.diff(table.starts, append=least + span + 1) + (1 << table.widths) - 1 >> table.widths
    counts = [*spans[:-1].tolist(), len(table.values) - 1 - int(spans[:-1].sum())]
    widths = np.repeat(1 << table.widths, counts)
    knots = table.starts[0] + np.cumsum([0, *widths.tolist()])
    some = np.unique(np.linspace(least, least + span, 5000).astype(np.int64))
    lines = np.interp(some, knots, table.values * float(table.unit))
    apart = np.abs(lines - curve.function(some.astype(np.float64) * float(unit)))
    assert apart.max() <= (table.error + float(table.unit) / 2) * (1 + 1e-9)


OFF = [
    "exp(x) + exp(x)",
    "exp(x) - exp(-x)",
    "3 * exp(x)",
    "exp(x) * exp(-x)",
    "exp(x) * exp(x)",
    "1 / (2 + exp(x))",
    "exp(x) / (2 + exp(-x))",
    "(9 + exp(x)) ** -2",
    "log(1 + exp(x))",
    "sqrt(exp(x))",
    "logistic(exp(x))",
    "tanh(exp(x))",
    "exp(exp(x))",
    "max(exp(x), exp(-x))",
    "abs(exp(x) - 1)",
    "x if x > 0 else exp(x)",
    "x if exp(x) > 0.9 else 70 - x",
    "x if 1.1 > exp(x) else 70 - x",
    "x / 3 if x / 3 > exp(x) - 1 else 50",
]


@pytest.mark.parametrize("text", OFF)
def test_errors_are_told_of_whatever_they_come_from(text: str) -> None:
    """With few bits they are great, and what is said comes close to them."""
    model = formula(text, {"x": (-1.6, 1.7)}, decimals=4, bits=8)
    loss = model.loss(model.uniform(50_000))
    assert model.error / 9 < loss <= model.error


@given(st.decimals(-3, 3, places=2), st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
def test_comparisons_with_constants_are_exact(border: Decimal, sign: str) -> None:
    """On the grid, beside it, and past its ends, from either side."""
    grid = np.arange(-20, 21).reshape(-1, 1)
    holds: Callable[[Fraction, Fraction], bool] = {
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
        "==": operator.eq,
        "!=": operator.ne,
    }[sign]
    written: Mapping[str, Callable[[Fraction], bool]] = {
        f"x {sign} {border}": lambda x: holds(x, Fraction(border)),
        f"{border} {sign} x": lambda x: holds(Fraction(border), x),
        f"x {sign} x ** 2": lambda x: holds(x, x**2),
        f"-1 <= x {sign} {border}": lambda x: x >= -1 and holds(x, Fraction(border)),
    }
    for text, is_so in written.items():
        model = formula(text, {"x": (-2, 2)}, decimals=1)
        assert model.error == 0
        wanted = [is_so(Fraction(x, 10)) for x in range(-20, 21)]
        assert model.component.run(grid)[:, 0].tolist() == [w * model.steps for w in wanted]


@pytest.mark.parametrize("text", ["x * x", "x ** 4", "abs(x)", "(x - 1) ** 2", "x ** 2 * x ** 2"])
def test_squares_are_certain_to_be_no_less_than_0(text: str) -> None:
    assert formula(f"1 / (0.1 + {text}) + log(0.1 + {text})", {"x": (-9, 9)}).error < 1e-2


def test_more_bits_come_closer() -> None:
    text = "log(x) * sqrt(x) + logistic(x - 50)"
    models = [formula(text, {"x": (0.01, 1e5)}, bits=bits) for bits in (8, 12, 16, 20, 24)]
    losses = [model.loss(models[0].uniform(2000)) for model in models]
    assert all(one > 4 * other for one, other in pairwise(losses))
    assert all(loss <= m.error for loss, m in zip(losses, models, strict=True))
    sizes = [len(model.component.canonical()) for model in models]
    assert sizes == sorted(sizes)


def test_what_is_on_the_grid_is_exact() -> None:
    """Sums, products with constants, and thresholds of decimals."""
    model = formula(
        "0.3 * x + y if x - y >= 0.1 else 7 * min(x, 0.7)",
        {"x": (0, 3), "y": (0, 3)},
        decimals={"x": 1, "y": 2},
    )
    assert model.error == 0
    grid = np.array([(x, y) for x in range(31) for y in range(301)])
    got = model.component.run(grid)[:, 0].tolist()
    for (x, y), number in zip(grid.tolist(), got, strict=True):
        wanted = 30 * x + 10 * y if 10 * x - y >= 10 else 700 * min(x, 7)  # in thousandths
        assert Fraction(number, model.steps) == Fraction(wanted, 1000)


def test_a_logistic_that_is_written_out_is_one() -> None:
    """Its exponential alone would reach far past 2**53."""
    ranges = {"x": (-500.0, 500.0)}
    for text in ("3 / (1 + exp(-x))", "3 / (exp(-x) + 1)"):
        model = formula(text, ranges)
        assert model.component == formula("3 * logistic(x)", ranges).component
        assert model.loss(model.uniform(1000)) < 1e-5


def test_a_model_says_what_it_is_asked_and_refuses_the_rest() -> None:
    model = formula("x / (y + 1)", {"y": (0, 9), "x": (-5, 5)}, {"y": 0})
    assert [str(column) for column in model.columns] == ["y, 0 to 9", "x, -5 to 5"]
    assert model.predict([[3, 2.5]]) == [pytest.approx(0.625, abs=1e-6)]
    with pytest.raises(OutOfRange, match=r"row 0: 6 is outside of x, -5 to 5"):
        model.predict([[3, 6]])
    with pytest.raises(ModelError, match="no rows"):
        model.loss(np.empty((0, 2)))


def test_no_part_of_the_example_holds_the_formula() -> None:
    model = credit_risk()
    rows = model.uniform(20_000)
    assert model.loss(rows) <= model.error < 1e-5
    parts = model.split(3)
    given = model.encode(rows[:200])
    assert np.array_equal(chain(parts, given)[-1], model.component.run(given))
    whole = {tuple(constant.tolist()) for constant in model.component.constants}
    for part in parts:
        held = {tuple(constant.tolist()) for constant in part.constants}
        operators = [node.operator.name for node in part.program.nodes]
        assert held < whole
        assert len(operators) < len(model.component.program.nodes) / 2
    divides, compares, interpolates = (
        [name in [node.operator.name for node in part.program.nodes] for part in parts]
        for name in ("INTDIV", "GREATER_EQUAL", "MATMUL")
    )
    assert divides == [True, False, False]
    assert compares == [False, True, False]
    assert interpolates == [True, False, True]


ALLOWED = "is not understood: use + - "
REFUSED = {
    "no name": ("y + x", "column 1: y: give it a range; these have one: x"),
    "an attribute": ("1 + x.real", f"column 5: 'x.real' {ALLOWED}"),
    "a call": ("open('secret')", f"column 1: \"open('secret')\" {ALLOWED}"),
    "a call of a call": ("exp(x)(x)", f"column 1: 'exp(x)(x)' {ALLOWED}"),
    "an index": ("x[0]", f"column 1: 'x[0]' {ALLOWED}"),
    "a function of no such kind": ("2 * sin(x)", f"column 5: 'sin(x)' {ALLOWED}"),
    "a function": ("(lambda: x)", f"column 2: 'lambda: x' {ALLOWED}"),
    "a text": ("'a' * x", f"column 1: \"'a'\" {ALLOWED}"),
    "a truth": ("True * x", f"column 1: 'True' {ALLOWED}"),
    "a remainder": ("x % 2", f"column 1: 'x % 2' {ALLOWED}"),
    "spread arguments": ("max(*x)", f"column 5: '*x' {ALLOWED}"),
    "a base": ("log(x, 2)", "column 1: log of 2 numbers: give it one"),
    "a single minimum": ("min(x)", "column 1: min of 1 numbers: give it two or more"),
    "a number that chooses": ("1 if x else 2", "column 1: chooses by a number: compare it"),
    "membership": ("x in x", "column 1: not a comparison of numbers"),
    "a statement": ("x = 3", "column 3: invalid syntax: write an expression"),
    "nothing": (" ", "column 2: invalid syntax"),
    "a comment": ("x # y", "column 3: a comment: leave it out"),
    "a null byte": ("x\0", "null bytes"),
    "a quotient by 0": ("1 + 2 / (x - 5)", "column 5: divides by -5 to 5, which can be 0"),
    "a quotient by what is as good as 0": ("1 / (x * x + 1e-60)", "which can be 0"),
    "a logarithm of 0": ("2 * log(x)", "column 5: log of 0 to 10: it must be certain to be above"),
    "a root of less": ("sqrt(x - 1)", "column 1: sqrt of -1 to 9: it must be certain"),
    "an exponential": ("exp(9 * x)", "column 1: exp of 0 to 90: at most exp(36)"),
    "a root as a power": ("x ** 0.5", "column 6: a power that is no integer"),
    "a high power": ("x ** 65", "column 6: a power that is no integer from 1 to 64"),
    "a power of itself": ("2 ** x", "column 6: a power that is no integer"),
    "a constant past floats": ("x * 1e999", "column 5: no number that a float holds"),
    "an integer past floats": (f"x * 1{'0' * 400}", "column 5: no number that a float holds"),
    "a number past sense": ("x * 1e200", "column 5: its numbers leave 1e-100 to 1e100"),
    "a number of no size": ("x * 1e-99 * 1e-9", "column 1: its numbers leave 1e-100 to 1e100"),
    "powers of powers": ("((x ** 64) ** 64) ** 64", "its numbers leave 1e-100 to 1e100"),
    "powers of constants": ("9 ** 9 ** 9 ** 9 * x", "no number that a float holds"),
    "what outgrows integers": ("x * 1e30", "formula: comes to 0 to 1e+31"),
    "a product with 0": ("x * (1 - 1)", "column 1: a product with 0: leave it out"),
    "a quotient of constants": ("x + 1 / 0", "column 5: no number that a float holds"),
    "no input": ("3", "'x' is not in the formula: leave its range out"),
    "a long text": ("x" * 2**20, f"1048576 characters: at most {LONGEST} are read"),
    "many parentheses": ("(" * 10_000 + "x" + ")" * 10_000, "20001 characters"),
    "some parentheses": ("(" * 4000 + "x" + ")" * 4000, "too many nested parentheses"),
    "many signs": ("-" * (LONGEST - 1) + "x", "nested too deep"),
    "some signs": ("-" * 150 + "x", "column 101: 100 levels deep"),
    "a long sum": ("+".join("x" * 150), "100 levels deep: group sums"),
    "functions of functions": ("tanh(" * 150 + "x" + ")" * 150, "100 levels deep"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_a_formula_is_refused_in_a_line(case: str) -> None:
    text, said = REFUSED[case]
    with pytest.raises(ModelError) as refused:
        formula(text, {"x": (0, 10)})
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 250


def test_columns_are_counted_in_characters() -> None:
    with pytest.raises(ModelError, match=r"column 5: 'z\.z' is"):
        formula("\u00e9 + z.z", {"\u00e9": (0, 1)})


RANGES_REFUSED: Mapping[str, tuple[dict[str, Any], str]] = {
    "upside down": ({"ranges": {"x": (1, 0)}}, "x: range (1, 0): the least is above the most"),
    "between the grid": ({"ranges": {"x": (0.001, 0.002)}}, "no number of 2 decimals lies within"),
    "infinite": ({"ranges": {"x": (0, math.inf)}}, "give two finite numbers"),
    "too wide": (
        {"ranges": {"x": (0, 1e30)}},
        "not below 2**50 in steps of 1/100: give fewer",
    ),
    "no ranges": ({"ranges": 3}, "ranges 3: give for each name a least and a most number"),
    "a single number": ({"ranges": {"x": 3}}, "x: range 3: give two finite numbers"),
    "another name": ({"ranges": {"x": (0, 1), "z": (0, 1)}}, "'z' is not in the formula"),
    "no decimals": ({"ranges": {"x": (0, 1)}, "decimals": -1}, "x: -1 decimals: give 0 to 12"),
    "too few bits": ({"ranges": {"x": (0, 1)}, "bits": 7}, "7 bits: give 8 to 25"),
    "too many bits": ({"ranges": {"x": (0, 1)}, "bits": 26}, "26 bits: give 8 to 25"),
}


@pytest.mark.parametrize("case", RANGES_REFUSED)
def test_ranges_that_mean_nothing_are_refused(case: str) -> None:
    options, said = RANGES_REFUSED[case]
    with pytest.raises(ModelError) as refused:
        formula("x", **options)
    assert said in str(refused.value)


@given(st.text(max_size=60))
def test_any_text_is_a_formula_or_is_refused(text: str) -> None:
    with suppress(ModelError):
        formula(text, {"x": (0, 1)})


WORDS = ["x", "(", ")", "+", "-", "*", "/", "**", ",", "<", "if", "else", "1", "2.5", "min", "log("]


@given(st.lists(st.sampled_from(WORDS)))
def test_any_words_are_a_formula_or_are_refused(words: list[str]) -> None:
    with suppress(ModelError):
        formula(" ".join(words), {"x": (0, 1)})
