"""What it takes to commit to a tensor and to bind a component, beside computing with them.

    python -m benchmarks.commitments

Processor time, the least of some rounds, in a process that has hashed enough to have machine code
for it: of a commitment to 256 x 256 numbers, of the outline of a million weights, and of certifying
them; and, as peers, of one digest over the same bytes, and of what numpy takes to multiply. The
goals are 5 ms for the first, and 50 ms for the second.
"""

from collections.abc import Callable
from time import process_time

import numpy as np
from blake3 import blake3

from impl.hardened.digests import commitment
from impl.models.component import Component
from impl.models.network import Layer, network
from impl.quarrel.lanes import ENOUGH, lanes
from impl.quarrel.outline import Outline
from impl.quarrel.salts import SALT
from spec.bytes.encoding import encode

ROUNDS = 7
WIDTH, ROWS = 1000, 256


def least(do: Callable[[int], object]) -> float:
    """Milliseconds of processor time, the least of some rounds; each is given its number."""
    taken = []
    for number in range(ROUNDS):
        before = process_time()
        do(number)
        taken.append(process_time() - before)
    return 1000 * min(taken)


def main() -> None:
    """Print a row for each."""
    lanes(ENOUGH)
    random, secret = np.random.default_rng(0), bytes(SALT)
    tensor = encode(random.integers(-(2**15), 2**15, (ROWS, ROWS)))
    weights = random.integers(-(2**9), 2**9, (WIDTH, WIDTH))
    component = network([Layer(weights, weights[0], 9, rectified=True)]).component
    values, floats = random.integers(-(2**15), 2**15, (1, WIDTH)), weights.astype(np.float64)
    rows = {
        "commit to 256 x 256 numbers": lambda i: commitment(b"", i, secret + tensor),
        "  one digest of them": lambda i: blake3(tensor).digest(),
        "bind a million weights": lambda i: Outline.of(component, secret),
        "  one digest of the weights": lambda i: blake3(weights.tobytes()).digest(),
        "certify a million weights": lambda i: Component(component.program, component.constants),
        "  multiply a row by the weights": lambda i: values.astype(np.float64) @ floats,
    }
    for name, do in rows.items():
        print(f"{name:32}{least(do):10.2f} ms")


if __name__ == "__main__":
    main()
