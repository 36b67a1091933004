"""Whatever guard the implementation loses, lockstep notices it before any random run."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from checkers.lockstep.run import Lockstep, Tally
from checkers.market.forgeries import try_forgeries
from checkers.market.subjects import SUBJECTS, Subject
from checkers.prove.limits import Limit
from checkers.verdict.checks import RunBeside
from checkers.verdict.jobs import Budget
from tests.support.guards import BESIDE, ELSEWHERE, Guard, guards, noticed, removed

IMPL = Path(__file__).parent.parent.parent / "impl"
MODULES = [
    ".".join(path.relative_to(IMPL.parent).with_suffix("").parts)
    for path in IMPL.rglob("*.py")
    if IMPL / "models" not in path.parents  # what is computed, not what is said: tests/models
]
UNNOTICED = {
    ("parse_rotation", "check_fields(transaction.body, {'key': bytes, 'proof': bytes}"): (
        "what does not match is refused below, for the same reason"
    ),
    ("parse_rotation", "raise MalformedTransaction("): "whatever was checked matches",
    ("check_key", "raise MalformedTransaction("): (
        "it is asked of a genesis, which is agreed on before there are transactions"
    ),
    ("Terms.parse", "raise MalformedTransaction("): "whatever was checked matches",
    ("MarketState.hear", "require(self.said[author]"): (
        "no run says so much in a block: tests/impl/test_accounts.py does"
    ),
    ("Disputing._disputable", "require(step < made.turn"): (
        "while the window is open every step of the request is recorded"
    ),
    ("Disputing.claim", "check_fields(said.body"): (
        "what does not match is no second record either"
    ),
    ("Disputing.open_step", 'raise MalformedTransaction("transaction.body.output: its salt'): (
        "every run salts as it must: tests/market/test_hardened_lockstep.py does otherwise"
    ),
    ("Game.show", "check(before == self.at_low"): (
        "evidence of one operation: tests/impl/test_quarrel.py forges it"
    ),
    ("OrchestratedMember._number", "raise Refused("): (
        "what a party has kept is no transaction: tests/cli/test_market_damaged.py harms it"
    ),
    ("_outline_digest", "raise MalformedTransaction("): (
        "what has no outline is not what the leaf binds, and is refused for the same reason"
    ),
    ("Paying.collect_share", "require(due <= found.revenue"): (
        "shares are rounded down and come to a hundred hundredths: nobody is due what others had"
    ),
}
"""By function and the beginning of the text, why its loss makes no difference."""


def is_listed(guard: Guard, listed: Sequence[tuple[str, str]]) -> bool:
    return any(guard.function == name and guard.text.startswith(text) for name, text in listed)


def test_every_guard_belongs_somewhere() -> None:
    guarded = {module for module in MODULES if guards(module)}
    assert guarded == BESIDE.keys() | ELSEWHERE.keys()


def test_nothing_is_listed_that_is_no_guard() -> None:
    every = [guard for module in BESIDE for guard in guards(module)]
    assert all(any(is_listed(guard, [one]) for guard in every) for one in UNNOTICED)


@pytest.mark.full
@pytest.mark.parametrize("module", BESIDE)
def test_every_lost_guard_is_noticed(module: str) -> None:
    """But for those that are listed, of which none is."""
    wrong = [
        str(guard)
        for guard in guards(module)
        if (noticed(guard) is None) is not is_listed(guard, [*UNNOTICED])
    ]
    assert not wrong


@pytest.mark.parametrize("module", ["impl.paper.basic.contract", "impl.ledger.admission"])
def test_lost_guards_are_noticed(module: str) -> None:
    assert all(noticed(guard) for guard in guards(module))


FORGED = [name for name, subject in SUBJECTS.items() if subject.forgeries]


@pytest.mark.parametrize("name", FORGED)
def test_forgeries_are_refused(name: str) -> None:
    lockstep = lockstep_of(SUBJECTS[name])
    tally = Tally()
    try_forgeries(lockstep, SUBJECTS[name].forgeries, tally)
    assert tally.runs == len(SUBJECTS[name].forgeries)


def lockstep_of(subject: Subject) -> Lockstep[object]:
    assert subject.setup
    return Lockstep(subject.machine, subject.setup)


def test_verify_tries_forgeries() -> None:
    [guard] = [
        g for g in guards("impl.ledger.admission") if "signature" in g.text and "require" in g.text
    ]
    beside = RunBeside(SUBJECTS["basic"])
    budget = Budget(Limit(), examples=1, steps=1, confirmed=False, culprits=1)
    assert beside(budget).passed
    with removed(guard):
        found = beside(budget)
    assert not found.passed
    assert "signed by another: to be refused, signature is the author's" in found.evidence
