"""What the changes that are kept turn; it fails where one does not turn what it must.

    .venv/bin/python -m tests.support.turns                  # all
    .venv/bin/python -m tests.support.turns basic. grinding  # those of such names or places

A name is part of what a change turns, or of the file that it changes.
"""

from collections.abc import Sequence

from checkers.verdict.decide import BUDGETS
from checkers.verdict.jobs import Found
from checkers.verdict.turn import Change, kept_changes
from tests.support.program import add_workers, arguments, each, refuse_unknown, run


def main() -> int:
    """Make changes, one at a time, and say what each turns; fails where it does not."""
    parser = arguments("tests.support.turns", __doc__)
    parser.add_argument("names", nargs="*", help="parts of names or of places; else all changes")
    add_workers(parser)
    asked = parser.parse_args()
    every = kept_changes()
    refuse_unknown(
        parser,
        asked.names,
        lambda name: any(_is_of(change, [name]) for change in every),
        {name.partition(".")[0] for change in every for name in change.turns},
    )
    chosen = [change for change in every if _is_of(change, asked.names or [""])]
    found = list(each(_told, chosen, asked.workers))
    print(f"{sum(one.passed for one in found)} of {len(found)} changes turn what they must")
    return not all(one.passed for one in found)


def _is_of(change: Change, names: Sequence[str]) -> bool:
    return any(name in told for name in names for told in (change.place, *change.turns))


def _told(change: Change) -> Found:
    found = change(BUDGETS["quick"])
    print(f"{'ok' if found.passed else 'NOT'}: {change}: {found.evidence}", flush=True)
    return found


if __name__ == "__main__":
    run(main)
