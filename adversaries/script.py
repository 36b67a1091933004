"""What an attack is, and how it is told.

A script has somebody deviate and reports the facts. What the attack came to follows from the facts
by `came_to`, and is compared with what was expected only afterwards.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

import attrs

from adversaries.passing import Passing

Outcome = Literal["P", "D", "D?", "U", "F"]


@attrs.frozen
class Facts:
    """What happened.

    Attributes:
        deviated: the parties that did not do as they should.
        evidence: the parties that the contract convicted, each with the transaction that did it.
        harmed: whether the attack had its effect.
        suspects: parties of whom the ledger shows that it was one of them, not which.
        lines: what happened, told line by line; the last one is the upshot.
        figures: what was measured, by name.
        passed: what went from party to party, and to the ledger, in order; nothing if nothing did.
    """

    deviated: Sequence[str]
    harmed: bool
    evidence: Mapping[str, str] = attrs.field(factory=dict)
    suspects: Collection[str] = ()
    lines: Sequence[str] = ()
    figures: Mapping[str, float] = attrs.field(factory=dict)
    passed: Passing = attrs.field(factory=Passing)


@attrs.frozen
class CameTo:
    """What an attack came to, or must come to.

    Attributes:
        outcome: P: the attack had no effect. D: somebody who deviated was convicted, and nobody
            else. D?: the ledger shows that somebody deviated, and not who. U: it shows nothing.
            F: somebody was convicted who did not deviate.
        evidence: whom the contract convicted, and by what transaction.
        suspects: of whom the ledger shows that it was one of them.
    """

    outcome: Outcome
    evidence: Mapping[str, str] = attrs.field(factory=dict)
    suspects: frozenset[str] = frozenset()


def came_to(facts: Facts) -> CameTo:
    """What an attack came to."""
    if facts.evidence:
        framed = facts.evidence.keys() - set(facts.deviated)
        return CameTo("F" if framed else "D", facts.evidence)
    if not facts.harmed:
        return CameTo("P")
    if facts.suspects:
        return CameTo("D?", suspects=frozenset(facts.suspects))
    return CameTo("U")


def convicts(**evidence: str) -> CameTo:
    """Who deviated is convicted: each by which transaction."""
    return CameTo("D", evidence)


def frames(**evidence: str) -> CameTo:
    """Somebody is convicted who did not deviate: each by which transaction."""
    return CameTo("F", evidence)


def suspects(*names: str) -> CameTo:
    """It was one of these, and the ledger does not show which."""
    return CameTo("D?", suspects=frozenset(names))


PREVENTED, UNDETECTED = CameTo("P"), CameTo("U")

Script: TypeAlias = Callable[[Path], Facts]
"""Has somebody deviate, on a market in a folder, and reports what happened."""


@attrs.frozen
class Attack:
    """A scripted attack on one variant of the protocol.

    Attributes:
        name: what is done, whatever the variant.
        variant: the variant of the protocol; "every" if it succeeds or fails alike in all.
        party: who deviates.
        does: what that does, as a clause.
        expected: what it must come to.
        claims: the claims of the paper that it decides.
    """

    name: str
    variant: str
    party: str
    does: str
    expected: CameTo
    script: Script
    claims: Sequence[str] = ()

    @property
    def key(self) -> str:
        """What it is called where its variant has to be said."""
        return f"{self.name}/{self.variant}"
