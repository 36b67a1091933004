"""What it takes to run models in exact integers, beside numpy and scikit-learn.

    OPENBLAS_NUM_THREADS=1 python -m benchmarks.models

Processor time, the least of some rounds in which peers take turns; threads of BLAS that wait for
each other would take some as well. Of networks split over three vendors beside numpy multiplying
the whole float64 model, without commitments and with those to the input and to what each vendor
puts out, in a process that has hashed enough to have machine code for it; and of ensembles of trees
beside scikit-learn's own `predict`. At last, the most memory of a process that has a network of 50
million weights.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from resource import RUSAGE_SELF, getrusage
from time import process_time

import numpy as np

from impl.models.component import Component, chain
from impl.models.fixedpoint import Integers, to_fixed
from impl.models.importing.sklearn import from_sklearn
from impl.models.model import Column
from impl.models.network import ACTIVATION_BITS, network, quantise
from impl.models.operators import ARITHMETIC_RIGHT_SHIFT, MATMUL, MAXIMUM
from impl.models.program import Input, Node, Program
from impl.models.training import Digits, Perceptron, load_digits, train
from impl.quarrel.binding import bind
from impl.quarrel.lanes import ENOUGH, lanes
from impl.quarrel.outline import Outline
from impl.quarrel.salts import SALT
from spec.bytes.encoding import encode

Peer = Callable[[], object]

ROUNDS, ROUND = 15, 0.01  # seconds of a round, at least
BATCHES = (1, 256)
WIDTH, LAYERS = 577, 3  # a million weights
LARGE, LARGE_LAYERS = 3163, 5  # 50 million
PARTS = 3
SECRET = bytes(SALT)


def least(*peers: Peer) -> list[float]:
    """Seconds of processor time that each takes, the least of some rounds."""
    found, times = [np.inf] * len(peers), [1] * len(peers)
    for _ in range(ROUNDS):
        for number, peer in enumerate(peers):
            taken = 0.0
            while taken < ROUND:
                before = process_time()
                for _ in range(times[number]):
                    peer()
                taken = process_time() - before
                if taken < ROUND:
                    times[number] *= 2
            found[number] = min(found[number], taken / times[number])
    return found


def told(name: str, ours: float, reference: float, goal: float | None = None) -> str:
    """A row of the table."""
    wanted = "" if goal is None else f"{goal:8g}"
    return f"{name:44}{1e3 * ours:11.3f}{1e3 * reference:11.3f}{ours / reference:8.2f}{wanted}"


def committed(parts: tuple[Component, ...], values: Integers) -> None:
    """Run parts, and bind the input and what each puts out."""
    for tensor in chain(parts, values):
        bind(SECRET + encode(tensor))


def networks(digits: Digits) -> Iterator[str]:
    """Rows about networks."""
    lanes(ENOUGH)
    random = np.random.default_rng(0)
    shape = (WIDTH, WIDTH)
    wide = Perceptron(
        tuple(random.normal(0, WIDTH**-0.5, shape) for _ in range(LAYERS)),
        tuple(random.normal(0, 0.1, WIDTH) for _ in range(LAYERS)),
    )
    tried = (
        ("a million weights", wide, random.uniform(0, 1, (max(BATCHES), WIDTH)), 1.2, 3),
        ("digits, 64-32-16-10", train(digits.train), digits.traffic.inputs, 2, 6),
    )
    for name, perceptron, inputs, goal, goal_committed in tried:
        layers = quantise(perceptron)
        parts = network(layers, 0, 1 << ACTIVATION_BITS).split(PARTS)
        for rows in BATCHES:
            asked = inputs[:rows]
            values = to_fixed(asked, ACTIVATION_BITS)
            split, bound, whole = least(
                lambda parts=parts, values=values: chain(parts, values),  # type: ignore[misc]
                lambda parts=parts, values=values: committed(parts, values),  # type: ignore[misc]
                lambda perceptron=perceptron, asked=asked: perceptron.scores(asked),  # type: ignore[misc]
            )
            yield told(f"{name}, {rows} rows", split, whole, goal)
            yield told("  with commitments", bound, whole, goal_committed)


def ensembles(digits: Digits) -> Iterator[str]:
    """Rows about trees."""
    from sklearn import ensemble

    columns = [Column(f"pixel {i}", 16, 0, 16) for i in range(digits.train.inputs.shape[1])]
    for estimator in (
        ensemble.RandomForestClassifier(100, random_state=0),
        ensemble.GradientBoostingClassifier(max_features="sqrt", random_state=0),
    ):
        model = from_sklearn(estimator.fit(digits.train.inputs, digits.train.labels), columns)
        for rows, goal in zip(BATCHES, (0.2, 1), strict=True):
            asked = digits.traffic.inputs[:rows]
            values = model.encode(asked)
            ours, theirs = least(
                lambda model=model, values=values: model.answers(model.component.run(values)),  # type: ignore[misc]
                lambda estimator=estimator, asked=asked: estimator.predict(asked),  # type: ignore[misc]
            )
            yield told(f"{type(estimator).__name__}, {rows} rows", ours, theirs, goal)


def large() -> None:
    """Make, certify, split, bind and serve a network, and print the most memory in MiB."""
    random = np.random.default_rng(0)
    constants, nodes, value = [], [], 0
    first = 1 + 2 * LARGE_LAYERS + 1  # behind the input, the constants and a zero
    for layer in range(LARGE_LAYERS):
        constants.append(random.integers(-(2**9), 2**9, LARGE**2, np.int16))
        constants.append(random.integers(-(2**14), 2**14, LARGE, np.int16))
        nodes.append(Node(MATMUL, (value, 1 + 2 * layer, 2 + 2 * layer)))
        nodes.append(Node(ARITHMETIC_RIGHT_SHIFT, (first + 3 * layer,), (20,)))
        nodes.append(Node(MAXIMUM, (first + 3 * layer + 1, first - 1)))
        value = first + 3 * layer + 2
    constants.append(np.zeros(1, np.int8))
    inputs = (Input(LARGE, 0, 2**12),)
    program = Program(inputs, tuple(map(len, constants)), tuple(nodes))
    for constant in constants:
        constant.setflags(write=False)  # so that it is not copied
    component = Component(program, constants)
    parts = component.split([3, 6])
    for part in parts:
        Outline.of(part, SECRET)
    chain(parts, random.integers(0, 2**12, (1, LARGE)))
    print(getrusage(RUSAGE_SELF).ru_maxrss // 1024)


def main() -> None:
    """Print the table."""
    digits = load_digits()
    print(f"{'':44}{'ms':>11}{'reference':>11}{'ratio':>8}{'goal':>8}")
    for rows in (networks(digits), ensembles(digits)):
        for row in rows:
            print(row, flush=True)
    run = [sys.executable, "-m", "benchmarks.models", "large"]
    peak = subprocess.run(run, check=True, capture_output=True, text=True).stdout.strip()
    print(f"50 million weights, the most memory: {peak} MiB; the goal is below 1024")


if __name__ == "__main__":
    large() if sys.argv[1:] else main()
