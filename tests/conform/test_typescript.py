"""The program in TypeScript, which was written from `docs/formats`, does what they say."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from checkers.conform.conform import hold
from checkers.host.telling import silent
from checkers.market.conforming import stage_of, vectors_of
from checkers.market.subjects import SUBJECTS

HOME = Path(__file__).parents[2] / "examples" / "typescript"
AT_ONCE = ["basic", "orchestrated", "ledger", "bisection", "hardened_at_work"]
MACHINES = [*AT_ONCE, "hardened"]
"""Of `hardened`, its own tests take the vectors, in seconds and without the wire."""


def find_node() -> str | None:
    """A Node that runs TypeScript as it is written: of `make typescript`, or the system's.

    By its own path: what a wheel puts beside Python is a script that starts it.
    """
    beside = str(Path(sys.executable).parent)
    node = shutil.which("node", path=os.pathsep.join([beside, os.environ.get("PATH", "")]))
    if node is None:
        return None
    asked = [node, "--print", "process.features.typescript ? process.execPath : ''"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    return said.strip() or None


NODE = find_node()
pytestmark = pytest.mark.skipif(NODE is None, reason="there is no Node 22.18: make typescript")


def conform(machine: str, runs: int, seed: int) -> None:
    subject = SUBJECTS[machine]
    stage = stage_of(subject)
    command = [str(NODE), str(HOME / "src" / "main.ts"), machine]
    vectors = vectors_of(subject, stage, None, silent)
    found = hold(stage, command, vectors, runs=runs, seed=seed)
    found.assert_holds()
    assert not found.replayed.left_out
    assert found.tally.restarts > 0


@pytest.mark.parametrize("machine", AT_ONCE)
def test_it_conforms(machine: str) -> None:
    conform(machine, runs=2, seed=0)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("machine", MACHINES)
def test_it_conforms_in_long_runs(machine: str, seed: int) -> None:
    conform(machine, runs=100, seed=seed)


@pytest.mark.skipif(not (HOME / "node_modules").is_dir(), reason="no packages: make typescript")
def test_it_reads_the_examples_of_the_formats() -> None:
    tests = sorted(str(path) for path in (HOME / "test").glob("*.test.ts"))
    done = subprocess.run([str(NODE), "--test", *tests], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
