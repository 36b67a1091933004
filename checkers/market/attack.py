"""Runs scripted attacks and experiments, and says what each came to."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from adversaries.catalogue import ATTACKS
from adversaries.script import Attack, Outcome, outcome
from checkers.host.telling import Tell, silent
from checkers.results.page import Block, Line, Listing, Table
from checkers.results.result import Result, Verdict
from spec.notation import MachineError
from spec.notation.arguments import checked


@attrs.frozen
class Attacked:
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

    def json(self) -> dict[str, object]:
        """What it came to, as plain data."""
        return {
            "name": self.name,
            "variant": self.variant,
            "party": self.party,
            "expected": self.expected,
            "outcome": self.outcome,
            "convicted": list(self.convicted),
            "as_expected": self.as_expected,
            "claims": list(self.claims),
            "figures": dict(self.figures),
        }


@attrs.frozen
class Attacks(Result):
    """What scripted attacks came to."""

    attacked: Sequence[Attacked]

    @property
    def asked(self) -> str:
        return f"attack the marketplace in {len(self.attacked)} ways"

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        return {found.name: self._verdict(found) for found in self.attacked}

    def _verdict(self, found: Attacked) -> Verdict:
        said = f"{found.outcome}, as expected"
        if found.as_expected:
            return Verdict("sampled", said)
        return Verdict("sampled", f"{found.outcome}, where {found.expected} is expected", "against")

    @property
    def failed(self) -> bool:
        return not all(found.as_expected for found in self.attacked)

    @property
    def undecided(self) -> bool:
        """Never: an attack comes to something."""
        return False

    def page(self) -> Iterator[Block]:
        for found in self.attacked:
            yield Listing(found.name, tuple(f"  {line}" for line in found.lines))
        columns = ("attack", "variant", "by", "expected", "outcome", "convicted")
        yield Line("")
        yield Table.of(columns, map(self._row, self.attacked))
        yield Line(
            "P prevented, D detected, D? culprit unclear, U undetected, F honest party convicted"
        )

    def _row(self, found: Attacked) -> tuple[Line | str, ...]:
        outcome = Line(found.outcome, self._verdict(found).mark)
        convicted = ", ".join(found.convicted) or "nobody"
        return found.name, found.variant, found.party, found.expected, outcome, convicted

    def json(self) -> dict[str, object]:
        return {"attacks": [found.json() for found in self.attacked]}


@checked
def attack(names: Sequence[str] = (), progress: Tell = silent) -> Attacks:
    """Run attacks by name, or all of them, and forget the marketplaces that they were run on.

    Args:
        names: which; all of them unless given.
        progress: called before each with a line that says which.

    Raises:
        MachineError: there is no attack of a name.
    """
    with tempfile.TemporaryDirectory(prefix="tallystick-") as folder:
        return Attacks(run_attacks(names, Path(folder), progress))


def run_attacks(names: Sequence[str], folder: Path, progress: Tell = silent) -> list[Attacked]:
    """Run attacks by name, or all of them, each on a marketplace of its own in a folder.

    Args:
        names: which, each once; all of them if there are none.
        folder: where the marketplaces keep what they keep.
        progress: called before each with a line that says which.

    Raises:
        MachineError: there is no attack of a name.
    """
    known = {attack.name: attack for attack in ATTACKS}
    for name in names:
        if name not in known:
            raise MachineError(f"there is no attack {name}; there are {', '.join(known)}")
    done: list[Attacked] = []
    asked = dict.fromkeys(names or known)
    for name in asked:
        progress(f"{len(done)}/{len(asked)} {name}")
        done.append(_run(known[name], folder / name))
    return done


def _run(attack: Attack, folder: Path) -> Attacked:
    facts = attack.script(folder)
    return Attacked(
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
