"""What an attack is, and how it is told.

A script has somebody deviate and reports the facts. What the attack came to follows from the facts
by `outcome`, and is compared with what was expected only afterwards.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import attrs

Outcome = Literal["P", "D", "D?", "U", "F"]


@attrs.frozen
class Facts:
    """What happened.

    Attributes:
        deviated: the parties that did not do as they should.
        convicted: the parties that the contract convicted.
        harmed: whether the attack had its effect.
        suspects: parties of whom the ledger shows that it was one of them, not which.
        lines: what happened, told line by line; the last one is the upshot.
        figures: what was measured, by name.
    """

    deviated: Sequence[str]
    convicted: Sequence[str]
    harmed: bool
    suspects: Sequence[str] = ()
    lines: Sequence[str] = ()
    figures: Mapping[str, float] = attrs.field(factory=dict)


def outcome(facts: Facts) -> Outcome:
    """What an attack came to.

    F: somebody was convicted who did not deviate. D: a deviator was convicted. P: the attack had
    no effect. D?: the ledger shows that somebody deviated, and not who. U: it shows nothing.
    """
    if set(facts.convicted) - set(facts.deviated):
        return "F"
    if facts.convicted:
        return "D"
    if not facts.harmed:
        return "P"
    return "D?" if facts.suspects else "U"


@attrs.frozen
class Attack:
    """A scripted attack.

    Attributes:
        variant: the variant of the protocol; "every" if it succeeds or fails alike in all.
        party: who deviates.
        expected: what it must come to.
        claims: the claims of the paper that it decides.
    """

    name: str
    variant: str
    party: str
    expected: Outcome
    script: Callable[[Path], Facts]
    claims: Sequence[str] = ()
