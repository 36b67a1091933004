"""What digests tell whoever guesses: dictionaries, equal parts, and what a digest stands for."""

import pickle

import attrs
import numpy as np

from adversaries.script import Facts
from adversaries.victim import layers, parts, right_output, victim
from impl.hardened.digests import commitment, leaf
from impl.models.component import Component, labels
from impl.models.fixedpoint import to_fixed
from impl.models.network import ACTIVATION_BITS, network
from impl.paper.orchestrated.contract import hashed
from impl.quarrel.blocks import appended, block_size, packed
from impl.quarrel.outline import Outline, parameters
from impl.quarrel.run import Run
from impl.quarrel.salts import SALT, Occasion, leaf_salt, salts_of
from impl.quarrel.step import Witness
from spec.bytes.digest import digest
from spec.bytes.encoding import encode
from spec.bytes.merkle import leaf_hash

CLASSES = 10
GUESSES = 20  # salts that an onlooker tries for each candidate
NUMBERS = 2**15  # a quantised weight or activation is mostly smaller than that


def dictionary(salted: bool, known_salt: bool = False) -> Facts:
    """An onlooker hashes every label and looks for the digests on the ledger."""
    rng = np.random.default_rng(0)
    taken = labels(right_output(victim()[2]))
    guesses = [rng.bytes(SALT) for _ in range(GUESSES)]
    found = tried = 0
    for number, label in enumerate(taken):
        request, salt = encode(number), rng.bytes(SALT)
        tries = ([salt] if known_salt else guesses) if salted else [b""]

        def bound(guess: int, salt: bytes, request: bytes = request) -> bytes:
            data = encode(np.array([[guess]]))
            return commitment(request, 3, salt + data) if salted else hashed(data)

        posted = bound(label, salt)
        tried += CLASSES * len(tries)
        found += any(bound(guess, s) == posted for guess in range(CLASSES) for s in tries)
    return Facts(
        deviated=["observer"],
        convicted=[],
        harmed=found > 0,
        lines=[f"{tried:,} tries open {found} of {len(taken)} digests of a label"],
        figures={"tries": tried, "found": found, "digests": len(taken)},
    )


def neighbours(known: bool = False) -> Facts:
    """An onlooker guesses, from an operation that is shown, what stands beside the shown blocks.

    Its witness has the hash of the next leaf: of a value, and of a block of weights, all but one
    number of which the onlooker knows already.

    Args:
        known: whether the onlooker knows both secrets from which the salts follow.
    """
    rng = np.random.default_rng(0)
    first, *_ = parts()
    row = victim()[1][:1]
    run = Run.of(rng.bytes(SALT) + first.canonical(), rng.bytes(SALT) + encode(row), Occasion())
    multiplies = row.size + 1  # each number is checked, and the first sum begins with its bias
    shown = Witness.parse(run.witness(multiplies, (None, 0))).step
    assert shown is not None
    found = 0
    for secret, block, numbers in zip(
        (run.salt, run.secret),
        shown.read,
        (row.ravel(), parameters(run.component)),
        strict=True,
    ):
        size = block_size(numbers.size)
        _, salt = salts_of(secret, 2) if known else (b"", bytes(SALT))
        rest = salt + packed(numbers[size : 2 * size - 1])
        guesses = {leaf_hash(appended(number, rest)) for number in range(-NUMBERS, NUMBERS)}
        found += block.proof[0] in guesses
    return Facts(
        deviated=["observer"],
        convicted=[],
        harmed=found > 0,
        lines=[f"{2 * NUMBERS:,} guesses each find {found} of 2 numbers in the blocks beside"],
        figures={"guesses": 2 * NUMBERS, "found": found, "neighbours": 2},
    )


def linking(salted: bool) -> Facts:
    """Two APIs share their first two parts, and somebody looks for the second's in the first.

    By comparing what both registered, and by guessing, with the second's parts, what the first did.
    """
    rng = np.random.default_rng(0)
    first, second, last = parts()
    weights, bias = last.constants
    other = attrs.evolve(last, constants=(weights, bias.astype(np.int64) + 1))

    def registered(api: str, *components: Component, known: bytes | None = None) -> list[bytes]:
        if not salted:
            return [part.digest for part in components]
        return [
            leaf(leaf_salt(secret), api, 0, step, Outline.of(part, secret).digest)
            for step, part in enumerate(components)
            for secret in [known or rng.bytes(SALT)]
        ]

    one, two = registered("one", first, second, last), registered("two", first, second, other)
    guessed = registered("one", first, second, other, known=bytes(SALT))
    linked = len(set(one) & {*two, *guessed})
    return Facts(
        deviated=["observer"],
        convicted=[],
        harmed=linked > 0,
        lines=[f"two APIs share 2 of 3 parts, and {linked} are found on the ledger"],
        figures={"shared": 2, "linked": linked},
    )


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
        convicted=[],
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
        convicted=[],
        harmed=hidden,
        lines=[
            f"{different} of {len(held_out)} outputs differ",
            f"the digest is {'another one' if is_other else 'the same'}",
        ],
        figures={"different": different, "hidden": float(hidden)},
    )
