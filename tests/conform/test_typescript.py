"""The program in TypeScript, which was written from `docs/formats`, does what they say."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from checkers.conform.conform import hold
from checkers.host.telling import silent
from checkers.market.conforming import stage_of, vectors_of
from checkers.market.subjects import SUBJECTS
from checkers.market.variants import CONTRACTS, variant_of
from impl.ledger.admission import Admission
from impl.ledger.transaction import MalformedTransaction, Refused, parse
from impl.ledger.undo import UndoLog
from tests.support.ample import AMPLE
from tests.support.formats import Json, written
from tests.support.invented import anything, pool
from tests.support.told import MARKETS, Told

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
IS_READY = NODE is not None and (HOME / "node_modules").is_dir()
MUST_RUN = "TALLYSTICK_NODE" in os.environ
"""Whether whoever runs these tests has seen to it that they can: then none is left out."""
pytestmark = pytest.mark.skipif(
    not (IS_READY or MUST_RUN), reason="no Node 22.18 with its packages: make typescript"
)


@pytest.fixture(autouse=True)
def ready() -> None:
    assert IS_READY, "there is no Node 22.18 with its packages: make typescript"


def conform(machine: str, runs: int, seed: int) -> None:
    subject = SUBJECTS[machine]
    stage = stage_of(subject)
    command = [str(NODE), str(HOME / "src" / "main.ts"), machine]
    vectors = vectors_of(subject, stage, None, silent)
    found = hold(stage, command, vectors, runs=runs, seed=seed, patience=AMPLE)
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


def test_it_reads_the_examples_of_the_formats() -> None:
    tests = sorted(str(path) for path in (HOME / "test").glob("*.test.ts"))
    done = subprocess.run([str(NODE), "--test", *tests], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def kind_of(data: bytes) -> str | None:
    """What bytes ask for, if they are a transaction."""
    try:
        return parse(data).transaction.kind
    except MalformedTransaction:
        return None


def refusal(admission: Admission, data: bytes) -> str | None:
    """Why a ledger refuses something, if it does not append it."""
    log = UndoLog()
    with log.recording():
        try:
            admission.admit(data)
        except Refused as refused:
            log.undo()
            return refused.reason
    return None


def tried(chance: Random, told: Told, admission: Admission, attempts: int) -> Iterator[bytes]:
    """What is on a ledger, and then anything that somebody says, mostly signed as it must be."""
    yield from told.said
    for _ in range(attempts):
        data = anything(chance, told, admission)
        if chance.random() < 0.05:
            place = chance.randrange(len(data))
            data = (
                data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]
            )
        yield data


def judged(chance: Random, name: str, attempts: int) -> tuple[Json, Json]:
    """What is said on a ledger of a machine's, and what comes of it."""
    # One that rotates does so to a key that nobody has here.
    told = chance.choice([t for t in pool(name) if "rotate" not in map(kind_of, t.said)])
    variant = variant_of(told.genesis)
    contract: Any = CONTRACTS[variant](told.genesis)  # each has those who are convicted
    admission = Admission(told.genesis.identity, contract)
    said, reasons = [], []
    for data in tried(chance, told, admission, attempts):
        said.append(written(data))
        reasons.append(refusal(admission, data))
    begun = written(told.genesis.canonical())
    convicted = [*map(written, sorted(contract.convicted))]
    return {"variant": variant, "genesis": begun, "said": said}, {
        "refused": reasons,
        "convicted": convicted,
    }


def admit(name: str, seeds: range) -> None:
    """See that of ledgers of a machine's the program says what the reference says."""
    ledgers = [judged(Random(f"{name} {seed}"), name, attempts=60) for seed in seeds]
    asked = "".join(json.dumps(told) + "\n" for told, _ in ledgers)
    command = [str(NODE), str(HOME / "src" / "admit.ts")]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)
    for line, (told, expected) in zip(done.stdout.splitlines(), ledgers, strict=True):
        assert json.loads(line) == expected, told


@pytest.mark.parametrize("name", MARKETS)
def test_it_refuses_what_the_reference_refuses_and_for_the_same_reasons(name: str) -> None:
    admit(name, range(8))


@pytest.mark.full
@pytest.mark.parametrize("name", MARKETS)
def test_it_refuses_whatever_the_reference_refuses(name: str) -> None:
    admit(name, range(8, 200))
