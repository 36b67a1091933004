"""The same integers on other processors: other kernels of BLAS, other numbers of threads."""

import os
import platform
import subprocess
import sys
from itertools import product

import pytest

RUN = """
import numpy as np
from impl.models.component import chain
from impl.models.network import Layer, network
from spec.bytes.digest import digest

def tell(values):
    assert values.any()
    print(digest("values", values.tobytes()).hex())

random = np.random.default_rng(0)
reals = random.normal(size=(300, 300))
tell(reals @ reals)
for bits in 2, 12:  # what float32 holds, and what it does not
    weights = [random.integers(-(1 << bits), (1 << bits) + 1, (300, 300)) for _ in range(3)]
    layers = [Layer(each, 7 * each[0], bits + 2, rectified=True) for each in weights]
    parts = network(layers, 0, 1 << bits).split(3)
    for rows in 1, 3, 64, 700:
        for values in chain(parts, random.integers(0, 1 << bits, (rows, 300))):
            tell(values)
"""
KERNELS = "Haswell", "Sandybridge"


@pytest.mark.full  # each of the processes starts anew
@pytest.mark.skipif(platform.machine() != "x86_64", reason="the kernels are of x86")
def test_digests_are_the_same_whatever_multiplies() -> None:
    """But for those of real numbers, which show that it is something else that multiplies."""
    reals, integers = set(), set()
    for kernel, threads in product(KERNELS, "12"):
        told = subprocess.run(
            [sys.executable, "-c", RUN],
            env={**os.environ, "OPENBLAS_CORETYPE": kernel, "OPENBLAS_NUM_THREADS": threads},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout.split()
        reals.add(told[0])
        integers.add(tuple(told[1:]))
    assert len(reals) > 1
    assert len(integers) == 1
    assert len(integers.pop()) == 2 * 4 * 4
