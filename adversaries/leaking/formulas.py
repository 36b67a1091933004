"""What two neighbours learn of the formula between them.

A formula is cut into three, and the first and the third vendor pool what they saw: what the second
was given and what it gave. They look for it among the formulas that a grammar writes.
"""

from collections.abc import Callable, Sequence
from itertools import combinations_with_replacement, product
from typing import TypeAlias

import attrs
import numpy as np

from adversaries.leaking.copies import CLOSE, Scores, compare, composed, give, grown, uniform_inputs
from adversaries.leaking.leakage import Case, Leakage, Tell, silent
from impl.models.component import Component, chain
from impl.models.fixedpoint import Integers, Reals
from impl.models.graph import Graph, Symbol

MOST = 1000  # the greatest number of a metric, of which there are as many as `METRICS`
METRICS = 6
SECRETS = 4  # values that the second part is given
TERMS = 3  # that a formula found has at most, besides columns and a constant
EXACT = 1  # by so much what is found can be off: the last place, where a formula divides
NOTHING = 1e-6  # what is no more is rounding: a factor, or the rest of a term
UNIFORM = 2000  # inputs by which copies are judged

Part: TypeAlias = Callable[[Sequence[Symbol]], Symbol]
"""Writes a formula of columns."""
Parts: TypeAlias = tuple[Component, ...]
FORMULAS: dict[str, Part] = {
    "linear": lambda u: u[0] * 3 - u[1] * 5 + u[2] * 7 + u[3] * 2 + 11,
    "ratio": lambda u: u[0] * u[1] // u[2].maximum(1) + 5,
    "hinge": lambda u: (u[1] - u[2]).maximum(0) * 4 + u[0] * 3,
    "products": lambda u: u[0] * u[1] + u[2] * u[3],
    # A quotient of sums and products, which is more than the grammar writes.
    "nested": lambda u: (u[0] + u[1]) * (u[2] + 7) // (u[3] + 10),
}
"""The second parts, by what they are like."""


@attrs.frozen(kw_only=True)
class Written(Case):
    """What two neighbours find.

    Attributes:
        formula: what it is like that lies between them.
        found: what they take it for, in the numbers u0, u1, ... that it is given; nothing if no
            formula of the grammar fits what they saw.
        black_box_found: the same of the consumer, who looks for the whole formula.
    """

    formula: str
    found: str
    black_box_found: str

    def __str__(self) -> str:
        return f"{self.formula}, {self.requests} requests"


@attrs.frozen(eq=False)
class Term:
    """Something that the grammar writes.

    Attributes:
        name: how it is written.
        run: how it is computed of columns, (rows, columns) to (rows,).
        seen: what comes of the inputs that were seen.
    """

    name: str
    run: Callable[[Integers], Integers]
    seen: Integers


OPERATORS: dict[str, Callable[[Integers, Integers], Integers]] = {
    "{} * {}": np.multiply,
    "{} - {}": np.subtract,
    "{} // {}": lambda one, other: one // np.maximum(other, 1),
    "max({}, {})": np.maximum,
    "min({}, {})": np.minimum,
}
"""What the grammar makes of two terms."""


def grammar(leaves: Sequence[Term]) -> list[Term]:
    """Columns; what an operator makes of two of them; and what it makes of that and a column."""
    pairs = [_applied(*some) for some in product(OPERATORS, leaves, leaves)]
    deeper = [_applied(*some) for some in product(OPERATORS, pairs, leaves)]
    return [*leaves, *pairs, *deeper]


def _column(number: int, inputs: Integers) -> Term:
    return Term(f"u{number}", lambda rows: rows[:, number], inputs[:, number])


def _applied(operator: str, one: Term, other: Term) -> Term:
    run = OPERATORS[operator]
    name = operator.format(one.name if one.name.isalnum() else f"({one.name})", other.name)
    return Term(name, lambda rows: run(one.run(rows), other.run(rows)), run(one.seen, other.seen))


@attrs.frozen(eq=False)
class Found:
    """A sum of terms with factors, and a constant, which is the last factor."""

    terms: tuple[Term, ...]
    factors: Reals
    exact: bool

    @classmethod
    def of(cls, inputs: Integers, outputs: Integers) -> "Found":
        """What fits: columns, or with their products, or with terms one by one, the best first.

        Inputs are (rows, columns), outputs (rows, 1). Fits exactly what is not off by more than
        `EXACT` on more rows than it has factors; fewer rows say nothing.
        """
        leaves = [_column(number, inputs) for number in range(inputs.shape[1])]
        products = [_applied("{} * {}", *two) for two in combinations_with_replacement(leaves, 2)]
        for some in (leaves, [*leaves, *products]):
            if (found := cls._fitted(some, inputs, outputs)).exact:
                return found
        return cls._pursued(leaves, inputs, outputs)

    @classmethod
    def _pursued(cls, leaves: Sequence[Term], inputs: Integers, outputs: Integers) -> "Found":
        """Columns, and each time the term that leaves least: orthogonal least squares."""
        terms = grammar(leaves)
        values = np.column_stack([term.seen for term in terms]).astype(float)
        sizes = np.linalg.norm(values, axis=0)
        chosen = [*leaves]
        found = cls._fitted(chosen, inputs, outputs)
        while not found.exact and len(chosen) < len(leaves) + TERMS:
            basis, _ = np.linalg.qr(_design(chosen, inputs))
            fresh = values - basis @ (basis.T @ values)
            lengths = np.linalg.norm(fresh, axis=0)
            gains = np.abs((outputs - found.run(inputs)).T @ fresh)[0]
            new = lengths > NOTHING * sizes  # the others are made of what is chosen
            best = np.divide(gains, lengths, out=np.zeros(len(terms)), where=new).argmax()
            chosen.append(terms[best])
            found = cls._fitted(chosen, inputs, outputs)
        return found

    @classmethod
    def _fitted(cls, terms: Sequence[Term], inputs: Integers, outputs: Integers) -> "Found":
        design = _design(terms, inputs)
        factors = np.linalg.lstsq(design, outputs[:, 0].astype(float))[0]
        off = np.abs(design @ factors - outputs[:, 0]).max()
        return cls(tuple(terms), factors, bool(off <= EXACT and len(inputs) > len(factors)))

    def run(self, rows: Integers) -> Reals:
        """(rows, columns) to (rows, 1)."""
        return (_design(self.terms, rows) @ self.factors)[:, None]

    def __str__(self) -> str:
        *factors, constant = self.factors
        terms = zip(factors, self.terms, strict=True)
        told = [f"{f:.4g} {term.name}" for f, term in terms if abs(f) > NOTHING]
        return " + ".join([*told, f"{constant:.4g}"] if abs(constant) > NOTHING else told)


def _design(terms: Sequence[Term], rows: Integers) -> Reals:
    columns = [term.run(rows) for term in terms]
    return np.column_stack([*columns, np.ones(len(rows))]).astype(float)


def cut(secret: Part) -> Parts:
    """A formula in three parts, of which the second one is given."""
    graph = Graph()
    x = graph.input(METRICS, 0, MOST)
    columns = [x.gather(np.array([c])) for c in range(METRICS)]
    first = graph.concat(
        columns[0] + columns[1] * 2,
        (columns[2] - columns[3]).maximum(0),
        columns[4].minimum(columns[5]) + 1,
        columns[5],
    )
    ends = [len(graph.nodes)]
    given = [first.gather(np.array([c])) for c in range(SECRETS)]
    found = secret(given)
    ends.append(len(graph.nodes))
    (found * 3).maximum(found + 2 * MOST)
    return graph.component().split(ends)


def metrics(rows: int, seed: int) -> Integers:
    """Natural inputs: metrics that grow together, and mostly are small, (rows, METRICS)."""
    rng = np.random.default_rng(seed)
    size = rng.lognormal(3.5, 0.6, size=(rows, 1))
    return (
        np.rint(size * rng.lognormal(0, 0.5, size=(rows, METRICS))).clip(0, MOST).astype(np.int64)
    )


def formulas(requests: Sequence[int] = (6, 50, 300), seed: int = 0, tell: Tell = silent) -> Leakage:
    """Each formula between two neighbours, by requests of ordinary traffic."""
    held_out, uniform = metrics(UNIFORM, seed + 1), uniform_inputs(UNIFORM, METRICS, MOST, seed)
    rows = []
    for (name, secret), count in product(FORMULAS.items(), requests):
        tell(f"formulas: {name}, {count} requests")
        parts = cut(secret)
        traffic, given, made, answers = chain(parts, metrics(count, seed))
        middle, whole = Found.of(given, made), Found.of(traffic, answers)
        between = middle.run if middle.exact else grown(given, made, seed)
        consumer = whole.run if whole.exact else grown(traffic, answers, seed)
        model = composed(parts)

        def copy(values: Integers, parts: Parts = parts, between: Scores = between) -> Integers:
            return give(parts[2], between(parts[0].run(values)))

        rows.append(
            Written(
                attack="neighbours",
                requests=count,
                copy=compare(copy, model, held_out, uniform),
                black_box=compare(consumer, model, held_out, uniform),
                formula=name,
                found=str(middle) if middle.exact else "",
                black_box_found=str(whole) if whole.exact else "",
            )
        )
    most = [row for row in rows if row.requests == max(requests)]
    known = [row.formula for row in most if row.copy and row.copy.error <= CLOSE]
    return Leakage(
        rows,
        f"{len(known)} of {len(most)} formulas between two neighbours are written down after "
        f"{max(requests)} requests ({', '.join(known)}), the whole formula by "
        f"{sum(bool(row.black_box_found) for row in most)} consumers",
        [f"linear, {row.requests} requests: {row.copy}" for row in rows if _unsolved(row)],
    )


def _unsolved(row: Written) -> bool:
    """Whether a linear formula is not known though there are more requests than unknowns."""
    enough = row.requests > SECRETS + 1
    return row.formula == "linear" and enough and bool(row.copy and row.copy.error > CLOSE)
