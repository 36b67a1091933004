"""The first random protocol of which the engines say something else than the oracle.

    python -m tests.support.machines.noticed exploration symmetry --machines 150 --seconds 60

Where there is none, the texts that are kept are looked at. A line of JSON comes out: after how
many protocols, or in which text, what was compared, and the complaint.
"""

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

from spec.notation import MachineError
from tests.support.machines.campaign import compare
from tests.support.machines.compare import COMPARISONS
from tests.support.machines.generate import generate
from tests.support.machines.oracle.cells import TooLarge

KEPT = sorted((Path(__file__).parent.parent.parent / "machines" / "kept").glob("*.py"))
"""Small texts that engines, once, or with a fault, did not agree on."""


@attrs.frozen
class Noticed:
    """What was noticed.

    Attributes:
        machines: how many protocols were looked at, the last one included.
        comparison: in which the engines and the oracle disagree; none where they do nowhere.
        complaint: how.
        kept: of which text that is kept, by name; else it is a random one.
    """

    machines: int
    comparison: str = ""
    complaint: str = ""
    kept: str = ""


def first_noticed(comparisons: Sequence[str], machines: int, seconds: float) -> Noticed:
    """Compare protocols, those of the seeds from 0 on, until one comes out wrong.

    Args:
        comparisons: what is compared of each, by name.
        machines: how many are looked at, at most.
        seconds: of processor time, after which no other is begun.
    """
    seen = 0
    for seed in range(machines):
        if time.process_time() > seconds:
            break
        seen += 1
        for comparison, complaint in _complaints(generate(seed).text, seed, comparisons).items():
            return Noticed(seen, comparison, complaint.partition("\n")[0])
    for path in KEPT:
        for comparison, complaint in _complaints(path.read_text(), 0, comparisons).items():
            return Noticed(seen, comparison, complaint.partition("\n")[0], path.stem)
    return Noticed(seen)


def _complaints(text: str, seed: int, comparisons: Sequence[str]) -> Mapping[str, str]:
    try:
        return compare(text, seed, comparisons).wrong
    except (MachineError, TooLarge):
        return {}
    except Exception as error:  # the engines cannot read what the oracle reads
        return {"reading": f"{type(error).__name__}: {error}"}


def main() -> None:
    """Look, and say what was noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("comparisons", nargs="+", choices=COMPARISONS)
    parser.add_argument("--machines", type=int, default=150)
    parser.add_argument("--seconds", type=float, default=60.0)
    asked = parser.parse_args()
    found = first_noticed(asked.comparisons, asked.machines, asked.seconds)
    print(json.dumps(attrs.asdict(found)))


if __name__ == "__main__":
    main()
