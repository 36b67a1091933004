"""What a market can carry of a part: the largest ones that its vendors hold and its ledger takes.

In the hardened variant a quarrel about a part must have room, and what goes into a step must fit a
transaction; in the basic one, what went into a step and what came out of it stand in one together.
The orchestrated variant has digests on its ledger, so its parts can be as large as any component.
"""

from collections.abc import Callable, Mapping, Sequence

from checkers.results.words import counted
from impl.hardened.parties.computing import is_brief
from impl.hardened.terms import AT_ONCE, NUMBER, ROUNDS
from impl.ledger.limits import BYTES
from impl.models.component import Component
from impl.quarrel.plan import Plan
from spec.notation import MachineError

RECORDED = (BYTES - 1024) // NUMBER
"""Numbers that go into a step of the basic variant and come out of it, at most: its record has both
in a transaction, beside keys, digests and a signature."""


def _hardened(part: Component) -> str | None:
    program = part.program
    nodes, widest = len(program.nodes), max(program.takes, program.gives)
    if not is_brief(part) or Plan(program).halvings(1) > ROUNDS:
        return (
            f"its {counted(nodes, 'operation')} leave no room for a quarrel about "
            "them; give more parts, or a smaller model"
        )
    if widest > AT_ONCE:
        return (
            f"{widest} numbers pass at once, and a transaction has room for {AT_ONCE}; cut the "
            "model elsewhere"
        )
    return None


def _basic(part: Component) -> str | None:
    recorded = part.program.takes + part.program.gives
    if recorded > RECORDED:
        return (
            f"{recorded} numbers go in and come out, and the record of a step has room for "
            f"{RECORDED}; cut the model elsewhere"
        )
    return None


_LIMITS: Mapping[str, Callable[[Component], str | None]] = {
    "hardened": _hardened,
    "orchestrated": lambda part: None,
    "basic": _basic,
}


def unfit(part: Component) -> dict[str, str]:
    """Why the variants of a market that cannot carry a part cannot, and the mend, by variant."""
    said = {variant: limit(part) for variant, limit in _LIMITS.items()}
    return {variant: why for variant, why in said.items() if why is not None}


def refuse_large(variant: str, parts: Sequence[Component]) -> None:
    """Raise MachineError for a part that a market of a variant cannot carry."""
    for index, part in enumerate(parts):
        why = _LIMITS[variant](part)
        if why is not None:
            raise MachineError(f"part {index}: {why}")
