"""Runs scripted attacks and experiments, and says what each came to."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from adversaries.catalogue import ATTACKS
from adversaries.scratch import scratch
from adversaries.script import Attack, CameTo, Facts, came_to
from checkers.host.telling import Tell, silent
from checkers.market.played.shown import lines, plain
from checkers.market.played.story import Story
from checkers.results.page import Block, Line, Listing, Table
from checkers.results.result import Result, Verdict
from checkers.results.words import counted
from spec.notation import MachineError
from spec.notation.arguments import checked
from spec.notation.errors import close


@attrs.frozen
class Attacked:
    """What an attack came to, beside what it must come to.

    Attributes:
        story: who said what to whom, if that is to be told.
    """

    attack: Attack
    facts: Facts
    story: Story | None = None

    @property
    def came_to(self) -> CameTo:
        """What it came to."""
        return came_to(self.facts)

    @property
    def as_expected(self) -> bool:
        """Whether the attack came out as it must: neither better nor worse."""
        return self.came_to == self.attack.expected

    @property
    def verdict(self) -> Verdict:
        """Whether that is as expected."""
        if self.as_expected:
            return Verdict("sampled", f"{_said(self.came_to)}, as expected")
        return Verdict(
            "sampled",
            f"{_said(self.came_to)}, where {_said(self.attack.expected)} is expected",
            "against",
        )

    def json(self) -> dict[str, object]:
        """What it came to, as plain data."""
        return {
            **_asked(self.attack),
            "expected": _plain(self.attack.expected),
            "result": _plain(self.came_to),
            "as_expected": self.as_expected,
            "figures": dict(self.facts.figures),
            **({"story": plain(self.story)} if self.story else {}),
        }

    def listing(self) -> Listing:
        """What happened, line by line."""
        title, told = self.attack.key, list(self.facts.lines)
        if self.story:
            title = f"{title}: {self.attack.party} {self.attack.does}".rstrip()
            told = [*lines(self.story), "", *told]
        return Listing(title, tuple(f"  {line}".rstrip() for line in told))


def _said(result: CameTo) -> str:
    """A result in a few words."""
    by = [f"{name} by {kind}" for name, kind in result.evidence.items()]
    about = by or sorted(result.suspects)
    return f"{result.outcome} ({', '.join(about)})" if about else result.outcome


def _plain(result: CameTo) -> dict[str, object]:
    """A result as plain data."""
    return {
        "outcome": result.outcome,
        "evidence": dict(result.evidence),
        "suspects": sorted(result.suspects),
    }


@attrs.frozen
class Attacks(Result):
    """What scripted attacks came to."""

    attacked: Sequence[Attacked]

    @property
    def asked(self) -> str:
        return f"attack the marketplace in {counted(len(self.attacked), 'way')}"

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        return {found.attack.key: found.verdict for found in self.attacked}

    @property
    def failed(self) -> bool:
        return not all(found.as_expected for found in self.attacked)

    @property
    def undecided(self) -> bool:
        """Never: an attack comes to something."""
        return False

    def page(self) -> Iterator[Block]:
        for found in self.attacked:
            yield found.listing()
        columns = ("attack", "variant", "by", "expected", "outcome")
        yield Line("")
        yield Table.of(columns, map(_row, self.attacked))
        yield Line(
            "P prevented, D detected, D? culprit unclear, U undetected, F honest party convicted"
        )

    def json(self) -> dict[str, object]:
        return {"attacks": [found.json() for found in self.attacked]}


def _row(found: Attacked) -> tuple[Line | str, ...]:
    attack = found.attack
    outcome = Line(_said(found.came_to), found.verdict.mark)
    return attack.name, attack.variant, attack.party, _said(attack.expected), outcome


def listed(names: Sequence[str] = ()) -> tuple[Table, Mapping[str, object]]:
    """Which attacks there are, for people and as plain data: of names, as of `attack`, or all.

    Raises:
        MachineError: there is no attack of a name.
    """
    found = chosen(names)
    rows = [(a.name, a.variant, a.party, " ".join(a.claims), a.does) for a in found]
    told = [_asked(each) for each in found]
    return Table.of(("attack", "variant", "by", "claims", "does"), rows), {"attacks": told}


def _asked(attack: Attack) -> dict[str, object]:
    """What an attack is, as plain data."""
    return {
        "name": attack.name,
        "variant": attack.variant,
        "party": attack.party,
        "does": attack.does,
        "claims": list(attack.claims),
    }


@checked
def attack(names: Sequence[str] = (), progress: Tell = silent, *, story: bool = False) -> Attacks:
    """Run attacks by name, or all of them, and forget the marketplaces that they were run on.

    Args:
        names: which, in every variant or in that which is named after a slash; all unless given.
        progress: called before each with a line that says which.
        story: whether to tell who said what to whom; of one attack.

    Raises:
        MachineError: there is no attack of a name, or not one whose story is to be told.
    """
    if story:
        _check_one(names)
    with scratch() as folder:
        return Attacks(run_attacks(names, folder, progress, story=story))


def _check_one(names: Sequence[str]) -> None:
    """Whether names are those of one attack. Raises MachineError."""
    if not names:
        raise MachineError("--story: tells one attack; name it")
    found = [each.key for each in chosen(names)]
    if len(found) > 1:
        raise MachineError(f"--story: tells one attack; name one of {', '.join(found)}")


def chosen(names: Sequence[str] = ()) -> list[Attack]:
    """Attacks by name, each once; all of them unless there are names. Raises MachineError."""
    found: dict[str, Attack] = {}
    for name in names:
        some = {each.key: each for each in ATTACKS if name in (each.name, each.key)}
        if not some:
            base, slash, _ = name.partition("/")
            ours = [each.key for each in ATTACKS if slash and each.name == base]
            known = sorted({each.key if slash else each.name for each in ATTACKS})
            like = f"there are {', '.join(ours)};" if ours else close(name, known)
            raise MachineError(
                f"there is no attack {name}; {like}{' ' * bool(like)}"
                "`tallystick attack --list` says which there are"
            )
        found |= some
    return [*(found.values() if names else ATTACKS)]


def run_attacks(
    names: Sequence[str], folder: Path, progress: Tell = silent, *, story: bool = False
) -> list[Attacked]:
    """Run attacks by name, or all of them, each on a marketplace of its own in a folder.

    Args:
        names: as of `attack`.
        folder: where the marketplaces keep what they keep.
        progress: called before each with a line that says which.
        story: whether to tell who said what to whom.

    Raises:
        MachineError: there is no attack of a name.
    """
    asked = chosen(names)
    done: list[Attacked] = []
    for each in asked:
        progress(f"{len(done)}/{len(asked)} {each.key}")
        facts = each.script(folder / each.name / each.variant)
        done.append(Attacked(each, facts, Story.of(facts) if story else None))
    return done
