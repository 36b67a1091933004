"""Accounts: bonds, wages and shares. Every payment is collected by whom it is for."""

import attrs

from impl.hardened.phases import OVER
from impl.hardened.state import MarketState
from impl.ledger.dispatch import transaction
from impl.ledger.transaction import check_natural, require


@attrs.define
class Paying(MarketState):
    """How money is set aside and collected."""

    @transaction
    def deposit(self, author: bytes, amount: int) -> None:
        """A party puts money into its bond."""
        check_natural(amount, "transaction.body.amount")
        require(amount <= self.balances[author], "party has the money")
        self.balances[author] -= amount
        self.bonds[author] += amount

    @transaction
    def withdraw(self, author: bytes, amount: int) -> None:
        """A party takes money out of its bond."""
        check_natural(amount, "transaction.body.amount")
        require(amount <= self.bonds[author], "party has the money")
        self.bonds[author] -= amount
        self.balances[author] += amount

    @transaction
    def collect(self, author: bytes, request: bytes, step: int) -> None:
        """An executor gets its stake and wage, once nobody can complain any more."""
        made = self._made(request, OVER, "request is over")
        require(self.left(made) == 0, "nobody can complain any more")
        if step in made.executors:
            pot = made.pots.pop(step, 0)
            self.balances[made.executors[step]] += pot
            made.collected[step] += pot

    @transaction
    def collect_share(self, author: bytes, version: bytes) -> None:
        """A provider gets its share of what a version has earned, in whole units."""
        found = self.versions.get(version)
        if found is None:
            return  # it has earned nothing
        due = found.due(author)
        require(due <= found.revenue, "revenue is there")
        found.collected_share[author] += due
        found.revenue -= due
        self.balances[author] += due
