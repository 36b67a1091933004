"""Runs scripted attacks and experiments, and says what each came to."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

from adversaries.catalogue import ATTACKS
from adversaries.script import Attack, Outcome, outcome
from spec.notation import MachineError


@attrs.frozen
class Result:
    """What an attack came to, beside what it must come to."""

    name: str
    variant: str
    party: str
    expected: Outcome
    outcome: Outcome
    convicted: Sequence[str]
    lines: Sequence[str]
    claims: Sequence[str]
    figures: Mapping[str, float]

    @property
    def as_expected(self) -> bool:
        """Whether the attack came out as it must."""
        return self.outcome == self.expected


def run_attacks(names: Sequence[str], folder: Path) -> list[Result]:
    """Run attacks by name, or all of them, each on a marketplace of its own in a folder.

    Raises:
        MachineError: there is no attack of a name.
    """
    known = {attack.name: attack for attack in ATTACKS}
    for name in names:
        if name not in known:
            raise MachineError(f"there is no attack {name}; there are {', '.join(known)}")
    return [_run(known[name], folder / name) for name in names or known]


def _run(attack: Attack, folder: Path) -> Result:
    facts = attack.script(folder)
    return Result(
        attack.name,
        attack.variant,
        attack.party,
        attack.expected,
        outcome(facts),
        facts.convicted,
        facts.lines,
        attack.claims,
        facts.figures,
    )


def attacks_json(results: Sequence[Result]) -> dict[str, object]:
    """Results, machine readable."""
    return {
        "attacks": [
            {
                "name": result.name,
                "variant": result.variant,
                "party": result.party,
                "expected": result.expected,
                "outcome": result.outcome,
                "convicted": list(result.convicted),
                "as_expected": result.as_expected,
                "claims": list(result.claims),
                "figures": dict(result.figures),
            }
            for result in results
        ]
    }
