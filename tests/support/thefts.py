"""Thefts that the hardened market could do, and what it could leave undone: who would complain?

    .venv/bin/python -m tests.support.thefts FILE STORIES --worlds 600

makes the table of what finds each (`tests.support.faulty`); `tests/adversaries/thefts.json` is such
a file. No money is made by any of them, and none is gone: what is taken from somebody, somebody
else has, or nobody.
"""

from tests.support.changes import Change
from tests.support.faulty import Fault, tabulate
from tests.support.program import run

_PAYING = "impl.hardened.money:Paying"
_DISPUTE = "impl.hardened.dispute:Disputing"
_EXECUTION = "impl.hardened.execution:Executing"
_REGISTRATION = "impl.hardened.registration:Registering"
_STATE = "impl.hardened.state:MarketState"
_PARTIES = "impl.hardened.parties"


def _fault(name: str, place: str, old: str, new: str) -> Fault:
    return Fault(name, [Change(place, old, new)])


def _short(name: str, place: str, paid: str, amount: str, of: int) -> Fault:
    """Of each payment of an amount, nobody gets so much of it."""
    less = f"min({amount}, {of})"
    return _fault(
        name, place, f"{paid} += {amount}", f"{paid} += {amount} - {less}; self.treasury += {less}"
    )


THEFTS = (
    _short(
        "of what an executor collects, 9 are nobody's",
        f"{_PAYING}.collect",
        "self.balances[made.executors[step]]",
        "pot",
        9,
    ),
    _fault(
        "whoever says so collects what an executor has earned",
        f"{_PAYING}.collect",
        "self.balances[made.executors[step]] +=",
        "self.balances[author] +=",
    ),
    _fault(
        "a provider's share is nobody's",
        f"{_PAYING}.collect_share",
        "self.balances[author] +=",
        "self.treasury +=",
    ),
    _short(
        "of what is taken out of a bond, 1 is nobody's",
        f"{_PAYING}.withdraw",
        "self.balances[author]",
        "amount",
        1,
    ),
    _short(
        "of what is put into a bond, 1 is nobody's",
        f"{_PAYING}.deposit",
        "self.bonds[author]",
        "amount",
        1,
    ),
    _short(
        "of a surety that is free again, 10 are nobody's",
        f"{_STATE}._release_surety",
        "self.bonds[made.terms.provider]",
        "made.surety",
        10,
    ),
    _short(
        "of a refund, 1 is nobody's",
        f"{_STATE}._refund",
        "self.balances[made.consumer]",
        "price",
        1,
    ),
    _fault(
        "who is at fault does not pay for the refund",
        f"{_STATE}._fail",
        "covered = min(short, pot)",
        "covered = 0",
    ),
    _fault(
        "who was wrongly accused gets nothing for it",
        f"{_DISPUTE}._dismiss_dispute",
        "half = made.toll_paid // 2",
        "half = 0",
    ),
    _fault(
        "who was right in a dispute has lost its tolls",
        f"{_DISPUTE}._uphold_dispute",
        "self.balances[made.opponent] +=",
        "self.treasury +=",
    ),
    _fault(
        "who publishes what is demanded gets nothing for it",
        f"{_EXECUTION}.publish",
        "self.balances[author] +=",
        "self.treasury +=",
    ),
    _fault(
        "who demanded in vain has lost its toll",
        f"{_EXECUTION}._return_toll",
        "self.balances[made.receiver] +=",
        "self.treasury +=",
    ),
    _fault(
        "a demand costs twice what it should",
        f"{_EXECUTION}.demand",
        "self.balances[author] -= toll",
        "self.balances[author] -= 2 * toll; self.treasury += toll",
    ),
    _fault(
        "a request costs 1 more than its price",
        f"{_EXECUTION}.request",
        "self.balances[author] -= price",
        "self.balances[author] -= price + 1; self.treasury += 1",
    ),
    _fault(
        "a wage is nobody's",
        f"{_EXECUTION}.record",
        "made.pots[turn] +=",
        "self.treasury +=",
    ),
    _short(
        "of a stake, 1 is nobody's",
        f"{_EXECUTION}.assign",
        "made.pots[made.turn]",
        "stake",
        1,
    ),
    _fault(
        "half of what a version earns is for no provider",
        f"{_EXECUTION}.settle",
        "version.earned += made.escrow",
        "version.earned += made.escrow // 2",
    ),
    _fault(
        "the first executor loses its pot when a request is settled",
        f"{_EXECUTION}.settle",
        "self._release_surety(made)",
        "self._release_surety(made); self.treasury += made.pots.pop(0, 0)",
    ),
    _fault(
        "what a consumer forfeits is nobody's",
        f"{_EXECUTION}._convict_consumer",
        "made.pots[0] +=",
        "self.treasury +=",
    ),
    _fault(
        "anybody takes a version off the market",
        f"{_REGISTRATION}.retire",
        'require(author == found.terms.provider, "provider is the version\'s")',
        "pass",
    ),
)
"""What is taken from somebody."""

NEGLECTS = (
    _fault(
        "no version is proposed",
        f"{_REGISTRATION}.propose",
        "version.stage is Stage.DRAFT",
        "False",
    ),
    _fault(
        "no version is activated",
        f"{_REGISTRATION}.activate",
        "found.acknowledged >= holders",
        "False",
    ),
    _fault(
        "no request is taken",
        f"{_EXECUTION}.request",
        "request not in self.requests",
        "False",
    ),
    _fault(
        "no round of the beacon is taken",
        f"{_EXECUTION}.route",
        "author == self.charter.beacon",
        "False",
    ),
    _fault(
        "nobody may take a step",
        f"{_EXECUTION}.assign",
        "author == self.executor_due(made)",
        "False",
    ),
    _fault(
        "providers hand nothing over",
        f"{_PARTIES}.provider:Provider.deploy",
        "if terms.contributor(i) == self.identity",
        "if False",
    ),
    _fault(
        "consumers never ask",
        f"{_PARTIES}.consumer:Consumer.order",
        "elif self.can_ask",
        "elif False and self.can_ask",
    ),
    _fault(
        "vendors take no step",
        f"{_PARTIES}.vendor:Vendor.execute",
        "if made.phase is Phase.ROUTED and",
        "if False and",
    ),
    _fault(
        "vendors leave what they have earned",
        f"{_PARTIES}.vendor:Vendor.collect",
        "if made.is_over and",
        "if False and",
    ),
    _fault(
        "providers leave their share",
        f"{_PARTIES}.provider:Provider.collect_share",
        "if made.is_over and",
        "if False and",
    ),
)
"""What is left undone; a ledger with less on it is still a behaviour of the specification."""


def main() -> int:
    """Have each done, and see who complains."""
    return tabulate([*THEFTS, *NEGLECTS], "tests.support.thefts", __doc__)


if __name__ == "__main__":
    run(main)
