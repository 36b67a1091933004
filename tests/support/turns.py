"""What the changes that are kept turn.

python -m tests.support.turns                    # all
python -m tests.support.turns basic. grinding    # of what has such a name, or is in such a place
"""

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from checkers.verdict.decide import BUDGETS
from checkers.verdict.jobs import Found
from checkers.verdict.turn import Change, kept_changes


def main() -> int:
    """Make changes, one at a time, and say what each turns; fails where it does not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=[""])
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    asked = parser.parse_args()
    chosen = [change for change in kept_changes() if _is_of(change, asked.names)]
    with ThreadPoolExecutor(asked.workers) as pool:
        found = list(pool.map(_told, chosen))
    print(f"{sum(one.passed for one in found)} of {len(found)} changes turn what they must")
    return not (found and all(one.passed for one in found))


def _is_of(change: Change, names: Sequence[str]) -> bool:
    return any(name in told for name in names for told in (change.place, *change.turns))


def _told(change: Change) -> Found:
    found = change(BUDGETS["quick"])
    print(f"{'ok' if found.passed else 'NOT'}: {change}: {found.evidence}", flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
