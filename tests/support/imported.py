"""Small data that Hypothesis draws, and what must hold of every model that is imported."""

from random import Random

import attrs
import numpy as np
from hypothesis import Phase, settings
from hypothesis import strategies as st

from impl.models.component import Component, chain
from impl.models.fixedpoint import Integers, Reals
from impl.models.importing import columns_of
from impl.models.model import Column, Label, Model
from impl.models.operators import MATMUL

unshrunk = settings(phases=[Phase.explicit, Phase.generate], max_examples=6)
"""Data of another seed are no simpler, and training anew for each takes its time."""
LABELS: tuple[tuple[Label, ...], ...] = (
    (False, True),
    (3, 8),
    (-1, 1),
    ("no", "yes"),
    (1.0, 2.0),
    (0, 1, 2),
    ("amber", "green", "red"),
    (9, 3, 7, -2),
)


@attrs.frozen(eq=False)
class Samples:
    """Rows, in units of their own for each column, and what belongs to them.

    Attributes:
        inputs: (rows, columns).
        labels: one of a set each, and each of the set at least thrice.
        targets: in some unit, far from 0 or not.
        columns: as the inputs suggest them.
        seed: for what an estimator draws.
    """

    inputs: Reals
    labels: list[Label]
    targets: Reals
    columns: list[Column]
    seed: int

    def asked(self, model: Model) -> tuple[Integers, Reals]:
        """Numbers that the model takes, from all of its ranges, and the reals that they are."""
        drawn = np.random.default_rng(self.seed)
        grid = [drawn.integers(c.least, c.most, 50, endpoint=True) for c in self.columns]
        values = np.vstack([model.encode(self.inputs), np.stack(grid, axis=1)])
        return values, values / [column.steps for column in self.columns]


@st.composite
def samples(draw: st.DrawFn, alike: bool = False) -> Samples:
    """Data of 1 to 4 columns, whose units are all about 1 if they are alike."""
    seed = draw(st.integers(0, 2**16))
    generator = np.random.default_rng(seed)
    width = draw(st.integers(1, 4))
    units = 10.0 ** generator.integers(-3, 4, (2, width)) if not alike else np.ones((2, width))
    names = draw(st.sampled_from(LABELS))
    chosen = np.concatenate([np.repeat(np.arange(len(names)), 3), generator.integers(0, 2, 24)])
    middles = generator.normal(size=(len(names), width))
    plain = middles[chosen] + generator.normal(size=(len(chosen), width)) / 2
    unit, middle = 10.0 ** generator.integers(-4, 5, 2)
    targets = unit * (plain @ generator.normal(size=width) + middle * draw(st.booleans()))
    return Samples(
        inputs := plain * units[0] + units[1],
        [names[place] for place in chosen],
        targets,
        columns_of(inputs),
        seed,
    )


def assert_chances(model: Model) -> None:
    """What it gives is certified to be between 0 and 1."""
    certified = model.component.ranges[-1]
    assert certified is not None
    least, most = certified
    assert 0 <= least <= most <= model.steps


def keeps_to_its_error(model: Model, values: Integers, expected: Reals) -> None:
    """It is never further from the original than it states; floating point aside."""
    off = np.abs(model.decode(model.component.run(values)) - expected).max()
    assert model.error is not None
    assert off <= model.error * (1 + 1e-9) + 1e-9 * max(1.0, float(np.abs(expected).max()))


def composes(model: Model, values: Integers, seed: int) -> None:
    """Its bytes are read back as it, and parts, cut at seams or anywhere, are together the whole.

    Anywhere past the first product: before it, columns have ranges of their own, and a part that
    begins there is certified for the widest of them in each.
    """
    whole = model.component
    assert Component.parse(whole.canonical()) == whole
    expected = whole.run(values)
    nodes = whole.program.nodes
    first = next(index for index, node in enumerate(nodes) if node.operator is MATMUL)
    places = range(first + 1, len(nodes))
    anywhere = sorted(Random(seed).sample(places, k=min(3, len(places))))
    for cuts in (model.seams, *([seam] for seam in model.seams), anywhere):
        assert np.array_equal(chain(whole.split(cuts), values)[-1], expected), cuts
