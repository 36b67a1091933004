"""Components that somebody makes anew: what their digests bind, and what they do not."""

import pickle

import attrs
import numpy as np

from adversaries.script import Facts
from adversaries.victim import layers, victim
from impl.models.fixedpoint import to_fixed
from impl.models.network import ACTIVATION_BITS, network
from spec.bytes.digest import digest
from spec.bytes.encoding import encode


def rebuilt(canonical: bool) -> Facts:
    """An honest vendor builds the registered component anew, from equal numbers."""
    weights = np.array([[0.0, 0.25], [0.5, -1.0]])
    negative = np.where(weights == 0, -0.0, weights)
    builds = [weights, negative, np.asfortranarray(weights), weights.astype(np.float32)]
    assert all(np.array_equal(build, weights) for build in builds)
    if canonical:
        files = [encode(to_fixed(build, ACTIVATION_BITS)) for build in builds]
    else:
        files = [pickle.dumps(build) for build in builds]
    digests = len({digest("component", file) for file in files})
    return Facts(
        deviated=["vendor"],
        harmed=digests > 1,
        lines=[f"{len(builds)} builds of equal numbers have {digests} different digests"],
        figures={"builds": len(builds), "digests": digests},
    )


def renumbered(moved: bool = True) -> Facts:
    """A holder puts the hidden units of its component in another order."""
    model, _, held_out = victim()
    first, second, *others = layers()
    units = np.arange(len(first.bias))
    order = units[::-1] if moved else units
    changed = [
        attrs.evolve(first, weights=first.weights[:, order], bias=first.bias[order]),
        attrs.evolve(second, weights=second.weights[order]),
        *others,
    ]
    copy, sold = network(changed, 0, 1 << ACTIVATION_BITS).component, model.component
    different = int((copy.run(held_out) != sold.run(held_out)).any(axis=1).sum())
    is_other = copy.digest != sold.digest
    hidden = is_other and not different
    return Facts(
        deviated=["vendor"],
        harmed=hidden,
        lines=[
            f"{different} of {len(held_out)} outputs differ",
            f"the digest is {'another one' if is_other else 'the same'}",
        ],
        figures={"different": different, "hidden": float(hidden)},
    )
