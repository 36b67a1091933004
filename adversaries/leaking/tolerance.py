"""What a vendor can steer if a judge lets outputs pass that are nearly right.

A judge who runs floating point again cannot ask for equal bits, and may let pass what is off by no
more than a share of a row's largest number. So much a vendor can add, in a direction of its choice.
It knows best which if it knows the parts after its own, as `coalitions` shows that it can.
"""

from collections.abc import Mapping, Sequence

import attrs
import numpy as np

from adversaries.leaking.copies import Scores, composed
from adversaries.leaking.leakage import Leakage, Row, Tell, silent
from adversaries.leaking.paths import Path
from impl.models.component import chain
from impl.models.fixedpoint import Integers, Reals, to_real
from impl.models.network import ACTIVATION_BITS, Layer

PARTS = 3


@attrs.frozen(kw_only=True)
class Steered(Row):
    """What a vendor steers whose output can be off by a tolerance.

    Attributes:
        vendor: its place on the path, counted from 1.
        tolerance: by which share of a row's largest number each number can be off.
        held_out: the share of held-out inputs whose label it changes.
        uniform: the same of uniform inputs.
        blind: the share of held-out inputs whose label changes if all directions are by chance.
        noise: by how large a share honest floating point in 32 bits is off at most, where sums are
            taken in another order.
    """

    vendor: int
    tolerance: float
    held_out: float
    uniform: float
    blind: float
    noise: float

    def __str__(self) -> str:
        return f"vendor {self.vendor}, {self.tolerance:g}"

    @property
    def shares(self) -> Mapping[str, float]:
        return {"held-out": self.held_out, "uniform": self.uniform, "blind": self.blind}


def tolerance(
    tolerances: Sequence[float] = (0, 1e-5, 1e-3, 1e-2, 5e-2, 1e-1),
    seed: int = 0,
    tell: Tell = silent,
) -> Leakage:
    """Each of three vendors, at each tolerance."""
    path = Path.of((1,) * PARTS, seed)
    weights = [*map(_reals, path.layers)]
    rows = []
    for vendor in range(PARTS):
        tell(f"tolerance, vendor {vendor + 1} of {PARTS}")
        later, after = path.parts[vendor + 1 :], weights[vendor + 1 :]
        outputs = [
            chain(path.parts, inputs)[vendor + 1] for inputs in (path.held_out, path.uniform)
        ]
        chance = np.random.default_rng(seed).choice([-1, 1], size=outputs[0].shape)
        noise = _noise(weights[vendor], chain(path.parts, path.held_out)[vendor])
        run = composed(later)

        ways = [directions(after, made) for made in outputs]
        for share in tolerances:
            held_out, uniform = (
                changed(run, made, some, share) for made, some in zip(outputs, ways, strict=True)
            )
            blind = changed(run, outputs[0], [chance], share)
            rows.append(
                Steered(
                    vendor=vendor + 1,
                    tolerance=share,
                    held_out=held_out,
                    uniform=uniform,
                    blind=blind,
                    noise=noise,
                )
            )
    worst = max(rows, key=lambda row: row.held_out)
    return Leakage(
        rows,
        f"a tolerance of {worst.tolerance:g} lets vendor {worst.vendor} choose "
        f"{worst.held_out:.1%} of labels; honest noise is {max(r.noise for r in rows):.1g}, and "
        "exact integers need none",
        [f"vendor {r.vendor} steers without any tolerance" for r in rows if _steers_exactly(r)],
    )


def changed(run: Scores, made: Integers, ways: Sequence[Reals], share: float) -> float:
    """The share of labels that change if so much is added to outputs in one of some ways.

    Args:
        run: from a vendor's outputs to scores.
        made: the outputs (rows, units).
        ways: signs, each (rows, units).
        share: of the largest number of a row, by which each number can be off.
    """
    room = np.floor(share * np.abs(made).max(axis=1, keepdims=True))
    honest = run(made).argmax(axis=1)
    steered = [run((made + room * way).astype(np.int64)).argmax(axis=1) != honest for way in ways]
    return float(np.any(steered, axis=0).mean())


def directions(after: Sequence[tuple[Reals, Reals]], outputs: Integers) -> list[Reals]:
    """For each label, signs (rows, units) in which it gains most on the one that is answered.

    What follows is given as weights and biases of layers, rectified but for the last; what is
    answered is linear near to each row, so the signs are those of a gradient.
    """
    value, active = to_real(outputs, ACTIVATION_BITS), []
    for weights, bias in after:
        value = value @ weights + bias
        active.append(value > 0)
        value = value * active[-1] if len(active) < len(after) else value
    found = []
    answered = np.eye(value.shape[1])[value.argmax(axis=1)]
    for wanted in np.eye(value.shape[1]):
        gradient = wanted - answered
        for number, (weights, _) in reversed([*enumerate(after)]):
            rectified = number < len(after) - 1
            gradient = (gradient * active[number] if rectified else gradient) @ weights.T
        found.append(np.sign(gradient))
    return found


def _reals(layer: Layer) -> tuple[Reals, Reals]:
    """Weights and biases."""
    weights = to_real(layer.weights, layer.shift)
    return weights, to_real(layer.bias, ACTIVATION_BITS + layer.shift)


def _noise(layer: tuple[Reals, Reals], given: Integers) -> float:
    """By which share of the largest number of a row 32-bit sums in another order are off."""
    weights, bias = (numbers.astype(np.float32) for numbers in layer)
    values = to_real(given, ACTIVATION_BITS).astype(np.float32)
    one, other = values @ weights + bias, values[:, ::-1] @ weights[::-1] + bias
    return float((np.abs(one - other).max(axis=1) / np.abs(one).max(axis=1)).max())


def _steers_exactly(row: Steered) -> bool:
    return row.tolerance == 0 and max(row.held_out, row.uniform, row.blind) > 0
